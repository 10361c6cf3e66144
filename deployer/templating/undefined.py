"""The value of a name that nothing defines: it knows its path, where it failed, and near names."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, NoReturn

from jinja2.exceptions import SecurityError
from jinja2.runtime import StrictUndefined
from jinja2.utils import missing

from deployer.model.diagnostic import did_you_mean
from deployer.model.errors import TemplateError, UndefinedError


def no_names() -> Iterable[str]:
    """Where nothing near could be suggested."""
    return ()


class Undefined(StrictUndefined):
    """Chainable (`a.b.c | default(1)` works where `a` is undefined), strict in every other use.

    `path` is what was written up to here, `failed` the part of it that does not exist. `cause` is
    the error of a variable whose own template needs something undefined.
    """

    __slots__ = ("_cause", "_failed", "_names", "_path")

    def __init__(
        self,
        hint: str | None = None,
        obj: Any = missing,
        name: Any = None,
        exc: Any = UndefinedError,
        *,
        path: str = "",
        failed: str = "",
        names: Callable[[], Iterable[str]] = no_names,
        cause: UndefinedError | None = None,
    ) -> None:
        super().__init__(hint, obj, name, exc)
        self._path = path or str(name or "")
        self._failed = failed or self._path
        self._names = names
        self._cause = cause

    def _child(self, attribute: Any, path: str) -> Undefined:
        """The value of an attribute of what is itself undefined."""
        longer = path or f"{self._path}.{attribute}"
        return Undefined(
            self._undefined_hint,
            self._undefined_obj,
            self._undefined_name,
            self._undefined_exception,
            path=longer,
            failed=self._failed,
            names=self._names,
            cause=self._cause,
        )

    @property
    def _undefined_message(self) -> str:
        return self._error().message

    def _error(self) -> TemplateError:
        """The error that using this value raises; without a position, which the run adds."""
        if self._cause is not None:
            return self._cause
        if self._undefined_hint and self._undefined_exception is SecurityError:
            return TemplateError(self._undefined_hint)
        if self._undefined_hint:
            return UndefinedError(self._undefined_hint, self._path)
        where = "" if self._path in ("", self._failed) else f" (in `{self._path}`)"
        near = did_you_mean(str(self._undefined_name), self._names())
        suggestion = f"; {near}" if near else ""
        message = f"`{self._failed}` is undefined{where}{suggestion}"
        return UndefinedError(message, self._path, help="" if near else self._about_container())

    def _about_container(self) -> str:
        """What the container does have, in words."""
        holder = self._undefined_obj
        if holder is missing:
            return ""
        if isinstance(holder, Mapping):
            keys = [str(key) for key in holder]
            if holder.get("skipped") is True:
                return "it is the result of a task that was skipped"
            if not keys:
                return "the mapping is empty"
            return "it has " + ", ".join(keys[:8]) + (", ..." if len(keys) > 8 else "")
        if isinstance(holder, list | tuple):
            return f"the list has {len(holder)} item" + ("" if len(holder) == 1 else "s")
        return f"it is {_article(holder)}"

    def _fail(self, *_args: Any, **_named: Any) -> NoReturn:
        raise self._error()

    def _fail_with_undefined_error(self, *_args: Any, **_named: Any) -> NoReturn:
        raise self._error()

    def __getattr__(self, name: str) -> Any:
        if name[:2] == "__":
            raise AttributeError(name)
        raise self._error()

    __iter__ = __str__ = __len__ = __bool__ = __eq__ = __ne__ = __hash__ = __contains__ = _fail
    __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = _fail
    __truediv__ = __rtruediv__ = __floordiv__ = __rfloordiv__ = _fail
    __mod__ = __rmod__ = __pos__ = __neg__ = __call__ = __getitem__ = _fail
    __lt__ = __le__ = __gt__ = __ge__ = __int__ = __float__ = __complex__ = _fail
    __pow__ = __rpow__ = __index__ = __reversed__ = __and__ = __or__ = _fail

    def __repr__(self) -> str:
        return f"Undefined({self._path})"


def _article(holder: Any) -> str:
    """A value's kind in words: "a text", "none"."""
    if holder is None:
        return "none"
    if isinstance(holder, bool):
        return "a boolean"
    if isinstance(holder, str):
        return "a text"
    return "a number" if isinstance(holder, int | float) else f"a {type(holder).__name__}"
