"""Laws 1, 2 and 4 for every module, on real hosts through the whole tool (`scenario.py`).

1  after a run, a second one changes nothing, and a plan says so
2  a plan only reads: it works where everything is read-only, says the same there, and leaves the
   file system as it was
4  the plan is honest: what it calls a change changes, what it calls no change does not
"""

from __future__ import annotations

import pytest

from deployer import modules
from tests.laws.scenario import Scenario, changed, forecasts, named
from tests.support.livelab import hosts_of, read_only, write_inventory, written

pytestmark = pytest.mark.lab

#: What a dry run says where it cannot be sure.
UNSURE = ("maybe", "deferred")


@pytest.fixture(params=sorted(modules.names()))
def scenario(request, lab, tmp_path):
    inventory = tmp_path / "hosts.yml"
    inventory.write_text("{}")
    made = Scenario(request.param, tmp_path, str(inventory))
    write_inventory(inventory, hosts_of(lab, made.hosts))
    made.play("run", "clean")
    made.play("run", "setup")
    yield made
    made.play("run", "clean")


def test_a_module_keeps_the_laws(scenario, lab):
    before = {host: written(lab, host) for host in scenario.hosts}
    planned = forecasts(scenario.play("plan"))
    for host in scenario.hosts:
        new = differing(before[host], written(lab, host))
        if "temporary" in scenario.spec:
            new = [path for path in new if not path.endswith("/upper/tmp")]
        assert new == [], "a plan must not write (law 2)"
    if "temporary" not in scenario.spec:
        assert forecasts(scenario.play("plan", "tasks", look_only(scenario, lab))) == planned
    sure = {where for where, said in planned.items() if said not in UNSURE}
    unsure = scenario.spec.get("unsure", {})
    assert named(set(planned), unsure) == set(planned) - sure

    done = changed(scenario.play("run"))
    assert {where for where in sure if planned[where] == "change"} == done & sure

    again = scenario.spec.get("again", {})
    after = forecasts(scenario.play("plan"))
    assert {where for where, said in after.items() if said == "change"} == named(set(after), again)
    assert changed(scenario.play("run")) == named(set(after), again)


def look_only(scenario, lab):
    """An inventory that sees the same hosts with all file systems read-only."""
    hosts = {}
    for name in scenario.hosts:
        hosts |= read_only(lab, name)
    return write_inventory(scenario.folder / "read-only.yml", hosts)


def differing(before, after):
    """Paths that were made, changed or removed."""
    both = before.keys() | after.keys()
    return sorted(path for path in both if before.get(path) != after.get(path))
