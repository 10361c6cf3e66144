"""known_hosts as sshd(8) documents it, checked against ssh-keygen where that can be asked."""

from __future__ import annotations

import base64
import subprocess
import time
from pathlib import Path

import pytest

from deployer.model.errors import HostKeyError
from deployer.transport.hostkeys import Known, known_of, lookup_name, new_line, parse
from deployer.transport.trust import HostKeys, Policy, Shown, check


def blob(kind: str = "ssh-ed25519", seed: bytes = b"k") -> bytes:
    """Something with a key's outer form."""
    return len(kind).to_bytes(4, "big") + kind.encode() + b"\0\0\0\x20" + seed * 32


def line(names: str, seed: bytes = b"k", kind: str = "ssh-ed25519", marker: str = "") -> str:
    key = base64.b64encode(blob(kind, seed)).decode()
    return " ".join(filter(None, (marker, names, kind, key))) + "\n"


def known(text: str, host: str, port: int = 22, alias: str = "") -> Known:
    return known_of(parse(text, "kh")[0], host, port, alias)


@pytest.mark.parametrize(
    ("names", "host", "port", "found"),
    [
        ("web", "web", 22, True),
        ("WEB", "web", 22, True),
        ("web", "Web", 22, True),
        ("web,10.0.0.1", "10.0.0.1", 22, True),
        ("web", "web2", 22, False),
        ("*.example.com", "a.example.com", 22, True),
        ("*.example.com,!b.example.com", "b.example.com", 22, False),
        ("!b.example.com,*.example.com", "b.example.com", 22, False),
        ("!b", "b", 22, False),
        ("we?", "web", 22, True),
        ("[web]:2222", "web", 2222, True),
        ("[web]:2222", "web", 22, False),
        ("[web]:2222", "web", 2223, False),
        ("web", "web", 2222, True),
        ("[*.example.com]:*", "a.example.com", 2222, True),
        ("[ab]", "a", 22, False),
        ("fe80::1", "fe80::1", 22, True),
    ],
)
def test_names(names: str, host: str, port: int, found: bool) -> None:
    assert bool(known(line(names), host, port).keys) is found


def test_a_port_of_its_own_wins_over_a_line_without_one() -> None:
    both = known(line("web", b"a") + line("[web]:2222", b"b"), "web", 2222)
    assert [entry.blob for entry in both.keys] == [blob(seed=b"b")]


def test_an_alias_is_looked_up_without_a_port() -> None:
    assert known(line("alias"), "web", 2222, "Alias").keys
    assert not known(line("web"), "web", 22, "alias").keys


def test_hashed_names_are_those_of_ssh_keygen(tmp_path: Path) -> None:
    file = tmp_path / "known_hosts"
    file.write_text(line("web") + line("[web]:2222", b"p"))
    subprocess.run(["ssh-keygen", "-q", "-H", "-f", str(file)], check=True, capture_output=True)
    hashed = file.read_text()
    assert hashed.startswith("|1|")
    assert [entry.blob for entry in known(hashed, "web").keys] == [blob()]
    assert [entry.blob for entry in known(hashed, "web", 2222).keys] == [blob(seed=b"p")]
    assert not known(hashed, "other").keys


def test_our_own_hashed_line_is_found() -> None:
    text = new_line(lookup_name("web", 2222), "ssh-ed25519", blob(), hashed=True)
    assert "web" not in text
    assert known(text, "web", 2222).keys


@pytest.mark.parametrize(
    "bad",
    ["web", "web ssh-ed25519", "web ssh-ed25519 not+base64!", "@odd web ssh-ed25519 AAAA",
     "web ssh-rsa " + base64.b64encode(blob()).decode(), "|1|x ssh-ed25519 AAAA", "@revoked"],
)  # fmt: skip
def test_a_bad_line_costs_only_itself(bad: str) -> None:
    entries, warnings = parse(f"# comment\n\n{bad}\n" + line("web"), "kh")
    assert [entry.place for entry in entries] == ["kh:4"]
    assert warnings == ["kh:3: not a known_hosts line, ignored"]


def test_markers_are_kept_apart() -> None:
    text = line("*", b"c", marker="@cert-authority") + line("*", b"r", marker="@revoked")
    found = known(text + line("web"), "web")
    assert (len(found.keys), len(found.authorities), len(found.revoked)) == (1, 1, 1)


def judge(
    text: str, seed: bytes = b"k", *, accept: bool = False, kind: str = "ssh-ed25519"
) -> None:
    policy = Policy((), (), accept_new=accept)
    check(HostKeys(), policy, known(text, "web"), Shown(kind, blob(kind, seed)))


