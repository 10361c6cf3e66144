"""Law 3 on real hosts: a longer playbook, task by task and with lookahead, on two fresh hosts.

The same results in the same order, and the same file systems in the end.
"""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

import pytest
import yaml

from tests.support.inprocess import command
from tests.support.livelab import hosts_of, write_inventory

pytestmark = pytest.mark.lab

HERE = Path(__file__).parent
#: What hosts are compared by: every path with its kind, mode, owner, target and content.
LIST = """
cd /
for top in etc/t-app etc/passwd etc/group opt srv var/lib/t-app; do
    [ -e "$top" ] || continue
    find "$top" | sort | while read -r path; do
        printf '%s %s ' "$path" "$(stat -c '%F %a %U %G' "$path")"
        if [ -L "$path" ]; then readlink "$path"
        elif [ -f "$path" ]; then sha256sum <"$path"
        else echo; fi
    done
done
"""
#: What differs from one host or run to the next, whatever the tool does.
PASSING = {"delta", "start", "end", "mtime", "ctime", "atime", "inode", "dev", "date", "seconds"}


def listed(lab, host):
    """The file system of a host, as text."""
    config = lab.environment()["ssh_config"]
    done = subprocess.run(
        ["ssh", "-F", config, f"root@{host}", "sh"],
        input=LIST,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert len(done.stdout.splitlines()) > 35
    return done.stdout


def told(seen, host):
    """The events of a run without times and numbers, the host's name made neutral."""
    events = [plain(event) for event in seen.events]
    text = json.dumps(
        [event for event in events if event["event"] not in ("HostStarted", "Output")]
    )
    return json.loads(text.replace(host, "HOST"))


def plain(value):
    if isinstance(value, dict):
        dropped = PASSING | {"at", "cost", "bytes_sent", "bytes_received"}
        return {key: plain(part) for key, part in value.items() if key not in dropped}
    if isinstance(value, list):
        return [plain(part) for part in value]
    return re.sub(r"ln=\d+|pid \d+", "N", value) if isinstance(value, str) else value


def test_window_1_and_64_make_equal_hosts(lab, tmp_path):
    site = tmp_path / "site.yml"
    site.write_text((HERE / "site.yml").read_text())
    for name, text in yaml.safe_load((HERE / "site-files.yml").read_text()).items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    runs, trees, costs = {}, {}, {}
    for host, lookahead in (("node2", "1"), ("node3", "64")):
        lab.run("reset", host)
        inventory = write_inventory(tmp_path / "hosts.yml", hosts_of(lab, [host]))
        words = [str(site), "-i", inventory, "--lookahead", lookahead, "--output", "jsonl"]
        first, again = command("run", *words), command("run", *words)
        assert (first.code, again.code) == (0, 0), (first.failures, first.error)
        runs[host] = told(first, host), told(again, host)
        trees[host] = listed(lab, host)
        costs[host] = [seen.events[-1]["cost"]["exchanges"] for seen in (first, again)]
        assert "changed" not in again.recap[host]
    assert runs["node3"][0] == runs["node2"][0]
    assert runs["node3"][1] == runs["node2"][1]
    assert trees["node3"] == trees["node2"]
    assert costs["node3"][0] < costs["node2"][0] / 2
    assert costs["node3"][1] <= costs["node2"][1] / 2
