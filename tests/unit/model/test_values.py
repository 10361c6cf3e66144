"""Values made by our `dataclass` behave as the standard library's."""

from __future__ import annotations

import copy
import dataclasses
import pickle
from dataclasses import field
from typing import Any

import pytest

import deployer.model.values as ours

STANDARD: Any = dataclasses.dataclass
OURS: Any = ours.dataclass


def _family(make: Any) -> Any:
    @make(frozen=True, slots=True)
    class Base:
        """Base."""

        a: int
        b: str = "x"
        many: list[int] = field(default_factory=list, hash=False)
        quiet: int = field(default=3, compare=False, repr=False)

    @make(frozen=True, slots=True)
    class Child(Base):
        b: str = "y"
        late: int = field(default=9, init=False)
        own: int = field(default=0, kw_only=True)

        def __post_init__(self) -> None:
            object.__setattr__(self, "late", self.a + 1)

    @make(slots=True)
    class Moving:
        """Not frozen."""

        a: int = 0

    @make(frozen=True, slots=True, eq=False)
    class Same:
        a: int = 0

    @make(frozen=True, slots=True)
    class Nothing:
        pass

    return Base, Child, Moving, Same, Nothing


FAMILIES = pytest.mark.parametrize("make", [STANDARD, OURS], ids=["standard", "ours"])


@FAMILIES
def test_equality_hash_and_text(make: Any) -> None:
    base, child, moving, same, nothing = _family(make)
    assert base(1) == base(1, quiet=4) != base(2)
    assert base(1) != child(1)
    assert hash(base(1, many=[1])) == hash(base(1))
    assert repr(child(1)).endswith("Child(a=1, b='y', many=[], late=2, own=0)")
    assert same() != same()
    assert len({same(), same()}) == 2
    assert moving() == moving()
    assert nothing() == nothing()
    assert hash(nothing()) == hash(nothing())
    with pytest.raises(TypeError):
        hash(moving())


@FAMILIES
def test_constructors_take_what_the_fields_say(make: Any) -> None:
    base, child, *_ = _family(make)
    assert base(1).many is not base(1).many
    assert child(1, "z", [2], 4, own=7).own == 7
    assert child(1).late == 2
    for wrong in ({}, {"a": 1, "late": 2}, {"a": 1, "unknown": 2}):
        with pytest.raises(TypeError):
            child(**wrong)
    with pytest.raises(TypeError):
        child(1, "z", [2], 4, 7)


@FAMILIES
def test_frozen_values_stay(make: Any) -> None:
    base, child, moving, *_ = _family(make)
    with pytest.raises(dataclasses.FrozenInstanceError):
        base(1).a = 2
    with pytest.raises(dataclasses.FrozenInstanceError):
        del child(1).a
    changed = moving()
    changed.a = 5
    assert changed == moving(5)


@FAMILIES
def test_fields_replace_and_matching(make: Any) -> None:
    base, child, *_ = _family(make)
    assert [f.name for f in dataclasses.fields(child)] == ["a", "b", "many", "quiet", "late", "own"]
    assert dataclasses.replace(base(1), b="q") == base(1, "q")
    assert base.__match_args__ == ("a", "b", "many", "quiet")
    assert not hasattr(base(1), "__dict__")


@FAMILIES
def test_copies(make: Any) -> None:
    _, child, *_ = _family(make)
    value = child(1, many=[1])
    assert copy.copy(value) == copy.deepcopy(value) == value
    assert copy.deepcopy(value).many is not value.many


@ours.dataclass(frozen=True, slots=True)
class Sent:
    """What crosses between processes."""

    a: int
    b: tuple[str, ...] = ()


def test_values_can_be_pickled() -> None:
    assert pickle.loads(pickle.dumps(Sent(1, ("x",)))) == Sent(1, ("x",))


def test_own_methods_win() -> None:
    @ours.dataclass(frozen=True, slots=True)
    class Loud:
        a: int

        def __repr__(self) -> str:
            return "loud"

        def __eq__(self, other: object) -> bool:
            return True

        def __hash__(self) -> int:
            return 7

    assert (repr(Loud(1)), Loud(1) == 3, hash(Loud(1))) == ("loud", True, 7)


def test_the_standard_library_can_extend_ours() -> None:
    @ours.dataclass(frozen=True, slots=True)
    class Base:
        a: int

    @dataclasses.dataclass(frozen=True, slots=True)
    class Child(Base):
        b: int = 2

    assert Child(1) == Child(1, 2) != Child(2)
    assert repr(Child(1)).endswith("Child(a=1, b=2)")


def test_only_slotted_classes() -> None:
    with pytest.raises(TypeError, match="slotted"):
        ours.dataclass(slots=False)
