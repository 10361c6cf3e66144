"""The examples of CONTRIBUTING.md, taken out of it and run."""

from __future__ import annotations

import doctest
import importlib.util
import sys

import pytest
import yaml
from tracked import block

from deployer import modules
from deployer.cli.validate import check_names
from deployer.model.script import Reply
from deployer.modules import __path__ as folders
from deployer.sdk import coerce
from deployer.templating.registry import text
from tests.support.shell import SHELLS, Host, shell_id

DOCUMENT = "CONTRIBUTING.md"


@pytest.fixture
def motd(tmp_path, monkeypatch):
    """The module of the document, found by its name as every other."""
    (tmp_path / "motd.py").write_text(block(DOCUMENT, "motd.py"))
    monkeypatch.setattr(modules, "__path__", [*folders, str(tmp_path)])
    modules.names.cache_clear()
    yield modules.load("motd")
    monkeypatch.undo()
    modules.names.cache_clear()
    modules.load.cache_clear()
    sys.modules.pop("deployer.modules.motd")


def test_its_cases_hold(motd):
    for case in yaml.safe_load(block(DOCUMENT, "text.yml")):
        args = coerce(motd.args, "motd", case["args"])
        reply = Reply(case["probe"]["code"], case["probe"]["stdout"].encode())
        state = motd.parse(args, reply)
        assert [str(change) for change in motd.diff(args, state)] == case["plan"]
        if "values" in case:
            assert motd.report(args, state).values == case["values"]


@pytest.mark.parametrize("shell", SHELLS, ids=shell_id)
def test_its_test_passes_on_real_shells(motd, shell, tmp_path):
    path = tmp_path / "test_motd.py"
    path.write_text(block(DOCUMENT, "test_motd.py"))
    spec = importlib.util.spec_from_file_location("test_motd", path)
    loaded = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(loaded)
    work = tmp_path / "work"
    work.mkdir()
    loaded.test_the_text_is_written_once(Host(shell), work)


def test_its_manual_and_its_scenario_are_right(motd):
    tasks = yaml.safe_load(motd.manual.example)
    tasks += yaml.safe_load(block(DOCUMENT, "scenario.yml"))["tasks"]
    assert [check_names(motd.args, "motd", task["motd"]) for task in tasks] == [[], []]


def test_the_filter_s_example_holds():
    names = {"text": text}
    exec(compile(block(DOCUMENT, "filter.py"), "filter.py", "exec"), names)
    test = doctest.DocTestFinder().find(names["shouted"], "shouted", globs=names)[0]
    assert doctest.DocTestRunner().run(test) == (0, 1)
