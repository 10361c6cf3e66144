"""`include_vars`: load variables from files of the controller."""

from __future__ import annotations

from typing import Literal

from deployer.model.values import dataclass
from deployer.sdk import Directed, Directive, IncludeVars, Outcome, Refused, Situation, arg
from deployer.sdk.kinds import Manual


@dataclass(frozen=True, slots=True)
class Args:
    file: str = arg("", doc="The file, searched in `vars/` of the role first.", free_form=True)
    dir: str = arg("", doc="Load every fitting file of this directory, in sorted order.")
    name: str = arg("", doc="Put the variables under this one name.")
    depth: int = arg(0, doc="How many levels of `dir` to read; 0 means all.")
    files_matching: str = arg("", doc="Only files of `dir` that this regular expression finds.")
    ignore_files: list[str] = arg(list, doc="Names of `dir` to leave out.")
    extensions: list[str] = arg(
        ("json", "yaml", "yml"), doc="Endings of the files of `dir` to load."
    )
    ignore_unknown_extensions: bool = arg(False, doc="Leave other files out without an error.")
    hash_behaviour: Literal["replace", "merge"] | None = arg(
        None, doc="What to do with a mapping that is there already (only `replace`)."
    )


def run(args: Args, _situation: Situation) -> Directed:
    """Reading is the engine's; this checks what excludes each other, as Ansible does."""
    if bool(args.file) == bool(args.dir):
        raise Refused("exactly one of `file` and `dir` is needed")
    if args.hash_behaviour == "merge":
        raise Refused("`hash_behaviour: merge` is not supported yet")
    only_dir = (args.depth, args.files_matching, args.ignore_files, args.ignore_unknown_extensions)
    if args.file and any(only_dir):
        raise Refused("`depth`, `files_matching` and `ignore_…` go with `dir`, not with `file`")
    effect = IncludeVars(
        file=args.file,
        dir=args.dir,
        name=args.name,
        depth=args.depth,
        files_matching=args.files_matching,
        ignore_files=tuple(args.ignore_files),
        extensions=tuple(ending.lstrip(".") for ending in args.extensions),
        ignore_unknown_extensions=args.ignore_unknown_extensions,
    )
    return Directed(Outcome(changed=False), (effect,))


MODULE = Directive(
    name="include_vars",
    args=Args,
    run=run,
    manual=Manual(
        summary="Load variables from files of the controller while the play runs.",
        returns={
            "ansible_facts": "The variables.",
            "ansible_included_var_files": "The files that were read.",
        },
        example="""
- include_vars: "{{ ansible_distribution }}.yml"
- include_vars:
    dir: vars/settings
    name: settings
""",
    ),
)
