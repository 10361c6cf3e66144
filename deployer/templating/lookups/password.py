"""`password`: a random password, kept in a file on the controller so that it stays the same."""

from __future__ import annotations

import os
import random
import secrets
import string
from pathlib import Path
from typing import Any

from deployer.model.secret import Secret
from deployer.templating.ask import Ask
from deployer.templating.crypt import SALT, bcrypt_hash, random_salt, sha_crypt
from deployer.templating.scope import Impurity

_KEYS = ("length", "chars", "encrypt", "seed", "ident")
_SETS = {
    "ascii_letters": string.ascii_letters,
    "ascii_lowercase": string.ascii_lowercase,
    "ascii_uppercase": string.ascii_uppercase,
    "digits": string.digits,
    "hexdigits": string.hexdigits,
    "punctuation": string.punctuation,
}
_NOWHERE = "/dev/null"


def run(ask: Ask, terms: list[Any], **options: Any) -> list[Secret]:
    """Secrets, one per term: `path length=20 chars=ascii_letters,digits encrypt=sha512_crypt`.

    The file is made with mode 0600; `/dev/null` keeps nothing.
    """
    ask.impure(Impurity.ACTS)
    return [_password(ask, str(term), options) for term in terms]


def _password(ask: Ask, term: str, options: dict[str, Any]) -> Secret:
    words = term.split(" ")
    at = next((at for at, word in enumerate(words) if at and "=" in word), len(words))
    given = {**options, **dict(word.partition("=")[::2] for word in words[at:] if word)}
    unknown = sorted(set(given) - set(_KEYS))
    if unknown:
        raise ValueError(f"`{unknown[0]}` is no option; there are {', '.join(_KEYS)}")
    name = " ".join(words[:at])
    path = Path(_NOWHERE) if name == _NOWHERE else _place(ask, name)
    text, salt = _kept(path) or (_made(given), "")
    scheme = str(given.get("encrypt") or "")
    if scheme and not salt:
        salt = random_salt(22 if scheme in ("bcrypt", "blowfish") else 16, SALT[:-2])
    if str(path) != _NOWHERE and (text, salt) != _kept(path):
        _keep(path, f"{text} salt={salt}" if salt else text)
    return Secret(_encrypted(text, salt, scheme, given) if scheme else text)


def _place(ask: Ask, name: str) -> Path:
    """Where it is kept: relative to the playbook."""
    path = Path(name).expanduser()
    return path if path.is_absolute() else Path((ask.run.scope.search or (".",))[-1]) / path


def _kept(path: Path) -> tuple[str, str] | None:
    if str(path) == _NOWHERE or not path.exists():
        return None
    text = path.read_text("utf-8").rstrip("\n")
    password, _, salt = text.rpartition(" salt=") if " salt=" in text else (text, "", "")
    return (password, salt) if password else None


def _keep(path: Path, text: str) -> None:
    """Written beside and renamed, so that nobody ever reads half of it or without its mode."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text + "\n")
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)


def _made(given: dict[str, Any]) -> str:
    wanted = given.get("chars", "ascii_letters,digits,.,:-_")
    chosen = wanted if isinstance(wanted, list) else _split(str(wanted))
    characters = "".join(dict.fromkeys("".join(_SETS.get(part, part) for part in chosen)))
    length = int(given.get("length", 20))
    seed = given.get("seed")
    draw: Any = secrets.SystemRandom() if seed is None else random.Random(str(seed))  # noqa: S311
    return "".join(draw.choice(characters) for _ in range(length))


def _split(text: str) -> list[str]:
    """Parts between commas; two commas stand for a comma."""
    parts = [part for part in text.replace(",,", ",\0,").split(",") if part]
    return [part.replace("\0", ",") for part in parts]


def _encrypted(text: str, salt: str, scheme: str, given: dict[str, Any]) -> str:
    kind = scheme.removesuffix("_crypt")
    if kind in ("bcrypt", "blowfish"):
        return bcrypt_hash(text, salt, 12, str(given.get("ident") or "2b"))
    if kind not in ("sha512", "sha256"):
        raise ValueError(f"`{scheme}` is no hash for passwords; there are sha512_crypt, bcrypt")
    return sha_crypt(text, salt, kind)
