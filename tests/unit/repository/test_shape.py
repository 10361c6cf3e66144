"""The house stays tidy: docstrings, short functions, short files, packages that are shipped."""

from __future__ import annotations

import ast
import functools
import tomllib

import pytest
from tracked import ROOT, python_files, tracked

LONGEST_FUNCTION = 60
USUAL_FUNCTION = 30
LONGEST_FILE = 300
#: Files that are longer, and how long they may be. This list only shrinks.
LONGER = {"deployer/modules/uri.py": 305}
LONGEST_TEST_FILE = 410
LONGER_TESTS = {"tests/contract/test_ssh.py": 530}


@functools.cache
def tree(name: str) -> ast.Module:
    return ast.parse((ROOT / name).read_text())


def functions(names: list[str]) -> list[tuple[int, str]]:
    """(lines, where) of every function."""
    return [
        (node.end_lineno - node.lineno + 1, f"{name}: {node.name}")
        for name in names
        for node in ast.walk(tree(name))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    ]


@pytest.mark.parametrize("top", ["deployer/", "scripts/", "tests/", "benchmarks/"])
def test_functions_are_short(top):
    lengths = sorted(functions(python_files(top)))
    assert lengths[-1][0] <= LONGEST_FUNCTION, lengths[-1]
    assert lengths[int(len(lengths) * 0.95)][0] <= USUAL_FUNCTION


def test_files_are_short():
    long = {}
    for name in python_files("deployer/", "scripts/", "tests/", "benchmarks/"):
        limits, usual = (LONGER_TESTS, LONGEST_TEST_FILE) if "tests/" in name else (LONGER, 300)
        lines = len((ROOT / name).read_text().splitlines())
        if lines > limits.get(name, usual):
            long[name] = lines
    assert long == {}


def test_the_list_of_long_files_is_true():
    for name in LONGER | LONGER_TESTS:
        assert len((ROOT / name).read_text().splitlines()) > LONGEST_FILE, f"{name} is short now"


def test_every_package_and_module_says_what_it_is():
    silent = [name for name in python_files("deployer/") if ast.get_docstring(tree(name)) is None]
    assert silent == []


def test_public_classes_say_what_they_are():
    """Args are explained argument by argument."""
    silent = [
        f"{name}: {node.name}"
        for name in python_files("deployer/")
        for node in tree(name).body
        if isinstance(node, ast.ClassDef)
        and not node.name.startswith("_")
        and node.name != "Args"
        and ast.get_docstring(node) is None
        and not plain_values(node)
    ]
    assert silent == []


def plain_values(node: ast.ClassDef) -> bool:
    """Whether a class is names and values, with a name that says it all (`PlayFinished`), or an
    error of the tree that its module draws."""
    return all(isinstance(each, ast.AnnAssign | ast.Assign | ast.Pass) for each in node.body) or (
        node.name.endswith(("Error", "Lost", "Interrupted"))
    )


def test_everything_that_is_imported_is_shipped():
    """Every folder of the package has an __init__.py, and every other file is package data."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    setup = project["tool"]["setuptools"]
    assert setup["packages"]["find"]["include"] == ["deployer*"]
    for name in tracked():
        if not name.startswith("deployer/"):
            continue
        path = ROOT / name
        assert (path.parent / "__init__.py").exists(), f"{path.parent} is no package"
        if path.suffix != ".py":
            patterns = setup["package-data"]["deployer"]
            assert any(path.relative_to(ROOT / "deployer").match(each) for each in patterns), name


def test_versions_and_licence_agree():
    from deployer import __version__

    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert project["version"] == __version__
    assert project["license"] == "Apache-2.0"
    licence = (ROOT / "LICENSE").read_text()
    assert "Apache License" in licence
    assert "Copyright 2026 The deploy authors" in licence


def test_constraints_pin_all_that_the_project_asks_for():
    """With them two installations are alike; CI and developers use them, users need not."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    asked = [*project["dependencies"], *project["optional-dependencies"]["dev"]]
    lines = (ROOT / "constraints.txt").read_text().splitlines()
    pinned = {normal(line.partition("==")[0]) for line in lines if "==" in line}
    assert all("==" in line for line in lines)
    assert [each for each in asked if normal(each.partition(">=")[0]) not in pinned] == []


def normal(name: str) -> str:
    return name.strip().lower().replace("_", "-")
