"""Host patterns: what `hosts:`, `--limit` and `-i ... all` mean.

A pattern is a name, a wildcard (`web*`), a regular expression (`~web\\d+`), with or without a
subscript (`web[0]`, `web[1:3]`, both ends included), joined by `,` or `:`; parts that begin with
`&` keep only the common hosts, parts that begin with `!` remove hosts, whatever their place in
the line. (Ansible: "Patterns: targeting hosts and groups".)
"""

from __future__ import annotations

import random
import re
from collections.abc import Sequence
from fnmatch import translate
from functools import lru_cache
from pathlib import Path

from deployer.inventory.model import LOCALHOST, Inventory
from deployer.model.diagnostic import Diagnostic, Severity, did_you_mean
from deployer.model.errors import LoadError
from deployer.model.source import Position, origin_of
from deployer.model.values import dataclass

ORDERS = ("inventory", "sorted", "reverse_sorted", "reverse_inventory", "shuffle")
_SUBSCRIPT = re.compile(r"(?P<base>.+)\[(?:(?P<at>-?\d+)|(?P<first>\d+)[:-](?P<last>\d*))\]")
_PIECE = re.compile(r"(?:\(\?:|[^\s:\[\]]|\[[^\]]*\])+")
_ADDRESS = re.compile(r"\[?[0-9A-Fa-f]*:[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*\]?")


@dataclass(frozen=True, slots=True)
class Selection:
    """The hosts that a pattern names, in order, and a warning per part that names none."""

    hosts: tuple[str, ...]
    warnings: tuple[Diagnostic, ...] = ()


def split_patterns(pattern: str | Sequence[str]) -> list[str]:
    """The parts of a pattern, as written, without empty ones. Lists may nest."""
    if not isinstance(pattern, str):
        return [part for item in pattern for part in split_patterns(item)]
    if "," in pattern:
        parts = pattern.split(",")
    elif _ADDRESS.fullmatch(pattern.strip()):
        parts = [pattern]
    else:
        parts = _PIECE.findall(pattern)
    return [part.strip() for part in parts if part.strip()]


def select(
    inventory: Inventory,
    pattern: str | Sequence[str],
    *,
    limit: str | Sequence[str] | None = None,
    order: str = "inventory",
    seed: int | None = None,
) -> Selection:
    """The hosts that `pattern` names and `limit` leaves, in `order` (one of `ORDERS`).

    `limit` has been through `read_limit`. Raises LoadError for a subscript or regular expression
    that cannot be read, and for an unknown order.
    """
    warnings: list[Diagnostic] = []
    chosen = _evaluate(inventory, pattern, warnings)
    if limit is not None:
        kept = set(_evaluate(inventory, limit, warnings))
        chosen = [name for name in chosen if name in kept]
    return Selection(tuple(_ordered(chosen, order, seed)), tuple(dict.fromkeys(warnings)))


def read_limit(limit: str | Sequence[str], cwd: str | Path = ".") -> list[str]:
    """The parts of a `--limit`; `@FILE` stands for the patterns in a file, one per line.

    Raises LoadError where the file cannot be read.
    """
    parts: list[str] = []
    for part in split_patterns(limit):
        if not part.startswith("@"):
            parts.append(part)
            continue
        path = Path(cwd, part[1:])
        try:
            lines = path.read_text().splitlines()
        except (OSError, UnicodeDecodeError) as error:
            reason = getattr(error, "strerror", None) or "not a text file"
            raise _error(f"cannot read the limit file: {reason}", Position(str(path))) from error
        parts += [part for line in lines for part in split_patterns(line.split("#")[0])]
    return parts


def _evaluate(
    inventory: Inventory, pattern: str | Sequence[str], warnings: list[Diagnostic]
) -> list[str]:
    parts = split_patterns(pattern)
    origin = origin_of(pattern)
    plain = [part for part in parts if part[0] not in "&!"] or ["all"]
    chosen: dict[str, None] = {}
    if not parts:
        return []
    for part in plain:
        chosen.update(dict.fromkeys(_match(inventory, part, origin, warnings)))
    for part in parts:
        if part[0] == "&":
            kept = set(_match(inventory, part[1:], origin, warnings))
            chosen = {name: None for name in chosen if name in kept}
    for part in parts:
        if part[0] == "!":
            gone = set(_match(inventory, part[1:], origin, warnings))
            chosen = {name: None for name in chosen if name not in gone}
    return list(chosen)


def _match(
    inventory: Inventory, part: str, origin: Position | None, warnings: list[Diagnostic]
) -> list[str]:
    """The hosts of one part; a warning where it names nothing at all."""
    if part in inventory.hosts:
        return [part]
    if part in inventory.groups:
        return list(inventory.groups[part].members)
    base, subscript = part, None
    if not part.startswith("~"):
        subscript = _SUBSCRIPT.fullmatch(part)
        base = subscript["base"] if subscript else part
    found = _matching_names(inventory, base, origin)
    if found is None:
        warnings.append(_unmatched(inventory, part, origin))
        return []
    return _subscripted(found, subscript) if subscript else found


def _matching_names(inventory: Inventory, base: str, origin: Position | None) -> list[str] | None:
    """Hosts by group or host name or wildcard; None where nothing has such a name."""
    if base in inventory.groups:
        return list(inventory.groups[base].members)
    matcher = _matcher(base, origin)
    groups = [name for name in inventory.groups if matcher.match(name)]
    found = dict.fromkeys(host for name in groups for host in inventory.groups[name].members)
    hosts = [name for name in inventory.hosts if matcher.match(name)]
    found.update(dict.fromkeys(hosts))
    if not groups and not hosts:
        local = inventory.host(base) if base in LOCALHOST else None
        return [local.name] if local else None
    return list(found)


def _matcher(pattern: str, origin: Position | None) -> re.Pattern[str]:
    try:
        return _compiled(pattern)
    except re.error as error:
        message = f"the pattern `{pattern}` is not a regular expression: {error}"
        raise _error(message, origin) from error


@lru_cache(maxsize=256)
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern[1:] if pattern.startswith("~") else translate(pattern))


def _subscripted(found: list[str], subscript: re.Match[str]) -> list[str]:
    """`[n]`, `[-n]`, `[a:b]` and `[a:]`; both ends count, an index beyond the end is no host."""
    if subscript["at"] is not None:
        at = int(subscript["at"])
        return [found[at]] if -len(found) <= at < len(found) else []
    last = subscript["last"]
    return found[int(subscript["first"]) : int(last) + 1 if last else None]


def _ordered(names: list[str], order: str, seed: int | None) -> list[str]:
    match order:
        case "inventory":
            return names
        case "sorted":
            return sorted(names)
        case "reverse_sorted":
            return sorted(names, reverse=True)
        case "reverse_inventory":
            return names[::-1]
        case "shuffle":
            shuffled = list(names)
            random.Random(seed).shuffle(shuffled)  # noqa: S311 - an order, not a secret
            return shuffled
    raise _error(
        f"`{order}` is not an order of hosts", origin_of(order), did_you_mean(order, ORDERS)
    )


def _unmatched(inventory: Inventory, part: str, origin: Position | None) -> Diagnostic:
    name = part.strip("&!")
    known = [*inventory.groups, *inventory.hosts]
    summary = f"no host or group matches `{name}`"
    return Diagnostic(summary, origin, did_you_mean(name, known), Severity.WARNING)


def _error(message: str, position: Position | None, help: str = "") -> LoadError:
    return LoadError([Diagnostic(message, position, help)])
