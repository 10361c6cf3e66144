"""The progress of `docker compose` as events."""

from __future__ import annotations

from deployer.model.values import dataclass


@dataclass(frozen=True, slots=True)
class Event:
    """One line of compose's progress: `Container c-web-1  Recreated`."""

    kind: str
    name: str
    word: str


#: What compose calls things in its progress.
KINDS = ("Container", "Network", "Volume", "Image", "Service")


def events(text: str) -> list[Event]:
    """The events among lines of compose's progress."""
    found = []
    for line in text.splitlines():
        bare = line.strip().removeprefix("DRY-RUN MODE -").strip()
        words = bare.split()
        if len(words) == 3 and words[0] in KINDS:
            found.append(Event(words[0], words[1].strip('"'), words[2]))
        elif len(words) == 2 and words[1] in ("Pulling", "Pulled", "Building", "Built", "Skipped"):
            found.append(Event("Service", words[0], words[1]))
    return found
