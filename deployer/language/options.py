"""The mappings inside tasks and plays that have keys of their own."""

from __future__ import annotations

from dataclasses import field

from deployer.language.keywords import Form, kw
from deployer.language.scope import Conditions, Flag, Integer, Number, Text
from deployer.model.source import Position, Value
from deployer.model.values import dataclass


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LoopControl:
    """`loop_control`: how a loop names, labels and spaces its items. `pause` in seconds."""

    origin: Position
    loop_var: Text = field(
        default=None,
        metadata=kw(Form.NAME_OR_TEMPLATE, "Name of the item's variable; `item` if not said."),
    )
    index_var: Text = field(
        default=None, metadata=kw(Form.NAME_OR_TEMPLATE, "Name of a variable that counts from 0.")
    )
    label: Value = field(default=None, metadata=kw(Form.ANY, "What the console shows of an item."))
    pause: Number = field(default=None, metadata=kw(Form.NUMBER, "Seconds between two items."))
    extended: Flag = field(default=None, metadata=kw(Form.FLAG, "Define `ansible_loop`."))
    extended_allitems: Flag = field(
        default=None, metadata=kw(Form.FLAG, "Have `ansible_loop.allitems` as well.")
    )
    break_when: Conditions = field(
        default=(), metadata=kw(Form.CONDITIONS, "End the loop once these hold.", later=True)
    )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Backoff:
    """`backoff` (our extension): how `delay` grows between retries.

    The wait before retry n is `min(delay * factor ** n, max_delay)` seconds plus up to `jitter`
    seconds at random.
    """

    origin: Position
    factor: Number = field(
        default=None,
        metadata=kw(Form.NUMBER, "Each wait is this many times the last; 2 if not said."),
    )
    max_delay: Number = field(
        default=None, metadata=kw(Form.NUMBER, "No wait is longer than this, in seconds.")
    )
    jitter: Number = field(
        default=None, metadata=kw(Form.NUMBER, "Up to this many random seconds on top.")
    )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Loop:
    """`loop` (lookup is "") or `with_<lookup>`; `value` is raw: a list, mapping or template."""

    origin: Position
    lookup: str = ""
    value: Value = None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class VarsPrompt:
    """One question of `vars_prompt`. `name` is the variable, `private` hides what is typed."""

    origin: Position
    name: str = field(default="", metadata=kw(Form.NAME, "The variable."))
    prompt: Text = field(default=None, metadata=kw(Form.TEXT, "The question."))
    private: Flag = field(
        default=None, metadata=kw(Form.FLAG, "Do not show what is typed (as if not said).")
    )
    default: Value = field(default=None, metadata=kw(Form.ANY, "The answer if nothing is typed."))
    confirm: Flag = field(default=None, metadata=kw(Form.FLAG, "Ask twice."))
    encrypt: Text = field(
        default=None, metadata=kw(Form.TEXT, "How to hash the answer.", later=True)
    )
    salt: Text = field(default=None, metadata=kw(Form.TEXT, "The salt of the hash.", later=True))
    salt_size: Integer = field(
        default=None, metadata=kw(Form.INTEGER, "The length of a random salt.", later=True)
    )
    unsafe: Flag = field(
        default=None, metadata=kw(Form.FLAG, "Allow template braces in the answer.")
    )
