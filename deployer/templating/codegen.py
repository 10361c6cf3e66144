"""The code that Jinja generates, made ours in a few places.

Names are looked up where they are read; outputs stay native objects; an attribute or item that is
missing learns the path that was written; slices and `~` go through the environment, which keeps
secrets secret; and includes ask the context, which knows where this run looks for files.
"""

from __future__ import annotations

from typing import Any

from jinja2 import nodes
from jinja2.compiler import Frame
from jinja2.idtracking import VAR_LOAD_ALIAS, VAR_LOAD_RESOLVE, VAR_LOAD_UNDEFINED
from jinja2.nativetypes import NativeCodeGenerator

_LOADERS = (
    "environment.get_template(",
    "environment.select_template(",
    "environment.get_or_select_template(",
)
_WITHOUT_CONTEXT = "yield from template._get_default_module()._body_stream"


def dotted(node: nodes.Node) -> str:
    """The path that an expression spells (`a.b[0]`), or nothing where it is not a path."""
    if isinstance(node, nodes.Name):
        return node.name
    if isinstance(node, nodes.Getattr):
        return f"{dotted(node.node)}.{node.attr}".lstrip(".")
    if isinstance(node, nodes.Getitem):
        return dotted(node.node) + _subscript(node.arg)
    return ""


def _subscript(argument: nodes.Node) -> str:
    if isinstance(argument, nodes.Const):
        return f"[{argument.value!r}]"
    return f"[{dotted(argument) or '...'}]"


class CodeGenerator(NativeCodeGenerator):
    """See the module's docstring."""

    def write(self, x: str) -> None:
        if x.endswith(_LOADERS):
            x = x.replace("environment.", "context.")
        elif x == _WITHOUT_CONTEXT:
            x = x.replace("()", "(context)")
        super().write(x)

    def _output_const_repr(self, group: Any) -> str:
        parts = list(group)
        return repr(parts[0]) if len(parts) == 1 else super()._output_const_repr(parts)

    def enter_frame(self, frame: Frame) -> None:
        """Names are not looked up where a frame begins, but where they are read.

        Jinja would read all of them, also those of a branch that is not taken.
        """
        for target, (action, param) in frame.symbols.loads.items():
            if action == VAR_LOAD_ALIAS:
                self.writeline(f"{target} = {param}")
            elif action in (VAR_LOAD_RESOLVE, VAR_LOAD_UNDEFINED):
                self.writeline(f"{target} = missing")

    def visit_Name(self, node: nodes.Name, frame: Frame) -> None:  # noqa: N802
        """A name: what the template itself has set, or what the run knows."""
        ref = frame.symbols.ref(node.name)
        if node.ctx == "load" and self._is_resolved(frame, ref):
            self.write(f"({self.get_resolve_func()}({node.name!r}) if {ref} is missing else {ref})")
            return
        super().visit_Name(node, frame)

    def _is_resolved(self, frame: Frame, ref: str) -> bool:
        """Whether a target stands for a name from outside, perhaps by way of outer frames."""
        load = frame.symbols.find_load(ref)
        while load is not None and load[0] == VAR_LOAD_ALIAS and load[1] is not None:
            load = frame.symbols.find_load(load[1])
        return load is not None and load[0] == VAR_LOAD_RESOLVE

    def visit_Assign(self, node: nodes.Assign, frame: Frame) -> None:  # noqa: N802
        """`{% set ns.a = 1 %}` reads `ns`, which may come from an including template."""
        for found in node.find_all(nodes.NSRef):
            ref = frame.symbols.ref(found.name)
            if self._is_resolved(frame, ref):
                self.writeline(f"if {ref} is missing: {ref} = ", node)
                self.write(f"{self.get_resolve_func()}({found.name!r})")
        super().visit_Assign(node, frame)

    def visit_Getattr(self, node: nodes.Getattr, frame: Frame) -> None:  # noqa: N802
        """`a.b`, with the path for messages."""
        self.write("environment.getattr(")
        self.visit(node.node, frame)
        self.write(f", {node.attr!r}, {dotted(node)!r})")

    def visit_Getitem(self, node: nodes.Getitem, frame: Frame) -> None:  # noqa: N802
        """`a[b]`, with the path for messages; slices too go through the environment."""
        if isinstance(node.arg, nodes.Slice):
            self.write("environment.getslice(")
            self.visit(node.node, frame)
            for bound in (node.arg.start, node.arg.stop, node.arg.step):
                self.write(", ")
                self.visit(bound or nodes.Const(None), frame)
            self.write(")")
            return
        self.write("environment.getitem(")
        self.visit(node.node, frame)
        self.write(", ")
        self.visit(node.arg, frame)
        self.write(f", {dotted(node)!r})")

    def visit_Concat(self, node: nodes.Concat, frame: Frame) -> None:  # noqa: N802
        """`a ~ b`."""
        self.write("environment.join_text((")
        for part in node.nodes:
            self.visit(part, frame)
            self.write(", ")
        self.write("))")
