"""Golden files: what the console says of recorded runs (see record.py)."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

HERE = Path(__file__).parent


def _record() -> ModuleType:
    spec = importlib.util.spec_from_file_location("record", HERE / "record.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


RECORD = _record()


@pytest.mark.parametrize("suffix", [suffix for suffix, _, _ in RECORD.SHOWN])
@pytest.mark.parametrize("name", [name for name, _, _ in RECORD.RUNS])
def test_the_console_of_a_recorded_run(
    name: str, suffix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(HERE / "recorded")
    lines = Path(f"{name}.jsonl").read_text().splitlines()
    options, color = next(rest for known, *rest in RECORD.SHOWN if known == suffix)
    assert RECORD.told(lines, options, color=color) == Path(f"{name}.{suffix}").read_text()
