"""`template`: template files of the controller, rendered."""

from __future__ import annotations

from typing import Any

from deployer.templating.ask import Ask
from deployer.templating.scope import FileOptions, Scope

_OPTIONS = (
    "variable_start_string",
    "variable_end_string",
    "comment_start_string",
    "comment_end_string",
    "trim_blocks",
    "lstrip_blocks",
)


def run(
    ask: Ask,
    terms: list[Any],
    template_vars: dict[str, Any] | None = None,
    convert_data: bool = False,
    **options: Any,
) -> list[Any]:
    """The text of each; `template_vars` are more variables. With `convert_data`, YAML is read."""
    unknown = sorted(set(options) - set(_OPTIONS) - {"jinja2_native"})
    if unknown:
        raise TypeError(f"`{unknown[0]}` is no option")
    form = FileOptions(**{key: value for key, value in options.items() if key in _OPTIONS})
    made: list[Any] = []
    for term in terms:
        path = ask.find(str(term), "templates")
        scope = _with(ask.run.scope, template_vars or {})
        text = ask.run.renderer.file_text(path)
        text = ask.run.renderer.render_file(text, str(path), scope, form)
        made.append(_converted(text) if convert_data else text)
    return made


def _with(scope: Scope, more: dict[str, Any]) -> Scope:
    from collections import ChainMap
    from dataclasses import replace

    return replace(scope, variables=ChainMap(more, scope.variables)) if more else scope  # type: ignore[arg-type]


def _converted(text: str) -> Any:
    import yaml

    return yaml.safe_load(text) if text.lstrip()[:1] in ("{", "[") else text
