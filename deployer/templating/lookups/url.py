"""`url`: not supported yet; said here rather than as an unknown name."""

from __future__ import annotations

from typing import Any

from deployer.model.errors import TemplateError
from deployer.templating.ask import Ask


def run(_ask: Ask, _terms: list[Any], **_options: Any) -> list[Any]:
    """Raises TemplateError."""
    raise TemplateError("lookup `url` is not supported yet", help="use the `uri` module")
