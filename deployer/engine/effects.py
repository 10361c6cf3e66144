"""Carrying out what directives ask for."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

from deployer.engine.materials import find
from deployer.engine.prepared import Item
from deployer.engine.program import Step
from deployer.engine.requests import Ask, Sleep, Steps
from deployer.engine.runtime import Runtime
from deployer.engine.state import HostRun
from deployer.engine.varfiles import read_variables
from deployer.inventory import with_host, with_members
from deployer.model.errors import DeployError
from deployer.model.result import Result, Status
from deployer.sdk.effects import (
    AddHost,
    Effect,
    IncludeVars,
    JoinGroup,
    Meta,
    Pause,
    SetFacts,
    ShowMessage,
)


def carry_out(
    run: Runtime, host: HostRun, step: Step, item: Item, effect: Effect, result: Result
) -> Steps[Result]:
    """Do what the effect says; gives the result with what came of it. LoadError and the like
    (a file that cannot be read) become failures at the caller's."""
    match effect:
        case SetFacts():
            target = item.delegate if run.facts_delegated(host, step) and item.delegate else ""
            run.store.set_facts(target or host.name, effect.values, cacheable=effect.cacheable)
            for name in effect.values:
                host.unsettled.pop(name, None)
            if any(name.startswith("ansible_") for name in effect.values):
                run.scopes.generation += 1
        case AddHost():
            run.scopes.generation += 1
            inventory = run.store.inventory
            run.store.replace_inventory(
                with_host(inventory, effect.name, effect.groups, dict(effect.variables))
            )
        case JoinGroup():
            inventory = run.store.inventory
            run.store.replace_inventory(
                with_members(inventory, effect.group, [host.name], effect.parents)
            )
        case IncludeVars():
            return _include_vars(run, host, step, effect, result)
        case Meta():
            host.orders.append(effect.action)
        case Pause():
            result = yield from _pause(run, effect, result)
            host.waited()
        case ShowMessage():
            return replace(result, shown=True)
    return result


def _pause(run: Runtime, effect: Pause, result: Result) -> Steps[Result]:
    started = time.monotonic()
    answer = ""
    if not run.settings.check:
        if effect.prompt or effect.seconds is None:
            answer = yield Ask(effect.prompt, effect.echo, effect.seconds)
        else:
            yield Sleep(effect.seconds)
    seconds = time.monotonic() - started
    values = {**result.values, "user_input": answer, "delta": round(seconds)}
    return replace(result, values=values, seconds=seconds)


def _include_vars(
    run: Runtime, host: HostRun, step: Step, effect: IncludeVars, result: Result
) -> Result:
    try:
        path = find(effect.file or effect.dir, step.search, "vars", step.position)
        values, files = read_variables(path, effect, run.store.vault)
    except DeployError as error:
        return replace(result, status=Status.FAILED, msg=str(error))
    named = {effect.name: values} if effect.name else values
    run.store.include(host.name, named)
    run.scopes.generation += 1
    shown = {"ansible_included_var_files": [str(Path(name)) for name in files]}
    return replace(result, values={**result.values, **shown, "ansible_facts": named})
