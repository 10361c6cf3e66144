"""Password hashes as crypt(3) makes them.

SHA-crypt after Ulrich Drepper's specification ("Unix crypt using SHA-256 and SHA-512", 0.6),
because Python no longer brings a `crypt` module; bcrypt by the library of that name.
"""

from __future__ import annotations

import hashlib
import secrets
import string
from collections.abc import Callable
from typing import Any

#: The characters of salts, and of crypt's own base64.
SALT = string.ascii_letters + string.digits + "./"
_ITOA = "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_ROUNDS = 5000
_FEWEST, _MOST = 1000, 999_999_999


def random_salt(size: int, characters: str) -> str:
    """So many characters of chance."""
    return "".join(secrets.choice(characters) for _ in range(size))


def bcrypt_hash(password: str, salt: str | None, rounds: int, ident: str) -> str:
    """`$2b$...`; `salt` is 22 characters of bcrypt's base64. ValueError if it is not."""
    import bcrypt

    if salt is None:
        made = bcrypt.gensalt(rounds, prefix=ident.encode())
    elif len(salt) == 22:
        made = f"${ident}${rounds:02d}${salt}".encode()
    else:
        raise ValueError("the salt of bcrypt has 22 characters")
    return bcrypt.hashpw(password.encode()[:72], made).decode("ascii")


def sha_crypt(password: str, salt: str, kind: str, rounds: int | None = None) -> str:
    """`$6$...` for sha512, `$5$...` for sha256. The salt counts up to 16 characters."""
    if set(salt) - set(SALT):
        raise ValueError("a salt is made of letters, digits, `.` and `/`")
    salt = salt[:16]
    count = min(max(rounds or _ROUNDS, _FEWEST), _MOST)
    new: Callable[..., Any] = hashlib.sha512 if kind == "sha512" else hashlib.sha256
    digest = _digest(password.encode(), salt.encode(), new, count)
    shown = "" if rounds is None else f"rounds={count}$"
    encoded = _encode(digest, _ORDER_512 if kind == "sha512" else _ORDER_256)
    return f"${'6' if kind == 'sha512' else '5'}${shown}{salt}${encoded}"


def _digest(key: bytes, salt: bytes, new: Callable[..., Any], rounds: int) -> bytes:
    size = new().digest_size
    mixed = new(key + salt + key).digest()
    first = new(key + salt + _stretch(mixed, len(key)))
    bits = len(key)
    while bits:
        first.update(mixed if bits & 1 else key)
        bits >>= 1
    result = bytes(first.digest())
    from_key = _stretch(new(key * len(key)).digest(), len(key))
    from_salt = _stretch(new(salt * (16 + result[0])).digest(), len(salt))
    assert len(result) == size
    for turn in range(rounds):
        parts = [from_key if turn & 1 else result]
        parts += [from_salt] if turn % 3 else []
        parts += [from_key] if turn % 7 else []
        parts += [result if turn & 1 else from_key]
        result = bytes(new(b"".join(parts)).digest())
    return result


def _stretch(pattern: bytes, length: int) -> bytes:
    return (pattern * (length // len(pattern) + 1))[:length]


def _order(size: int, step: int, start: int) -> list[tuple[int, int, int]]:
    """The order in which crypt takes three bytes at a time; it rotates by the specification."""
    third = size // 3
    rows = [(at, at + third, at + 2 * third) for at in range(third)]
    return [_rotated(row, at * step + start) for at, row in enumerate(rows)]


def _rotated(row: tuple[int, int, int], by: int) -> tuple[int, int, int]:
    by %= 3
    one, two, three = (*row[by:], *row[:by])
    return (one, two, three)


_ORDER_512 = _order(63, 1, 0)
_ORDER_256 = _order(30, 2, 0)


def _encode(digest: bytes, order: list[tuple[int, int, int]]) -> str:
    text = "".join(_itoa(digest[a] << 16 | digest[b] << 8 | digest[c], 4) for a, b, c in order)
    if len(digest) == 64:
        return text + _itoa(digest[63], 2)
    return text + _itoa(digest[31] << 8 | digest[30], 3)


def _itoa(value: int, length: int) -> str:
    made = ""
    for _ in range(length):
        made += _ITOA[value & 63]
        value >>= 6
    return made
