"""The comparison of stacks: whatever is changed in a live service is seen.

The specs are those of `tests/modules/docker_stack/same.yml`, recorded of a stack that uses every
field: there the comparison finds nothing, so each change alone must be found.
"""

from __future__ import annotations

import copy
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from deployer.docker.stack import plan_service, plan_stack
from deployer.docker.stack_facts import facts, in_words
from deployer.docker.stack_looking import Live, read_look
from deployer.docker.stack_names import Names
from deployer.sdk import Refused, Reply
from deployer.sdk.documents import parse_yaml

RECORDED = Path(__file__).parents[2] / "modules/docker_stack/same.yml"
SEEN = read_look(Reply(0, yaml.safe_load(RECORDED.read_text())["probe"]["stdout"].encode()))
FILE = (SEEN.file or {})["services"]

#: What a deployment leaves alone, or what means the same in any order or writing.
FREE = ("ForceUpdate", "Runtime", "Platforms")


def leaves(value: Any, path: tuple[Any, ...] = ()):
    if isinstance(value, dict):
        for key, below in value.items():
            yield from leaves(below, (*path, key))
    elif isinstance(value, list):
        for index, below in enumerate(value):
            yield from leaves(below, (*path, index))
    else:
        yield path, value


def other(value: Any) -> Any:
    if isinstance(value, bool):
        return not value
    if isinstance(value, int | float):
        return value + 7
    return f"{value or ''}x"


def changed(spec: dict[str, Any], path: tuple[Any, ...], value: Any) -> dict[str, Any]:
    made = copy.deepcopy(spec)
    place: Any = made
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value
    return made


def every_leaf():
    for name, live in SEEN.services.items():
        for path, value in leaves(live.spec):
            if path != ("Name",) and not set(path) & set(FREE):
                yield pytest.param(live, path, value, id=f"{name}:{'.'.join(map(str, path))}")


def planned(live: Live, spec: dict[str, Any]):
    """The plan of one service that is live with this spec."""
    services = {live.name: Live(live.id, live.name, live.count, spec)}
    name = live.name.removeprefix("big_")
    seen = replace(SEEN, services=services)
    return plan_service(Names("big", SEEN.file, SEEN.known), name, FILE[name], seen, "always")


def test_the_recorded_stack_is_as_described():
    assert [service.cause for service in plan_stack("big", SEEN, "always").wanted] == [""] * 4


@pytest.mark.parametrize(("live", "path", "value"), list(every_leaf()))
def test_a_changed_field_is_seen(live, path, value):
    assert planned(live, changed(live.spec, path, other(value))).cause


@pytest.mark.parametrize(
    "path",
    [
        ("TaskTemplate", "ContainerSpec", "Brand", "New"),
        ("TaskTemplate", "FutureField"),
        ("Mode", "Elastic"),
        ("Anything",),
    ],
)
def test_fields_that_nobody_has_heard_of_are_seen(path):
    live = SEEN.services["big_min"]
    spec = copy.deepcopy(live.spec)
    place: Any = spec
    for key in path[:-1]:
        place = place.setdefault(key, {})
    place[path[-1]] = "on"
    assert planned(live, spec).cause


def test_values_of_the_environment_are_in_no_plan():
    live = SEEN.services["big_max"]
    spec = copy.deepcopy(live.spec)
    spec["TaskTemplate"]["ContainerSpec"]["Env"] = ["A=hidden-value", "B", "C=x y"]
    assert planned(live, spec).cause == "env A differs"


def test_a_key_that_is_not_understood_makes_it_unsure():
    file = copy.deepcopy(SEEN.file)
    file["services"]["min"]["gizmo"] = 1
    file["services"]["min"]["deploy"]["gadget"] = 1
    plan = plan_stack("big", replace(SEEN, file=file), "always")
    unsure = next(one.unsure for one in plan.wanted if one.name == "big_min")
    assert unsure == ("`gizmo` is not compared", "`deploy.gadget` is not compared")


def test_a_service_of_another_mode_is_refused_before_anything_is_deployed():
    file = copy.deepcopy(SEEN.file)
    file["services"]["min"]["deploy"] = {"mode": "global"}
    with pytest.raises(Refused, match=r"`big_min` is Replicated, wanted Global, .* another name"):
        plan_stack("big", replace(SEEN, file=file), "always")


@pytest.mark.parametrize(
    ("digest", "live", "how", "differs"),
    [
        ("sha256:" + "1" * 64, "web:v1@sha256:" + "1" * 64, "always", False),
        ("sha256:" + "2" * 64, "web:v1@sha256:" + "1" * 64, "always", True),
        ("sha256:" + "2" * 64, "web:v1@sha256:" + "1" * 64, "changed", False),
        ("sha256:" + "1" * 64, "web:v1", "always", True),
        ("none", "web:v1", "always", False),
        ("none", "web:v1@sha256:" + "1" * 64, "always", True),
        ("none", "web:v2", "never", True),
        ("unasked", "web:v1@sha256:" + "1" * 64, "always", False),
    ],
)
def test_images_with_and_without_digests(digest, live, how, differs):
    service = SEEN.services["big_min"]
    spec = changed(service.spec, ("TaskTemplate", "ContainerSpec", "Image"), live)
    services = {**SEEN.services, "big_min": Live(service.id, "big_min", "1/1", spec)}
    seen = replace(SEEN, services=services, digests={"web:v1": digest})
    plan = next(one for one in plan_stack("big", seen, how).wanted if one.name == "big_min")
    assert ("image" in plan.differs) is differs
    assert bool(plan.unsure) is (digest == "unasked")


def test_a_replaced_secret_is_seen():
    known = {**SEEN.known, "secrets": {**SEEN.known["secrets"], "s2": "another-id"}}
    plan = plan_stack("big", replace(SEEN, known=known), "always")
    causes = {one.name: one.cause for one in plan.wanted}
    assert "secret s2" in causes["big_max"]


def test_what_is_external_and_missing_is_refused_by_name():
    known = {**SEEN.known, "networks": {}, "secrets": {}}
    with pytest.raises(Refused) as caught:
        plan_stack("big", replace(SEEN, known=known), "always")
    assert "network `myext`, secret `s1`, secret `s2`" in caught.value.msg


def test_order_means_nothing_where_docker_sorts():
    live = SEEN.services["big_max"]
    spec = copy.deepcopy(live.spec)
    for name in ("Env", "Secrets", "Configs", "Ulimits", "Mounts"):
        spec["TaskTemplate"]["ContainerSpec"][name].reverse()
    spec["TaskTemplate"]["Networks"].reverse()
    assert facts(spec, SEEN.known) == facts(live.spec, SEEN.known)


def test_words_for_a_difference():
    assert in_words("replicas", "2", "3") == "replicas 2 → 3"
    assert in_words("env TOKEN", "=a", "=b") == "env TOKEN differs"
    assert in_words("label x", None, "1") == "label x 1 is missing"
    assert in_words("label x", "1", None) == "label x is not in the file"
    pinned = [f"registry/shop/web:v1@sha256:{digit * 64}" for digit in "ab"]
    assert in_words("image", *pinned) == (
        f"image registry/shop/web:v1@sha256:{'a' * 12} → registry/shop/web:v1@sha256:{'b' * 12}"
    )


def test_yaml_of_docker_is_read_as_plain_data():
    assert parse_yaml("a: '08'\nb: [1, null]\n") == {"a": "08", "b": [1, None]}
