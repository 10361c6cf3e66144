"""Security check 5, by provenance: text made of a secret is a secret, and holds the real text."""

from __future__ import annotations

import base64
import hashlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deployer.model.errors import TemplateError
from deployer.model.secret import Secret, reveal
from deployer.templating import Renderer, Scope
from tests.unit.templating.conftest import user

PASSWORD = "s3cr3t pa55"


@pytest.fixture
def names():
    return {
        "pw": Secret(PASSWORD),
        "user": "bob",
        "db": {"password": Secret(PASSWORD), "user": "bob"},
        "users": [{"name": "bob", "pw": Secret(PASSWORD)}],
        "url": user("db://{{ db.user }}:{{ db.password | urlencode }}@h"),
        "all_pw": [Secret(PASSWORD), "x"],
    }


TEXTS = [
    ("{{ pw }}", PASSWORD),
    ("password={{ pw }}", f"password={PASSWORD}"),
    ("{{ db.password }}", PASSWORD),
    ("{{ db['password'] }}", PASSWORD),
    ("{{ url }}", "db://bob:s3cr3t%20pa55@h"),
    ("-p{{ url }}", "-pdb://bob:s3cr3t%20pa55@h"),
    ("{{ pw | b64encode }}", base64.b64encode(PASSWORD.encode()).decode()),
    ("{{ pw | b64encode | b64decode }}", PASSWORD),
    ("{{ pw | hash('sha256') }}", hashlib.sha256(PASSWORD.encode()).hexdigest()),
    ("{{ pw | quote }}", f"'{PASSWORD}'"),
    ("{{ pw | to_json }}", json.dumps(PASSWORD)),
    ("{{ db | to_json }}", json.dumps({"password": PASSWORD, "user": "bob"})),
    ("{{ db | to_nice_yaml }}", f"password: {PASSWORD}\nuser: bob\n"),
    ("{{ {'a': [pw]} | to_json }}", json.dumps({"a": [PASSWORD]})),
    ("{{ pw | upper }}", PASSWORD.upper()),
    ("{{ pw | default('x') }}", PASSWORD),
    ("{{ nope | default(pw) }}", PASSWORD),
    ("{{ pw | replace('pa55', 'x') }}", "s3cr3t x"),
    ("{{ 'x' | replace('x', pw) }}", PASSWORD),
    ("{{ pw | regex_replace('^', '>') }}", f">{PASSWORD}"),
    ("{{ 'x-y' | regex_replace('y', pw) }}", f"x-{PASSWORD}"),
    ("{{ [pw, 'x'] | join('-') }}", f"{PASSWORD}-x"),
    ("{{ all_pw | join('-') }}", f"{PASSWORD}-x"),
    ("{{ users | map(attribute='pw') | first }}", PASSWORD),
    ("{{ users | map(attribute='pw') | join }}", PASSWORD),
    ("{{ pw ~ '!' }}", f"{PASSWORD}!"),
    ("{{ 'a' ~ pw }}", f"a{PASSWORD}"),
    ("{{ pw + '!' }}", f"{PASSWORD}!"),
    ("{{ 'a' + pw }}", f"a{PASSWORD}"),
    ("{{ 'a%s' % pw }}", f"a{PASSWORD}"),
    ("{{ 'a%s%s' % ('b', pw) }}", f"ab{PASSWORD}"),
    ("{{ 'a%s' | format(pw) }}", f"a{PASSWORD}"),
    ("{{ 'a{}'.format(pw) }}", f"a{PASSWORD}"),
    ("{{ 'a{x}'.format(x=pw) }}", f"a{PASSWORD}"),
    ("{{ '{d[password]}'.format(d=db) }}", PASSWORD),
    ("{{ pw * 2 }}", PASSWORD * 2),
    ("{{ pw[:4] }}", PASSWORD[:4]),
    ("{{ pw[2:] }}", PASSWORD[2:]),
    ("{{ pw.upper() }}", PASSWORD.upper()),
    ("{{ pw.split(' ')[0] }}", "s3cr3t"),
    ("{{ (pw | split(' '))[0] }}", "s3cr3t"),
    ("{{ '-'.join([pw, 'x']) }}", f"{PASSWORD}-x"),
    ("{{ 'x'.replace('x', pw) }}", PASSWORD),
    ("{{ pw | string }}", PASSWORD),
    ("{{ pw | trim }}", PASSWORD),
    ("{{ pw | indent(2, true) }}", f"  {PASSWORD}"),
    ("{{ pw | comment }}", f"#\n# {PASSWORD}\n#"),
    ("{{ pw | reverse }}", PASSWORD[::-1]),
    ("{{ ('{\"a\": \"' ~ pw ~ '\"}') | from_json | json_query('a') }}", PASSWORD),
    ("{{ (('a: ' ~ pw) | from_yaml).a }}", PASSWORD),
    ("{% if true %}{{ pw }}{% endif %}", PASSWORD),
    ("{% for p in all_pw %}{{ p }},{% endfor %}", f"{PASSWORD},x,"),
    ("{% macro m(x) %}<{{ x }}>{% endmacro %}{{ m(pw) }}", f"<{PASSWORD}>"),
    ("{% set x %}p={{ pw }}{% endset %}{{ x }}", f"p={PASSWORD}"),
    ("{% set x = pw %}{{ x }}", PASSWORD),
    ("{% filter upper %}{{ pw }}{% endfilter %}", PASSWORD.upper()),
    ("{{ db }}!", str({"password": PASSWORD, "user": "bob"}) + "!"),
    ("{{ vars.pw }}", PASSWORD),
    ("{{ lookup('vars', 'pw') }}", PASSWORD),
    ("{{ true | ternary(pw, '') }}", PASSWORD),
    ("{{ ['pw'] | map('extract', vars) | first }}", PASSWORD),
    ("{{ [pw] | flatten | first }}", PASSWORD),
    ("{{ db | combine({'x': 1}) | dict2items | map(attribute='value') | first }}", PASSWORD),
    ("{{ pw if pw else 'x' }}", PASSWORD),
    ("{{ pw | password_hash('sha512', 'salt') }}", None),
]


