"""Template files: options, includes, places of errors."""

from __future__ import annotations

import pytest

from deployer.model.errors import TemplateError, UndefinedError
from deployer.model.source import Position
from deployer.templating import FileOptions, Scope
from tests.unit.templating.conftest import user

NAMES = {"n": 5, "names": ["a", "b"], "none": None, "m": {"k": user("{{ n }}")}}
CASES = [
    ("x={{ n }}\n", "x=5\n", {}),
    ("x={{ n }}", "x=5", {}),
    ("x\n\n\n", "x\n\n\n", {}),
    ("", "", {}),
    ("{% for n in names %}\n  {{ n }}\n{% endfor %}\n", "  a\n  b\n", {}),
    ("  {% if n %}\n  y\n  {% endif %}\nz\n", "    y\n  z\n", {}),
    ("  {% if n %}\n  y\n  {% endif %}\nz\n", "  y\nz\n", {"lstrip_blocks": True}),
    ("{% if n %}\ny\n{% endif %}\n", "\ny\n", {"trim_blocks": False}),
    ("[[ n ]]{{ n }}", "5{{ n }}", {"variable_start_string": "[[", "variable_end_string": "]]"}),
    ("<% if n %>y<% endif %>", "y", {"block_start_string": "<%", "block_end_string": "%>"}),
    ("a\n{{ n }}\n", "a\r\n5\r\n", {"newline_sequence": "\r\n"}),
    ("{{ [n] }}", "[5]", {}),
    ("{{ none }}|{{ m }}", "|{'k': 5}", {}),
    ("{# no #}{{ n }}", "5", {}),
    (
        "#jinja2: trim_blocks: False, lstrip_blocks: True\n  {% if n %}\ny\n{% endif %}\n",
        "\ny\n",
        {},
    ),
    ("#jinja2:variable_start_string:'[%', variable_end_string:'%]'\n[% n %]", "5", {}),
    ("{{ 'a\\nb' }}", "a\nb", {}),
]


@pytest.mark.parametrize(("text", "expected", "options"), CASES)
def test_text_of_files(renderer, text, expected, options):
    made = renderer.render_file(text, "/t/x.j2", Scope(NAMES), FileOptions(**options))
    assert made == expected


@pytest.fixture
def role(tmp_path):
    """A role with templates, of which one includes others."""
    files = {
        "templates/part.j2": "part {{ n }} {{ local | default('-') }}\n",
        "templates/lib.j2": (
            "{% macro line(x) %}[{{ x }}{{ n | default('?') }}]{% endmacro %}{% set version = 3 %}"
        ),
        "templates/base.j2": "<{% block body %}base{% endblock %}|{{ n }}>",
        "templates/bad.j2": "one\n{{ nothing }}\n",
        "templates/worse.j2": "one\n{{ n\n",
        "templates/sub/inner.j2": "inner+{% include 'sibling.j2' %}",
        "templates/count.j2": "{% set ns.a = ns.a + 1 %}",
        "templates/sub/sibling.j2": "sibling",
    }
    for name, text in files.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return tmp_path


INCLUDES = [
    ("{% include 'part.j2' %}", "part 5 -"),
    ("{% set local = 1 %}{% include 'part.j2' %}", "part 5 1"),
    ("{% for local in names %}{% include 'part.j2' %}{% endfor %}", "part 5 apart 5 b"),
    ("{% include 'none.j2' ignore missing %}x", "x"),
    ("{% include ['none.j2', 'part.j2'] %}", "part 5 -"),
    ("{% set f = 'part.j2' %}{% include f %}", "part 5 -"),
    ("{% import 'lib.j2' as lib %}{{ lib.line(1) }}{{ lib.version }}", "[1?]3"),
    ("{% import 'lib.j2' as lib with context %}{{ lib.line(1) }}", "[15]"),
    ("{% from 'lib.j2' import line, version as v %}{{ line(2) }}{{ v }}", "[2?]3"),
    ("{% from 'lib.j2' import line with context %}{{ line(2) }}", "[25]"),
    ("{% extends 'base.j2' %}{% block body %}mine {{ super() }}{% endblock %}", "<mine base|5>"),
    ("{% include 'sub/inner.j2' %}", "inner+sibling"),
    ("{% set ns = namespace(a=1) %}{% include 'count.j2' %}{{ ns.a }}", "2"),
    ("{% include 'part.j2' without context %}", "part"),
]


