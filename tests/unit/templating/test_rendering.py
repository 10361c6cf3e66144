"""Values: native, lazy, recursive, positioned."""

from __future__ import annotations

import textwrap

import pytest

from deployer.model.errors import TemplateError, UndefinedError
from deployer.model.source import Position, SourceList, SourceMap, Template
from deployer.templating import OMIT, Scope
from tests.unit.templating.conftest import user

NATIVE = [
    ("{{ n }}", 5),
    ("{{ n }}/{{ t }}", "5/abc"),
    ("{{ l }}", [1, "x"]),
    ("{{ m }}", {"k": "5-abc", "deep": {"l": [1, 2]}}),
    ("{{ none }}", None),
    ("a{{ none }}b", "ab"),
    ("{{ true }}", True),
    ("is {{ true }}", "is True"),
    ("{{ '1' + '_0' }}", "1_0"),
    ("{{ '[1, 2]' }}", "[1, 2]"),
    ("{{ 'None' }}", "None"),
    ("[{{ n }}, 2]", "[5, 2]"),
    ("{{ m.k }}", "5-abc"),
    ("{{ m['deep'].l[1] }}", 2),
    ("{{ m.deep.l.0 }}", 1),
    ("{{ [n, t] }}", [5, "abc"]),
    ("{{ {'a': n} }}", {"a": 5}),
    ("{{ l + [n] }}", [1, "x", 5]),
    ("{{ range(3) }}", [0, 1, 2]),
    ("{{ l | map('string') }}", ["1", "x"]),
    ("{{ m.keys() }}", ["k", "deep"]),
    ("{% if n > 3 %}{{ l }}{% endif %}", [1, "x"]),
    ("{% if n > 9 %}x{% endif %}", ""),
    ("{{ 'x' if n > 9 }}", ""),
    ("{% for i in l %}{{ i }};{% endfor %}", "1;x;"),
    ("{% for i in m.deep.l %}{{ loop.index }}={{ i }} {% endfor %}", "1=1 2=2 "),
    ("{{ m.deep | dict2items }}", [{"key": "l", "value": [1, 2]}]),
    ("{{ n }}\n", 5),
    ("{{ t }}\n", "abc\n"),
    ("x {{ t }}\n\n", "x abc\n\n"),
    ("{% if true %}a{% endif %}\n", "a\n"),
    ("{{ chain }}", "5-abc!"),
    ("no braces", "no braces"),
    ("{{ t ~ n }}", "abc5"),
    ("{{ t[1:] }}", "bc"),
    ("{{ l[:1] }}", [1]),
    ("{{ l[::-1] }}", ["x", 1]),
    ("{% set x = [] %}{% for i in l %}{% do x.append(i) %}{% endfor %}{{ x }}", [1, "x"]),
    (
        "{% set s = namespace(n=0) %}{% for i in l %}{% set s.n = s.n + 1 %}{% endfor %}{{ s.n }}",
        2,
    ),
    ("{% macro f(x) %}<{{ x }}>{% endmacro %}{{ f(t) }}", "<abc>"),
    ("{% raw %}{{.State}}{% endraw %}", "{{.State}}"),
    ("{{ vars['chain'] }}", "5-abc!"),
    ("{{ vars.m.k }}", "5-abc"),
    ("{{ 'a' in m }} {{ 'k' in m }}", "False True"),
    ("{{ m == {'k': '5-abc', 'deep': {'l': [1, 2]}} }}", True),
    ("{{ l == [1, 'x'] and [1, 'x'] == l }}", True),
    ("{{ lazy | length }}", 2),
    ("{{ lazy | join(',') }}", "5,abc"),
    ("{{ lazy | sort(reverse=true) | first }}", "abc"),
    ("{{ 'abc' in lazy }}", True),
    ("{{ lazy.index('abc') }}", 1),
    ("{{ dict(m)['k'] }}", "5-abc"),
    ("{{ dict(m, z=1)['z'] }}", 1),
    ("{{ '%s and %s' | format(t, n) }}", "abc and 5"),
    ("{{ '%s-%s' % (t, n) }}", "abc-5"),
    ("{{ '{}-{x}'.format(t, x=n) }}", "abc-5"),
    ("{{ t is defined and nothing is not defined }}", True),
    ("{{ nothing is undefined }}", True),
]


