"""The roles whose variables a whole play sees."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from deployer.language.playbook import Block, Play, Role, RoleUse, Step


def roles_of(play: Play) -> Iterator[Role]:
    """In the order in which they run: those under `roles:`, then those that `import_role` brings,
    each after what it depends on."""
    yield from below(play.roles)
    yield from below(_imported((*play.pre_tasks, *play.tasks, *play.post_tasks, *play.handlers)))


def below(uses: Iterable[RoleUse]) -> Iterator[Role]:
    """The roles of these uses, with what they depend on and import."""
    for use in uses:
        yield from below(use.role.dependencies)
        yield use.role
        yield from below(_imported(use.role.tasks))


def dependent_names(play: Play) -> tuple[str, ...]:
    """The names of roles that only others bring."""
    named = {use.role.name for use in play.roles}
    names = (role.name for role in below(play.roles))
    return tuple(dict.fromkeys(name for name in names if name not in named))


def _imported(steps: Iterable[Step]) -> Iterator[RoleUse]:
    """The roles that `import_role` brings, unless they are `public: false`."""
    for step in steps:
        if not isinstance(step, Block):
            continue
        if step.role_use is None:
            yield from _imported((*step.block, *step.rescue, *step.always))
        elif step.role_use.public is not False:
            yield step.role_use
