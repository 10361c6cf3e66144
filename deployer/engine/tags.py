"""Which steps `--tags` and `--skip-tags` select."""

from __future__ import annotations

from collections.abc import Collection

from deployer.model.values import dataclass


@dataclass(frozen=True, slots=True)
class TagFilter:
    """`only` empty means `all`. `always` and `never` are Ansible's special tags."""

    only: frozenset[str] = frozenset()
    skip: frozenset[str] = frozenset()

    def selects(self, tags: Collection[str]) -> bool:
        """Whether a step with these tags runs."""
        own = frozenset(tags)
        only = self.only or frozenset({"all"})
        return self._asked_for(own, only) and not self._skipped(own, only)

    @staticmethod
    def _asked_for(own: frozenset[str], only: frozenset[str]) -> bool:
        if "always" in own or own & only:
            return True
        if "all" in only:
            return "never" not in own
        if "tagged" in only:
            return bool(own) and "never" not in own
        return "untagged" in only and not own

    def _skipped(self, own: frozenset[str], only: frozenset[str]) -> bool:
        skip = self.skip
        if not skip:
            return False
        if "all" in skip:
            return "always" not in own or "always" in skip
        if own & skip:
            return True
        if "tagged" in skip and own:
            return "always" not in own or "always" in skip or "always" not in only
        return "untagged" in skip and not own
