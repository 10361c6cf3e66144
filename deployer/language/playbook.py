"""The typed playbook: plays, blocks, tasks, handlers, roles and their keywords.

Values that may be templates stay raw (`Template`); literal flags and numbers are coerced. None
(or an empty tuple) means "not said here", so that the enclosing object's value is inherited.
Identity is equality: two tasks that read alike are still two tasks.

    Scope                     keywords of everything
    |- Play
    '- Conditional            + when, delegation
       |- RoleUse             an entry of `roles:`, a dependency, an `import_role`
       '- Notifier            + notify
          |- Block
          '- Task
             '- Handler
"""

from __future__ import annotations

from dataclasses import field
from typing import Literal, TypeAlias

from deployer.language.keywords import Form, kw
from deployer.language.options import Backoff, Loop, LoopControl, VarsPrompt
from deployer.language.scope import (
    Condition,
    Conditional,
    Conditions,
    Flag,
    Integer,
    Notifier,
    Number,
    Scope,
    Text,
    Words,
)
from deployer.model.diagnostic import Diagnostic
from deployer.model.source import Position, SourceMap, Template
from deployer.model.values import dataclass

__all__ = [
    "Backoff",
    "Block",
    "Condition",
    "Conditional",
    "Conditions",
    "Flag",
    "Handler",
    "Include",
    "Integer",
    "LoadedPlaybook",
    "Loop",
    "LoopControl",
    "Notifier",
    "Number",
    "Play",
    "Role",
    "RoleUse",
    "Scope",
    "Step",
    "Task",
    "Text",
    "UnknownModule",
    "VarsPrompt",
    "Words",
]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Include:
    """What `include_tasks` or `include_role` brings in while the play runs.

    `file` is set for tasks, `role` for a role; both may be templates. `apply` is an empty block:
    its keywords are for all that is included. The keywords of the task itself are not.
    """

    origin: Position
    file: Text = None
    role: Text = None
    tasks_from: Text = None
    vars_from: Text = None
    defaults_from: Text = None
    handlers_from: Text = None
    public: Flag = None
    allow_duplicates: Flag = None
    rolespec_validate: Flag = None
    apply: Block | None = None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Task(Notifier):
    """One task. `action` is the module as written, `module` its short name ("file").

    Arguments come in one of three shapes: `args` (a mapping; values raw), `free_form` (text, for
    command and the like, next to `args` such as chdir), or `args_template` (`args: "{{ x }}"`,
    whose mapping gives defaults for what `args` does not name).
    """

    action: str = field(
        default="", metadata=kw(Form.ACTION, "The module, as `module k=v` or a mapping.")
    )
    module: str = ""
    args: SourceMap = field(
        default_factory=SourceMap, metadata=kw(Form.ARGUMENTS, "Arguments of the module.")
    )
    free_form: Text = None
    args_template: Text = None
    include: Include | None = None
    local_action: None = field(
        default=None, metadata=kw(Form.ACTION, "As `action`, on the controller.")
    )
    async_: Integer = field(
        default=None,
        metadata=kw(
            Form.INTEGER, "Seconds to let it run in the background.", name="async", later=True
        ),
    )
    poll: Integer = field(
        default=None,
        metadata=kw(Form.INTEGER, "Seconds between looks at an async task.", later=True),
    )
    changed_when: Conditions = field(
        default=(), metadata=kw(Form.CONDITIONS, "Whether it counts as a change.")
    )
    failed_when: Conditions = field(
        default=(), metadata=kw(Form.CONDITIONS, "Whether it counts as a failure.")
    )
    until: Conditions = field(
        default=(), metadata=kw(Form.CONDITIONS, "Repeat until all of these hold.")
    )
    retries: Integer = field(
        default=None, metadata=kw(Form.INTEGER, "How often to repeat; 3 if not said.")
    )
    delay: Number = field(
        default=None, metadata=kw(Form.NUMBER, "Seconds between attempts; 5 if not said.")
    )
    backoff: Backoff | None = field(
        default=None, metadata=kw(Form.BACKOFF, "How the delay grows (our extension).")
    )
    loop: Loop | None = field(
        default=None, metadata=kw(Form.LOOP, "Do it once per item; `with_<lookup>` as well.")
    )
    loop_control: LoopControl | None = field(
        default=None, metadata=kw(Form.LOOP_CONTROL, "Options of the loop.")
    )
    register: str | None = field(
        default=None, metadata=kw(Form.NAME, "Name of the variable that keeps the result.")
    )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Handler(Task):
    """A task that runs when notified. `role` is the role it belongs to ("role : name").

    Handlers that `import_tasks` brought stand inside a block of kind "import", as tasks do.
    """

    listen: Words = field(
        default=(), metadata=kw(Form.WORDS, "Topics that wake it, besides its name.")
    )
    role: str = ""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Block(Notifier):
    """`block`, `rescue`, `always`; or what carries the keywords of something imported.

    `kind`: "block" as written; "import" around the tasks of an `import_tasks` or `import_role`
    (then `role_use` is the role that they belong to, if it is one); "apply" for `include: apply`.
    """

    block: tuple[Step, ...] = field(default=(), metadata=kw(Form.TASKS, "The tasks."))
    rescue: tuple[Step, ...] = field(
        default=(), metadata=kw(Form.TASKS, "What to do if one fails.")
    )
    always: tuple[Step, ...] = field(default=(), metadata=kw(Form.TASKS, "What to do in any case."))
    kind: Literal["block", "import", "apply"] = "block"
    role_use: RoleUse | None = None


