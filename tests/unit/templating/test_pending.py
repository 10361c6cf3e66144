"""Names that a coming step may define raise on every way by which a template can read them."""

from __future__ import annotations

import pytest

from deployer.model.errors import PendingName
from deployer.model.source import SourceMap
from deployer.templating import Impurity, Scope
from tests.unit.templating.conftest import user

READS = [
    "{{ result }}",
    "{{ result.stdout }}",
    "x{{ result }}",
    "{{ result is defined }}",
    "{{ result is not defined }}",
    "{{ result is undefined }}",
    "{{ result | default('x') }}",
    "{{ result.rc | default(0) }}",
    "{{ (result | default({})).rc | default(0) }}",
    "{{ result is failed }}",
    "{{ result is sequence }}",
    "{{ result is mapping }}",
    "{{ 'x' if result is defined else 'y' }}",
    "{{ 'x' if result else 'y' }}",
    "{% if result is defined %}a{% endif %}",
    "{% for x in result %}{{ x }}{% endfor %}",
    "{% for x in [1, 2] %}{{ result }}{% endfor %}",
    "{% for x in [1, 2] if x == result %}{{ x }}{% endfor %}",
    "{% for x in [1] %}{{ loop.index }}{% else %}{% endfor %}{{ result }}",
    "{% macro m() %}{{ result }}{% endmacro %}{{ m() }}",
    "{% macro m(x=result) %}{{ x }}{% endmacro %}{{ m() }}",
    "{% macro m() %}{{ caller() }}{% endmacro %}{% call m() %}{{ result }}{% endcall %}",
    "{% set x = result %}{{ x }}",
    "{% set x %}{{ result }}{% endset %}{{ x }}",
    "{% set result = result | default(1) %}{{ result }}",
    "{% with x = result %}{{ x }}{% endwith %}",
    "{% filter upper %}{{ result }}{% endfilter %}",
    "{% block b %}{{ result }}{% endblock %}",
    "{{ [1] | map('default', result) | list }}",
    "{{ [1] | select('equalto', result) | list }}",
    "{{ [{'a': 1}] | selectattr('a', 'equalto', result) | list }}",
    "{{ [result] | map(attribute='rc') | list }}",
    "{{ ['result'] | map('extract', vars) | list }}",
    "{{ 'result' | extract(vars) }}",
    "{{ true and result }}",
    "{{ {'a': result} }}",
    "{{ [result] }}",
    "{{ var }}",
    "{{ var | default('x') }}",
    "{{ deep.a.b }}",
    "{{ deep | to_json }}",
    "{{ deep }}",
    "{{ items | join }}",
    "{{ items[0] }}",
    "{{ vars['result'] }}",
    "{{ vars.result }}",
    "{{ vars.result is defined }}",
    "{{ vars['result'] | default(1) }}",
    "{{ 'result' in vars }}",
    "{{ vars.get('result', 1) }}",
    "{{ vars | length }}",
    "{{ vars | list }}",
    "{{ vars.keys() | list }}",
    "{{ vars.items() | list }}",
    "{{ lookup('vars', 'result') }}",
    "{{ lookup('vars', 'result', default='x') }}",
    "{{ lookup('vars', 'result', errors='ignore') }}",
    "{{ query('vars', 'result') }}",
    "{{ lookup('varnames', '^re') }}",
    "{{ q('varnames', 'nothing_matches') }}",
    "{{ lookup('ansible.builtin.vars', 'result') }}",
    "{{ hostvars['other'].fact }}",
    "{{ hostvars['other']['fact'] | default(1) }}",
    "{{ hostvars.other.fact is defined }}",
    "{{ ['other'] | map('extract', hostvars, 'fact') | list }}",
    "{{ ['other'] | map('extract', hostvars, ['var']) | list }}",
    "{{ hostvars | dict2items | map(attribute='value') | map(attribute='fact') | list }}",
    "{{ hostvars.values() | map(attribute='fact') | list }}",
    "{% for h in hostvars %}{{ hostvars[h].fact }}{% endfor %}",
    "{{ hostvars['other'] | to_json }}",
    "{{ [1, 2][result] }}",
    "{{ ('a' ~ result) }}",
    "{{ '%s' | format(result) }}",
    "{{ 'a'.replace('a', result) }}",
    "{{ lookup('file', result) }}",
    "{{ namespace(a=result) }}",
    "{{ dict(a=result) }}",
    "{{ range(result) }}",
    "{{ known | combine(result) }}",
    "{{ ternary_like | default(result) }}",
    "{{ loop_var.item }}",
]


@pytest.fixture
def scope(renderer):
    other = Scope({"fact": 1, "var": user("{{ fact }}")}, pending=frozenset({"fact"}))
    names = {
        "known": {"a": 1},
        "var": user("{{ result.stdout }}"),
        "deep": SourceMap({"a": {"b": user("{{ var }}"), "c": 1}, "d": 1}),
        "items": [user("{{ result }}")],
        "loop_var": SourceMap({"item": user("{{ result }}")}),
        "hostvars": {"other": renderer.view(other)},
        "result": {"old": "value of an earlier task"},
    }
    return Scope(names, pending=frozenset({"result"}))


@pytest.mark.parametrize("text", READS)
def test_reading_a_pending_name_raises(renderer, scope, text):
    with pytest.raises(PendingName):
        renderer.render(user(text), scope)


