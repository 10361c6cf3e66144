"""A read-only mapping made of layers, without copying them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from deployer.model.source import Value, Variables

#: The variable that holds all others.
SELF = "vars"


class Layered(Mapping[str, Value]):
    """Several mappings as one, the first that has a name gives its value.

    A lookup costs one dictionary lookup per layer above the one that answers. The layers stay
    alive: what is written to them later is seen (the engine's registers). `vars` is the scope
    itself, though it is not among its keys.
    """

    __slots__ = ("layers",)

    def __init__(self, layers: Iterable[Variables]) -> None:
        self.layers = tuple(layer for layer in layers if layer is not None)

    def __getitem__(self, name: str) -> Value:
        for layer in self.layers:
            if name in layer:
                return layer[name]
        if name == SELF:
            return self
        raise KeyError(name)

    def __contains__(self, name: object) -> bool:
        return name == SELF or any(name in layer for layer in self.layers)

    def __iter__(self) -> Iterator[str]:
        seen: dict[str, None] = {}
        for layer in reversed(self.layers):
            seen.update(dict.fromkeys(layer))
        return iter(seen)

    def __len__(self) -> int:
        return len(set().union(*self.layers))

    def __repr__(self) -> str:
        return f"Layered({len(self.layers)} layers)"

    def over(self, *top: Variables) -> Layered:
        """This scope with more layers on top, the strongest first (loop variables)."""
        return Layered((*top, *self.layers))

    def flat(self) -> dict[str, Value]:
        """One dictionary of everything, unrendered. Costs a copy: for display only."""
        merged: dict[str, Value] = {}
        for layer in reversed(self.layers):
            merged.update(layer)
        return merged
