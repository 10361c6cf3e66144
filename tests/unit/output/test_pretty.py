from __future__ import annotations

from typing import Any

import pytest
import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st

from deployer.model.secret import Secret
from deployer.output.pretty import pretty


def shown(value: Any) -> str:
    return "\n".join(pretty(value))


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ({"msg": "hello there"}, "msg: hello there"),
        ({"names": ["a", "b"]}, "names:\n- a\n- b"),
        ({"a": {"b": {"c": 1}}}, "a:\n  b:\n    c: 1"),
        ({"list": [{"x": 1, "y": [2, 3]}, "z"]}, "list:\n- x: 1\n  y:\n  - 2\n  - 3\n- z"),
        ({"text": "one\ntwo\n"}, "text: |\n  one\n  two"),
        ({"text": "one\ntwo"}, "text: |-\n  one\n  two"),
        ({"no": "yes", "n": None, "e": "", "d": {}, "l": []},
         '"no": "yes"\n"n": null\n"e": ""\n"d": {}\n"l": []'.replace('"n"', "n")
         .replace('"e"', "e").replace('"d"', "d").replace('"l"', "l")),
        ({"version": "1.10", "port": "8080", "when": "12:30"},
         'version: "1.10"\nport: "8080"\nwhen: "12:30"'),
        ("plain", "plain"),
        (True, "true"),
    ],
)  # fmt: skip
def test_values_look_like_yaml(value: Any, text: str) -> None:
    assert shown(value) == text


def test_secrets_stay_masked() -> None:
    assert shown({"password": Secret("not-for-you")}) == "password: ********"


_SCALARS = st.none() | st.booleans() | st.integers() | st.text(
    st.characters(codec="ascii", exclude_categories=["Cc"]), max_size=12
)  # fmt: skip


@settings(deadline=None, max_examples=150)
@example("@")
@example({"x": "2001-01-01"})
@given(
    st.recursive(
        _SCALARS,
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(st.text("abcxyz-_ :#", min_size=1, max_size=6), inner, max_size=3)
        ),
        max_leaves=8,
    )
)
def test_what_is_shown_reads_back_as_the_value(value: Any) -> None:
    assert yaml.safe_load(shown(value)) == value
