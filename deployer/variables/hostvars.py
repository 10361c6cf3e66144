"""`hostvars`: the variables of any host, read in that host's own scope."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from deployer.model.source import Value, Variables
from deployer.templating.scope import UNLISTED

#: Evaluates a value that was found in a scope: `render(value, scope)`.
Render = Callable[[Value, Variables], Value]
#: Told of every name that is read of a host, before the value is looked up; it raises PendingName
#: where a coming step of that host may define it.
Watch = Callable[[str, str], None]


class HostVars(Mapping[str, Mapping[str, Value]]):
    """Host names to their variables. Iterates over the inventory; also knows this machine.

    `scope_of` gives the scope of a host, or None where there is no such host.
    """

    __slots__ = ("_names", "_render", "_scope_of", "_views", "_watch")

    def __init__(
        self,
        names: Callable[[], Iterator[str]],
        scope_of: Callable[[str], Variables | None],
        render: Render | None = None,
        watch: Watch | None = None,
    ) -> None:
        self._names = names
        self._scope_of = scope_of
        self._render = render
        self._watch = watch
        self._views: dict[str, HostView] = {}

    def __getitem__(self, name: str) -> Mapping[str, Value]:
        view = self._views.get(name)
        if view is not None:
            return view
        if self._scope_of(name) is None:
            raise KeyError(name)
        view = HostView(str(name), self._scope_of, self._render, self._watch)
        self._views[name] = view
        return view

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and self._scope_of(name) is not None

    def __iter__(self) -> Iterator[str]:
        return self._names()

    def __len__(self) -> int:
        return sum(1 for _ in self._names())

    def __repr__(self) -> str:
        return "hostvars"


class HostView(Mapping[str, Value]):
    """The variables of one host, each evaluated when it is read."""

    __slots__ = ("_host", "_render", "_scope_of", "_watch")

    def __init__(
        self,
        host: str,
        scope_of: Callable[[str], Variables | None],
        render: Render | None,
        watch: Watch | None,
    ) -> None:
        self._host = host
        self._scope_of = scope_of
        self._render = render
        self._watch = watch

    def __getitem__(self, name: str) -> Value:
        if self._watch is not None:
            self._watch(self._host, name)
        scope = self._scope()
        value = scope[name]
        return self._render(value, scope) if self._render is not None else value

    def __contains__(self, name: object) -> bool:
        if self._watch is not None and isinstance(name, str):
            self._watch(self._host, name)
        return name in self._scope()

    def __iter__(self) -> Iterator[str]:
        return (name for name in self._scope() if name not in UNLISTED)

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def __repr__(self) -> str:
        return f"hostvars[{self._host!r}]"

    def _scope(self) -> Variables:
        scope = self._scope_of(self._host)
        return scope if scope is not None else {}
