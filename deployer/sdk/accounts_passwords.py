"""The password of a user: set, locked and unlocked. Only hashes, and the host compares them."""

from __future__ import annotations

from collections.abc import Iterator

from deployer.model.change import Change
from deployer.model.script import Script
from deployer.model.secret import Secret
from deployer.sdk.accounts_state import Account
from deployer.sdk.accounts_steps import LOCK, PASSWORD


def set_password(name: str, hashed: str) -> Script:
    """Give a user this hash."""
    return PASSWORD(stdin=f"{name}:" + Secret(hashed) + "\n")


def password_changes(
    name: str, account: Account, hashed: str | None, lock: bool | None
) -> Iterator[Change]:
    """None: as it is. A password that is set anew is no longer locked, so the lock comes after."""
    locked = account.locked
    if hashed is not None and account.same_password is not True:
        cause = "cannot be compared" if account.same_password is None else "differs"
        yield Change("set password of user", name, cause, set_password(name, hashed))
        locked = hashed.startswith("!")
    if lock is True and locked is not True:
        yield Change("lock password of user", name, "not locked", LOCK(name, "yes"))
    if lock is False and locked is not False:
        yield Change("unlock password of user", name, "locked", LOCK(name, ""))


def is_plain(hashed: str) -> bool:
    """Whether this cannot be a crypt(3) hash: taken for one, it would lock the user out."""
    bare = hashed.lstrip("!")
    return bare not in ("", "*", "x") and not bare.startswith(("$", "_"))