Step: TypeAlias = Block | Task


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Role:
    """A role as loaded from its folder, with one set of entry points (`tasks_from` …).

    `path` is absolute. `defaults` are the weakest variables; `vars` strong ones.
    """

    name: str
    path: str
    origin: Position
    tasks: tuple[Step, ...] = ()
    handlers: tuple[Step, ...] = ()
    defaults: SourceMap = field(default_factory=SourceMap)
    vars: SourceMap = field(default_factory=SourceMap)
    dependencies: tuple[RoleUse, ...] = ()
    allow_duplicates: bool = False


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RoleUse(Conditional):
    """A role used somewhere, with keywords. `params` are inline (`{role: x, port: 80}`).

    `role` is what it resolved to. Dependencies (`role.dependencies`) run before its tasks.
    """

    role: Role
    params: SourceMap = field(default_factory=SourceMap)
    public: Flag = None
    allow_duplicates: Flag = None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Play(Scope):
    """One play. `serial` holds whole numbers, percentages ("30%") or templates, in order.

    `vars_files` is a list of alternatives: the first that exists is read. `import_when` are the
    conditions of the `import_playbook` that brought the play: they reach all its tasks and the
    gathering of facts.
    """

    hosts: Words = field(default=(), metadata=kw(Form.HOSTS, "The hosts it is for."))
    vars_files: tuple[Words, ...] = field(
        default=(),
        metadata=kw(Form.VARS_FILES, "Files of variables; of a list inside, the first found."),
    )
    vars_prompt: tuple[VarsPrompt, ...] = field(
        default=(), metadata=kw(Form.PROMPTS, "Variables to ask the user for.")
    )
    gather_facts: Flag = field(
        default=None, metadata=kw(Form.FLAG, "Look at the host first; true if not said.")
    )
    gather_subset: Words = field(default=(), metadata=kw(Form.WORDS, "Which facts to gather."))
    gather_timeout: Integer = field(
        default=None, metadata=kw(Form.INTEGER, "Seconds that gathering may take.")
    )
    fact_path: Text = field(
        default=None, metadata=kw(Form.TEXT, "Where the host keeps local facts.", later=True)
    )
    force_handlers: Flag = field(
        default=None, metadata=kw(Form.FLAG, "Run notified handlers even after a failure.")
    )
    max_fail_percentage: Number = field(
        default=None,
        metadata=kw(
            Form.PERCENTAGE, "End the play when more than this share of a batch has failed."
        ),
    )
    order: Text = field(
        default=None,
        metadata=kw(Form.TEXT, "inventory, reverse_inventory, sorted, reverse_sorted, shuffle"),
    )
    serial: tuple[int | Template, ...] = field(
        default=(), metadata=kw(Form.SERIAL, "How many hosts at a time.")
    )
    strategy: Text = field(default=None, metadata=kw(Form.TEXT, "linear (task by task) or free."))
    pre_tasks: tuple[Step, ...] = field(default=(), metadata=kw(Form.TASKS, "Before the roles."))
    roles: tuple[RoleUse, ...] = field(default=(), metadata=kw(Form.ROLES, "The roles."))
    tasks: tuple[Step, ...] = field(default=(), metadata=kw(Form.TASKS, "After the roles."))
    post_tasks: tuple[Step, ...] = field(default=(), metadata=kw(Form.TASKS, "At the end."))
    handlers: tuple[Step, ...] = field(
        default=(), metadata=kw(Form.HANDLERS, "What to do once upon changes.")
    )
    import_when: Conditions = ()


@dataclass(frozen=True, slots=True)
class UnknownModule:
    """A module that the caller does not know: fails only where it is reached."""

    name: str
    position: Position
    help: str = ""


@dataclass(frozen=True, slots=True)
class LoadedPlaybook:
    """All plays of the given playbooks in order, and what the loader noticed.

    `files` are the absolute paths of every file read, in reading order. `problems`: what is wrong;
    then the plays are only what could be read.
    """

    plays: tuple[Play, ...]
    warnings: tuple[Diagnostic, ...] = ()
    unknown_modules: tuple[UnknownModule, ...] = ()
    files: tuple[str, ...] = ()
    problems: tuple[Diagnostic, ...] = ()