def test_a_known_key_is_let_in() -> None:
    judge(line("web"))
    judge(line("web", b"a") + line("web"))


@pytest.mark.parametrize(
    ("text", "accept", "message"),
    [
        ("", False, "unknown host key"),
        (line("web", b"x"), True, "CHANGED"),
        (line("web", kind="ssh-rsa"), True, "CHANGED"),
        (line("web") + line("*", marker="@revoked"), True, "revoked"),
        (line("web", b"c", marker="@cert-authority"), False, "unknown host key"),
    ],
)
def test_others_are_refused(text: str, accept: bool, message: str) -> None:
    with pytest.raises(HostKeyError, match=message):
        judge(text, accept=accept)


def test_a_new_key_is_never_written_through_a_link(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "elsewhere")
    policy = Policy((str(tmp_path / "link"),), (), accept_new=True)
    with pytest.raises(HostKeyError, match="cannot add"):
        check(HostKeys(), policy, Known("web"), Shown("ssh-ed25519", blob()))
    assert not (tmp_path / "elsewhere").exists()


def test_a_file_without_a_last_newline_is_continued_on_a_line_of_its_own(tmp_path: Path) -> None:
    file = tmp_path / "known_hosts"
    file.write_text(line("old").rstrip("\n"))
    policy = Policy((str(file),), (), accept_new=True)
    check(HostKeys(), policy, Known("web"), Shown("ssh-ed25519", blob()))
    assert file.read_text() == line("old") + line("web")


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("ca")
    for name in ("ca", "host"):
        words = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(folder / name)]
        subprocess.run(words, check=True)
    return folder


def certified(folder: Path, *flags: str) -> Shown:
    words = ["ssh-keygen", "-q", "-s", str(folder / "ca"), "-I", "id", *flags]
    subprocess.run([*words, str(folder / "host.pub")], check=True)
    plain = base64.b64decode((folder / "host.pub").read_text().split()[1])
    wire = base64.b64decode((folder / "host-cert.pub").read_text().split()[1])
    return Shown("ssh-ed25519", plain, wire)


def trusted(folder: Path, names: str = "*.example.com") -> Known:
    key = " ".join((folder / "ca.pub").read_text().split()[:2])
    return known(f"@cert-authority {names} {key}\n", "web.example.com", 2222)


@pytest.mark.parametrize("principal", ["web.example.com", "*.example.com"])
def test_a_certificate_of_a_known_authority_lets_a_host_in(authority: Path, principal: str) -> None:
    shown = certified(authority, "-h", "-n", principal)
    check(HostKeys(), Policy((), ()), trusted(authority), shown)


@pytest.mark.parametrize(
    "flags",
    [
        ("-h", "-n", "other.example.com"),
        ("-h",),
        ("-n", "web.example.com"),
        ("-h", "-n", "web.example.com", "-V", "20200101:20200102"),
    ],
    ids=["other host", "no host", "a user's", "expired"],
)
def test_a_certificate_that_does_not_hold_lets_nobody_in(
    authority: Path, flags: tuple[str, ...]
) -> None:
    with pytest.raises(HostKeyError, match="unknown"):
        check(HostKeys(), Policy((), ()), trusted(authority), certified(authority, *flags))


def test_a_forged_certificate_lets_nobody_in(authority: Path) -> None:
    shown = certified(authority, "-h", "-n", "web.example.com")
    forged = shown.certificate[:-1] + bytes([shown.certificate[-1] ^ 1])
    with pytest.raises(HostKeyError, match="unknown"):
        bad = Shown(shown.kind, shown.blob, forged)
        check(HostKeys(), Policy((), ()), trusted(authority), bad)


def test_an_unknown_authority_lets_nobody_in(authority: Path) -> None:
    shown = certified(authority, "-h", "-n", "web.example.com")
    other = known(line("*", marker="@cert-authority"), "web.example.com")
    with pytest.raises(HostKeyError, match="unknown"):
        check(HostKeys(), Policy((), ()), other, shown)


def test_a_revoked_authority_lets_nobody_in(authority: Path) -> None:
    key = " ".join((authority / "ca.pub").read_text().split()[:2])
    text = f"@cert-authority * {key}\n@revoked * {key}\n"
    shown = certified(authority, "-h", "-n", "web.example.com")
    with pytest.raises(HostKeyError, match="revoked"):
        check(HostKeys(), Policy((), ()), known(text, "web.example.com"), shown)


def test_reading_many_lines_is_quick() -> None:
    text = "".join(line(f"host{number}") for number in range(5000))
    started = time.process_time()
    assert known(text, "host4999").keys
    assert time.process_time() - started < 1
