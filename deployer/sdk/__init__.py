"""What the author of a module imports: the kinds of module, argument types, coercion, files.

A module never does I/O. It is a dataclass of arguments and a few pure functions, bound together
as one of four kinds: `Resource` converges something, `Command` always runs, `Directive` runs on
the controller only, `Cluster` converges something that several hosts make up together.
"""

from deployer.model.change import Change, Diff, Outcome, failure
from deployer.model.errors import ArgumentError, ProbeError
from deployer.model.script import NOTHING, Fragment, LocalFile, Reply, Script, Stream, sh
from deployer.model.secret import Secret, reveal
from deployer.model.source import Value
from deployer.sdk.arguments import Argument, arg, arguments_of, coerce
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
from deployer.sdk.inputs import (
    Evaluated,
    LocalScript,
    LocalTree,
    Rendered,
    RenderedTree,
    TreeEntry,
    Verdict,
)
from deployer.sdk.kinds import (
    Cluster,
    ClusterChange,
    Command,
    Directed,
    Directive,
    Module,
    Refused,
    Resource,
    Situation,
)

__all__ = [
    "NOTHING",
    "AddHost",
    "Argument",
    "ArgumentError",
    "Change",
    "Cluster",
    "ClusterChange",
    "Command",
    "Diff",
    "Directed",
    "Directive",
    "Effect",
    "Evaluated",
    "Fragment",
    "IncludeVars",
    "JoinGroup",
    "LocalFile",
    "LocalScript",
    "LocalTree",
    "Meta",
    "Module",
    "Outcome",
    "Pause",
    "ProbeError",
    "Refused",
    "Rendered",
    "RenderedTree",
    "Reply",
    "Resource",
    "Script",
    "Secret",
    "SetFacts",
    "ShowMessage",
    "Situation",
    "Stream",
    "TreeEntry",
    "Value",
    "Verdict",
    "arg",
    "arguments_of",
    "coerce",
    "failure",
    "reveal",
    "sh",
]
