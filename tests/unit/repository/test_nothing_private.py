"""Nothing of one machine gets into the repository: its paths, its mirrors, its registries."""

from __future__ import annotations

import re

from tracked import texts

URL = re.compile(r"(?:https?|ssh|ftp)://(?:[^/@\s\"']+@)?([A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*)")
#: Who may be named: reserved names (RFC 2606), and public places that a format or licence has.
RESERVED = re.compile(r"(?:^|\.)(?:example|invalid|test|localhost|example\.(?:com|org|net))$")
PUBLIC = {
    "www.apache.org",
    "index.docker.io",
    "registry-1.docker.io",
    "keepachangelog.com",
    "semver.org",
}
#: Addresses for documentation (RFC 5737), loopback and private ones (RFC 1918).
ADDRESS = re.compile(
    r"^(?:127|10|192\.(?:0\.2|168)|198\.51\.100|203\.0\.113|172\.(?:1[6-9]|2\d|3[01]))\."
)
#: Registries of clouds, whoever's they are.
CLOUD = re.compile(r"[\w-]+\.(?:pkg\.dev|gcr\.io|azurecr\.io|ecr\.[\w-]+\.amazonaws\.com)")
#: Where the machines of developers keep the checkout and Python packages.
OWN = re.compile(r"[\s\"'=:(]/(?:work|opt/wheels|opt/pypi|root/\.pyenv)/")
INDEX = re.compile(r"--(?:extra-)?index-url|--find-links|--trusted-host")


def offending(pattern: re.Pattern[str]) -> list[str]:
    return [f"{name}: {found}" for name, text in texts() for found in pattern.findall(text)]


def test_urls_name_nobody_s_hosts():
    """A name without a dot is a placeholder."""
    wrong = [
        f"{name}: {host}"
        for name, text in texts()
        for host in URL.findall(text)
        if "." in host
        and host not in PUBLIC
        and not RESERVED.search(host)
        and not ADDRESS.match(host)
    ]
    assert wrong == []


def test_no_registry_of_a_cloud_is_named():
    assert offending(CLOUD) == []


def test_no_path_of_a_machine_is_named():
    assert offending(OWN) == []


def test_packages_come_from_where_the_user_gets_them():
    assert [each for each in offending(INDEX) if "test_nothing_private" not in each] == []
