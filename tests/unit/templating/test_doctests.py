"""The examples in the docstrings hold, and every filter and test has one."""

from __future__ import annotations

import doctest
import importlib
import pkgutil

import pytest

from deployer import templating
from deployer.templating import filters, tests
from deployer.templating.registry import functions_of

MODULES = sorted(
    found.name
    for found in pkgutil.walk_packages(templating.__path__, "deployer.templating.")
    if not found.ispkg
)


@pytest.mark.parametrize("name", MODULES)
def test_examples_hold(name):
    module = importlib.import_module(name)
    assert doctest.testmod(module).failed == 0


@pytest.mark.parametrize("package", [filters, tests])
def test_every_function_has_an_example(package):
    found = functions_of(package)
    assert len(found) > 20
    without = [name for name, (function, _) in found.items() if ">>>" not in function.__doc__]
    assert without == []
