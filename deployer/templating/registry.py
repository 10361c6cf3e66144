"""Filters and tests: how a function becomes one, and how secrets and undefined values meet it.

A function of `filters/` or `tests/` is marked with `text` or `values`:

- `text`: it makes or reads text. Its arguments are plain, secrets are opened for it, and what it
  returns is secret if one was among them.
- `values`: it passes values on. Lazy containers and secrets reach it as they are.

Undefined arguments raise before the function is called, unless it is `lenient`.
"""

from __future__ import annotations

import functools
import importlib
import pkgutil
import re
from collections.abc import Callable, Iterator, Mapping
from types import ModuleType
from typing import Any, TypeVar

from deployer.model.errors import DeployError, TemplateError
from deployer.model.secret import Secret
from deployer.model.values import dataclass
from deployer.templating.plain import Exposure
from deployer.templating.undefined import Undefined

Function = Callable[..., Any]
F = TypeVar("F", bound=Function)

#: Collections whose filters, tests and lookups are known here under their short names.
COLLECTIONS = (
    "ansible.builtin.",
    "ansible.legacy.",
    "ansible.utils.",
    "ansible.netcommon.",
    "community.general.",
    "community.docker.",
)

#: What an unsuitable argument makes Python raise.
_MISUSE = (TypeError, ValueError, LookupError, ArithmeticError, OSError, AttributeError, re.error)


@dataclass(frozen=True, slots=True)
class Kind:
    """How a function is called. `names` are those under which it is known."""

    names: tuple[str, ...]
    text: bool
    lenient: bool = False


def text(*names: str) -> Callable[[F], F]:
    """Mark a filter or test that makes or reads text."""
    return _marker(names, text=True, lenient=False)


def values(*names: str, lenient: bool = False) -> Callable[[F], F]:
    """Mark a filter or test that passes values on; `lenient` lets undefined ones through."""
    return _marker(names, text=False, lenient=lenient)


def _marker(names: tuple[str, ...], *, text: bool, lenient: bool) -> Callable[[F], F]:
    def mark(function: F) -> F:
        own = function.__name__.rstrip("_")
        function.__dict__["deploy_kind"] = Kind(names or (own,), text, lenient)
        return function

    return mark


def modules_of(package: ModuleType) -> Iterator[ModuleType]:
    """Every module of a package, by name."""
    for found in sorted(pkgutil.iter_modules(package.__path__), key=lambda module: module.name):
        yield importlib.import_module(f"{package.__name__}.{found.name}")


def functions_of(package: ModuleType) -> dict[str, tuple[Function, Kind]]:
    """The marked functions of a package by their names."""
    found: dict[str, tuple[Function, Kind]] = {}
    for module in modules_of(package):
        for function in vars(module).values():
            kind = getattr(function, "deploy_kind", None)
            if isinstance(kind, Kind) and function.__module__ == module.__name__:
                found.update(dict.fromkeys(kind.names, (function, kind)))
    return found


class Registry(dict[str, Function]):
    """Functions by name; names of known collections and `ansible.builtin.` lead to the same.

    `load` gives them when the first is asked for: many playbooks need none.
    """

    def __init__(self, load: Callable[[], Mapping[str, Function]] = dict) -> None:
        super().__init__()
        self._load: Callable[[], Mapping[str, Function]] | None = load

    def _filled(self) -> None:
        if self._load is not None:
            load, self._load = self._load, None
            self.update(load())

    def __iter__(self) -> Iterator[str]:
        self._filled()
        return super().__iter__()

    def __len__(self) -> int:
        self._filled()
        return super().__len__()

    def find(self, name: str) -> Function | None:
        """The function under a short or a qualified name."""
        self._filled()
        found = dict.get(self, name)
        if found is not None or "." not in name:
            return found
        prefix = next((prefix for prefix in COLLECTIONS if name.startswith(prefix)), "")
        return dict.get(self, name.removeprefix(prefix)) if prefix else None

    def get(self, name: str, default: Any = None) -> Any:
        """As `dict.get`, with qualified names."""
        return self.find(name) or default

    def __missing__(self, name: str) -> Function:
        found = self.find(name)
        if found is None:
            raise KeyError(name)
        return found

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and self.find(name) is not None


def wrapped(name: str, function: Function, kind: Kind, what: str = "filter") -> Function:
    """`function` as Jinja is to call it: see the module's docstring.

    Python's errors become TemplateError with the name of the filter or test.
    """
    skip = 1 if hasattr(function, "jinja_pass_arg") else 0
    as_text = _as_text(function, skip)

    @functools.wraps(function)
    def call(*args: Any, **named: Any) -> Any:
        try:
            if not kind.lenient:
                refuse_undefined(args, named)
            if kind.text or (len(args) > skip and type(args[skip]) is Secret):
                return as_text(args, named)
            return function(*args, **named)
        except DeployError:
            raise
        except _MISUSE as error:
            raise TemplateError(f"{what} `{name}`: {describe(error)}") from error

    return call


def _as_text(function: Function, skip: int) -> Callable[[tuple[Any, ...], dict[str, Any]], Any]:
    def call(args: tuple[Any, ...], named: dict[str, Any]) -> Any:
        exposure = Exposure()
        given = [*args[:skip], *map(exposure.open, args[skip:])]
        options = {key: exposure.open(value) for key, value in named.items()} if named else named
        return exposure.close(function(*given, **options))

    return call


def refuse_undefined(args: tuple[Any, ...], named: dict[str, Any]) -> None:
    """Raise the error of the first undefined argument."""
    for value in args:
        if type(value) is Undefined:
            raise value._error()
    for value in named.values():
        if type(value) is Undefined:
            raise value._error()


def describe(error: Exception) -> str:
    """An exception of Python's in words, without its secrets."""
    from deployer.model.secret import mask

    said = str(error) or type(error).__name__
    if isinstance(error, KeyError):
        said = f"no entry {said}"
    return mask(said)
