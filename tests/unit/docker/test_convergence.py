"""What is read out of a wait, and how it is said."""

from __future__ import annotations

import pytest

from deployer.docker.convergence import Expected, not_converged, read_wait
from deployer.docker.stack_looking import blocks, read_look
from deployer.docker.stack_values import image_reference, nanoseconds, without_digest
from deployer.docker.troubles import Trouble
from deployer.sdk import Reply

LATE = """t_a 0/1
@result late 30
@failed t_a -

@tasks t_a
x1|t_a.1||Running|Pending 20 seconds ago|"no suitable node (scheduling constraints not satisfied)"
@log t_a x1
@failed t_b paused
update paused due to failure or early termination of task y2
@tasks t_b
y3|t_b.2|node1|Running|Running 3 seconds ago|
y2|t_b.1|node2|Shutdown|Complete 9 seconds ago|
@log t_b y2
 first
 last
"""


def test_every_service_that_is_late_says_why():
    waited = read_wait(Reply(0, LATE.encode()))
    assert (waited.result, waited.seconds) == ("late", 30)
    assert not_converged(waited, "stack t", 30).msg.splitlines() == [
        "stack t did not converge within 30 s: service t_a: its tasks do not run; task t_a.1: "
        "pending 20 seconds ago: no suitable node (scheduling constraints not satisfied)",
        "service t_b: its update failed and was paused (update paused due to failure or early "
        "termination of task y2); task t_b.1 on node2: complete 9 seconds ago",
        "  | first",
        "  | last",
    ]


def test_the_words_of_a_wait():
    assert Expected("t_a", None, stable=True).word == "t_a/ms"
    assert Expected("t_a", True, new=True).word == "t_a/rn"
    assert Expected("t_a", idle=True).word == "t_a/w"


def test_a_block_ends_where_the_next_begins():
    assert list(blocks("noise\n@a x\n1\n2\n@b\n")) == [("a x", "1\n2\n"), ("b", "")]


def test_a_probe_that_hangs_is_trouble():
    seen = read_look(Reply(124))
    assert seen.trouble is not None
    assert seen.trouble.trouble is Trouble.TIMEOUT


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("10s", 10**10),
        ("1m30s", 9 * 10**10),
        ("300ms", 3 * 10**8),
        ("1.5h", 54 * 10**11),
        (None, 0),
    ],
)
def test_durations(text, found):
    assert nanoseconds(text) == found


def test_what_is_no_duration():
    with pytest.raises(ValueError, match="soon"):
        nanoseconds("soon")


@pytest.mark.parametrize(
    ("given", "written"),
    [
        ("nginx", "nginx:latest"),
        ("docker.io/library/nginx:1", "nginx:1"),
        ("index.docker.io/shop/web", "shop/web:latest"),
        ("reg:5000/web", "reg:5000/web:latest"),
        ("web@sha256:12", "web@sha256:12"),
        ("reg:5000/web:v1@sha256:12", "reg:5000/web:v1@sha256:12"),
    ],
)
def test_images_are_written_as_docker_writes_them(given, written):
    assert image_reference(given) == written


def test_a_digest_is_taken_off_where_a_tag_is_left():
    assert without_digest("reg:5000/web:v1@sha256:12") == "reg:5000/web:v1"
    assert without_digest("web@sha256:12") == "web@sha256:12"
