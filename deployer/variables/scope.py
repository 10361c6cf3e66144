"""A read-only mapping made of layers, without copying them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping

from deployer.language.values import EncryptedText
from deployer.model.source import SourceList, SourceMap, Value, Variables

#: Decrypts what is encrypted inside a value; gets only values of the types below.
Open = Callable[[Value], Value]
_MAY_BE_ENCRYPTED = frozenset({EncryptedText, SourceMap, SourceList})


class Layered(Mapping[str, Value]):
    """Several mappings as one; the first that has a name gives its value.

    A lookup costs one dictionary lookup per layer above the one that answers. The layers stay
    alive: what is written to them later is seen (the engine's registers). `opener` decrypts
    `!vault` values when they are read.
    """

    __slots__ = ("_open", "layers")

    def __init__(self, layers: Iterable[Variables], opener: Open | None = None) -> None:
        self.layers = tuple(layers)
        self._open = opener

    def __getitem__(self, name: str) -> Value:
        for layer in self.layers:
            if name in layer:
                value = layer[name]
                if type(value) in _MAY_BE_ENCRYPTED and self._open is not None:
                    return self._open(value)
                return value
        raise KeyError(name)

    def __contains__(self, name: object) -> bool:
        return any(name in layer for layer in self.layers)

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
        return Layered((*top, *self.layers), self._open)

    def flat(self) -> dict[str, Value]:
        """One dictionary of everything, neither rendered nor decrypted. A copy: for display."""
        merged: dict[str, Value] = {}
        for layer in reversed(self.layers):
            merged.update(layer)
        return merged
