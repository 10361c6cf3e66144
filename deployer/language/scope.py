"""The keywords that plays, roles, blocks and tasks share, and the types of their values.

Scope                     keywords of everything
'- Conditional            + when, delegation
   '- Notifier            + notify
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import TypeAlias

from deployer.language.keywords import Form, kw
from deployer.model.source import Position, SourceMap, Template, Value
from deployer.model.values import dataclass

Flag: TypeAlias = bool | Template | None
Integer: TypeAlias = int | Template | None
Number: TypeAlias = int | float | Template | None
Text: TypeAlias = Template | None
#: A raw expression (without braces, as Ansible writes conditions) or a literal.
Condition: TypeAlias = Template | bool
Conditions: TypeAlias = tuple[Condition, ...]
Words: TypeAlias = tuple[Template, ...]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Scope:
    """The keywords that plays, roles, blocks and tasks share. `keys_at`: where each stands."""

    origin: Position
    keys_at: Mapping[str, Position] = field(default_factory=dict)

    name: Text = field(
        default=None, metadata=kw(Form.TEXT, "What the console and the journal call it.")
    )
    any_errors_fatal: Flag = field(
        default=None, metadata=kw(Form.FLAG, "A failure on one host ends the play for all.")
    )
    become: Flag = field(default=None, metadata=kw(Form.FLAG, "Act as another user."))
    become_exe: Text = field(
        default=None, metadata=kw(Form.TEXT, "Path of the program that changes the user.")
    )
    become_flags: Text = field(
        default=None, metadata=kw(Form.TEXT, "Options for the program that changes the user.")
    )
    become_method: Text = field(default=None, metadata=kw(Form.TEXT, "sudo, su or doas."))
    become_user: Text = field(
        default=None, metadata=kw(Form.TEXT, "The user to become; root if not said.")
    )
    check_mode: Flag = field(
        default=None,
        metadata=kw(Form.FLAG, "Only look (true) or change even in a dry run (false)."),
    )
    collections: Words = field(
        default=(),
        metadata=kw(Form.WORDS, "Accepted and without effect: module names are not searched."),
    )
    connection: Text = field(default=None, metadata=kw(Form.TEXT, "ssh or local."))
    debugger: Text = field(
        default=None, metadata=kw(Form.TEXT, "When to start the task debugger.", later=True)
    )
    diff: Flag = field(
        default=None, metadata=kw(Form.FLAG, "Show the differences that changes make.")
    )
    environment: tuple[SourceMap | Template, ...] = field(
        default=(), metadata=kw(Form.MAPPINGS, "Environment variables for what runs on the host.")
    )
    ignore_errors: Flag = field(
        default=None, metadata=kw(Form.FLAG, "Go on with the host after a failure.")
    )
    ignore_unreachable: Flag = field(
        default=None, metadata=kw(Form.FLAG, "Go on with the host after a lost connection.")
    )
    module_defaults: Value = field(
        default=None, metadata=kw(Form.MAPPINGS, "Default arguments per module.", later=True)
    )
    no_log: Flag = field(
        default=None, metadata=kw(Form.FLAG, "Show neither arguments nor results.")
    )
    port: Integer = field(default=None, metadata=kw(Form.INTEGER, "The port to connect to."))
    remote_user: Text = field(default=None, metadata=kw(Form.TEXT, "The user to log in as."))
    run_once: Flag = field(
        default=None, metadata=kw(Form.FLAG, "Run on the first host only, for all of them.")
    )
    tags: Words = field(default=(), metadata=kw(Form.TAGS, "Names to select tasks by."))
    throttle: Integer = field(
        default=None, metadata=kw(Form.INTEGER, "How many hosts may run the task at once.")
    )
    timeout: Integer = field(
        default=None, metadata=kw(Form.INTEGER, "Seconds after which the task fails.")
    )
    vars: SourceMap = field(default_factory=SourceMap, metadata=kw(Form.VARIABLES, "Variables."))

    def at(self, key: str) -> Position:
        """Where a keyword stands, or the object where the keyword was not written."""
        return self.keys_at.get(key, self.origin)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Conditional(Scope):
    """What may be skipped or done elsewhere. Conditions and tags reach all that is inside."""

    when: Conditions = field(
        default=(), metadata=kw(Form.CONDITIONS, "Run only where all of these hold.")
    )
    delegate_to: Text = field(
        default=None, metadata=kw(Form.TEXT, "The host to do it on, instead of the play's.")
    )
    delegate_facts: Flag = field(
        default=None, metadata=kw(Form.FLAG, "Facts belong to the host delegated to.")
    )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Notifier(Conditional):
    """What may wake handlers."""

    notify: Words = field(default=(), metadata=kw(Form.WORDS, "Handlers to run upon a change."))
