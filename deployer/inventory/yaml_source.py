"""Inventories in YAML form.

    all:
      vars: {region: north}
      hosts:
        solo: {ansible_host: 10.0.0.9}
      children:
        web:
          hosts:
            web[01:20]:

(Ansible's yaml inventory plugin: groups nest by `children`, ranges and ports as in INI.)
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from deployer.inventory.draft import Draft
from deployer.inventory.ranges import expand, split_port
from deployer.model.diagnostic import Diagnostic, did_you_mean
from deployer.model.errors import LoadError
from deployer.model.source import Position, SourceMap, Value, origin_of

_KEYS = ("vars", "children", "hosts")


def read_yaml(document: Value, file: str, draft: Draft) -> None:
    """Add what a YAML inventory says to `draft`.

    Raises LoadError with every problem found in the document.
    """
    if document is None:
        draft.warn("the inventory is empty", Position(file))
        return
    if not isinstance(document, Mapping):
        raise _fault(
            "an inventory must be a mapping of groups", origin_of(document) or Position(file)
        )
    if "plugin" in document and not isinstance(document["plugin"], Mapping):
        raise _fault(
            f"the inventory plugin `{document['plugin']}` is not supported yet",
            _place(document, "plugin", file),
            "an executable that prints JSON can take its place",
        )
    reader = _Reader(draft, file)
    for name in document:
        reader.group(str(name), document[name], _place(document, name, file))
    if reader.problems:
        raise LoadError(reader.problems)


class _Reader:
    def __init__(self, draft: Draft, file: str) -> None:
        self.draft = draft
        self.file = file
        self.problems: list[Diagnostic] = []

    def group(self, name: str, body: Value, position: Position, parent: str = "") -> None:
        """One group with everything below it."""
        try:
            if parent:
                self.draft.add_child(parent, name, position)
            else:
                self.draft.add_group(name, position)
        except LoadError as error:
            self.problems += error.diagnostics
            return
        for key, section in self._sections(name, body, position):
            if key == "vars":
                self._vars(name, section)
            elif key == "children":
                for child in section:
                    self.group(str(child), section[child], _place(section, child, self.file), name)
            else:
                self._hosts(name, section)

    def _sections(
        self, name: str, body: Value, position: Position
    ) -> Iterator[tuple[str, Mapping[str, Value]]]:
        """The sections of a group that are mappings; the rest is reported."""
        if body is None:
            return
        if not isinstance(body, Mapping):
            self._refuse(f"group `{name}` must be a mapping with hosts, vars or children", position)
            return
        for key in body:
            section, place = body[key], _place(body, key, self.file)
            if key not in _KEYS:
                hint = did_you_mean(str(key), _KEYS) or "known are hosts, vars and children"
                self.draft.warn(f"`{key}` in group `{name}` is ignored", place, hint)
            elif isinstance(section, Mapping):
                yield key, section
            elif isinstance(section, str) and key != "vars":
                yield key, SourceMap({str(section): None}, place)
            elif section is not None:
                hint = f"write each name as a key: `{section[0]}:`" if _names(section) else ""
                self._refuse(f"`{key}` of group `{name}` must be a mapping", place, hint)

    def _vars(self, group: str, section: Mapping[str, Value]) -> None:
        for key in section:
            place = _place(section, key, self.file)
            self._try(lambda k=key, p=place: self.draft.set_group_var(group, k, section[k], p))

    def _hosts(self, group: str, section: Mapping[str, Value]) -> None:
        for written in section:
            place = _place(section, written, self.file)
            self._try(lambda w=written, p=place: self._host(group, str(w), section[w], p))

    def _host(self, group: str, written: str, body: Value, place: Position) -> None:
        if body is not None and not isinstance(body, Mapping):
            raise _fault(f"the variables of host `{written}` must be a mapping", place)
        try:
            base, port = split_port(written)
            names = expand(base)
        except ValueError as error:
            raise _fault(str(error), place) from error
        for name in names:
            self.draft.add_member(group, name, place)
            variables = self.draft.host_vars(name)
            if port is not None:
                variables["ansible_port"] = port
            variables.update(body or {})

    def _try(self, action: object) -> None:
        assert callable(action)
        try:
            action()
        except LoadError as error:
            self.problems += error.diagnostics

    def _refuse(self, summary: str, position: Position | None, help: str = "") -> None:
        self.problems.append(Diagnostic(summary, position, help))


def _names(section: Value) -> bool:
    return isinstance(section, list) and bool(section) and isinstance(section[0], str)


def _place(mapping: Value, key: Value, file: str) -> Position:
    found = mapping.at(key) if isinstance(mapping, SourceMap) else None
    return found or Position(file)


def _fault(summary: str, position: Position | None, help: str = "") -> LoadError:
    return LoadError([Diagnostic(summary, position, help)])
