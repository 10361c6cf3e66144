"""Digests, and hashes of passwords."""

from __future__ import annotations

import hashlib
from typing import Any

from jinja2 import pass_context

from deployer.templating.crypt import SALT, bcrypt_hash, random_salt, sha_crypt
from deployer.templating.filters.texts import as_text
from deployer.templating.registry import text
from deployer.templating.scope import Impurity

#: Ansible's own, so that its users keep their identifiers.
_NAMESPACE = "361E6D51-FAEC-444A-9079-341386DA8E2E"


@text("hash")
def hash_(value: Any, hashtype: str = "sha1") -> str:
    """The hexadecimal digest of a text.

    >>> hash_("a", "md5")
    '0cc175b9c0f1b6a831c399e269772661'
    """
    return hashlib.new(hashtype, as_text(value).encode(), usedforsecurity=False).hexdigest()


@text("sha1", "checksum")
def sha1(value: Any) -> str:
    """The SHA-1 digest of a text.

    >>> sha1("a")
    '86f7e437faa5a7fce15d1ddcb9eaeaea377667b8'
    """
    return hash_(value, "sha1")


@text()
def md5(value: Any) -> str:
    """The MD5 digest of a text.

    >>> md5("a")
    '0cc175b9c0f1b6a831c399e269772661'
    """
    return hash_(value, "md5")


@text()
def to_uuid(value: Any, namespace: Any = _NAMESPACE) -> str:
    """A name-based identifier (version 5).

    >>> to_uuid("example.org")
    'ed347709-1a40-5487-afec-3f7d37d019a3'
    """
    import uuid

    space = namespace if isinstance(namespace, uuid.UUID) else uuid.UUID(str(namespace))
    return str(uuid.uuid5(space, as_text(value)))


@text()
@pass_context
def password_hash(  # noqa: PLR0917  (in the order of Ansible)
    context: Any,
    password: Any,
    hashtype: str = "sha512",
    salt: str | None = None,
    salt_size: int | None = None,
    rounds: int | None = None,
    ident: str | None = None,
) -> str:
    """What goes into /etc/shadow: sha512, sha256 (crypt) or blowfish (bcrypt).

    Without a salt it differs every time, so that a task which uses it always changes something.

    >>> password_hash(None, "Hello world!", "sha512", "saltstring")[:20]
    '$6$saltstring$svn8Uo'
    """
    if salt is None and context is not None:
        context.run.impure("password_hash", Impurity.VARIES)
    kind = hashtype.removesuffix("_crypt")
    if kind in ("blowfish", "bcrypt"):
        return bcrypt_hash(as_text(password), salt, rounds or 12, ident or "2b")
    if kind not in ("sha512", "sha256"):
        raise ValueError(
            f"`{hashtype}` is no hash for passwords; there are sha512, sha256, blowfish"
        )
    salt = random_salt(salt_size or 16, SALT) if salt is None else salt
    return sha_crypt(as_text(password), salt, kind, rounds)
