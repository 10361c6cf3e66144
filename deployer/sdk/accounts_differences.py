"""How a user of a host differs from the one that is wanted: in words, and as flags of `usermod`
and `chage`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import field

from deployer.model.script import Script
from deployer.model.values import dataclass
from deployer.sdk.accounts_state import Account
from deployer.sdk.accounts_steps import AGE

DAY = 86400


@dataclass(slots=True)
class Differences:
    """What is wrong, and the flags that mend it."""

    words: list[str] = field(default_factory=list)
    flags: list[str] = field(default_factory=list)

    def want(self, what: str, flag: str, wanted: object, there: object) -> bool:
        """Compare one property (None: as it is); true where it differs."""
        differs = wanted is not None and str(wanted) != str(there)
        if differs:
            self.words.append(f"{what} is {there or 'empty'}, wanted {wanted or 'empty'}")
            self.flags += [flag, str(wanted)]
        return differs

    def want_groups(
        self, account: Account, primary: str | None, groups: Sequence[str], *, append: bool
    ) -> None:
        """Compare the other groups, by name or number; `append` leaves it in those it is in."""
        wanted = [name for name in groups if name and name not in (primary, account.primary)]
        known = {name for pair in account.groups for name in (pair[0], str(pair[1]))}
        missing = [name for name in wanted if name not in known]
        extra = [name for name, gid in account.others if not {name, str(gid)} & set(wanted)]
        if missing:
            self.words.append(f"not in {', '.join(missing)}")
        if extra and not append:
            self.words.append(f"also in {', '.join(extra)}")
        if missing and append:
            self.flags += ["-a", "-G", ",".join(missing)]
        elif (missing or extra) and not append:
            self.flags += ["-G", ",".join(wanted)]


@dataclass(frozen=True, slots=True)
class Aging:
    """Days until a password may and must be changed, of warning, until the account is disabled
    after that, and when it expires (seconds since 1970, below 0: never). None: as it is."""

    least: int | None = None
    most: int | None = None
    warn: int | None = None
    disable: int | None = None
    expires: float | None = None

    def __bool__(self) -> bool:
        return any(days is not None for _, days in self._days())

    def script(self, name: str, there: Sequence[str]) -> Script:
        """A call of chage for what differs from `Account.aging`; nothing where nothing does."""
        flags: list[str] = []
        for place, (flag, days) in enumerate(self._days()):
            now = there[place] if place < len(there) else None
            if days is not None and (now is None or (now or "-1") != str(days)):
                flags += [flag, str(days)]
        return AGE(*flags, name) if flags else Script()

    def _days(self) -> Iterator[tuple[str, int | None]]:
        """Flags of chage, in the order of `Account.aging`."""
        expires = None if self.expires is None else int(self.expires // DAY)
        yield "-m", self.least
        yield "-M", self.most
        yield "-W", self.warn
        yield "-I", self.disable
        yield "-E", -1 if expires is not None and expires < 0 else expires
