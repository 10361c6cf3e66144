"""Check 31: templates are sandboxed, and what they give is not read as Python again."""

from __future__ import annotations

import json

import jinja2
import pytest

from deployer.cli.exits import Exit
from tests.security.test_check_01_host_text import said
from tests.support.cli import LOCAL, Command

ESCAPES = [
    "{{ ''.__class__.__mro__[1].__subclasses__() }}",
    "{{ ''['__class__'] }}",
    "{{ '' | attr('__class__') }}",
    "{{ ('' | attr)('__class__') }}",
    "{{ '{0.__class__}'.format('') }}",
    "{{ '{x.__class__}'.format_map({'x': ''}) }}",
    "{{ ('{0.__class__}' | string).format('') }}",
    "{{ ['{0.__class__}'] | map('format', '') | list }}",
    "{{ [''] | map(attribute='__class__') | list }}",
    "{{ lipsum.__globals__['os'].popen('touch PWNED').read() }}",
    "{{ cycler.__init__.__globals__.os.popen('touch PWNED').read() }}",
    "{{ joiner.__init__.__globals__ }}",
    "{{ self.__init__.__globals__ }}",
    "{{ self._TemplateReference__context }}",
    "{{ range.__class__ }}",
    "{{ hostvars.__class__.__init__.__globals__ }}",
    "{{ hostvars._store }}",
    "{{ lookup.__globals__ }}",
    "{{ (lookup | attr('func')).__globals__ }}",
    "{{ now.__globals__ }}",
    "{{ omit.__class__ }}",
    "{{ namespace.__init__.__globals__ }}",
    "{{ dict.__base__ }}",
    "{{ ''.format.__self__.__class__ }}",
    "{{ (1).__class__ }}",
    "{% import 'os' as os %}{{ os.system('touch PWNED') }}",
    "{{ query('pipe', 'true').__class__ }}",
]
#: The result is text as it was put together: 10 and a list would be Python reading it again.
TEXTS = {
    "{{ '1' ~ '_0' }}": "1_0",
    "{{ '1' + '_0' }}": "1_0",
    "{{ '[1, ' ~ '2]' }}": "[1, 2]",
    "{{ '0x1' ~ '0' }}": "0x10",
    "{{ '1' ~ 'e3' }}": "1e3",
    "{{ 'No' ~ 'ne' }}": "None",
    "{{ '__import__(\"os\")' ~ '.getcwd()' }}": '__import__("os").getcwd()',
}


def run(deploy: Command, template: str):
    play = [
        {
            "hosts": "all",
            "gather_facts": False,
            "vars": {"value": template},
            "tasks": [{"debug": {"msg": "{{ value }}"}}],
        }
    ]
    deploy.write("play.yml", json.dumps(play))
    return deploy("run", "play.yml", *LOCAL, "--output", "jsonl")


def test_check_31_the_engine_of_templates_is_no_older_than_its_fixes():
    assert tuple(int(part) for part in jinja2.__version__.split(".")[:3]) >= (3, 1, 6)


@pytest.mark.parametrize("template", ESCAPES)
def test_check_31_nothing_leads_out_of_the_sandbox(deploy: Command, template: str):
    ran = run(deploy, template)
    assert not (deploy.folder / "PWNED").exists()
    if ran.code == 0:
        (message,) = said(ran.out)
        assert isinstance(message, str | list)
        text = str(message)
        for word in ("class", "function", "globals", "<built-in", "root:x:0"):
            assert word not in text, text
    else:
        assert ran.code in (Exit.TASK_FAILED, Exit.BAD_INPUT), ran.both


@pytest.mark.parametrize("template", TEXTS)
def test_check_31_results_are_not_read_again(deploy: Command, template: str):
    ran = run(deploy, template)
    assert ran.code == 0, ran.both
    assert said(ran.out) == [TEXTS[template]]
