"""Where a lab keeps its things, and what they are called."""

import hashlib
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from lab.errors import LabError

CHECKOUT = Path(__file__).resolve().parents[3]
SOURCES = CHECKOUT / "lab"
STATE = Path("/var/lib/deploy-lab")
CACHE = Path("/var/cache/deploy-lab")
LOCKS = CACHE / "locks"
NETNS = Path("/run/netns")

NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,30}")


def digest(text: str) -> str:
    """A short stable name for `text`."""
    return hashlib.sha256(text.encode()).hexdigest()[:8]


def default_name(checkout: Path = CHECKOUT) -> str:
    """The lab of this checkout: `$DEPLOY_LAB`, or a name made from the path."""
    chosen = os.environ.get("DEPLOY_LAB", "")
    if chosen:
        return chosen
    stem = re.sub(r"[^a-z0-9]+", "-", checkout.name.lower()).strip("-")[:16]
    return f"{stem or 'lab'}-{digest(str(checkout))}"


@dataclass(frozen=True)
class Layout:
    """The paths and names that belong to one lab."""

    name: str

    def __post_init__(self) -> None:
        """Refuse names that could not be part of a path or of a namespace's name."""
        if not NAME.fullmatch(self.name):
            raise LabError(
                f"{self.name!r} is no name for a lab: up to 31 of a-z, 0-9 and '-', not '-' first"
            )

    @property
    def directory(self) -> Path:
        """All that the lab stores."""
        return STATE / self.name

    @property
    def state_file(self) -> Path:
        """What `up` decided: nodes and addresses."""
        return self.directory / "lab.json"

    @property
    def lock_file(self) -> Path:
        """Taken by every command that changes this lab."""
        return LOCKS / f"lab-{self.name}"

    @property
    def key(self) -> Path:
        """The private key that opens every login."""
        return self.directory / "id"

    @property
    def known_hosts(self) -> Path:
        """The host keys, by address and by name."""
        return self.directory / "known_hosts"

    @property
    def ssh_config(self) -> Path:
        """For `ssh -F`."""
        return self.directory / "ssh_config"

    @property
    def link(self) -> str:
        """The machine's own end of the cable to the switch (15 characters at most)."""
        return f"dl{digest(self.name)}"

    @property
    def switch(self) -> str:
        """The network namespace that holds the bridge."""
        return f"deploylab.{self.name}.switch"

    def netns(self, node: str) -> str:
        """The network namespace of a host."""
        return f"deploylab.{self.name}.{node}"

    def node(self, node: str) -> Path:
        """The directory of a host."""
        return self.directory / "nodes" / node


def all_labs() -> Iterator[Layout]:
    """Every lab that has a state directory on this machine."""
    if not STATE.is_dir():
        return
    for entry in sorted(STATE.iterdir()):
        if NAME.fullmatch(entry.name):
            yield Layout(entry.name)
