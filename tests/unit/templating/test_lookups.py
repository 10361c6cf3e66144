"""Lookups, and the `with_*` loops made of them."""

from __future__ import annotations

import stat

import pytest

from deployer.model.errors import TemplateError, UndefinedError
from deployer.model.secret import Secret, reveal
from deployer.templating import Scope
from tests.unit.templating.conftest import user


@pytest.fixture
def place(tmp_path):
    """A playbook directory with files of several kinds."""
    files = {
        "files/motd": "hello {{ x }}\n\n",
        "files/b.conf": "b",
        "files/a.conf": "a",
        "templates/t.j2": "x={{ x }} y={{ y | default('-') }}\n",
        "templates/list.j2": "[1, {{ x }}]",
        "vars/Debian.yml": "",
        "app.ini": "[db]\nuser = bob\nPort = 5432\n[empty]\n",
        "app.properties": "user.name=alice\nuser.key=k\n",
        "hosts.csv": "web,10.0.0.1\ndb,10.0.0.2\n",
        "plain.txt": "root",
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path


NAMES = {
    "x": 5,
    "web_port": 80,
    "web_name": "w",
    "xs": ["a", "b"],
    "users": [{"name": "bob", "keys": [1, 2]}, {"name": "eve", "keys": [3]}, {"name": "kim"}],
    "d": {"a": 1, "b": 2},
    "groups": {"all": ["w1", "w2", "d1"], "web": ["w1", "w2"], "db": ["d1"]},
    "which": "web_port",
}
CALLS = [
    ("{{ lookup('file', 'motd') }}", "hello {{ x }}"),
    ("{{ lookup('file', 'motd', rstrip=false) }}", "hello {{ x }}\n\n"),
    ("{{ lookup('ansible.builtin.file', 'plain.txt') }}", "root"),
    ("{{ lookup('file', 'a.conf', 'b.conf') }}", "a,b"),
    ("{{ query('file', 'a.conf', 'b.conf') }}", ["a", "b"]),
    ("{{ q('file', 'a.conf') }}", ["a"]),
    ("{{ lookup('file', 'a.conf', wantlist=True) }}", ["a"]),
    ("{{ lookup('file', 'none', errors='ignore') }}", None),
    ("{{ query('file', 'none', errors='ignore') }}", []),
    ("{{ lookup('template', 't.j2') }}", "x=5 y=-\n"),
    ("{{ lookup('template', 't.j2', template_vars={'y': 7}) }}", "x=5 y=7\n"),
    ("{{ lookup('template', 't.j2') | trim }}", "x=5 y=-"),
    ("{{ lookup('template', 'list.j2', convert_data=true) }}", [1, 5]),
    ("{{ lookup('template', 'list.j2') | from_json }}", [1, 5]),
    ("{{ lookup('pipe', 'echo a; echo b') }}", "a\nb"),
    ("{{ query('lines', 'echo a; echo b') }}", ["a", "b"]),
    ("{{ lookup('vars', 'web_port') }}", 80),
    ("{{ lookup('vars', which) }}", 80),
    ("{{ lookup('vars', 'nope', default='z') }}", "z"),
    ("{{ lookup('varnames', '^web_') }}", "web_port,web_name"),
    ("{{ query('varnames', '^web_', '^which$') }}", ["web_port", "web_name", "which"]),
    ("{{ lookup('env', 'SURELY_NOT_SET') }}", ""),
    ("{{ lookup('env', 'SURELY_NOT_SET', default='d') }}", "d"),
    ("{{ lookup('first_found', ['none.yml', 'Debian.yml']) | basename }}", "Debian.yml"),
    ("{{ lookup('first_found', {'files': ['none', 'plain.txt']}) | basename }}", "plain.txt"),
    ("{{ query('first_found', {'files': 'none', 'skip': true}) }}", []),
    ("{{ lookup('first_found', files=['a.conf'], paths=['files']) | basename }}", "a.conf"),
    ("{{ lookup('fileglob', '*.conf') | regex_findall('[ab].conf') }}", ["a.conf", "b.conf"]),
    ("{{ query('fileglob', 'none*') }}", []),
    ("{{ query('items', xs, 'c') }}", ["a", "b", "c"]),
    ("{{ query('dict', {'a': 1}) }}", [{"key": "a", "value": 1}]),
    ("{{ query('nested', xs, [1, 2]) }}", [["a", 1], ["a", 2], ["b", 1], ["b", 2]]),
    ("{{ query('cartesian', xs, [[1]]) }}", [["a", [1]], ["b", [1]]]),
    ("{{ query('together', xs, [1]) }}", [["a", 1], ["b", None]]),
    ("{{ query('indexed_items', xs) }}", [[0, "a"], [1, "b"]]),
    ("{{ query('flattened', xs, [[1, [2]]]) }}", ["a", "b", 1, 2]),
    ("{{ query('list', xs) }}", [["a", "b"]]),
    ("{{ query('sequence', 'start=1 end=3') }}", ["1", "2", "3"]),
    ("{{ query('sequence', 'start=0 end=10 stride=5 format=h%02d') }}", ["h00", "h05", "h10"]),
    ("{{ query('sequence', count=2, format='n%d') }}", ["n1", "n2"]),
    ("{{ query('sequence', '3') }}", ["1", "2", "3"]),
    ("{{ query('sequence', '2-6/2:x%d') }}", ["x2", "x4", "x6"]),
    ("{{ query('sequence', 'start=3 end=1 stride=-1') }}", ["3", "2", "1"]),
    ("{{ query('sequence', 'count=0') }}", []),
    (
        "{{ query('subelements', users, 'keys', {'skip_missing': true}) | map('last') | list }}",
        [1, 2, 3],
    ),
    ("{{ query('inventory_hostnames', 'all:!db') }}", ["w1", "w2"]),
    ("{{ query('inventory_hostnames', 'web:&w*:!w2') }}", ["w1"]),
    ("{{ query('inventory_hostnames', '~d.') }}", ["d1"]),
    ("{{ lookup('ini', 'user', section='db', file='app.ini') }}", "bob"),
    ("{{ lookup('ini', 'user section=db file=app.ini') }}", "bob"),
    ("{{ lookup('ini', 'port', section='db', file='app.ini') }}", "5432"),
    ("{{ lookup('ini', 'nope', section='db', file='app.ini', default='d') }}", "d"),
    ("{{ lookup('ini', 'user.name', type='properties', file='app.properties') }}", "alice"),
    (
        "{{ query('ini', 'user.*', type='properties', file='app.properties', re=true) }}",
        ["alice", "k"],
    ),
    ("{{ lookup('csvfile', 'db', file='hosts.csv', delimiter=',') }}", "10.0.0.2"),
    ("{{ lookup('csvfile', 'web file=hosts.csv delimiter=, col=0') }}", "web"),
    ("{{ lookup('random_choice', 'a') }}", "a"),
]


@pytest.mark.parametrize(("text", "expected"), CALLS)
def test_lookups(render, place, text, expected):
    assert render(text, search=(str(place),), **NAMES) == expected


ERRORS = [
    ("{{ lookup('file', 'none') }}", "no file `none`"),
    ("{{ lookup('first_found', ['none']) }}", "no file of none"),
    ("{{ lookup('pipe', 'echo bad >&2; exit 3') }}", "exit status 3: bad"),
    ("{{ lookup('url', 'http://x') }}", "not supported yet"),
    ("{{ lookup('sequence', 'start=5 end=1') }}", "never leads to"),
    ("{{ lookup('sequence', 'x') }}", "lookup `sequence`"),
    ("{{ lookup('nested') }}", "at least one list"),
    ("{{ lookup('dict', [1]) }}", "a mapping is needed"),
    ("{{ lookup('subelements', users, 'keys') }}", "is not a list in every item"),
    ("{{ lookup('file', 'x', nosuch=1) }}", "nosuch"),
    ("{{ lookup('password', '/dev/null lenth=3') }}", "lookup `password`"),
]


@pytest.mark.parametrize(("text", "message"), ERRORS)
def test_lookups_that_fail(render, place, text, message):
    with pytest.raises(TemplateError, match=message):
        render(text, search=(str(place),), **NAMES)


def test_undefined_variables_of_the_lookup(render):
    with pytest.raises(UndefinedError, match="`nope` is undefined"):
        render("{{ lookup('vars', 'nope') }}")
    with pytest.raises(UndefinedError, match="`nope` is undefined"):
        render("{{ lookup('file', nope) }}")
    with pytest.raises(UndefinedError, match="must be set"):
        render("{{ lookup('env', 'SURELY_NOT_SET', default=undef('must be set')) }}")


def test_errors_may_warn(renderer):
    told = []
    text = user("{{ lookup('file', 'none', errors='warn') }}")
    assert renderer.render(text, Scope({}, on_warning=told.append)) is None
    assert "no file `none`" in told[0].summary


def test_a_password_stays_the_same_and_is_secret(render, place):
    text = "{{ lookup('password', 'creds/db length=12 chars=digits') }}"
    first = render(text, search=(str(place),))
    assert type(first) is Secret
    assert len(first) == 12
    assert reveal(first).isdigit()
    assert render(text, search=(str(place),)) == first
    kept = place / "creds" / "db"
    assert kept.read_text() == reveal(first) + "\n"
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600


def test_an_encrypted_password_keeps_its_salt(render, place):
    text = "{{ lookup('password', 'creds/u encrypt=sha512_crypt') }}"
    first = render(text, search=(str(place),))
    assert reveal(first).startswith("$6$")
    assert render(text, search=(str(place),)) == first
    plain = (place / "creds" / "u").read_text().partition(" salt=")[0]
    again = render("{{ lookup('password', 'creds/u') }}", search=(str(place),))
    assert reveal(again) == plain


def test_passwords_that_are_not_kept(render):
    one, two = (render("{{ lookup('password', '/dev/null') }}") for _ in range(2))
    assert one != two
    seeded = "{{ lookup('password', '/dev/null seed=h') }}"
    assert render(seeded) == render(seeded)


LOOPS = [
    ("items", user("{{ xs }}"), ["a", "b"]),
    ("items", [user("{{ xs }}"), "c"], ["a", "b", "c"]),
    ("items", [1, [2, [3]]], [1, 2, [3]]),
    ("items", user("one"), ["one"]),
    ("dict", user("{{ d }}"), [{"key": "a", "value": 1}, {"key": "b", "value": 2}]),
    ("dict", {"k": user("{{ x }}")}, [{"key": "k", "value": 5}]),
    ("nested", [user("{{ xs }}"), [1]], [["a", 1], ["b", 1]]),
    ("together", [user("{{ xs }}"), [1, 2]], [["a", 1], ["b", 2]]),
    ("sequence", user("start=1 end={{ x - 3 }}"), ["1", "2"]),
    ("indexed_items", user("{{ xs }}"), [[0, "a"], [1, "b"]]),
    ("flattened", [user("{{ xs }}"), [["c"]]], ["a", "b", "c"]),
    ("community.general.flattened", [["a"]], ["a"]),
    ("inventory_hostnames", user("web"), ["w1", "w2"]),
    ("list", user("{{ xs }}"), ["a", "b"]),
    ("file", [user("a.conf")], ["a"]),
]


@pytest.mark.parametrize(("kind", "terms", "expected"), LOOPS)
def test_loops(renderer, place, kind, terms, expected):
    assert renderer.loop_items(kind, terms, Scope(NAMES, search=(str(place),))) == expected


def test_subelements_loop(renderer):
    made = renderer.loop_items("subelements", [user("{{ users[:2] }}"), user("keys")], Scope(NAMES))
    assert [(user["name"], key) for user, key in made] == [("bob", 1), ("bob", 2), ("eve", 3)]


def test_first_found_passes_over_what_is_undefined(renderer, place):
    terms = [user("{{ distro }}.yml"), user("{{ family }}.yml")]
    scope = Scope({"family": "Debian"}, search=(str(place),))
    assert renderer.loop_items("first_found", terms, scope) == [str(place / "vars/Debian.yml")]
    terms = [{"files": [user("{{ family }}.yml")], "paths": ["vars"]}]
    assert renderer.loop_items("first_found", terms, scope) == [str(place / "vars/Debian.yml")]


def test_an_unknown_loop(renderer):
    with pytest.raises(TemplateError, match="no lookup `itmes`") as caught:
        renderer.loop_items("itmes", [], Scope({}))
    assert "items" in caught.value.help
