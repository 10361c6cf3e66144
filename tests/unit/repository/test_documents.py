"""What the documents name is there: links, files, commands, flags, exit codes."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from tracked import DOCUMENTS, ROOT, block, blocks, tracked

from deployer.cli.exits import Exit
from deployer.cli.main import build_parser

LINK = re.compile(r"\[[^]\n]*\]\((?!https?://)([^)\s]+)\)")
#: A path with a known ending between backquotes or in a diagram's right margin.
PATH = re.compile(r"`([\w./-]+\.(?:py|sh|md|yml|toml))`|`([\w./-]+/)`|`(\.[\w/]+)`")
SCRIPT = re.compile(r"(?<![\w/])(?:\./)?(scripts/\w+|benchmarks/(?:run|setup)|\.ci/\w+)(?![\w./])")


def anchors(document: Path) -> set[str]:
    """The anchors of a document's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.+)$", document.read_text(), re.M)
    plain = (re.sub(r"[^\w\- ]", "", heading.lower()) for heading in headings)
    return {heading.replace(" ", "-") for heading in plain}


@pytest.mark.parametrize("name", [each for each in tracked() if each.endswith(".md")])
def test_links_lead_somewhere(name):
    for link in LINK.findall((ROOT / name).read_text()):
        path, _, anchor = link.partition("#")
        there = (ROOT / name).parent / path if path else ROOT / name
        assert there.exists(), f"{name}: {link}"
        assert not anchor or anchor in anchors(there), f"{name}: {link}"


@pytest.mark.parametrize("name", ["ARCHITECTURE.md", "CONTRIBUTING.md"])
def test_files_that_are_named_exist(name):
    """A path is one of the repository, or of the package, or a pattern in capitals."""
    invented = {each.title for each in blocks(name)} | {"motd"}
    text = re.sub(r"^```.*?^```$", "", (ROOT / name).read_text(), flags=re.M | re.S)
    named = {next(filter(None, groups)) for groups in PATH.findall(text)}
    assert len(named) > 20
    for path in sorted(named):
        if "NAME" in path or Path(path).stem.removeprefix("test_") in invented:
            continue
        if Path(path).name in invented:
            continue
        places = [ROOT, ROOT / "deployer", ROOT / "deployer/modules", ROOT / "deployer/templating"]
        places += [ROOT / "deployer/templating/lookups"]
        assert any((place / path).exists() for place in places), path


@pytest.mark.parametrize("name", DOCUMENTS)
def test_scripts_that_are_named_exist(name):
    for script in set(SCRIPT.findall((ROOT / name).read_text())):
        assert (ROOT / script).exists(), f"{name}: {script}"


def commands() -> dict[str, set[str]]:
    """The options of every command of `deploy`."""
    (sub,) = (each for each in build_parser()._actions if hasattr(each, "choices") and each.choices)
    return {
        name: {option for action in parser._actions for option in action.option_strings}
        for name, parser in sub.choices.items()
    }


def test_commands_and_flags_of_the_readme_exist():
    known = commands()
    text = (ROOT / "README.md").read_text()
    called = re.findall(r"(?:^    |\$ |`)(?:\S+/)?deploy ([a-z]+)([^`\n]*)", text, re.M)
    assert {name for name, _ in called} == set(known), "every command is explained"
    for name, rest in called:
        for flag in re.findall(r"(?<![\w-])(--?[a-zA-Z][\w-]*)", rest):
            assert flag in known[name], f"deploy {name} {flag}"
    everywhere = set().union(*known.values()) | {"--version"}
    for flag in re.findall(r"`(--[\w-]+)", text):
        assert flag in everywhere | {"--check"}, flag


def test_the_readme_has_every_exit_code():
    rows = dict(re.findall(r"^\| (\d+) \| (.+) \|$", (ROOT / "README.md").read_text(), re.M))
    assert {int(code) for code in rows} == {code.value for code in Exit}


def test_the_blocks_of_the_documents_are_titled_or_consoles():
    for name in ("README.md", "CONTRIBUTING.md"):
        for each in blocks(name):
            assert each.title or each.language == "console", f"{name}: {each.text[:60]}"
    assert block("README.md", "web.yml")
