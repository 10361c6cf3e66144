"""Writes what the tools run into one folder: playbooks, templates, files, scripts."""

from __future__ import annotations

import hashlib
import os
import random
import shutil
from pathlib import Path

SOURCES = Path(__file__).resolve().parent.parent / "workloads"

#: Workload -> what it is called on disk, and whether it is the second run of the same.
FILES = {
    "W1": ("trivial", False),
    "W2": ("app", False),
    "W3": ("app", True),
    "W4": ("tree", False),
    "W4r": ("tree", True),
    "W5": ("loop", False),
    "W5r": ("loop", True),
}
MEANING = {
    "W1": "one trivial task",
    "W2": "30 tasks that deploy an application, cold",
    "W3": "the same again, nothing to change",
    "W4": "500 small files and one of 50 MB, cold",
    "W4r": "the same again",
    "W5": "a loop that writes 100 small files, cold",
    "W5r": "the same again",
}

_UPSTREAMS = ("10.0.0.1", "10.0.0.2", "10.0.0.3")


def write(folder: Path) -> None:
    """Fill `folder`; the same bytes every time, but for the big file."""
    shutil.copytree(SOURCES, folder)
    files: list[tuple[str, str, str, str]] = []
    for number in range(1, 9):
        (folder / f"t{number}.j2").write_text(_template(number))
        path = f"/opt/myapp/conf/t{number}.conf"
        files.append(("640", "myapp", path, _rendered(number)))
    for number in range(1, 5):
        text = "".join(f"setting_{number}_{line} = {'x' * 40}\n" for line in range(60))
        (folder / f"c{number}.conf").write_text(text)
        files.append(("640", "myapp", f"/etc/myapp/c{number}.conf", text))
    files.append(("644", "root", "/etc/cron.d/myapp", "*/5 * * * * root /opt/myapp/bin/tick\n"))
    (folder / "app.sh").write_text(_by_hand(files))


def write_tree(folder: Path) -> None:
    """The files of W4: 500 small ones and one of 50 MB."""
    noise = random.Random(4)
    for number in range(500):
        path = folder / f"tree/d{number % 10}/f{number}.txt"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(noise.randbytes(2048))
    with (folder / "big.bin").open("wb") as big:
        for _ in range(50):
            big.write(os.urandom(1 << 20))


def _template(number: int) -> str:
    options = "".join(f"option_{line} = value-{number}-{line}\n" for line in range(25))
    return (
        f"# managed file {number} for {{{{ app_name }}}}\n[main]\nname = {{{{ app_name }}}}\n"
        "version = {{ app_version }}\ndomain = {{ app_domain }}\nport = {{ app_port + "
        f"{number} }}}}\n{{% for u in app_upstreams %}}\n"
        "upstream = {{ u }}:{{ app_port }}\n"
        "{% endfor %}\n{% if app_tls %}\ntls_cert = /etc/myapp/{{ app_name }}.crt\n{% endif %}\n"
        + options
    )


def _rendered(number: int) -> str:
    options = "".join(f"option_{line} = value-{number}-{line}\n" for line in range(25))
    upstreams = "".join(f"upstream = {host}:8000\n" for host in _UPSTREAMS)
    return (
        f"# managed file {number} for myapp\n[main]\nname = myapp\nversion = 1.4.2\n"
        f"domain = app.example.com\nport = {8000 + number}\n{upstreams}"
        f"tls_cert = /etc/myapp/myapp.crt\n{options}"
    )


def _by_hand(files: list[tuple[str, str, str, str]]) -> str:
    sums = [f"{hashlib.sha256(text.encode()).hexdigest()}  {path}" for *_, path, text in files]
    write = [f"cat >{path}.new <<'END'\n{text}END" for *_, path, text in files]
    source = (SOURCES / "app.sh.in").read_text().splitlines()
    script = "\n".join(line for line in source if not line.startswith("# ")) + "\n"
    for name, lines in (
        ("files", [" ".join(entry[:3]) for entry in files]),
        ("sums", sums),
        ("write", write),
    ):
        script = script.replace(f"@{name}@", "\n".join(lines))
    return script