@pytest.fixture
def names():
    return {
        "n": 5,
        "t": "abc",
        "l": SourceList([1, user("x")]),
        "m": SourceMap({"k": user("{{ n }}-{{ t }}"), "deep": {"l": [1, user("{{ 1 + 1 }}")]}}),
        "lazy": [user("{{ t[:0] }}{{ n }}"), user("{{ t }}")],
        "chain": user("{{ m.k }}!"),
        "self": SourceMap({"name": user("x"), "path": user("/opt/{{ self.name }}")}),
        "app": SourceMap({"name": user("x"), "path": user("/opt/{{ app.name }}")}),
    }


@pytest.mark.parametrize(("text", "expected"), NATIVE)
def test_values_are_native(render, names, text, expected):
    made = render(text, **names)
    assert made == expected
    assert type(made) is type(expected)


def test_results_are_plain_all_the_way_down(render, names):
    made = render("{{ m }}", **names)
    assert type(made) is dict
    assert type(made["deep"]) is dict
    assert type(made["deep"]["l"]) is list
    assert type(made["k"]) is str


def test_a_mapping_may_refer_to_itself(render, names):
    assert render("{{ app.path }}", **names) == "/opt/x"
    assert render("{{ app }}", **names) == {"name": "x", "path": "/opt/x"}


def test_containers_are_rendered_deep_and_keys_are_plain(renderer, names):
    value = SourceMap(
        {Template("a"): SourceList([user("{{ n }}"), {"b": user("{{ t }}")}]), "c": 1.5}
    )
    made = renderer.render(value, Scope(names))
    assert made == {"a": [5, {"b": "abc"}], "c": 1.5}
    assert {type(key) for key in made} == {str}


def test_only_what_is_read_is_rendered(render):
    app = SourceMap({"port": 80, "broken": user("{{ nobody }}")})
    assert render("{{ app.port }}", app=app) == 80
    with pytest.raises(UndefinedError, match="nobody"):
        render("{{ app }}", app=app)


def test_omit_leaves_entries_out(renderer):
    value = {"a": user("{{ x | default(omit) }}"), "b": [user("{{ omit }}"), 1], "c": 2}
    assert renderer.render(value, Scope({})) == {"b": [1], "c": 2}
    assert renderer.render(user("{{ x | default(omit) }}"), Scope({})) is OMIT
    assert renderer.render(user("{{ {'a': omit, 'b': 1} }}"), Scope({})) == {"b": 1}


def test_omit_is_no_text(render):
    with pytest.raises(TemplateError, match="cannot be part of a text"):
        render("x={{ omit }}")


BACKSLASHES = [
    (r"{{ 'a1b' | regex_replace('(\d)', '<\1>') }}", "a<1>b"),
    (r"{{ 'a.b' | regex_replace('\.', '-') }}", "a-b"),
    (r"{{ 'x\ny' }}", "x\\ny"),
    (r"a\b {{ '\\' }}", "a\\b \\\\"),
]


@pytest.mark.parametrize(("text", "expected"), BACKSLASHES)
def test_backslashes_in_playbooks_mean_themselves(render, text, expected):
    assert render(text) == expected


