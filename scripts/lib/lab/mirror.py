"""Which Debian mirror the machine uses, and how it reaches it."""

import os
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from lab.errors import LabError
from lab.shell import run

APT = Path("/etc/apt")
CERTIFICATES = Path("/etc/ssl/certs/ca-certificates.crt")
KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
DEBIAN_SUITE = re.compile(
    r"(stretch|buster|bullseye|bookworm|trixie|forky|sid|(old)*stable|testing)$"
)
ONE_LINE = re.compile(
    r"deb\s+(?:\[(?P<options>[^]]*)\]\s+)?(?P<uri>\S+)\s+(?P<suite>\S+)\s+(?P<rest>.*)"
)
# Other people's repositories have Debian's suite names too; Debian's has this component
# and a directory `debian`.
COMPONENT = "main"


@dataclass(frozen=True)
class Mirror:
    """Where to fetch Debian, and whether apt's sources say to trust it unseen."""

    uri: str
    trusted: bool


def find_mirror() -> Mirror:
    """The Debian mirror that apt's own sources name; `$DEPLOY_LAB_MIRROR` overrides."""
    chosen = os.environ.get("DEPLOY_LAB_MIRROR")
    if chosen:
        return Mirror(chosen.rstrip("/"), trusted=False)
    for mirror in sources():
        if mirror.uri.endswith("/debian"):
            return mirror
    raise LabError(
        "apt's sources name no Debian mirror: say one with DEPLOY_LAB_MIRROR=http://HOST/debian"
    )


def sources() -> Iterator[Mirror]:
    """Every source of a Debian suite in apt's configuration."""
    files = [APT / "sources.list", *sorted((APT / "sources.list.d").glob("*"))]
    for path in files:
        if path.suffix == ".list" and path.is_file():
            yield from one_line_sources(path.read_text())
        elif path.suffix == ".sources":
            yield from stanza_sources(path.read_text())


def one_line_sources(text: str) -> Iterator[Mirror]:
    """The old format: `deb [options] uri suite components`."""
    for line in text.splitlines():
        found = ONE_LINE.match(line.strip())
        if found and DEBIAN_SUITE.match(found["suite"]) and COMPONENT in found["rest"].split():
            yield Mirror(found["uri"].rstrip("/"), "trusted=yes" in (found["options"] or ""))


def stanza_sources(text: str) -> Iterator[Mirror]:
    """The new format: stanzas of `Field: value`."""
    for stanza in re.split(r"\n\s*\n", text):
        lines = [line for line in stanza.splitlines() if not line.startswith("#")]
        pairs = (line.split(":", 1) for line in lines if ":" in line and not line.startswith(" "))
        fields = {name.strip().lower(): value.strip() for name, value in pairs}
        suites = fields.get("suites", "").split()
        if (
            "deb" in fields.get("types", "").split()
            and fields.get("enabled", "yes").lower() != "no"
            and COMPONENT in fields.get("components", "").split()
            and any(DEBIAN_SUITE.match(suite) for suite in suites)
        ):
            for uri in fields.get("uris", "").split():
                yield Mirror(uri.rstrip("/"), fields.get("trusted", "no").lower() == "yes")


def fetch_environment() -> dict[str, str]:
    """apt's proxies for debootstrap, which only knows the environment's."""
    found = run("apt-config", "shell", "http_proxy", "Acquire::http::Proxy")
    found += run("apt-config", "shell", "https_proxy", "Acquire::https::Proxy")
    return dict(re.findall(r"^(\w+)='(.*)'$", found, re.MULTILINE))


def lend_apt_configuration(root: Path) -> list[Path]:
    """Copy how this machine reaches its mirror into a new root; returns what to remove again."""
    lent: list[Path] = []
    options = [line for line in run("apt-config", "dump").splitlines() if fetch_option(line)]
    settings = root / "etc/apt/apt.conf.d/99lab-build"
    settings.write_text("\n".join(options) + "\n")
    lent.append(settings)
    for path in [
        APT / "auth.conf",
        *(APT / "auth.conf.d").glob("*"),
        Path("/etc/resolv.conf"),
        Path("/etc/hosts"),
        CERTIFICATES,
    ]:
        target = root / path.relative_to("/")
        if path.is_file():
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(path, target)
            lent.append(target)
    return lent


def fetch_option(line: str) -> bool:
    """Whether a line of `apt-config dump` says how to fetch (proxies, dates, certificates)."""
    wanted = ("Acquire::http", "Acquire::Check-", "Acquire::Retries", "Acquire::Force")
    return line.startswith(wanted) and not line.endswith(' "";')
