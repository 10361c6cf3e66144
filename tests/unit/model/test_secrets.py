"""Secrets: what cannot be printed, and what is hidden wherever it turns up."""

from __future__ import annotations

import base64
import json
import logging
import pickle
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deployer.model.script import sh
from deployer.model.secret import MASK, Secret, mask, mask_value, reveal

PLANTED = "s3cr3t/with+odd chars"


@pytest.fixture
def secret():
    return Secret(PLANTED)


def test_it_cannot_be_printed(secret, caplog):
    assert str(secret) == repr(secret) == f"{secret}" == f"{secret:>3}" == MASK
    assert "%s" % secret == MASK  # noqa: UP031
    with caplog.at_level(logging.DEBUG):
        logging.getLogger("any").debug("pass %s", secret)
    assert PLANTED not in caplog.text


def test_it_compares_and_hashes_as_its_text(secret):
    assert secret == PLANTED
    assert {secret: 1}[PLANTED] == 1
    assert len(secret) == len(PLANTED)
    assert reveal(secret) == PLANTED
    assert type(reveal(secret)) is str


def test_what_is_added_to_it_is_secret(secret):
    assert type(secret + "!") is Secret
    assert type("user:" + secret) is Secret
    assert reveal("user:" + secret) == f"user:{PLANTED}"


def test_it_survives_a_pickle_as_a_secret(secret):
    again = pickle.loads(pickle.dumps(secret))
    assert type(again) is Secret
    assert reveal(again) == PLANTED


@pytest.mark.parametrize(
    "form",
    [
        PLANTED,
        quote(PLANTED),
        quote(PLANTED, safe=""),
        base64.b64encode(PLANTED.encode()).decode(),
        json.dumps({"password": PLANTED}),
        f"https://user:{quote(PLANTED, safe='')}@host/",
        base64.b64encode(f"user:{PLANTED}".encode()).decode(),
        base64.b64encode(f"me:{PLANTED}".encode()).decode(),
    ],
)
def test_its_forms_are_hidden(secret, form):
    shown = mask(f"before {form} after")
    assert MASK in shown
    assert PLANTED not in shown
    assert shown.startswith("before ")
    assert shown.endswith(" after")


def test_a_longer_secret_hides_before_a_part_of_it():
    Secret("topmost")
    Secret("topmost-secret")
    assert mask("topmost-secret") == MASK


def test_values_are_hidden_in_depth(secret):
    hidden = mask_value({"a": [PLANTED, {"b": secret}], PLANTED: 1})
    assert PLANTED not in json.dumps(hidden)
    assert hidden["a"][1]["b"] == MASK


def test_short_values_are_not_hidden_by_value():
    Secret("1")
    assert mask("1 of 10") == "1 of 10"


def test_a_secret_is_no_parameter_of_a_command(secret):
    fragment = sh('login "$1"')
    with pytest.raises(TypeError, match="standard input"):
        fragment(secret)
    with pytest.raises(TypeError, match="standard input"):
        fragment(env={"PASSWORD": secret})
    assert fragment(stdin=secret).sensitive
    assert fragment(secret, exposed=True).sensitive, "the user's own command"


@given(st.text(min_size=4, max_size=30), st.text(max_size=20), st.text(max_size=20))
def test_no_secret_is_left_in_any_text(text, before, after):
    plain = reveal(Secret(text))
    assert plain not in mask(before + plain + after).replace(MASK, "")
