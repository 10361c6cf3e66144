"""The lab that the laws are tested on."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.lab.labs import Lab
from tests.support.livelab import live_lab


@pytest.fixture(scope="session")
def lab() -> Iterator[Lab]:
    with live_lab("laws", "--systemd") as made:
        yield made
