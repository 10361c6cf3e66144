"""Values of YAML that are neither JSON's nor a template."""

from __future__ import annotations

from deployer.model.source import Position
from deployer.model.values import dataclass


@dataclass(frozen=True, slots=True)
class EncryptedText:
    """A `!vault` scalar: the envelope as it stands in the file, decrypted by `variables`."""

    ciphertext: str
    origin: Position | None = None

    def __str__(self) -> str:
        return "<encrypted>"

    def __repr__(self) -> str:
        return f"EncryptedText({self.origin})"