@pytest.mark.parametrize("text", READS)
def test_and_not_once_it_is_known(renderer, scope, text):
    """The same templates end in something else than PendingName when nothing is pending."""
    from deployer.model.errors import TemplateError

    other = Scope({"fact": 1, "var": user("{{ fact }}")})
    names = {**scope.variables, "hostvars": {"other": renderer.view(other)}}
    try:
        renderer.render(user(text), Scope(names))
    except PendingName:
        pytest.fail("nothing is pending")
    except TemplateError:
        pass


FREE = [
    "{{ known.a }}",
    "{{ deep.d }}",
    "{{ deep.a.c }}",
    "{{ 'result' }}",
    "{{ known.result | default(1) }}",
    "{{ vars.known.a }}",
    "{{ lookup('vars', 'known') }}",
    "{{ hostvars.other is defined }}",
    "{{ hostvars | list }}",
    "{{ 1 if true else result }}",
    "{% if false %}{{ result }}{% endif %}",
    "{% macro m() %}{{ result }}{% endmacro %}",
    "{% for result in [1] %}{{ result }}{% endfor %}",
    "{% macro m(result) %}{{ result }}{% endmacro %}{{ m(1) }}",
    "{% set result = 1 %}{{ result }}",
    "{% raw %}{{ result }}{% endraw %}",
    "{{ false and result }}",
]


@pytest.mark.parametrize("text", FREE)
def test_what_does_not_read_it_renders(renderer, scope, text):
    renderer.render(user(text), scope)


FILES = {
    "inc.j2": "{{ result }}",
    "inc_if.j2": "{% if result is defined %}x{% endif %}",
    "lib.j2": "{% macro m() %}{{ result | default('x') }}{% endmacro %}{% set v = 1 %}",
    "base.j2": "<{% block body %}{% endblock %}>",
    "base_pending.j2": "<{{ result | default('') }}{% block body %}{% endblock %}>",
}
INCLUDING = [
    "{% include 'inc.j2' %}",
    "{% include 'inc.j2' ignore missing %}",
    "{% include ['nope.j2', 'inc_if.j2'] %}",
    "{% for i in [1] %}{% include 'inc_if.j2' %}{% endfor %}",
    "{% import 'lib.j2' as lib with context %}{{ lib.m() }}",
    "{% from 'lib.j2' import m with context %}{{ m() }}",
    "{% extends 'base.j2' %}{% block body %}{{ result }}{% endblock %}",
    "{% extends 'base_pending.j2' %}{% block body %}{% endblock %}",
    "{% include result %}",
    "{% include 'base_pending.j2' %}",
]


@pytest.mark.parametrize("text", INCLUDING)
def test_included_files_raise_as_well(renderer, scope, tmp_path, text):
    for name, content in FILES.items():
        (tmp_path / name).write_text(content)
    with pytest.raises(PendingName):
        renderer.render_file(text, str(tmp_path / "main.j2"), scope)


CONDITIONS = ["result is changed", "result.rc == 0", "not result", "result is defined", "var"]


@pytest.mark.parametrize("text", CONDITIONS)
def test_conditions_raise(renderer, scope, text):
    with pytest.raises(PendingName):
        renderer.conditional(user(text), scope)
    with pytest.raises(PendingName):
        renderer.evaluate(text, scope)
    with pytest.raises(PendingName):
        renderer.conditional([True, user(text)], scope)


def test_loops_raise(renderer, scope):
    for kind, terms in [
        ("items", user("{{ result.results }}")),
        ("first_found", [user("{{ result }}")]),
        ("dict", user("{{ result }}")),
    ]:
        with pytest.raises(PendingName):
            renderer.loop_items(kind, terms, scope)


def test_an_error_says_which_name(renderer, scope):
    with pytest.raises(PendingName) as caught:
        renderer.render(user("{{ var }}"), scope)
    assert caught.value.name == "result"


IMPURE = [
    ("{{ lookup('pipe', 'echo x') }}", Impurity.ACTS),
    ("{{ lookup('password', '/dev/null') }}", Impurity.ACTS),
    ("{{ query('random_choice', 1, 2) }}", Impurity.VARIES),
    ("{{ 10 | random }}", Impurity.VARIES),
    ("{{ [1] | shuffle }}", Impurity.VARIES),
    ("{{ now() }}", Impurity.VARIES),
    ("{{ '%Y' | strftime }}", Impurity.VARIES),
    ("{{ 'x' | password_hash }}", Impurity.VARIES),
    ("{{ lookup('file', '/etc/hostname', errors='ignore') }}", Impurity.READS),
    ("{{ '/etc' is directory }}", Impurity.READS),
    ("{{ lookup('fileglob', '/etc/*.conf') }}", Impurity.READS),
    ("{{ '/a' | realpath }}", Impurity.READS),
]


@pytest.mark.parametrize(("text", "kind"), IMPURE)
def test_impure_renderings_are_told(renderer, text, kind):
    seen = []
    renderer.render(user(text), Scope({}, on_impure=lambda _name, kind: seen.append(kind)))
    assert seen == [kind]


PURE = ["{{ 10 | random(seed='h') }}", "{{ lookup('env', 'HOME') }}", "{{ lookup('items', [1]) }}"]


@pytest.mark.parametrize("text", PURE)
def test_pure_ones_are_not(renderer, text):
    seen = []
    renderer.render(user(text), Scope({}, on_impure=lambda name, _kind: seen.append(name)))
    assert seen == []


def test_impure_variables_are_drawn_anew(renderer):
    scope = Scope({"n": user("{{ 1000000 | random }}"), "m": user("{{ n }}")})
    text = user("{{ [n, m, n, m] | unique | length }}")
    assert renderer.render(text, scope) > 1
