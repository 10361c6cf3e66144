"""Runs the cases: small playbooks, and what the loader makes of them or says about them.

A case has `files` (path: text; the first is the playbook) or `playbook` (the text of site.yml),
and what is expected: `problems`, `warnings`, `unknown` (one line each) and `plays` (an outline).
What is not named is expected to be empty, except `plays`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from deployer.language.loader import load_playbook
from deployer.model.errors import LoadError
from tests.unit.language.outline import outline

KNOWN = frozenset(
    {"add_host", "assert", "command", "copy", "debug", "docker_stack", "fail", "file", "group_by"}
    | {"include_vars", "meta", "ping", "raw", "script", "service", "set_fact", "shell"}
    | {"template", "uri", "wait_for"}
)
HERE = Path(__file__).parent


def cases() -> list[Any]:
    return [
        pytest.param(case, id=f"{path.stem}-{case['case']}")
        for path in sorted((HERE / "cases").glob("*.yml"))
        for case in yaml.safe_load(path.read_text())
    ]


@pytest.mark.parametrize("case", cases())
def test_case(case: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files = case.get("files") or {"site.yml": case["playbook"]}
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    monkeypatch.chdir(tmp_path)
    said: dict[str, str] = {"problems": "", "warnings": "", "unknown": ""}
    try:
        loaded = load_playbook([next(iter(files))], known_modules=KNOWN)
        said["plays"] = outline(loaded.plays)
        said["warnings"] = "".join(f"{warning}\n" for warning in loaded.warnings)
        said["unknown"] = "".join(
            f"{module.name} {module.position}\n" for module in loaded.unknown_modules
        )
    except LoadError as error:
        said["problems"] = "".join(f"{problem}\n" for problem in error.diagnostics)
    expected = {key: case.get(key, said[key] if key == "plays" else "") for key in said}
    assert said == expected
