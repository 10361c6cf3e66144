"""Runs the case files `tests/modules/<module>/*.yml`: arguments and recorded answers -> the plan.

A file is one case (a mapping) or a list of them:

    args:    what the playbook gives, rendered
    diff_mode, check_mode: true where the engine would set them
    probe:   {stdout: text, stdout_b64: bytes, stderr: text, code: 0}   what the host answered
    plan:    the lines of the changes ([]: no change)
    refused: a part of the message instead of a plan
    diff:    [[before, after], ...] of the changes that have one
    reply:   as `probe`: what the changes' scripts (a command's script) answered
    values:  return values that must be among those of the outcome
    failed, skipped, changed, msg: of the outcome
    stdin:   what the first call of the changes that reads something reads

An argument of kind `file` is `{file: path, text: …}`, one of kind `template` is
`{template: path, text: …}`.
"""

from __future__ import annotations

import base64
import hashlib
from pathlib import Path

import pytest
import yaml

from deployer import modules
from deployer.model.script import LocalFile, Reply
from deployer.sdk import Command, Refused, Rendered, Resource, Script
from deployer.sdk.arguments import argument_named, coerce
from tests.support.shell import payload

HERE = Path(__file__).parent
KEYS = {
    *("name", "args", "diff_mode", "check_mode", "probe", "plan", "refused", "diff", "reply"),
    *("values", "failed", "skipped", "changed", "msg", "stdin", "facts"),
}


def collected():
    for path in sorted(HERE.glob("*/*.yml")):
        found = yaml.safe_load(path.read_text())
        cases = found if isinstance(found, list) else [found]
        for number, case in enumerate(cases, 1):
            name = case.get("name") or (number if len(cases) > 1 else "")
            label = f"{path.parent.name}/{path.stem}" + (f": {name}" if name else "")
            yield pytest.param(path.parent.name, case, id=label)


def reply_of(recorded):
    recorded = recorded or {}
    stdout = base64.b64decode(recorded.get("stdout_b64", ""))
    stdout = stdout or recorded.get("stdout", "").encode()
    return Reply(recorded.get("code", 0), stdout, recorded.get("stderr", "").encode())


def prepared(module, case):
    """The arguments, with what the engine would have read and rendered."""
    given = dict(case.get("args") or {})
    for key, value in given.items():
        if isinstance(value, dict) and {"file", "text"} == set(value):
            data = value["text"].encode()
            digest = hashlib.sha256(data).hexdigest()
            given[key] = LocalFile(value["file"], len(data), digest)
        elif isinstance(value, dict) and {"template", "text"} == set(value):
            given[key] = Rendered(value["text"], value["template"])
    args = coerce(module.args, module.name, given)
    for mode in ("diff_mode", "check_mode"):
        if case.get(mode):
            # What the engine sets, a playbook cannot give.
            assert argument_named(module.args, mode) is None
            object.__setattr__(args, mode, True)
    return args


@pytest.mark.parametrize(("name", "case"), list(collected()))
def test_case(name, case):
    assert set(case) <= KEYS, f"unknown keys {set(case) - KEYS}"
    module = modules.load(name)
    args = prepared(module, case)
    if "refused" in case:
        with pytest.raises(Refused) as caught:
            outcome_of(module, args, case)
        assert case["refused"] in caught.value.msg
        return
    judge(outcome_of(module, args, case), case)


def outcome_of(module, args, case):
    """The outcome of the case; checks the plan on the way."""
    if isinstance(module, Command):
        skipped = module.skip(args, reply_of(case["probe"])) if "probe" in case else None
        if skipped is not None:
            return skipped
        script = module.script(args)
        check_stdin(script, case)
        return module.conclude(args, reply_of(case.get("reply")))
    assert isinstance(module, Resource)
    module.probe(args)
    state = module.parse(args, reply_of(case.get("probe")))
    changes = module.diff(args, state)
    if "plan" in case:
        assert [str(change) for change in changes] == case["plan"]
    if "diff" in case:
        diffs = [[c.diff.before, c.diff.after] for c in changes if c.diff is not None]
        assert diffs == case["diff"]
    check_stdin(sum((change.script for change in changes), Script()), case)
    if "reply" in case and module.conclude is not None:
        return module.conclude(args, state, reply_of(case["reply"]))
    return module.report(args, state)


def check_stdin(script, case):
    if "stdin" in case:
        read = [payload(call.stdin) for call in script.calls if payload(call.stdin)]
        assert read[0].decode() == case["stdin"]


def judge(outcome, case):
    for key in ("failed", "skipped", "changed", "msg"):
        if key in case:
            assert getattr(outcome, key) == case[key], key
    for key in ("values", "facts"):
        seen = {name: getattr(outcome, key).get(name) for name in case.get(key) or {}}
        assert seen == (case.get(key) or {})
