"""`first_found`: the first of several files that exists on the controller."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from deployer.model.errors import TemplateError
from deployer.model.values import dataclass
from deployer.templating.ask import Ask
from deployer.templating.scope import Impurity
from deployer.templating.undefined import Undefined

_SUBDIRECTORIES = ("files", "templates", "vars", "tasks")


@dataclass(frozen=True, slots=True)
class Search:
    """Files to try, the directories to try them in (none: the search path)."""

    files: tuple[str, ...]
    paths: tuple[str, ...] = ()
    skip: bool = False


def run(
    ask: Ask, terms: list[Any], files: Any = (), paths: Any = (), skip: bool = False
) -> list[str]:
    """Its absolute path; an empty list if none exists and `skip` is set, otherwise an error.

    A term is a file, or `{files: [...], paths: [...], skip: }`. Undefined terms are passed over.
    """
    ask.impure(Impurity.READS)
    searches = list(_searches(terms, Search(_names(files), _names(paths), bool(skip))))
    tried: list[str] = []
    for search in searches:
        for name in search.files:
            places = [f"{path}/{name}" for path in search.paths] or [name]
            for place in places:
                tried.append(place)
                for path in ask.places(place, *_SUBDIRECTORIES):
                    if path.is_file():
                        return [str(path.absolute())]
    if any(search.skip for search in searches):
        return []
    raise TemplateError(f"lookup `first_found`: no file of {', '.join(tried) or 'none given'}")


def _searches(terms: list[Any], options: Search) -> Iterator[Search]:
    if options.files:
        yield options
    for term in terms:
        if isinstance(term, Undefined):
            continue
        if isinstance(term, dict):
            files, paths = _names(term.get("files", ())), _names(term.get("paths", ()))
            yield Search(files, paths or options.paths, bool(term.get("skip", options.skip)))
        elif isinstance(term, list):
            yield from _searches(term, Search((), options.paths, options.skip))
        else:
            yield Search((str(term),), options.paths, options.skip)


def _names(given: Any) -> tuple[str, ...]:
    """A list of names, or text with `,` or `;` between them."""
    if isinstance(given, str):
        return tuple(part.strip() for part in re.split("[,;]", given) if part.strip())
    return tuple(str(name) for name in given)
