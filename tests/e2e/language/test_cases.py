"""The language of playbooks, case by case (`cases/*.yml`; see `tests/support/inprocess.py`).

Each case is run task by task and with lookahead: both must show the same.
"""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from tests.support.inprocess import KEYS, parts, play

CASES = Path(__file__).parent / "cases"


def collected():
    for path in sorted(CASES.glob("*.yml")):
        for case in yaml.safe_load(path.read_text()):
            yield pytest.param(case, id=f"{path.stem}: {case['name']}")


@pytest.mark.parametrize("case", list(collected()))
def test_case(case, tmp_path, monkeypatch):
    assert set(case) <= KEYS, f"unknown keys {set(case) - KEYS}"
    for lookahead in ("64", "1"):
        folder = tmp_path / lookahead
        folder.mkdir()
        monkeypatch.chdir(folder)
        more = case | {"flags": [*case.get("flags", []), "--lookahead", lookahead]}
        compare(play(folder, more), case)


def compare(seen, case):
    shown = f"{seen.error}\n{seen.failures}\n{seen.warnings}"
    assert seen.says == case.get("says", {}), shown
    assert seen.recap == case.get("recap", {}), shown
    assert seen.code == case.get("exit", 0), shown
    for part in parts(case.get("error", [])):
        assert part in seen.error
    for part in parts(case.get("warns", [])):
        assert any(part in text for text in seen.warnings), shown
    for host, messages in case.get("failures", {}).items():
        found = seen.failures.get(host, [])
        assert len(found) == len(messages), shown
        for part, text in zip(messages, found, strict=True):
            assert part in text