@pytest.mark.parametrize(("text", "expected"), INCLUDES[:-1])
def test_includes(renderer, role, text, expected):
    file = str(role / "templates" / "main.j2")
    assert renderer.render_file(text, file, Scope(NAMES)) == expected


def test_includes_without_context_see_no_variables(renderer, role):
    file = str(role / "templates" / "main.j2")
    with pytest.raises(UndefinedError, match="without context"):
        renderer.render_file(INCLUDES[-1][0], file, Scope(NAMES))


def test_includes_are_found_along_the_search_path(renderer, role):
    scope = Scope(NAMES, search=("/nowhere", str(role)))
    assert renderer.render_file("{% include 'part.j2' %}", "/elsewhere/x.j2", scope) == "part 5 -"
    assert renderer.render(user("{% include 'part.j2' %}"), scope) == "part 5 -"


def test_a_reader_of_ones_own(renderer):
    def read(name, parent):
        return f"mem/{name}", f"{name} from {parent}"

    made = renderer.render_file("{% include 'a' %}", "/x/main.j2", Scope({}), read=read)
    assert made == "a from /x/main.j2"


def test_changed_files_are_read_again(renderer, role):
    file = str(role / "templates" / "main.j2")
    assert renderer.render_file("{% include 'part.j2' %}", file, Scope(NAMES)) == "part 5 -"
    (role / "templates/part.j2").write_text("new")
    assert renderer.render_file("{% include 'part.j2' %}", file, Scope(NAMES)) == "new"


def test_places_of_errors(renderer, role):
    scope = Scope(NAMES)
    file = str(role / "templates" / "main.j2")
    with pytest.raises(UndefinedError) as caught:
        renderer.render_file("a\nb\n{{ nothing.x }}\n", file, scope)
    assert caught.value.position == Position(file, 3, 1)
    with pytest.raises(UndefinedError) as caught:
        renderer.render_file("\n{% include 'bad.j2' %}", file, scope)
    assert caught.value.position == Position(str(role / "templates/bad.j2"), 2, 1)
    with pytest.raises(TemplateError) as caught:
        renderer.render_file("\n{% include 'worse.j2' %}", file, scope)
    assert caught.value.position.file == str(role / "templates/worse.j2")
    with pytest.raises(TemplateError, match=r"no template file `none\.j2`") as caught:
        renderer.render_file("\n{% include 'none.j2' %}", file, scope)
    assert caught.value.position == Position(file, 2, 1)
    with pytest.raises(TemplateError, match="template syntax") as caught:
        renderer.render_file("\n\n{{ a b }}", file, scope)
    assert caught.value.position == Position(file, 3, 1)
    with pytest.raises(TemplateError, match="no filter `nope`"):
        renderer.render_file("\n\n{{ a | nope }}", file, scope)
    with pytest.raises(TemplateError, match="no option"):
        renderer.render_file("#jinja2: trim_block: no\n", file, scope)


def test_errors_in_variables_are_placed_there(renderer):
    scope = Scope({"v": user("{{ nothing }}", 12)})
    with pytest.raises(UndefinedError) as caught:
        renderer.render_file("{{ v }}", "/t/x.j2", scope)
    assert caught.value.position == Position("play.yml", 12, 5)


def test_a_file_knows_its_own_names(renderer, tmp_path):
    file = tmp_path / "x.j2"
    file.write_text("")
    text = "# {{ ansible_managed }}\n{{ template_path }} {{ template_uid }}"
    told = f"{file} {file.owner()}"
    assert renderer.render_file(text, str(file), Scope({})) == f"# Ansible managed\n{told}"
    mine = Scope({"ansible_managed": "ours", "template_path": "no"})
    assert renderer.render_file(text, str(file), mine) == f"# ours\n{told}"
