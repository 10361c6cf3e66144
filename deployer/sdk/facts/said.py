"""What the probe said, taken apart: sections, and the lines of files."""

from __future__ import annotations

from collections.abc import Iterator

from deployer.model.values import dataclass

_MARK = "\x01"


@dataclass(frozen=True, slots=True)
class Said:
    """`sections` are texts by name; `paths` the lines of every file of the `files` section."""

    sections: dict[str, str]
    paths: dict[str, list[str]]

    def text(self, section: str) -> str:
        """A section without the spaces around it; empty where it was not asked for."""
        return self.sections.get(section, "").strip()

    def lines(self, section: str) -> list[str]:
        """The lines of a section that hold anything."""
        return [line for line in self.sections.get(section, "").splitlines() if line.strip()]

    def file(self, path: str) -> list[str]:
        """The lines of a file; none where there is no such file."""
        return self.paths.get(path, [])

    def first(self, path: str) -> str:
        """The first line of a file, or the empty string."""
        lines = self.paths.get(path)
        return lines[0].strip() if lines else ""

    def below(self, folder: str) -> Iterator[tuple[str, list[str]]]:
        """Files under a folder: the rest of the path, and the lines."""
        for path, lines in self.paths.items():
            if path.startswith(folder):
                yield path[len(folder) :], lines

    def local(self) -> Iterator[tuple[str, str | None]]:
        """Local facts: name and text; None where the program that gives them failed."""
        for section, text in self.sections.items():
            kind, _, name = section.partition(" ")
            if kind in ("local", "broken"):
                yield name, text if kind == "local" else None


def take_apart(output: str) -> Said:
    """The sections of the probe's output."""
    sections: dict[str, str] = {}
    for part in output.split(_MARK)[1:]:
        name, _, text = part.partition("\n")
        sections[name] = text
    paths: dict[str, list[str]] = {}
    for line in sections.get("files", "").splitlines():
        path, colon, content = line.partition(":")
        if colon:
            paths.setdefault(path, []).append(content)
    return Said(sections, paths)


def assignments(lines: list[str]) -> dict[str, str]:
    """`KEY=value` lines as shells read them (os-release), without their quotes."""
    found: dict[str, str] = {}
    for line in lines:
        key, equals, value = line.strip().partition("=")
        if not equals or key.startswith("#"):
            continue
        if len(value) > 1 and value[0] == value[-1] and value[0] in "'\"":
            value = value[1:-1].replace('\\"', '"').replace("\\$", "$")
        found[key] = value
    return found


def number(text: str, default: int = 0, base: int = 10) -> int:
    """A whole number, or `default` where the text is none."""
    try:
        return int(text.strip(), base)
    except ValueError:
        return default
