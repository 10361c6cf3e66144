"""JSON, YAML, base64, and queries of what came out of them."""

from __future__ import annotations

import base64
import json
from datetime import date
from typing import Any

from deployer.templating.filters.texts import as_text
from deployer.templating.registry import text


def _default(value: Any) -> Any:
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"a value of type {type(value).__name__} has no JSON")


@text()
def to_json(value: Any, **options: Any) -> str:
    """JSON on one line. Options are those of Python's `json.dumps`.

    >>> to_json({"b": 1, "a": [None, True]})
    '{"b": 1, "a": [null, true]}'
    """
    options.pop("vault_to_text", None)
    options.pop("preprocess_unsafe", None)
    return json.dumps(value, default=_default, **options)


@text()
def to_nice_json(value: Any, indent: int = 4, sort_keys: bool = True, **options: Any) -> str:
    """JSON for people.

    >>> print(to_nice_json({"b": 1, "a": 2}, indent=1))
    {
     "a": 2,
     "b": 1
    }
    """
    return to_json(value, indent=indent, sort_keys=sort_keys, **options)


@text()
def from_json(value: Any, profile: str | None = None) -> Any:  # noqa: ARG001
    """The value of JSON text.

    >>> from_json('{"a": 1}')
    {'a': 1}
    """
    return json.loads(value)


def _dump(value: Any, **options: Any) -> str:
    import yaml

    options.pop("vault_behavior", None)
    return str(yaml.dump(value, Dumper=yaml.SafeDumper, allow_unicode=True, **options))


@text()
def to_yaml(value: Any, default_flow_style: bool | None = None, **options: Any) -> str:
    """YAML, with the innermost containers on one line.

    >>> to_yaml({"a": [1, 2]})
    'a: [1, 2]\\n'
    """
    return _dump(value, default_flow_style=default_flow_style, **options)


@text()
def to_nice_yaml(
    value: Any, indent: int = 4, default_flow_style: bool | None = False, **options: Any
) -> str:
    """YAML for people.

    >>> to_nice_yaml({"b": {"x": 1}, "a": [1]})
    'a:\\n- 1\\nb:\\n    x: 1\\n'
    """
    return _dump(value, indent=indent, default_flow_style=default_flow_style, **options)


@text()
def from_yaml(value: Any) -> Any:
    """The value of one YAML document.

    >>> from_yaml("a: [1]")
    {'a': [1]}
    """
    import yaml

    return yaml.safe_load(value) if isinstance(value, str) else value


@text()
def from_yaml_all(value: Any) -> Any:
    """The values of all YAML documents in a text.

    >>> from_yaml_all("a: 1\\n---\\nb: 2")
    [{'a': 1}, {'b': 2}]
    """
    import yaml

    return list(yaml.safe_load_all(value)) if isinstance(value, str) else value


@text()
def b64encode(value: Any, encoding: str = "utf-8") -> str:
    """Base64 of a text.

    >>> b64encode("hé")
    'aMOp'
    """
    return base64.b64encode(as_text(value).encode(encoding, "surrogateescape")).decode("ascii")


@text()
def b64decode(value: Any, encoding: str = "utf-8") -> str:
    """The text behind base64.

    >>> b64decode("aMOp")
    'hé'
    """
    return base64.b64decode(value).decode(encoding, "surrogateescape")


@text()
def json_query(value: Any, expr: str) -> Any:
    """What a JMESPath expression finds.

    >>> json_query([{"a": 1}, {"a": 2}], "[?a > `1`].a")
    [2]
    """
    import jmespath

    try:
        return jmespath.search(expr, value)  # type: ignore[no-untyped-call]
    except jmespath.exceptions.JMESPathError as error:
        raise ValueError(str(error)) from error