UNDEFINED = [
    ("{{ prot }}", {"port": 1}, "`prot` is undefined; did you mean `port`?", "prot"),
    (
        "{{ app.prot }}",
        {"app": {"port": 1}},
        "`app.prot` is undefined; did you mean `port`?",
        "app.prot",
    ),
    (
        "{{ a.b['cc'].dd }}",
        {"a": {"b": {"cd": 1}}},
        "`a.b['cc']` is undefined (in `a.b['cc'].dd`)",
        "a.b['cc'].dd",
    ),
    ("{{ xs[5] }}", {"xs": [1]}, "`xs[5]` is undefined", "xs[5]"),
    ("x-{{ nope.a.b }}", {}, "`nope` is undefined (in `nope.a.b`)", "nope.a.b"),
    ("{{ v }}", {"v": Template("{{ w }}")}, "`w` is undefined", "w"),
    ("{{ v | upper }}", {"v": Template("{{ w.x }}")}, "`w` is undefined (in `w.x`)", "w.x"),
    ("{{ 1 + nope }}", {}, "`nope` is undefined", "nope"),
    ("{{ nope == 1 }}", {}, "`nope` is undefined", "nope"),
    ("{{ nope | int }}", {}, "`nope` is undefined", "nope"),
    ("{{ [1, nope] }}", {}, "`nope` is undefined", "nope"),
    ("{{ {'a': nope} }}", {}, "`nope` is undefined", "nope"),
    ("{{ nope() }}", {}, "`nope` is undefined", "nope"),
    ("{{ xs[nope] }}", {"xs": [1]}, "`nope` is undefined", "nope"),
    ("{{ undef(hint='set it') }}", {}, "set it", ""),
    ("{% for x in nope %}{% endfor %}", {}, "`nope` is undefined", "nope"),
    ("{{ 'a' if nope else 'b' }}", {}, "`nope` is undefined", "nope"),
    (
        "{{ users | map(attribute='nam') | list }}",
        {"users": [{"name": 1}]},
        "`nam` is undefined; did you mean `name`?",
        "nam",
    ),
    ("{{ nope | mandatory }}", {}, "mandatory: `nope` is undefined", "nope"),
    ("{{ nope | mandatory('give one') }}", {}, "give one", "nope"),
]


@pytest.mark.parametrize(("text", "names", "message", "path"), UNDEFINED)
def test_undefined_names_say_what_and_where(render, text, names, message, path):
    with pytest.raises(UndefinedError) as caught:
        render(text, **names)
    assert caught.value.message.startswith(message)
    assert caught.value.name == path
    assert caught.value.position in (Position("play.yml", 1, 5), None)
    if "v" not in names:
        assert caught.value.position == Position("play.yml", 1, 5)


def test_the_innermost_template_is_the_place(renderer):
    names = {"a": user("{{ b }}", 10), "b": user("{{ c }}", 20)}
    with pytest.raises(UndefinedError) as caught:
        renderer.render(user("{{ a }}", 1), Scope(names))
    assert caught.value.position == Position("play.yml", 20, 5)


def test_lines_of_long_templates_are_told(render):
    with pytest.raises(UndefinedError, match=r"`zz` is undefined \(line 3 of the template\)"):
        render("a\nb\n{{ zz }}\nc\n")


def test_the_container_is_described(render):
    with pytest.raises(UndefinedError) as caught:
        render("{{ app.zzz }}", app={"port": 1, "name": 2})
    assert caught.value.help == "it has port, name"
    with pytest.raises(UndefinedError) as caught:
        render("{{ r.stdout }}", r={"skipped": True, "changed": False})
    assert "skipped" in caught.value.help


DEFAULTS = [
    "{{ x | default('d') }}",
    "{{ x.y.z | default('d') }}",
    "{{ m.x.y | default('d') }}",
    "{{ m['x']['y'] | d('d') }}",
    "{{ (m | default({})).x | default('d') }}",
    "{{ v | default('d') }}",
    "{{ vars['x'] | default('d') }}",
    "{{ '' | default('d', true) }}",
    "{{ 'a' if x is defined else 'd' }}",
    "{{ ('a' if false) | default('d') }}",
    "{{ true | ternary('d', x) }}",
    "{{ xs[3] | default('d') }}",
    "{{ [] | first | default('d') }}",
]


@pytest.mark.parametrize("text", DEFAULTS)
def test_defaults_apply(render, text):
    names = {"m": {"a": 1}, "v": user("{{ nobody.x }}"), "xs": [1]}
    assert render(text, **names) == "d"


LOOPS = [
    {"a": user("{{ b }}"), "b": user("{{ a }}")},
    {"a": user("{{ a }}")},
    {"a": {"x": user("{{ a.x }}")}},
    {"a": [user("{{ a | join }}")]},
    {"a": user("{{ vars.a }}")},
    {"a": user("{{ lookup('vars', 'a') }}")},
    {"a": user("{{ a | default('never') }}")},
]


