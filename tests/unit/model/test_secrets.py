"""Secrets: what cannot be printed, and what is hidden wherever it turns up."""

from __future__ import annotations

import base64
import html
import json
import logging
import pickle
import shlex
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import escape

from deployer.model import secret as secrets
from deployer.model.script import sh
from deployer.model.secret import MASK, Secret, mask, mask_value, reveal

PLANTED = "s3cr3t/with+odd chars"


def forget():
    """Examples that pile up are slow to look for."""
    secrets._known.clear()
    secrets._pattern = None


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


ODD = "pl\"än's3c/re+t wörd&%<\\d>"
REPEATED = {
    "a form": quote_plus(ODD),
    "a URL in lower case": quote(ODD, safe="").lower(),
    "JSON as it is": json.dumps(ODD, ensure_ascii=False),
    "JSON of Go": json.dumps(ODD, ensure_ascii=False)
    .replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e"),
    "JSON in JSON": json.dumps(json.dumps(ODD)),
    "a shell": shlex.quote(ODD),
    "a shell's -x": "'" + ODD.replace("'", "'\\''") + "'",
    "Python": repr(ODD),
    "YAML": "'" + ODD.replace("'", "''") + "'",
    "HTML": html.escape(ODD),
    "HTML of Jinja": str(escape(ODD)),
    "base64 for URLs": base64.urlsafe_b64encode(ODD.encode()).decode(),
}  # fmt: skip


@pytest.mark.parametrize("form", REPEATED)
def test_what_quotes_it_hides_it_as_well(form):
    Secret(ODD)
    hidden = mask(REPEATED[form])
    assert MASK in hidden
    assert "s3c" not in hidden
    assert len(hidden.replace(MASK, "")) <= 6, "only quotes are left"


@given(
    before=st.binary(max_size=5), text=st.text(min_size=8, max_size=40), after=st.binary(max_size=5)
)
def test_it_is_hidden_wherever_it_stands_in_base64(before, text, after):
    forget()
    Secret(text)
    whole = base64.b64encode(before + text.encode() + after).decode()
    hidden = mask(whole)
    assert MASK in hidden
    assert len(hidden.replace(MASK, "")) <= len(base64.b64encode(before + after)) + 6


def test_it_is_hidden_in_base64_that_is_wrapped():
    key = "-----BEGIN-----\n" + "c3VwZXItc2VjcmV0LWtleS1vZi1zb21lYm9keQ\n" * 9
    Secret(key)
    for width in (76, 64):
        whole = base64.b64encode(key.encode()).decode()
        lines = [whole[at : at + width] for at in range(0, len(whole), width)]
        assert [line for line in lines if MASK not in mask(line) and len(line) > 10] == []


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
    forget()
    plain = reveal(Secret(text))
    assert plain not in mask(before + plain + after).replace(MASK, "")
