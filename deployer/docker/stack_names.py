"""Names in a stack: what a compose file calls by a short name has another one in the swarm."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import Any, Literal

from deployer.docker.stack_values import texts
from deployer.model.values import dataclass

NAMESPACE = "com.docker.stack.namespace"
IMAGE_LABEL = "com.docker.stack.image"
#: Permissions of a secret or config in a container where the file gives none.
FILE_MODE = 0o444

Topic = Literal["networks", "secrets", "configs", "volumes"]


@dataclass(frozen=True, slots=True)
class Names:
    """The stack's name, its file, and what the swarm has: name -> id of each topic."""

    stack: str
    file: Mapping[str, Any]
    known: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    def scoped(self, name: str) -> str:
        """The name of the stack's own things."""
        return f"{self.stack}_{name}"

    def config(self, topic: str, name: str) -> Mapping[str, Any]:
        """What the file's top level says of a network, secret, config or volume."""
        found = (self.file.get(topic) or {}).get(name)
        return found if isinstance(found, Mapping) else {}

    def external(self, topic: str, name: str) -> bool:
        """Whether somebody else makes it."""
        return bool(self.config(topic, name).get("external"))

    def real(self, topic: str, name: str) -> str:
        """Its name in the swarm: that of the file's top level, or the stack's name before it."""
        given = self.config(topic, name)
        external = given.get("external")
        if isinstance(external, Mapping) and external.get("name"):
            return str(external["name"])
        if given.get("name"):
            return str(given["name"])
        return name if external else self.scoped(name)

    def id_of(self, topic: str, real: str) -> str:
        """The id that a name has in the swarm now; empty where it has none yet."""
        return self.known.get(topic, {}).get(real, "")

    def labelled(self, labels: Any) -> dict[str, str]:
        """Labels with the one that marks what belongs to the stack."""
        return {**texts(labels), NAMESPACE: self.stack}