@pytest.mark.parametrize("names", LOOPS)
def test_variables_that_refer_to_themselves(render, names):
    with pytest.raises(TemplateError, match="refers to itself"):
        render("{{ a }}", **names)


def test_the_loop_names_its_links(render):
    with pytest.raises(TemplateError) as caught:
        render("{{ a }}", a=user("{{ b }}", 3), b=user("{{ a }}", 4))
    assert "`a` (play.yml:3:5) -> `b` (play.yml:4:5) -> `a`" in caught.value.message


def test_deep_chains_end_in_an_error(render):
    names = {f"v{at}": user(f"{{{{ v{at + 1} }}}}") for at in range(500)}
    with pytest.raises(TemplateError, match="nested too deep"):
        render("{{ v0 }}", **names)


def test_a_generator_can_be_read_twice(render):
    names = {"g": user("{{ [1, 2] | map('string') }}")}
    assert render("{{ g | join }}-{{ g | join }}", **names) == "12-12"


SYNTAX = [
    ("{{ a", "template syntax", ""),
    ("{{ a = b }}", "template syntax", "=="),
    ("{{ x | to_jsn }}", "no filter `to_jsn`", "did you mean `to_json`?"),
    ("{{ x | ansible.builtin.to_jsn }}", "no filter `ansible.builtin.to_jsn`", "to_json"),
    ("{{ x is definde }}", "no test `definde`", "did you mean `defined`?"),
    ("{{ r | changed }}", "no filter `changed`", "is changed"),
    ("{{ x is upperr }}", "no test `upperr`", "upper"),
    ("{{ [1] | map('to_jsn') | list }}", "no filter `to_jsn`", "to_json"),
    ("{{ [1] | select('evn') | list }}", "no test `evn`", "even"),
    ("{{ (1 | nonesuch) if true else 2 }}", "no filter `nonesuch`", ""),
    ("{{ lookup('fil', 'x') }}", "no lookup `fil`", "did you mean `file`?"),
    ("docker ps --format '{{.Names}}'", "unexpected '.'", "{% raw %}"),
    ("docker node ls --format '{{ .Status }}'", "unexpected '.'", "{% raw %}"),
    ("docker inspect --format '{{json .State}}'", "", "{% raw %}"),
    ("docker inspect -f '{{range .Mounts}}{{.Name}}{{end}}'", "", "{% raw %}"),
]


@pytest.mark.parametrize(("text", "message", "hint"), SYNTAX)
def test_what_cannot_be_compiled_says_so(render, text, message, hint):
    with pytest.raises(TemplateError) as caught:
        render(text)
    assert message in caught.value.message
    assert hint in caught.value.help
    assert caught.value.position == Position("play.yml", 1, 5)


def test_errors_of_filters_name_the_filter(render):
    with pytest.raises(TemplateError, match="filter `from_json`: "):
        render("{{ 'x{' | from_json }}")
    with pytest.raises(TemplateError, match="test `version`: "):
        render("{{ '' is version('1') }}")
    with pytest.raises(TemplateError, match="division by zero"):
        render("{{ 1 / 0 }}")


def test_a_function_is_no_value(render):
    with pytest.raises(TemplateError, match="is a function: call it"):
        render("{{ m.items }}", m={})


def test_names_in(renderer):
    value = {"a": [user("{{ x.y }} {{ lookup('file', z) }}")], "b": user("{% set q = 1 %}{{ q }}")}
    assert renderer.names_in(value) == {"x", "z"}
    assert renderer.names_in(user("a is defined and b.c == 1"), expression=True) == {"a", "b"}
    assert renderer.names_in("{{ data }}") == frozenset()


def test_problems(renderer):
    value = [user("{{ a"), user("{{ (a | nope) if a else 1 }}"), user("{{ fine }}"), 5]
    said = [problem.summary for problem in renderer.problems(value)]
    assert len(said) == 2
    assert said[1] == "no filter `nope`"
    assert renderer.problems(user("a ==== b"), expression=True)


def test_text_is_folded_as_written(render):
    text = textwrap.dedent(
        """\
        {% for n in names %}
        server {{ n }}
        {% endfor %}
        end
        """
    )
    assert render(text, names=["a", "b"]) == "server a\nserver b\nend\n"
