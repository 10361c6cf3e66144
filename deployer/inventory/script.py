"""Inventories printed by an executable: `--list`, and `--host NAME` where `_meta` is missing.

    {"web": {"hosts": ["a", "b"], "vars": {…}, "children": ["…"]}, "_meta": {"hostvars": {…}}}

Its strings are templates, as ansible-core 2.19 takes them: the user chose to run it.
"""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from pathlib import Path

from deployer.inventory.documents import parse_json
from deployer.inventory.draft import Draft
from deployer.model.diagnostic import Diagnostic
from deployer.model.errors import LoadError
from deployer.model.source import Position, Value

#: Seconds that one call of an inventory script may take.
DEADLINE = 60.0

_META = "_meta"
_GROUP_KEYS = ("hosts", "vars", "children")


def read_script(path: Path, draft: Draft, deadline: float = DEADLINE) -> None:
    """Run an inventory script and add what it says to `draft`. `deadline` is in seconds.

    Raises LoadError where it cannot be run, fails, is too slow or prints something else.
    """
    position = Position(str(path))
    draft.on_wait()
    document = _ask(path, ["--list"], deadline)
    hostvars = read_groups(document, position, draft)
    if hostvars is not None:
        _set_host_vars(draft, hostvars, position)
        return
    for name in [name for name in _named_hosts(document) if draft.knows_host(name)]:
        answer = _ask(path, ["--host", name], deadline)
        _set_host_vars(draft, {name: answer}, position)


def read_groups(document: Value, position: Position, draft: Draft) -> Mapping[str, Value] | None:
    """Add the groups of a script's answer; returns its host variables, None where it has none.

    Raises LoadError where the answer is not a mapping of groups.
    """
    if not isinstance(document, Mapping):
        raise _fault("the inventory must be a JSON object of groups", position)
    for name, body in document.items():
        if name != _META:
            _read_group(name, body, position, draft)
    meta = document.get(_META)
    hostvars = meta.get("hostvars") if isinstance(meta, Mapping) else None
    if hostvars is not None and not isinstance(hostvars, Mapping):
        raise _fault("`_meta.hostvars` must be a JSON object", position)
    return hostvars


def set_host_vars(draft: Draft, hostvars: Mapping[str, Value], position: Position) -> None:
    """Give hosts their variables; a host that no group lists is thereby in the inventory."""
    _set_host_vars(draft, hostvars, position)


def is_script_document(document: Value) -> bool:
    """Whether a JSON file is in the form that scripts print rather than in that of YAML files."""
    if not isinstance(document, Mapping):
        return False
    return _META in document or any(
        isinstance(body, list)
        or (isinstance(body, Mapping) and isinstance(body.get("hosts"), list))
        for body in document.values()
    )


def _read_group(name: str, body: Value, position: Position, draft: Draft) -> None:
    if isinstance(body, list):
        body = {"hosts": body}
    if not isinstance(body, Mapping):
        raise _fault(f"group `{name}` must be a JSON object or a list of hosts", position)
    if body and not any(key in body for key in _GROUP_KEYS):
        # The oldest form: a host where a group is expected, with its variables.
        body = {"hosts": [name], "vars": body}
    draft.add_group(name, position)
    for host in _list(name, body, "hosts", position):
        draft.add_member(name, host, position)
    for child in _list(name, body, "children", position):
        draft.add_child(name, child, position)
    variables = body.get("vars") or {}
    if not isinstance(variables, Mapping):
        raise _fault(f"`vars` of group `{name}` must be a JSON object", position)
    for key, value in variables.items():
        draft.set_group_var(name, key, value, position)


def _list(group: str, body: Mapping[str, Value], key: str, position: Position) -> list[str]:
    items = body.get(key) or []
    if not isinstance(items, list) or not all(isinstance(item, str) for item in items):
        raise _fault(f"`{key}` of group `{group}` must be a list of names", position)
    return [str(item) for item in items]


def _set_host_vars(draft: Draft, hostvars: Mapping[str, Value], position: Position) -> None:
    for name, variables in hostvars.items():
        if not isinstance(variables, Mapping):
            raise _fault(f"the variables of host `{name}` must be a JSON object", position)
        draft.add_host(name, position)
        draft.host_vars(name).update(variables)


def _named_hosts(document: Mapping[str, Value]) -> dict[str, None]:
    """Every host that the groups of an answer list, in order."""
    named: dict[str, None] = {}
    for name, body in document.items():
        hosts = body if isinstance(body, list) else body.get("hosts")
        if hosts is None and not any(key in body for key in _GROUP_KEYS):
            hosts = [name]
        named.update(dict.fromkeys(str(host) for host in hosts or []))
    return named


def _ask(path: Path, words: list[str], deadline: float) -> Value:
    """Run the script with `words` and read its JSON; an empty answer to --host is no variables."""
    position = Position(str(path))
    shown = " ".join([path.name, *words])
    try:
        done = subprocess.run(
            [str(path.resolve()), *words],
            capture_output=True,
            stdin=subprocess.DEVNULL,
            timeout=deadline,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        said = _last_lines(error.stderr or b"")
        raise _fault(f"`{shown}` did not end within {deadline:g} s{said}", position) from error
    except OSError as error:
        raise _fault(f"`{shown}` cannot be run: {error.strerror or error}", position) from error
    if done.returncode:
        said = _last_lines(done.stderr)
        raise _fault(f"`{shown}` failed with exit status {done.returncode}{said}", position)
    text = done.stdout.decode("utf-8", "replace")
    if not text.strip() and words[0] == "--host":
        return {}
    return parse_json(text, f"the output of `{shown}`", position)


def _last_lines(stderr: bytes) -> str:
    lines = [line for line in stderr.decode("utf-8", "replace").splitlines() if line.strip()]
    return ": " + "; ".join(lines[-3:]) if lines else ""


def _fault(summary: str, position: Position) -> LoadError:
    return LoadError([Diagnostic(summary, position)])
