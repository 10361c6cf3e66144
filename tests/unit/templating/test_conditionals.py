"""Conditionals: 2.18's truth, 2.19's warnings, errors under strict."""

from __future__ import annotations

import pytest

from deployer.model.errors import TemplateError, UndefinedError
from deployer.model.source import Position
from deployer.templating import Scope
from tests.unit.templating.conftest import user

NAMES = {
    "yes": True,
    "no": False,
    "n": 3,
    "zero": 0,
    "text": "false",
    "empty": "",
    "none": None,
    "xs": [1],
    "nil": [],
    "m": {"a": 1},
    "r": {"changed": True, "failed": False, "rc": 0, "stdout": "ok"},
    "written": user("n == 3"),
    "item": {"when": user("n == 4"), "flag": user("{{ yes }}")},
    "flag": user("{{ n > 2 }}"),
    "bool_text": "True",
}
BOOLEAN = [
    (True, True),
    (False, False),
    (user("yes"), True),
    (user("not yes"), False),
    (user("n > 2 and r is changed"), True),
    (user("r.rc != 0"), False),
    (user("r is success"), True),
    (user("r is failed or nothing is defined"), False),
    (user("'ok' in r.stdout"), True),
    (user("flag"), True),
    (user("item.flag"), True),
    (user("text | bool"), False),
    (user("xs | length > 0"), True),
    (user("(nothing | default(false))"), False),
    (user("m == {'a': 1}"), True),
    (user("true"), True),
    (user("False"), False),
    ([user("yes"), user("n == 3")], True),
    ([user("yes"), user("no"), user("never.evaluated")], False),
    ([], True),
    (None, True),
]


@pytest.mark.parametrize(("condition", "expected"), BOOLEAN)
def test_boolean_conditions_need_no_warning(renderer, condition, expected):
    verdict = renderer.conditional(condition, Scope(NAMES, strict=True))
    assert verdict.value is expected
    assert verdict.warnings == ()


OTHER = [
    ("text", True),
    ("empty", False),
    ("n", True),
    ("zero", False),
    ("none", False),
    ("xs", True),
    ("nil", False),
    ("m", True),
    ("'false'", True),
    ("n or never.read", True),
    ("written", True),
    ("r.stdout", True),
    ("yes and text", True),
    ("", True),
]


@pytest.mark.parametrize(("text", "expected"), OTHER)
def test_what_is_not_boolean_counts_by_its_truth(renderer, text, expected):
    told = []
    verdict = renderer.conditional(user(text, 7), Scope(NAMES, on_warning=told.append))
    assert verdict.value is expected
    assert list(verdict.warnings) == told
    assert told[0].position == Position("play.yml", 7, 5)
    with pytest.raises(TemplateError):
        renderer.conditional(user(text), Scope(NAMES, strict=True))


BRACES = [
    ("{{ yes }}", True),
    ("{{ n == 4 }}", False),
    ("{{ bool_text }}", True),
    ("{{ text }}", False),
    ("{{ item.when }}", False),
    ("{{ written }}", True),
    ("{{ flag }}", True),
    ("{% if n == 3 %}true{% else %}false{% endif %}", True),
]


@pytest.mark.parametrize(("text", "expected"), BRACES)
def test_braces_are_taken_with_a_warning(renderer, text, expected):
    verdict = renderer.conditional(user(text), Scope(NAMES))
    assert verdict.value is expected
    assert "needs no braces" in verdict.warnings[0].summary


def test_undefined_names_are_errors(renderer):
    with pytest.raises(UndefinedError) as caught:
        renderer.conditional(user("nn == 3", 9), Scope(NAMES))
    assert caught.value.position == Position("play.yml", 9, 5)
    with pytest.raises(UndefinedError):
        renderer.conditional(user("nothing"), Scope(NAMES))


def test_syntax_errors_have_a_hint(renderer):
    with pytest.raises(TemplateError, match="template syntax") as caught:
        renderer.conditional(user("a = b"), Scope(NAMES))
    assert "==" in caught.value.help
    with pytest.raises(TemplateError, match="not expected here"):
        renderer.conditional(user("n n"), Scope(NAMES))


def test_backslashes_in_conditions_are_jinjas(renderer):
    assert renderer.evaluate("'a1' is match('a\\\\d')", Scope({})) is True


def test_evaluate(renderer):
    assert renderer.evaluate("xs + [n]", Scope(NAMES)) == [1, 3]
    assert renderer.evaluate("r", Scope(NAMES)) == NAMES["r"]
    assert renderer.evaluate("{'a': {'b': n}}", Scope(NAMES)) == {"a": {"b": 3}}
