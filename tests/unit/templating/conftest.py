"""What the tests of templating share: one renderer, templates with a place, scopes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from deployer.model.source import Position, Template
from deployer.templating import Renderer, Scope

_RENDERER = Renderer()


def user(text: str, line: int = 1) -> Template:
    """Text that stands in the user's play.yml."""
    return Template(text, Position("play.yml", line, 5))


@pytest.fixture
def renderer() -> Renderer:
    return _RENDERER


@pytest.fixture
def render() -> Callable[..., Any]:
    """`render(text, name=value, ...)`: strings that hold braces are templates of the user's."""

    def call(text: Any, /, pending: Any = frozenset(), search: tuple[str, ...] = (), **names: Any):
        value = user(text) if type(text) is str else text
        return _RENDERER.render(value, Scope(names, pending=pending, search=search))

    return call
