"""From a YAML mapping to the fields of a playbook dataclass: known keywords, coerced."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, Final

from deployer.language.coerce import COERCIONS, is_template, kind_of
from deployer.language.context import Context
from deployer.language.keywords import Keyword, keywords_of
from deployer.model.diagnostic import did_you_mean
from deployer.model.source import Position, SourceMap, Template, Value

#: Values of text keywords that work, by what may be written for them.
CHOICES: Final[dict[str, dict[str, str]]] = {
    "strategy": {"linear": "linear", "free": "free"},
    "connection": {
        "ssh": "ssh",
        "smart": "ssh",
        "paramiko": "ssh",
        "paramiko_ssh": "ssh",
        "ansible.netcommon.paramiko": "ssh",
        "local": "local",
    },
    "become_method": {"sudo": "sudo", "su": "su", "community.general.doas": "doas", "doas": "doas"},
    "order": {
        word: word
        for word in ("inventory", "reverse_inventory", "sorted", "reverse_sorted", "shuffle")
    },
}
#: Values that Ansible knows and we do not yet.
LATER: Final[dict[str, frozenset[str]]] = {
    "strategy": frozenset({"host_pinned", "debug", "mitogen_linear", "mitogen_free"}),
    "connection": frozenset(
        {"winrm", "psrp", "docker", "network_cli", "netconf", "httpapi", "chroot", "jail", "lxd"}
        | {"community.docker.docker", "community.docker.nsenter", "kubectl", "podman", "buildah"}
    ),
    "become_method": frozenset(
        {"runas", "pbrun", "pfexec", "ksu", "dzdo", "machinectl", "pmrun", "sesu", "enable"}
    ),
    "order": frozenset(),
}
_BUILTIN: Final = ("ansible.builtin.", "ansible.legacy.")


def place_of(mapping: SourceMap) -> Position:
    """Where a mapping starts; one that was made up has no place."""
    return mapping.origin or Position("")


def at_key(mapping: SourceMap, key: str) -> Position:
    """Where a key of the mapping stands."""
    return mapping.at(key) or place_of(mapping)


def value_at(mapping: SourceMap, key: str) -> Position:
    """Where a key's value starts, or the key where the value does not remember."""
    origin = getattr(mapping.get(key), "origin", None)
    return origin if isinstance(origin, Position) else at_key(mapping, key)


def read_fields(
    context: Context, kind: type, mapping: SourceMap, *, but: Collection[str] = ()
) -> dict[str, Any]:
    """The dataclass fields for every keyword of `kind` in the mapping that is plain data.

    Structure (tasks, roles, loops) and the keywords in `but` are left to the caller, and so are
    keys that are no keyword. `origin` and `keys_at` are among the fields.
    """
    table = keywords_of(kind)
    found: dict[str, Any] = {"origin": place_of(mapping)}
    places: dict[str, Position] = {}
    for key, value in mapping.items():
        known = table.get(key) if isinstance(key, str) else None
        if known is None:
            continue
        places[key] = at = at_key(mapping, key)
        if known.later:
            context.error(f"`{key}` is not supported yet", at)
        elif key not in but and value is not None:
            coerced = read_value(context, known, value, value_at(mapping, key))
            if coerced is not None:
                found[known.field] = coerced
    found["keys_at"] = places
    return found


def read_value(context: Context, known: Keyword, value: Value, at: Position) -> Value:
    """The coerced value of a keyword that is plain data; None for structure or after a problem."""
    coercion = COERCIONS.get(known.form)
    if coercion is None:
        return None
    coerced = coercion(context, value, known.name, at)
    if known.name in CHOICES and isinstance(coerced, Template):
        return choice(context, known.name, coerced, at)
    return coerced


def choice(context: Context, name: str, value: Template, at: Position) -> Template | None:
    """One of the values that a keyword may have, under its short name; templates pass."""
    if is_template(value):
        return value
    word = str(value)
    for prefix in _BUILTIN:
        word = word.removeprefix(prefix)
    if word in CHOICES[name]:
        return Template(CHOICES[name][word], value.origin)
    if word in LATER[name]:
        context.error(f"`{name}: {value}` is not supported yet", at)
    else:
        known = dict.fromkeys(CHOICES[name].values())
        near = did_you_mean(word, known) or "known are " + ", ".join(known)
        context.error(f"`{value}` is no value for `{name}`", at, near)
    return None


def unknown_key(
    context: Context,
    mapping: SourceMap,
    key: object,
    what: str,
    known: Collection[str],
    fix: str = "",
) -> None:
    """Record that a key is no keyword of `what`, with the nearest one, or else a fix."""
    name = str(key)
    near = did_you_mean(name, known)
    context.error(f"`{name}` is not a keyword of {what}", at_key(mapping, name), near or fix)


def as_mapping(context: Context, value: Value, what: str, at: Position) -> SourceMap | None:
    """The value as a mapping, or None after recording that it is none."""
    if isinstance(value, SourceMap):
        return value
    context.error(f"{what} must be a mapping, not {kind_of(value)}", at)
    return None


def read_options(context: Context, kind: type, value: Value, name: str, at: Position) -> Any:
    """A dataclass of options (`loop_control`, `backoff`, a prompt) from its mapping, or None."""
    mapping = as_mapping(context, value, f"`{name}`", at)
    if mapping is None:
        return None
    known = keywords_of(kind)
    for key in mapping:
        if key not in known:
            unknown_key(context, mapping, key, f"`{name}`", known)
    fields = read_fields(context, kind, mapping)
    del fields["keys_at"]
    return kind(**fields)
