"""`dataclass` for slotted classes: the standard library's in all but cost.

The standard library compiles up to six methods of every class when its module is imported. With
some 250 such classes that was the largest part of start-up (0.3 to 1 ms each). Here the fields
still come from the standard library (`fields`, `replace`, pattern matching and type checkers see
no difference), comparison, hash and representation are shared functions over the fields, and the
constructor is compiled when the first value is made: a run makes values of a third of the classes.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from operator import attrgetter
from typing import TYPE_CHECKING, Any, TypeVar

T = TypeVar("T")
_UNSET = object()  # stands for "take the factory's" in the signature of a constructor


def _checked_eq(names: tuple[str, ...]) -> Callable[[Any, object], Any]:
    """`__eq__` as the standard library has it: same class and equal fields."""
    key = _key(names)

    def __eq__(self: Any, other: object) -> Any:  # noqa: N807 # becomes the method
        if other.__class__ is not self.__class__:
            return NotImplemented
        return key(self) == key(other)

    return __eq__


def _hashed(names: tuple[str, ...]) -> Callable[[Any], int]:
    key = _key(names)

    def __hash__(self: Any) -> int:  # noqa: N807 # becomes the method
        return hash(key(self))

    return __hash__


def _key(names: tuple[str, ...]) -> Callable[[Any], Any]:
    """The compared fields of a value as a tuple."""
    if len(names) > 1:
        return attrgetter(*names)
    return lambda value: tuple(getattr(value, name) for name in names)


def _shown(self: Any) -> str:
    parts = (f"{f.name}={getattr(self, f.name)!r}" for f in dataclasses.fields(self) if f.repr)
    return f"{type(self).__qualname__}({', '.join(parts)})"


def _no_set(self: Any, name: str, value: object) -> None:  # noqa: ARG001 # the method's signature
    raise dataclasses.FrozenInstanceError(f"cannot assign to field {name!r}")


def _no_delete(self: Any, name: str) -> None:  # noqa: ARG001 # the method's signature
    raise dataclasses.FrozenInstanceError(f"cannot delete field {name!r}")


def _state(self: Any) -> list[object]:
    return [getattr(self, field.name) for field in dataclasses.fields(self)]


def _restore(self: Any, state: list[object]) -> None:
    for field, value in zip(dataclasses.fields(self), state, strict=True):
        object.__setattr__(self, field.name, value)


def _constructor(cls: type) -> Callable[..., None]:
    """Compile `__init__` from the fields of `cls`."""
    names: dict[str, Any] = {"_UNSET": _UNSET}
    positional = ["_instance"]  # a field may be called `self`
    keywords: list[str] = []
    body: list[str] = []
    for number, field in enumerate(dataclasses.fields(cls)):
        names[f"_set{number}"] = getattr(cls, field.name).__set__
        value, parameter = field.name, field.name
        if field.default is not dataclasses.MISSING:
            names[f"_default{number}"] = field.default
            parameter = f"{field.name}=_default{number}"
            value = field.name if field.init else f"_default{number}"
        elif field.default_factory is not dataclasses.MISSING:
            names[f"_make{number}"] = field.default_factory
            parameter = f"{field.name}=_UNSET"
            made = f"_make{number}()"
            value = f"{made} if {field.name} is _UNSET else {field.name}" if field.init else made
        elif not field.init:
            continue
        if field.init:
            (keywords if field.kw_only else positional).append(parameter)
        body.append(f" _set{number}(_instance, {value})")
    if hasattr(cls, "__post_init__"):
        body.append(" _instance.__post_init__()")
    signature = ", ".join([*positional, *(["*", *keywords] if keywords else [])])
    exec(f"def __init__({signature}):\n" + "\n".join(body or [" pass"]), names)  # noqa: S102 # names of fields only
    made_init: Callable[..., None] = names["__init__"]
    made_init.__qualname__ = f"{cls.__qualname__}.__init__"
    return made_init


def _late_constructor(cls: Any) -> Callable[..., None]:
    """An `__init__` that puts the real one in its place when first called."""

    def __init__(it: Any, /, *args: Any, **values: Any) -> None:  # noqa: N807 # becomes the method
        cls.__init__ = made = _constructor(cls)
        made(it, *args, **values)

    return __init__


def _equip(cls: Any, own: set[str], *, frozen: bool, eq: bool) -> None:
    """Give `cls` the methods that it does not define itself."""
    methods: dict[str, Any] = {"__repr__": _shown}
    compared = [field for field in dataclasses.fields(cls) if field.compare]
    if eq:
        methods["__eq__"] = _checked_eq(tuple(field.name for field in compared))
    if eq and not frozen:
        methods["__hash__"] = None
    elif eq:
        hashed = tuple(f.name for f in compared if f.hash is None or f.hash)
        methods["__hash__"] = _hashed(hashed)
    if frozen:
        methods |= {"__setattr__": _no_set, "__delattr__": _no_delete}
    methods |= {"__getstate__": _state, "__setstate__": _restore}
    for name, method in methods.items():
        if name not in own:
            setattr(cls, name, method)
    cls.__init__ = _late_constructor(cls)
    params = cls.__dataclass_params__  # what a subclass by the standard library looks at
    params.init = params.repr = True
    params.eq, params.frozen = eq, frozen


def _dataclass(*, frozen: bool, eq: bool, kw_only: bool) -> Callable[[type[T]], type[T]]:
    def make(cls: type[T]) -> type[T]:
        if cls.__doc__ is None:
            cls.__doc__ = cls.__name__  # else the standard library works out a signature
        own = {name for name, value in vars(cls).items() if value is not None}
        # What extends a frozen class has to call itself frozen, although it costs.
        extends = frozen and any(hasattr(base, "__dataclass_params__") for base in cls.__bases__)
        plain = dataclasses.dataclass(
            init=False, repr=False, eq=False, slots=True, kw_only=kw_only, frozen=extends
        )
        made = plain(cls)
        _equip(made, own, frozen=frozen, eq=eq)
        return made

    return make


if TYPE_CHECKING:
    from dataclasses import dataclass
else:

    def dataclass(
        *, frozen: bool = False, slots: bool = True, eq: bool = True, kw_only: bool = False
    ) -> Callable[[type[T]], type[T]]:
        """A slotted class of values; see `dataclasses.dataclass` for what the options mean.

        Only with slots: the constructor writes through the slots, past a frozen `__setattr__`.
        """
        if not slots:
            raise TypeError("only slotted classes")
        return _dataclass(frozen=frozen, eq=eq, kw_only=kw_only)


__all__ = ["dataclass"]
