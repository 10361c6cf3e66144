"""Secrets in the environment of a container, where `docker inspect` shows them to whoever may use
docker, and every crash report of the program that runs there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from deployer.docker.app_files import AppFile
from deployer.model.secret import mask
from deployer.sdk import Outcome, ProbeError, reveal
from deployer.sdk.documents import parse_yaml


def warned(outcome: Outcome, *warnings: str) -> Outcome:
    """An outcome with more warnings, each once."""
    return replace(outcome, warnings=tuple(dict.fromkeys((*outcome.warnings, *warnings))))


def exposed(services: Any) -> list[str]:
    """A warning for each variable of a service that holds what is known as a secret."""
    return [
        _warning(name, key)
        for name, service in _pairs(services)
        for key, text in _variables(service)
        if _is_secret(text)
    ]


def exposed_in_files(files: Iterable[AppFile]) -> list[str]:
    """The same of compose files that are still to be shipped, each with its file and line."""
    texts = {one.path: reveal(one.text) for one in files if one.text is not None}
    found = []
    for path, text in texts.items():
        for name, service in _pairs(_services(path, text)):
            own = [(path, key, value) for key, value in _variables(service)]
            named = [each for each in _env_files(service) if each in texts]
            own += [(each, *pair) for each in named for pair in _lines(texts[each])]
            found += [
                f"{_place(at, texts[at], key, value)}: {_warning(name, key)}"
                for at, key, value in own
                if _is_secret(value)
            ]
    return found


def _warning(service: str, key: str) -> str:
    return (
        f"`{key}` in the environment of service {service} is a secret, which `docker inspect` "
        "shows: `secrets:` gives it as a file"
    )


def _is_secret(text: str) -> bool:
    return mask(text) != text


def _services(path: str, text: str) -> Any:
    """The services of a compose file; of what is none, or cannot be read, nothing."""
    if not path.endswith((".yml", ".yaml")):
        return None
    try:
        read = parse_yaml(text)
    except ProbeError:
        return None
    return read.get("services") if isinstance(read, Mapping) else None


def _pairs(value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, Mapping):
        yield from ((str(key), item) for key, item in value.items())


def _variables(service: Any) -> Iterator[tuple[str, str]]:
    """Names and values of `environment`, which is a mapping or a list of `NAME=value`."""
    given = service.get("environment") if isinstance(service, Mapping) else None
    if isinstance(given, Mapping):
        yield from ((str(key), reveal(str(value))) for key, value in given.items())
    elif isinstance(given, list):
        yield from _lines("\n".join(reveal(str(entry)) for entry in given))


def _lines(text: str) -> Iterator[tuple[str, str]]:
    for line in text.splitlines():
        key, mark, value = line.strip().partition("=")
        if mark and not key.startswith("#"):
            yield key, value


def _env_files(service: Any) -> Iterator[str]:
    given = service.get("env_file") if isinstance(service, Mapping) else None
    for entry in given if isinstance(given, list) else [given]:
        path = entry.get("path") if isinstance(entry, Mapping) else entry
        if isinstance(path, str):
            yield path.removeprefix("./")


def _place(path: str, text: str, key: str, value: str) -> str:
    lines = enumerate(text.splitlines(), 1)
    number = next((at for at, line in lines if key in line and value in line), 0)
    return f"{path}:{number}" if number else path
