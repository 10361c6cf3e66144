"""Nothing is removed for the sake of data that swarm would not take."""

import pytest

from deployer.docker.replacing import LIMITS, NEED_FILE, Content, changes
from deployer.docker.stored import State, Stored, StoredArgs
from deployer.sdk import Refused
from tests.support.shell import SHELLS, run, shell_id

HELD = State((Stored("id", "pw", {"ansible_key": "of-other-data"}),))


@pytest.mark.parametrize(("kind", "size"), [("secret", 512_000), ("config", 1_024_000)])
def test_data_of_a_size_that_swarm_refuses(kind, size):
    args = StoredArgs(name="pw")
    with pytest.raises(Refused, match=f"`data` has {size} bytes: a {kind} holds more than 0"):
        changes(kind, args, HELD, Content(b"x" * size))
    (change,) = changes(kind, args, HELD, Content(b"x" * (size - 1)))
    assert str(change) == f"replace {kind} pw: data differs"


@pytest.mark.parametrize("shell", SHELLS, ids=shell_id)
@pytest.mark.parametrize(
    ("size", "said"),
    [(None, "there is no such file"), (0, "has 0 bytes"), (512_000, "has 512000 bytes"), (9, "")],
)
def test_a_file_is_looked_at_before_the_old_one_is_removed(tmp_path, shell, size, said):
    file = tmp_path / "data"
    if size is not None:
        file.write_bytes(b"x" * size)
    reply = run(NEED_FILE(str(file), str(LIMITS["secret"])), shell)
    assert (reply.code == 0) is (said == "")
    assert said in reply.err
