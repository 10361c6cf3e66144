"""YAML that hosts and files of others hold: read as plain data by the safe loader, in C if it is
there. Playbooks are not read by this (`language.yaml` keeps positions and trust)."""

from __future__ import annotations

from typing import Any

from deployer.model.errors import ProbeError


def parse_yaml(text: str) -> Any:
    """The one document in `text` (None where it is empty); raises ProbeError for bad YAML."""
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        return yaml.load(text, Loader=loader)  # noqa: S506  (both are safe loaders)
    except yaml.YAMLError as error:
        words = " ".join(str(error).split())
        raise ProbeError(f"this is not YAML: {words}") from None
