"""From a play to a program: a list of small transforms, each one rule of the language.

gather     facts come first
parts      pre_tasks, roles, tasks, post_tasks, with a flush behind each group
roles      dependencies before the role; whoever has run it passes over it (`progress`)
blocks     keywords inherited, sections nested
tags       what is not selected is left out
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import field, replace

from deployer.engine.keywords import inherit
from deployer.engine.program import Flush, Node, Program, RoleFrame, RoleKey, Section, Step
from deployer.engine.tags import TagFilter
from deployer.language.playbook import Block, Play, RoleUse, Scope, Task
from deployer.language.playbook import Step as Written
from deployer.model.source import SourceMap, Template, Value, Variables
from deployer.model.values import dataclass
from deployer.variables.precedence import TaskVariables


@dataclass(slots=True)
class Compiler:
    """Compiles one play. `handlers` and `roles` collect what the parts bring. `render` gives the
    value of a tag that is a template, in the step's own variables."""

    play: Play
    playbook_dir: str = "."
    tags: TagFilter = field(default_factory=TagFilter)
    include_params: tuple[Variables, ...] = ()
    handlers: list[Step] = field(default_factory=list)
    frames: list[RoleFrame] = field(default_factory=list)
    seen: set[RoleKey] = field(default_factory=set)
    render: Callable[[Template, Step], Value] | None = None

    def program(self, *, gather: bool) -> Program:
        """The whole play. `gather`: whether facts are gathered first."""
        play = self.play
        nodes: list[Node] = []
        if gather:
            nodes += self.steps((gathering(play),), (play,))
        nodes += self._part(self.steps(play.pre_tasks, (play,)))
        imported = len(self.handlers)
        main: list[Node] = []
        for use in play.roles:
            main += self.role(use, (play,))
        of_roles = self.handlers[imported:]
        nodes += self._part([*main, *self.steps(play.tasks, (play,))])
        nodes += self._part(self.steps(play.post_tasks, (play,)))
        own = self.as_handlers(play.handlers, (play,))
        others = [handler for handler in self.handlers if handler not in of_roles]
        return Program(tuple(nodes), (*of_roles, *own, *others), tuple(self.frames))

    @staticmethod
    def _part(nodes: list[Node]) -> list[Node]:
        return [*nodes, Flush()]

    def steps(
        self, written: Iterable[Written], chain: tuple[Scope, ...], role: RoleFrame | None = None
    ) -> list[Node]:
        """Tasks and blocks under `chain`, what tags leave of them."""
        nodes: list[Node] = []
        for item in written:
            if isinstance(item, Block):
                nodes += self._block(item, chain, role)
            else:
                nodes += self._task(item, chain, role)
        return nodes

    def _task(self, task: Task, chain: tuple[Scope, ...], role: RoleFrame | None) -> list[Node]:
        step = self._step(task, chain, role)
        return [step] if self.tags.selects(self._tags_of(step)) else []

    def _tags_of(self, step: Step) -> list[str]:
        words: list[str] = []
        for word in step.keywords.tags:
            if self.render is None or "{{" not in word:
                words.append(str(word))
                continue
            made = self.render(word, step)
            parts = made if isinstance(made, list | tuple) else str(made).split(",")
            words += [str(part).strip() for part in parts]
        return words

    def _step(self, task: Task, chain: tuple[Scope, ...], role: RoleFrame | None) -> Step:
        # The variables of the play and of a role's use stand on levels of their own.
        blocks = tuple(scope.vars for scope in reversed(chain[1:]) if isinstance(scope, Block))
        variables = TaskVariables(
            task.vars, blocks, self.include_params, role.variables if role else None
        )
        search = search_path(task, role, self.playbook_dir)
        return Step(task, inherit((*chain, task)), variables, chain, search, role)

    def _block(self, block: Block, chain: tuple[Scope, ...], role: RoleFrame | None) -> list[Node]:
        if block.role_use is not None:
            return self.role(block.role_use, (*chain, block), role, brought=block.vars)
        inner = (*chain, block)
        body = tuple(self.steps(block.block, inner, role))
        if not block.rescue and not block.always:
            return list(body)
        rescue = tuple(self.steps(block.rescue, inner, role))
        always = tuple(self.steps(block.always, inner, role))
        return [Section(body, rescue, always)] if body or always else []

    def role(
        self,
        use: RoleUse,
        chain: tuple[Scope, ...],
        parent: RoleFrame | None = None,
        *,
        brought: Variables | None = None,
    ) -> list[Node]:
        """A role: its dependencies, then its tasks. `brought`: the variables of the include or
        import that brings it."""
        role = use.role
        again = runs_again(use, included=brought is not None)
        frame = replace(RoleFrame.of(use, parent), key=role_key(use, brought), again=again)
        inner = (*chain, use)
        nodes: list[Node] = []
        for dependency in role.dependencies:
            nodes += self.role(dependency, inner, frame)
        if again or frame.key not in self.seen:
            self.seen.add(frame.key)
            self.frames.append(frame)
        self.handlers += self.as_handlers(role.handlers, inner, frame)
        return nodes + self.steps(role.tasks, inner, frame)

    def as_handlers(
        self, written: Sequence[Written], chain: tuple[Scope, ...], role: RoleFrame | None = None
    ) -> list[Step]:
        """Handlers, out of blocks and imports. Tags do not select them: notification does."""
        made: list[Step] = []
        for item in written:
            if isinstance(item, Block):
                made += self.as_handlers(item.block, (*chain, item), role)
                continue
            made.append(self._handler(item, chain, role))
        return made

    def _handler(self, task: Task, chain: tuple[Scope, ...], role: RoleFrame | None) -> Step:
        step = self._step(task, chain, role)
        return replace(step, handler=True, names=handler_names(task, role))


