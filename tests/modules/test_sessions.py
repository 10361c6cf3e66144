"""The file modules through a real session: streams, chains, every shell that may be /bin/sh."""

from __future__ import annotations

import hashlib
import shutil

import pytest

from deployer.model.script import Batch, Guarded, LocalFile, guard_digest
from deployer.modules import copy
from deployer.sdk import LocalTree, TreeEntry
from deployer.transport.connectors import Connectors
from deployer.transport.session import Target


@pytest.fixture(params=["dash", "bash", "busybox"])
def session(request, tmp_path):
    shell = tmp_path / "bin" / "sh"
    shell.parent.mkdir()
    shell.symlink_to(shutil.which(request.param))
    connectors = Connectors()
    target = Target("here", "localhost", connection="local", executable=str(shell))
    yield connectors.open(target, Batch()).session
    connectors.close()


def look(session, args):
    reply = session.exchange(Batch(probes=(copy.MODULE.probe(args),))).probes[0]
    return reply, copy.MODULE.diff(args, copy.MODULE.parse(args, reply))


def test_a_tree_with_a_large_file_is_one_probe_and_one_apply(session, tmp_path):
    source, entries = tmp_path / "src", []
    source.mkdir()
    for number, size in enumerate((0, 1, 511, 512, 513, 3_000_000)):
        path = source / f"f{number}"
        path.write_bytes(bytes([number + 65]) * size)
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        entries.append(TreeEntry(path.name, "file", 0o644, LocalFile(str(path), size, digest)))
    tree = LocalTree(str(source), tuple(entries), contents_only=True)
    args = copy.Args(src=tree, dest=str(tmp_path / "dest"), mode="0600")
    _, planned = look(session, args)
    assert len(planned) == 1
    reply = session.exchange(Batch(apply=planned[0].script)).apply
    assert (reply.code, reply.err) == (0, "")
    for path in source.iterdir():
        assert (tmp_path / "dest" / path.name).read_bytes() == path.read_bytes()
    assert look(session, args)[1] == []


def test_a_loop_is_one_exchange_of_probes_and_one_chain(session, tmp_path):
    each = [
        copy.Args(content=f"it's {n}\n", dest=str(tmp_path / f"f {n}"), mode="0640")
        for n in range(8)
    ]
    replies = session.exchange(Batch(probes=tuple(map(copy.MODULE.probe, each)))).probes
    chain = []
    for args, reply in zip(each, replies, strict=True):
        (change,) = copy.MODULE.diff(args, copy.MODULE.parse(args, reply))
        chain.append(Guarded(copy.MODULE.probe(args), guard_digest(reply), change.script))
    done = session.exchange(Batch(chain=tuple(chain)))
    assert not done.diverged
    assert [reply.code for reply in done.chain] == [0] * 8
    for args in each:
        assert look(session, args)[1] == []


def test_a_chain_stops_where_somebody_else_was_there_first(session, tmp_path):
    args = copy.Args(content="mine", dest=str(tmp_path / "f"))
    reply, planned = look(session, args)
    link = Guarded(copy.MODULE.probe(args), guard_digest(reply), planned[0].script)
    (tmp_path / "f").write_text("theirs")
    assert session.exchange(Batch(chain=(link,))).diverged
    assert (tmp_path / "f").read_text() == "theirs"