@pytest.mark.parametrize(("text", "expected"), TEXTS)
def test_check_05_text_made_of_a_secret_is_one(render, names, text, expected):
    made = render(text, **names)
    assert type(made) is Secret
    assert PASSWORD not in str(made)
    if expected is not None:
        assert reveal(made) == expected


OTHERS = [
    ("{{ user }}", "bob"),
    ("{{ db.user }}", "bob"),
    ("{{ users | map(attribute='name') | join }}", "bob"),
    ("{{ pw | length }}", len(PASSWORD)),
    ("{{ pw == 's3cr3t pa55' }}", True),
    ("{{ pw is defined }}", True),
    ("{{ pw is match('s3') }}", True),
    ("{{ 's3' in pw }}", True),
    ("{{ '12' | int }}", 12),
    ("{{ pw | bool }}", False),
    ("{{ db.keys() | list | join(',') }}", "password,user"),
    ("{{ users | selectattr('pw', 'equalto', pw) | map(attribute='name') | first }}", "bob"),
]


@pytest.mark.parametrize(("text", "expected"), OTHERS)
def test_what_is_not_made_of_it_is_no_secret(render, names, text, expected):
    made = render(text, **names)
    assert made == expected
    assert not isinstance(made, Secret)


def test_containers_keep_their_secrets_and_only_those(render, names):
    made = render("{{ db }}", **names)
    assert type(made["password"]) is Secret
    assert type(made["user"]) is str
    made = render("{{ {'l': user, 'p': pw, 'both': [user ~ pw]} }}", **names)
    assert [type(made["l"]), type(made["p"]), type(made["both"][0])] == [str, Secret, Secret]
    made = render("{{ db | combine({'port': 'x'}) }}", **names)
    assert [type(made[key]) for key in ("password", "user", "port")] == [Secret, str, str]


def test_numbers_stay_numbers(render):
    assert render("{{ pin | int + 1 }}", pin=Secret("1234")) == 1235


def test_errors_do_not_tell(render):
    with pytest.raises(TemplateError) as caught:
        render("{{ pw | from_json }}{{ pw | human_to_bytes }}", pw=Secret("hunter22222"))
    assert "hunter22222" not in str(caught.value)
    with pytest.raises(TemplateError) as caught:
        render("{{ pw | human_to_bytes }}", pw=Secret("hunter22222"))
    assert "hunter22222" not in str(caught.value)


def test_files_with_a_secret_are_secret(renderer, names):
    made = renderer.render_file("p={{ pw }}\n", "/x/a.j2", Scope(names))
    assert type(made) is Secret
    assert reveal(made) == f"p={PASSWORD}\n"
    assert type(renderer.render_file("p={{ user }}\n", "/x/a.j2", Scope(names))) is str


def test_the_rest_of_a_file_is_not_masked(renderer, names):
    from deployer.model.secret import mask

    text = "restart: always-unless\npassword: {{ pw }}\n"
    made = renderer.render_file(text, "/x/compose.j2", Scope(names))
    assert type(made) is Secret
    assert mask("restart: always-unless") == "restart: always-unless"
    assert PASSWORD not in mask(reveal(made))
    made = renderer.render(user("{{ {'a': 'just-a-name', 'b': pw} | to_nice_json }}"), Scope(names))
    assert type(made) is Secret
    assert mask('"a": "just-a-name"') == '"a": "just-a-name"'


def test_what_hides_it_is_masked(renderer, names):
    from deployer.model.secret import mask

    made = reveal(renderer.render(user("{{ pw | hash('sha256') }}"), Scope(names)))
    assert mask(f"digest {made}") == "digest ********"


_SHARED = Renderer()


@given(st.text(min_size=6, max_size=20), st.text(max_size=5), st.text(max_size=5))
def test_check_05_any_secret_anywhere(secret, before, after):
    scope = Scope({"s": Secret(secret), "b": before, "a": after})
    for text in ("{{ b }}{{ s }}{{ a }}", "{{ b ~ s ~ a }}", "{{ [b, s, a] | join }}"):
        made = _SHARED.render(user(text), scope)
        assert type(made) is Secret
        assert reveal(made) == before + secret + after
