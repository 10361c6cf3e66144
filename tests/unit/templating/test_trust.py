"""Security checks 1, 2 and 31 as far as templating goes: what is never evaluated."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deployer.model.errors import TemplateError
from deployer.model.source import Template
from deployer.templating import Renderer, Scope
from tests.unit.templating.conftest import user

EVIL = "{{ 7*7 }}{% set x = lookup('pipe', 'touch /tmp/pwned') %}"
#: Ways by which text from a host travels through templates.
WAYS = [
    "{{ out }}",
    "{{ r.stdout }}",
    "{{ r.stdout_lines[0] }}",
    "{{ r.stdout_lines | first }}",
    "{{ out | trim }}",
    "{{ [out] | join }}",
    "{{ vars['out'] }}",
    "{{ lookup('vars', 'out') }}",
    "{{ hostvars['h'].out }}",
    "{{ hostvars['h']['r'].stdout }}",
    "{{ indirect }}",
    "{{ (r | to_json | from_json).stdout }}",
    "{{ query('items', r.stdout_lines) | first }}",
    "{% for x in r.stdout_lines %}{{ x }}{% endfor %}",
    "{% macro m(x) %}{{ x }}{% endmacro %}{{ m(out) }}",
    "{% set y %}{{ out }}{% endset %}{{ y }}",
    "{{ out if true else '' }}",
    "{{ out ~ '' }}",
    "{{ {'a': out}.a }}",
]


@pytest.fixture
def scope(renderer):
    host = Scope({"out": EVIL, "r": {"stdout": EVIL, "stdout_lines": [EVIL]}})
    return Scope(
        {**host.variables, "indirect": user("{{ out }}"), "hostvars": {"h": renderer.view(host)}}
    )


@pytest.mark.parametrize("text", WAYS)
def test_check_01_text_from_a_host_is_never_a_template(renderer, scope, text):
    made = renderer.render(user(text), scope)
    assert made == EVIL
    assert not isinstance(made, Template)
    assert renderer.render(made, scope) == EVIL
    assert renderer.render({"k": [made]}, Scope({"x": made})) == {"k": [EVIL]}


def test_check_01_results_of_lookups_are_data(renderer, tmp_path, monkeypatch):
    (tmp_path / "x").write_text(EVIL)
    monkeypatch.setenv("EVIL", EVIL)
    scope = Scope({"x": user("{{ lookup('file', 'x') }}")}, search=(str(tmp_path),))
    for text in ("{{ lookup('file', 'x') }}", "{{ x }}", "{{ lookup('env', 'EVIL') }}"):
        made = renderer.render(user(text), scope)
        assert made == EVIL
        assert type(made) is str


def test_check_01_a_text_made_by_a_template_is_not_one(renderer):
    made = renderer.render(user("{{ '{' ~ '{ 7*7 }' ~ '}' }}"), Scope({}))
    assert made == "{{ 7*7 }}"
    assert renderer.render(user("{{ x }}"), Scope({"x": made})) == "{{ 7*7 }}"


def test_check_02_untrusted_text_reaches_no_lookup(renderer):
    seen = []
    scope = Scope({"x": EVIL}, on_impure=lambda name, _kind: seen.append(name))
    assert renderer.render(user("{{ x }}{{ x | upper }}"), scope).startswith(EVIL)
    assert seen == []


def test_check_02_untrusted_text_is_no_condition(renderer):
    with pytest.raises(TemplateError, match="no playbook wrote"):
        renderer.conditional("1 == 1", Scope({}))
    with pytest.raises(TemplateError, match="not evaluated again"):
        renderer.conditional(user("{{ x }}"), Scope({"x": "lookup('pipe', 'id') == ''"}))


@given(st.text(alphabet="{}%# ab'\"\\|()7*", max_size=30))
def test_check_01_any_text_survives(text):
    renderer = _SHARED
    assert renderer.render(user("{{ x }}"), Scope({"x": text})) == text
    assert renderer.render(user("<{{ x }}>"), Scope({"x": text})) == f"<{text}>"
    assert renderer.render(text, Scope({})) == text


_SHARED = Renderer()

FORBIDDEN = [
    "{{ ''.__class__ }}",
    "{{ x.__class__.__mro__ }}",
    "{{ ''['__class__'] }}",
    "{{ '' | attr('__class__') }}",
    "{{ [''] | map(attribute='__class__') | list }}",
    "{{ lookup.__globals__ }}",
    "{{ ('{0.__class__}' | format)('') }}",
    "{{ '{0.__class__.__mro__}'.format('') }}",
    "{{ '{x.__class__}'.format_map({'x': ''}) }}",
    "{{ cycler.__init__.__globals__ }}",
    "{{ namespace.__init__ }}",
    "{{ self.__init__ }}",
    "{{ vars._begin }}",
    "{{ vars.__init__ }}",
    "{{ d._run }}",
    "{{ nothing.__class__ }}",
]


@pytest.mark.parametrize("text", FORBIDDEN)
def test_check_31_the_sandbox_holds(render, text):
    with pytest.raises(TemplateError):
        render(text, x="a", d={"a": 1})


CHANGES = [
    "{{ xs.append(1) }}",
    "{{ xs.clear() }}",
    "{{ m.update({'a': 2}) }}",
    "{{ m.pop('a') }}",
    "{{ m.deep.append(1) }}",
    "{% set y = xs %}{% do y.append(1) %}",
    "{{ (xs | default([])).append(1) }}",
    "{{ groups.all.append('x') }}",
    "{{ groups['all'].append('x') }}",
    "{% for x in nested %}{% do x.append(1) %}{% endfor %}",
    "{{ (nested | first).append(1) }}",
    "{{ v.append(1) }}",
    "{{ (m | combine({})).deep.append(1) }}",
    "{{ vars.xs.append(1) }}",
    "{{ m.setdefault('b', 1) }}",
    "{{ xs.sort() }}",
    "{{ xs.extend([1]) }}",
]


@pytest.mark.parametrize("text", CHANGES)
def test_check_31_variables_cannot_be_changed(render, text):
    from types import MappingProxyType

    names = {
        "xs": [1],
        "m": {"a": 1, "deep": [1]},
        "groups": MappingProxyType({"all": ["h"]}),
        "nested": [[1]],
        "v": user("{{ [1] }}"),
    }
    with pytest.raises(TemplateError, match="change"):
        render(text, **names)
    assert names["xs"] == [1]
    assert names["m"] == {"a": 1, "deep": [1]}
    assert names["groups"]["all"] == ["h"]
    assert names["nested"] == [[1]]


def test_check_31_what_the_template_made_it_may_change(render):
    assert render("{% set x = {} %}{% do x.update({'a': 1}) %}{{ x }}") == {"a": 1}
    assert render("{% set x = xs + [] %}{% do x.append(2) %}{{ x }}", xs=[1]) == [1, 2]
    assert render("{% set x = m.copy() %}{% do x.update(b=2) %}{{ x }}", m={"a": 1}) == {
        "a": 1,
        "b": 2,
    }


LITERALS = ["'1' + '_0'", "'[' ~ '1]'", "out", "'0x10'", "'1e3'", "'True'", "\"{'a': 1}\""]


@pytest.mark.parametrize("expression", LITERALS)
def test_check_31_text_is_never_read_as_python(render, expression):
    assert type(render("{{ " + expression + " }}", out="[1, 2]")) is str
    assert type(render("{{ " + expression + " }}{{ '' }}", out="[1, 2]")) is str


def test_check_31_the_version_of_jinja():
    import importlib.metadata

    numbers = importlib.metadata.version("jinja2").split(".")
    assert tuple(map(int, numbers[:3])) >= (3, 1, 6)
