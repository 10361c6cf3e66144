"""Filters and tests through templates: what the doctests do not say."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deployer.model.errors import TemplateError
from deployer.templating.crypt import sha_crypt
from deployer.templating.filters.serial import b64decode, b64encode, from_json, to_json

NAMES = {
    "xs": [3, 1, 2],
    "words": ["b", "A", "c"],
    "users": [
        {"name": "bob", "age": 5, "tags": ["x"]},
        {"name": "eve", "age": 3, "tags": []},
        {"name": "kim", "age": 5},
    ],
    "d": {"a": 1, "b": {"c": [1], "d": 2}},
    "e": {"b": {"c": [2], "x": 3}},
    "nets": ["10.0.0.1/24", "fe80::1", "x", "192.168.1.7"],
    "text": "one two",
}
FILTERS = [
    ("users | selectattr('age', 'gt', 4) | map(attribute='name') | list", ["bob", "kim"]),
    ("users | rejectattr('tags', 'defined') | map(attribute='name') | list", ["kim"]),
    ("users | selectattr('tags', 'undefined') | list | length", 1),
    ("users | map(attribute='tags', default=[]) | flatten", ["x"]),
    ("users | groupby('age') | map('first') | list", [3, 5]),
    ("users | sort(attribute='age,name') | map(attribute='name') | join(' ')", "eve bob kim"),
    ("users | sum(attribute='age')", 13),
    ("users | map(attribute='age') | unique | list", [5, 3]),
    ("users | json_query('[?age==`5`].name')", ["bob", "kim"]),
    ("users | items2dict(key_name='name', value_name='age')", {"bob": 5, "eve": 3, "kim": 5}),
    ("d | combine(e)", {"a": 1, "b": {"c": [2], "x": 3}}),
    ("d | combine(e, recursive=true)", {"a": 1, "b": {"c": [2], "d": 2, "x": 3}}),
    ("(d | combine(e, recursive=true, list_merge='append')).b.c", [1, 2]),
    ("(d | combine(e, recursive=true, list_merge='prepend')).b.c", [2, 1]),
    ("(d | combine(e, recursive=true, list_merge='keep')).b.c", [1]),
    ("{'a': [1, 2]} | combine({'a': [2, 3]}, list_merge='append_rp')", {"a": [1, 2, 3]}),
    ("{'a': [1, 2]} | combine({'a': [2, 3]}, list_merge='prepend_rp')", {"a": [2, 3, 1]}),
    ("[d, e] | combine", {"a": 1, "b": {"c": [2], "x": 3}}),
    ("xs | sort", [1, 2, 3]),
    ("xs | max", 3),
    ("xs | min", 1),
    ("words | sort", ["A", "b", "c"]),
    ("words | map('upper') | list", ["B", "A", "C"]),
    ("words | map('regex_replace', '^', '-') | list", ["-b", "-A", "-c"]),
    ("words | select('match', '[a-c]') | list", ["b", "c"]),
    ("words | reject('in', ['b']) | list", ["A", "c"]),
    ("words | product([1]) | list | length", 3),
    ("words | zip(xs) | list", [["b", 3], ["A", 1], ["c", 2]]),
    ("dict(words | zip(xs))", {"b": 3, "A": 1, "c": 2}),
    ("xs | union([9]) | intersect([9, 1]) | difference([1])", [9]),
    ("[{'a': 1}, {'a': 1}] | unique", [{"a": 1}]),
    ("[{'a': 1}] | union([{'a': 1}, {'b': 2}])", [{"a": 1}, {"b": 2}]),
    ("users | subelements('tags', skip_missing=true) | length", 1),
    ("['a', 'b'] | map('extract', d) | first", 1),
    ("['b'] | map('extract', d, ['c', 0]) | list", [1]),
    ("'x' is in ['x']", True),
    ("text | split | last", "two"),
    ("text | capitalize ~ text | title", "One twoOne Two"),
    ("text | wordcount", 2),
    ("text | truncate(6, true, '', 0)", "one tw"),
    ("'%.2f' | format(1.005 * 3)", "3.01"),
    ("'3.7' | float | round | int", 4),
    ("'0x1f' | int(base=16)", 31),
    ("'x' | int(7)", 7),
    ("'yes' | bool and not 'no' | bool", True),
    ("none | default('x', true)", "x"),
    ("d | dictsort | map('first') | list", ["a", "b"]),
    ("d | to_json | from_json == d", True),
    ("d | to_nice_yaml | from_yaml == d", True),
    ("d | ansible.builtin.to_json | ansible.builtin.from_json == d", True),
    ("[1, none] | to_json", "[1, null]"),
    ("'é' | to_json", '"\\u00e9"'),
    ("'é' | to_json(ensure_ascii=false)", '"é"'),
    ("{'b': 1, 'a': 2} | to_json(sort_keys=true)", '{"a": 2, "b": 1}'),
    ("'a: 1' | from_yaml", {"a": 1}),
    ("nets | ipaddr", ["10.0.0.1/24", "fe80::1", "192.168.1.7"]),
    ("nets | ansible.utils.ipaddr('address')", ["10.0.0.1", "fe80::1", "192.168.1.7"]),
    ("nets | ansible.netcommon.ipv4('address') | first", "10.0.0.1"),
    ("nets | ipv6 | ipwrap", ["[fe80::1]"]),
    ("'10.0.0.1/24' | ipaddr('network/prefix')", "10.0.0.0/24"),
    ("'10.0.0.1/24' | ipaddr('netmask')", "255.255.255.0"),
    ("'10.0.0.1/24' | ipaddr('prefix')", 24),
    ("'10.0.0.0/24' | ipaddr('range_usable')", "10.0.0.1-10.0.0.254"),
    ("'10.0.0.0/24' | ipaddr('-2') | ipaddr('address')", "10.0.0.254"),
    ("'10.0.0.0/24' | ipaddr('net')", "10.0.0.0/24"),
    ("'10.0.0.1/24' | ipaddr('host/prefix')", "10.0.0.1/24"),
    ("'10.0.0.5' | ipaddr('10.0.0.0/8')", "10.0.0.5"),
    ("'11.0.0.5' | ipaddr('10.0.0.0/8')", False),
    ("'10.0.0.5' | ipaddr('private')", "10.0.0.5"),
    ("'8.8.8.8' | ipaddr('private')", False),
    ("'1.2.3.4' | ipaddr('revdns')", "4.3.2.1.in-addr.arpa."),
    ("'1.2.3.4' | ipaddr('int')", 16909060),
    ("'10.0.0.0/16' | ipsubnet(24, -1)", "10.0.255.0/24"),
    ("'/a/b.c' | splitext | last", ".c"),
    ("('/a', 'b') | path_join", "/a/b"),
    ("'x' | comment('cblock')", "/*\n *\n * x\n *\n */"),
    ("'x\n\ny' | comment(decoration='; ')", ";\n; x\n;\n; y\n;"),
    ("'x' | comment('c', prefix='', postfix='')", "// x"),
    ("'a' | sha1 == 'a' | hash('sha1') and 'a' | checksum == 'a' | sha1", True),
    ("1536 | human_readable", "1.50 KB"),
    ("'1G' | human_to_bytes == 1073741824", True),
    ("1 | type_debug ~ d | type_debug ~ xs | type_debug", "intdictlist"),
    ("('2024-01-02 00:00:00' | to_datetime - '2024-01-01 00:00:00' | to_datetime).days", 1),
    ("'a,b' | regex_search('(?P<x>a),(b)', '\\\\g<x>', '\\\\2')", ["a", "b"]),
    ("'abc' | regex_search('z') is none", True),
    ("'https://u:p@h:1/x?q#f' | urlsplit('hostname')", "h"),
    ("{'a': 'x y'} | urlencode", "a=x+y"),
    ("'%Y' | strftime(0, utc=true)", "1970"),
    ("[1, 2, 3] | batch(2) | list", [[1, 2], [3]]),
    ("'<' | e", "&lt;"),
    ("'a' | center(3)", " a "),
    ("2 | pow(3)", 8.0),
    ("(10 | random(seed=1)) == (10 | random(seed=1))", True),
    ("[3, 1] | shuffle(seed=2) | sort", [1, 3]),
    ("users | community.general.remove_keys('tags') | first", {"name": "bob", "age": 5}),
    ("[1, 2] | zip_longest([3], fillvalue=0) | list", [[1, 3], [2, 0]]),
    ("5 is version('4', '>') and '1.2.3' is version('1.2.10', 'lt')", True),
    ("'26.1.4-ce' is version('20.10', '>=')", True),
    ("'1.2.3-rc1' is version('1.2.3', '<', version_type='semver')", True),
    ("'1.2' is version('1.2.0', '==', strict=true)", True),
    ("'foobar' is search('oba') and 'foobar' is not match('oba')", True),
    ("'FOO' is regex('foo', ignorecase=true)", True),
    ("xs is superset([1]) and [1] is subset(xs) and xs is contains(1)", True),
    ("'a' is ansible.builtin.match('a')", True),
    ("'10.0.0.1' is ansible.utils.ipv4_address", True),
    ("'/a' is abs", True),
    ("d is mapping and xs is sequence and text is string and 1 is number", True),
    ("users | selectattr('name', '==', 'bob') | list | length", 1),
    ("'x' is truthy and '' is falsy and 'no' is falsy(convert_bool=true)", True),
    ("1 is sameas 1 and true is sameas true", True),
]


@pytest.mark.parametrize(("expression", "expected"), FILTERS)
def test_filters(renderer, expression, expected):
    from deployer.templating import Scope

    assert renderer.evaluate(expression, Scope(NAMES)) == expected


WRONG = [
    "[1] | combine({})",
    "{'a': 1} | combine({}, list_merge='x')",
    "5 | dict2items",
    "'x' | human_to_bytes",
    "'x' | hash('nope')",
    "'a' is version('1', '~')",
    "'1.x' is version('1.0', '<')",
    "'a' | regex_replace('(', '')",
    "{} is failed or 5 is failed",
    "'x' | password_hash('md17')",
    "'a' | regex_search('a', 'b')",
    "[{}] | items2dict",
    "'x' | b64decode('utf-99')",
    "'x' | comment('lisp')",
    "'1.1.1.1' | ipaddr('nonsense')",
]


@pytest.mark.parametrize("expression", WRONG)
def test_misuse_is_an_error_with_a_name(renderer, expression):
    from deployer.templating import Scope

    with pytest.raises(TemplateError) as caught:
        renderer.evaluate(expression, Scope({}))
    assert caught.value.message.startswith(("filter `", "test `"))


def test_password_hashes_are_those_of_crypt(renderer):
    from deployer.templating import Scope

    scope = Scope({})
    made = renderer.evaluate(
        "'Hello world!' | password_hash('sha512', 'saltstringsaltstring', rounds=10000)", scope
    )
    assert made == (
        "$6$rounds=10000$saltstringsaltst$OW1/O6BYHV6BcXZu8QVeXbDWra3Oeqh0sbHbbMCVNSnCM/"
        "UrjmM0Dp8vOuZeHBy/YTBmSK6H9qs/y3RnOaw5v."
    )
    one, two = (renderer.evaluate("'x' | password_hash", scope) for _ in range(2))
    assert one != two
    assert one.startswith("$6$")
    salt = "abcdefghijklmnopqrstuu"
    made = renderer.evaluate(f"'x' | password_hash('bcrypt', '{salt}', rounds=4)", scope)
    assert made.startswith(f"$2b$04${salt}")


@pytest.mark.parametrize(("kind", "mark"), [("sha512", "$6$"), ("sha256", "$5$")])
@pytest.mark.parametrize("password", ["x", "Hello world!", "é" * 50, "a" * 200])
def test_sha_crypt_agrees_with_openssl(kind, mark, password):
    import subprocess

    done = subprocess.run(
        ["openssl", "passwd", "-6" if kind == "sha512" else "-5", "-salt", "abc", "-stdin"],
        input=password + "\n",
        capture_output=True,
        text=True,
        check=True,
    )
    assert sha_crypt(password, "abc", kind) == done.stdout.strip()
    assert done.stdout.startswith(mark)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(json_values)
def test_json_comes_back(value):
    assert from_json(to_json(value)) == value


@given(st.text())
def test_base64_comes_back(value):
    assert b64decode(b64encode(value)) == value
