"""Budgets of the hot path; ten times what was measured here, so that only a blunder fails them."""

from __future__ import annotations

import time

import pytest

from deployer.templating import Scope
from tests.unit.templating.conftest import user

NAMES = {
    "a": "1",
    "b": 2,
    "c": user("{{ a }}-x"),
    "d": {"k": [1, 2]},
    "facts": dict.fromkeys(map(str, range(200)), "v"),
}
BUDGETS = [
    ("no template", 10e-6),
    ("{{ a }}", 15e-6),
    ("{{ a }}/{{ b }}", 60e-6),
    ("{{ d.k[0] }}", 100e-6),
    ("{{ a | default('x') }}-{{ c }}", 120e-6),
    ("{{ facts['7'] }}", 120e-6),
]


@pytest.mark.parametrize(("text", "budget"), BUDGETS)
def test_simple_templates_are_quick(renderer, text, budget):
    template, scope = user(text), Scope(NAMES)
    renderer.render(template, scope)
    best = 1.0
    for _ in range(5):
        start = time.perf_counter()
        for _ in range(100):
            renderer.render(template, scope)
        best = min(best, (time.perf_counter() - start) / 100)
    assert best < budget


def test_variables_are_not_copied(renderer):
    class Names(dict):
        reads = 0

        def __iter__(self):
            raise AssertionError("nobody needs all of them")

        keys = items = values = __iter__

        def __getitem__(self, key):
            Names.reads += 1
            return super().__getitem__(key)

    scope = Scope(Names({f"v{at}": at for at in range(1000)}))
    assert (
        renderer.render(user("{% for i in [1, 2] %}{{ v1 }}{% endfor %}{{ v2 }}"), scope) == "112"
    )
    assert Names.reads <= 3
