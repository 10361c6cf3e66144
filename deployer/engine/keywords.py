"""The keywords of a step after inheritance: from the play through blocks and roles to the task.

The rules are Ansible's: the innermost value wins, except that conditions all have to hold (outer
ones first), tags add up, and environments are laid over each other.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields

from deployer.language.playbook import (
    Conditions,
    Flag,
    Integer,
    Number,
    Play,
    Scope,
    Text,
    Words,
)
from deployer.model.source import SourceMap, Template
from deployer.model.values import dataclass


@dataclass(frozen=True, slots=True)
class Keywords:
    """Raw values (they may be templates); None means Ansible's default."""

    when: Conditions = ()
    tags: Words = ()
    notify: Words = ()
    environment: tuple[SourceMap | Template, ...] = ()
    any_errors_fatal: Flag = None
    become: Flag = None
    become_exe: Text = None
    become_flags: Text = None
    become_method: Text = None
    become_user: Text = None
    check_mode: Flag = None
    connection: Text = None
    delegate_facts: Flag = None
    delegate_to: Text = None
    diff: Flag = None
    ignore_errors: Flag = None
    ignore_unreachable: Flag = None
    no_log: Flag = None
    port: Integer = None
    remote_user: Text = None
    run_once: Flag = None
    throttle: Integer = None
    timeout: Number = None


_ADDED = ("when", "tags")
_NEAREST = tuple(
    spec.name for spec in fields(Keywords) if spec.name not in (*_ADDED, "notify", "environment")
)


def inherit(chain: Sequence[Scope]) -> Keywords:
    """The keywords of the last scope of a chain that starts with the play."""
    found: dict[str, object] = {}
    for name in _NEAREST:
        values = (getattr(scope, name, None) for scope in reversed(chain))
        found[name] = next((value for value in values if value is not None), None)
    for name in _ADDED:
        found[name] = tuple(word for scope in chain for word in getattr(scope, name, ()))
    told = (getattr(scope, "notify", ()) for scope in reversed(chain))
    found["notify"] = next(filter(None, told), ())
    play = chain[0]
    imported = play.import_when if isinstance(play, Play) else ()
    found["when"] = imported + found["when"]  # type: ignore[operator]
    found["environment"] = tuple(part for scope in chain for part in scope.environment)
    return Keywords(**found)  # type: ignore[arg-type]
