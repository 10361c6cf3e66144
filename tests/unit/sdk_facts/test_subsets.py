"""gather_subset and filter."""

from __future__ import annotations

import pytest

from deployer.model.errors import ArgumentError
from deployer.sdk.facts.subsets import KINDS, MINIMUM, matches, subset_of


@pytest.mark.parametrize(
    ("words", "kinds"),
    [
        ([], KINDS),
        (["all"], KINDS),
        (["min"], MINIMUM),
        (["!all"], MINIMUM),
        (["!all", "!min"], set()),
        (["!all,!min", "mounts"], {"hardware"}),
        (["network"], MINIMUM | {"network"}),
        (["!network"], MINIMUM),
        (["!env"], MINIMUM - {"env"}),
        (["all", "!env"], KINDS - {"env"}),
        (["network", "!network"], MINIMUM | {"network"}),
        (["mounts", "!all"], MINIMUM | {"hardware"}),
        (["!all", "network", "virtual"], MINIMUM | {"network", "virtual"}),
        (["all", "!hardware", "!virtual"], KINDS - {"hardware", "virtual"}),
        (["facter"], MINIMUM),
        (["!facter", "!ohai"], MINIMUM),
    ],
)
def test_which_kinds_are_wanted(words: list[str], kinds: set[str]) -> None:
    assert subset_of(words).kinds == kinds


def test_an_unknown_subset_is_an_error_with_the_nearest() -> None:
    with pytest.raises(ArgumentError) as caught:
        subset_of(["netwrok"])
    assert caught.value.help == "did you mean `network`?"
    assert caught.value.argument == "gather_subset"


@pytest.mark.parametrize(
    ("patterns", "fits"),
    [
        ([], True),
        ([""], True),
        (["ansible_*_mb"], True),
        (["memtotal*"], True),
        (["ansible_eth*", "*mb"], True),
        (["ansible_eth*"], False),
    ],
)
def test_filters(patterns: list[str], fits: bool) -> None:
    assert matches("ansible_memtotal_mb", patterns) is fits
