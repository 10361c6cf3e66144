"""Template files: the options in their first line, and where the files they include are found."""

from __future__ import annotations

import platform
from collections import ChainMap
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

from jinja2.exceptions import TemplateNotFound, TemplateSyntaxError

from deployer.templating.run import Reader
from deployer.templating.scope import FileOptions, Scope

_HEADER = "#jinja2:"
_WORDS = {"true": True, "yes": True, "on": True, "false": False, "no": False, "off": False}
_KNOWN = {field.name: field.type for field in fields(FileOptions)}


def overrides(text: str, options: FileOptions) -> tuple[str, FileOptions]:
    """The text without a `#jinja2: trim_blocks: False, ...` line, and the options with it.

    Raises Jinja's TemplateSyntaxError for a line that cannot be read.
    """
    if not text.startswith(_HEADER):
        return text, options
    header, _, body = text.partition("\n")
    given: dict[str, Any] = {}
    for pair in header.removeprefix(_HEADER).split(","):
        key, colon, value = (part.strip() for part in pair.partition(":"))
        if not colon or key not in _KNOWN:
            raise TemplateSyntaxError(f"`{pair.strip()}` is no option of a template", 1)
        given[key] = _option(key, value)
    return body, replace(options, **given)


def _option(key: str, value: str) -> Any:
    if _KNOWN[key] != "bool":
        bare = value[1:-1] if value[:1] in "\"'" and value[:1] == value[-1:] else value
        return bare.replace("\\n", "\n").replace("\\r", "\r")
    if value.lower() not in _WORDS:
        raise TemplateSyntaxError(f"`{key}` is true or false, not `{value}`", 1)
    return _WORDS[value.lower()]


def path_reader(beside: Path | None, search: tuple[str, ...]) -> Reader:
    """A reader of files: beside the template that includes, then along the search path."""

    def read(name: str, parent: str | None) -> tuple[str, str]:
        for path in _places(name, parent, beside, search):
            if path.is_file():
                return str(path), path.read_text("utf-8")
        raise TemplateNotFound(name)

    return read


def _places(
    name: str, parent: str | None, beside: Path | None, search: tuple[str, ...]
) -> Iterator[Path]:
    if Path(name).is_absolute():
        yield Path(name)
        return
    if parent and parent != "<template>":
        yield Path(parent).parent / name
    if beside is not None:
        yield beside / name
    for directory in search:
        yield Path(directory) / "templates" / name
        yield Path(directory) / name


def with_template_names(scope: Scope, file: str) -> Scope:
    """The scope in which a template file is rendered: Ansible's names of the file in it.

    `ansible_managed` yields to the user's own; of the times that Ansible gives there is none, for
    they make a file that is never the same twice.
    """
    path = Path(file)
    told = {
        "template_host": platform.node(),
        "template_path": file,
        "template_fullpath": file,
    }
    with suppress(OSError, KeyError):
        told["template_uid"] = path.owner()
    managed = {"ansible_managed": "Ansible managed"}
    return replace(scope, variables=ChainMap(told, scope.variables, managed))  # type: ignore[arg-type]