def runs_again(use: RoleUse, *, included: bool) -> bool:
    """Whether a use of a role runs where the role has run already."""
    if included:
        return use.allow_duplicates is not False
    return use.allow_duplicates is True or use.role.allow_duplicates


def role_key(use: RoleUse, brought: Variables | None = None) -> RoleKey:
    """What uses of a role have in common that are the same to Ansible.

    The parameters, tags and conditions of the entry tell roles and dependencies apart, and the
    variables of the task what an include or import brings."""
    params, variables = (
        repr(sorted(given.items(), key=lambda item: item[0])) for given in (use.params, use.vars)
    )
    tasks = tuple(id(task) for task in use.role.tasks)
    words = tuple(map(str, use.when)), tuple(map(str, use.tags))
    more = repr(sorted((brought or {}).items(), key=lambda item: item[0]))
    return (use.role.path, tasks, params, variables, *words, brought is None, more)


def handler_names(task: Task, role: RoleFrame | None) -> tuple[str, ...]:
    """What a handler answers to: its name, its topics, and `role : name`."""
    name = str(task.name or "")
    names = [name, *(str(topic) for topic in getattr(task, "listen", ()))]
    owner = role.name if role else getattr(task, "role", "")
    if owner and name:
        names.append(f"{owner} : {name}")
    return tuple(filter(None, names))


def search_path(task: Task, role: RoleFrame | None, playbook_dir: str) -> tuple[str, ...]:
    """Where relative paths of a task are looked for: the role, the task file, the playbook."""
    own = task.origin.file.rsplit("/", 1)[0] if "/" in task.origin.file else "."
    roles = (role.role.path, *(up.path for up in role.variables.parents)) if role else ()
    return tuple(dict.fromkeys((*roles, own, playbook_dir)))


def gathering(play: Play) -> Task:
    """The task that a play begins with unless it says `gather_facts: false`."""
    args = SourceMap(origin=play.at("gather_facts"))
    if play.gather_subset:
        args["gather_subset"] = list(play.gather_subset)
    return Task(
        origin=play.at("gather_facts"),
        name=Template("Gathering Facts"),
        action="ansible.builtin.setup",
        module="setup",
        args=args,
        tags=(Template("always"),),
    )
