"""Containers as templates see them: rendered when read, item by item, and never the originals.

A `LazyDict` or `LazyList` is a private shallow copy of a variable's container. Its items become
plain values when something reads them; what reads all of it (a filter, JSON, a loop) goes through
the methods below. They are real dicts and lists, so Python's own protocols and Jinja's tests hold.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, NoReturn, Protocol, SupportsIndex

from deployer.model.secret import Secret
from deployer.model.source import Value

if TYPE_CHECKING:
    from deployer.templating.scope import Scope

#: Types whose values are used as they are, without a look inside.
ATOMS = frozenset({str, int, float, bool, type(None), Secret})


class Bringer(Protocol):
    """What makes a raw value into one that a template may use. `label` says where it stood."""

    @property
    def scope(self) -> Scope: ...

    def bring(self, value: Value, label: str) -> Value: ...

    def name(self, key: str) -> Value: ...

    def names(self) -> Iterable[str]: ...


def _immutable(_self: Any, *_args: Any, **_named: Any) -> NoReturn:
    raise TypeError("a variable cannot be changed by a template; build a new value instead")


class LazyDict(dict[Any, Any]):
    """A mapping of a variable, rendered as it is read."""

    __slots__ = ("_label", "_run")

    def __init__(self, run: Bringer, raw: Mapping[Any, Any], label: str) -> None:
        super().__init__(raw)
        self._run = run
        self._label = label

    def __getitem__(self, key: Any) -> Value:
        value = dict.__getitem__(self, key)
        if type(value) in ATOMS:
            return value
        value = self._run.bring(value, f"{self._label}.{key}")
        dict.__setitem__(self, key, value)
        return value

    def get(self, key: Any, default: Any = None) -> Value:
        """The item, or `default`."""
        try:
            return self[key]
        except KeyError:
            return default

    def __iter__(self) -> Iterator[Any]:
        # Its presence keeps `dict(x)` and `{**x}` off the fast path that copies raw items.
        return dict.__iter__(self)

    def values(self) -> list[Value]:  # type: ignore[override]
        """The items, rendered."""
        return [self[key] for key in self]

    def items(self) -> list[tuple[Any, Value]]:  # type: ignore[override]
        """Pairs of keys and items, rendered."""
        return [(key, self[key]) for key in self]

    def copy(self) -> dict[Any, Any]:
        """A plain dict that the template may change."""
        return dict(self.items())

    def __eq__(self, other: object) -> bool:
        return dict(self.items()) == (dict(other.items()) if isinstance(other, dict) else other)

    def __ne__(self, other: object) -> bool:
        return not self == other

    def __or__(self, other: Any) -> Any:
        return {**self, **other}

    def __ror__(self, other: Any) -> Any:
        return {**other, **self}

    def __str__(self) -> str:
        return str(dict(self.items()))

    __repr__ = __str__
    __hash__ = None
    __setitem__ = __delitem__ = __ior__ = _immutable
    clear = pop = popitem = setdefault = update = _immutable


class LazyList(list[Any]):
    """A list of a variable, rendered as it is read."""

    __slots__ = ("_label", "_run")

    def __init__(self, run: Bringer, raw: Iterable[Any], label: str) -> None:
        super().__init__(raw)
        self._run = run
        self._label = label

    def __getitem__(self, index: SupportsIndex | slice) -> Any:
        if isinstance(index, slice):
            return [self[at] for at in range(*index.indices(len(self)))]
        value = list.__getitem__(self, index)
        if type(value) in ATOMS:
            return value
        value = self._run.bring(value, f"{self._label}[{index}]")
        list.__setitem__(self, index, value)
        return value

    def __iter__(self) -> Iterator[Any]:
        for index in range(len(self)):
            yield self[index]

    def __reversed__(self) -> Iterator[Any]:
        return iter(self.copy()[::-1])

    def __contains__(self, item: object) -> bool:
        return any(item == mine for mine in self)

    def __add__(self, other: Any) -> Any:
        return [*self, *other]

    def __radd__(self, other: Any) -> Any:
        return [*other, *self]

    def __mul__(self, times: SupportsIndex) -> Any:
        return self.copy() * times

    __rmul__ = __mul__

    def __eq__(self, other: object) -> bool:
        return list(self) == (list(other) if isinstance(other, list) else other)

    def __ne__(self, other: object) -> bool:
        return not self == other

    def __lt__(self, other: Any) -> bool:
        return list(self) < list(other)

    def __gt__(self, other: Any) -> bool:
        return list(self) > list(other)

    def copy(self) -> list[Any]:
        """A plain list that the template may change."""
        return list(self)

    def index(self, item: Any, *bounds: Any) -> int:
        """The first place of an item; ValueError if there is none."""
        return self.copy().index(item, *bounds)

    def count(self, item: Any) -> int:
        """How often an item is in the list."""
        return self.copy().count(item)

    def __str__(self) -> str:
        return str(list(self))

    __repr__ = __str__
    __hash__ = None
    __setitem__ = __delitem__ = __iadd__ = __imul__ = _immutable
    append = clear = extend = insert = pop = remove = reverse = sort = _immutable


class MappingView(Mapping[str, Value]):
    """Any other mapping that variables hold (`groups`, `hostvars`), read item by item."""

    __slots__ = ("_label", "_raw", "_run")

    def __init__(self, run: Bringer, raw: Mapping[str, Value], label: str) -> None:
        self._run = run
        self._raw = raw
        self._label = label

    def __getitem__(self, key: str) -> Value:
        return self._run.bring(self._raw[key], f"{self._label}.{key}")

    def __contains__(self, key: object) -> bool:
        return key in self._raw

    def __iter__(self) -> Iterator[str]:
        return iter(self._raw)

    def __len__(self) -> int:
        return len(self._raw)


class ScopeView(Mapping[str, Value]):
    """All names of a scope as a mapping: `vars`, and what `hostvars[host]` gives.

    Reading a name renders it in that scope. Asking for a pending name, or for all names while any
    is pending, raises PendingName. A name whose template needs something undefined counts as
    present and raises UndefinedError when it is used. `begin` gives the run to render in; nothing
    is kept from one reading to the next.
    """

    __slots__ = ("_begin",)

    def __init__(self, begin: Callable[[], Bringer]) -> None:
        self._begin = begin

    def __getitem__(self, key: str) -> Value:
        if key not in self:
            raise KeyError(key)
        return self._begin().name(key)

    def __contains__(self, key: object) -> bool:
        from deployer.templating.scope import require_known

        if not isinstance(key, str):
            return False
        scope = self._begin().scope
        require_known(scope, key)
        return key in scope.variables

    def __iter__(self) -> Iterator[str]:
        return iter(tuple(self._begin().names()))

    def __len__(self) -> int:
        return len(tuple(self._begin().names()))
