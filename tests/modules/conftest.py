"""Each behaviour test runs on dash with GNU's tools and on busybox with its own."""

from __future__ import annotations

import pytest

from tests.support.shell import SHELLS, Host, shell_id


@pytest.fixture(params=SHELLS, ids=shell_id)
def host(request):
    return Host(request.param)
