"""Ansible's vault: files and values encrypted with AES-256-CTR under a password.

    $ANSIBLE_VAULT;1.1;AES256            format 1.1, or
    $ANSIBLE_VAULT;1.2;AES256;prod       format 1.2, which names the password that fits
    6339...                              hex of three lines: hex salt, hex HMAC, hex ciphertext

The key, the HMAC's key and the counter come out of one PBKDF2-HMAC-SHA256 with 10,000 rounds.
What comes out of a vault is a secret. Text in it that is a template stays one (Ansible renders
it), marked so that its result is a secret.
"""

from __future__ import annotations

import re
from binascii import Error as BinasciiError
from binascii import unhexlify
from collections.abc import Sequence

from deployer.language.values import EncryptedText
from deployer.model.diagnostic import Diagnostic
from deployer.model.errors import LoadError
from deployer.model.secret import Secret, remember, remember_number, reveal
from deployer.model.source import Position, SourceList, SourceMap, Template, Value
from deployer.model.values import dataclass
from deployer.variables.passwords import VaultPassword

HEADER = "$ANSIBLE_VAULT"
ROUNDS = 10_000
_KEY, _IV = 32, 16
_MARKS = re.compile(r"\{\{|\{%|\{#")


@dataclass(frozen=True, slots=True)
class Envelope:
    """A vault as it is stored. `label` is the vault id of format 1.2, or empty."""

    label: str
    salt: bytes
    mac: bytes
    ciphertext: bytes


def parse_envelope(text: str) -> Envelope:
    """Take an encrypted text apart. Raises ValueError that says what is wrong with it."""
    head, _, body = text.strip().partition("\n")
    words = [word.strip() for word in head.split(";")]
    if words[0] != HEADER or len(words) < 3:
        raise ValueError("this is not an Ansible vault")
    if words[1] not in ("1.1", "1.2"):
        raise ValueError(f"the vault format {words[1]} is not known (1.1 and 1.2 are)")
    if words[2] != "AES256":
        raise ValueError(f"the vault cipher {words[2]} is not known (AES256 is)")
    label = words[3] if words[1] == "1.2" and len(words) > 3 else ""
    try:
        inner = unhexlify("".join(body.split()))
        salt, mac, ciphertext = (unhexlify(part) for part in inner.split(b"\n", 2))
    except (BinasciiError, ValueError) as error:
        raise ValueError("the vault is damaged: its text is cut or changed") from error
    return Envelope("" if label == "default" else label, salt, mac, ciphertext)


def decrypt(envelope: Envelope, password: str) -> bytes | None:
    """The plain bytes, or None where the password does not fit.

    Raises ValueError where it fits and the content is damaged all the same.
    """
    from cryptography.hazmat.primitives import constant_time, hashes, hmac, padding
    from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
    from cryptography.hazmat.primitives.kdf.pbkdf2 import PBKDF2HMAC

    secret = reveal(password).encode("utf-8", "surrogateescape")
    kdf = PBKDF2HMAC(hashes.SHA256(), 2 * _KEY + _IV, envelope.salt, ROUNDS)
    derived = kdf.derive(secret)
    key, mac_key, counter = derived[:_KEY], derived[_KEY : 2 * _KEY], derived[2 * _KEY :]
    check = hmac.HMAC(mac_key, hashes.SHA256())
    check.update(envelope.ciphertext)
    if not constant_time.bytes_eq(check.finalize(), envelope.mac):
        return None
    opened = Cipher(algorithms.AES(key), modes.CTR(counter)).decryptor()
    padded = opened.update(envelope.ciphertext) + opened.finalize()
    unpad = padding.PKCS7(128).unpadder()
    return unpad.update(padded) + unpad.finalize()


class Vault:
    """Opens encrypted text with the passwords of a run, each text once.

    Passwords are read when the first encrypted text turns up; the one whose label the text names
    is tried first, then the others in the order given.
    """

    def __init__(self, passwords: Sequence[VaultPassword] = ()) -> None:
        self.passwords = tuple(passwords)
        self.warnings: list[Diagnostic] = []
        self._texts: dict[str, str] = {}
        #: By identity; the value is kept so that its id stays its own.
        self._opened: dict[int, tuple[Value, Value]] = {}

    def text(self, ciphertext: str, position: Position | None = None) -> str:
        """The plain text of an encrypted one.

        Raises LoadError at `position` where no password fits, there is none, or it is damaged.
        """
        if ciphertext not in self._texts:
            try:
                self._texts[ciphertext] = self._open_text(ciphertext, position)
            except ValueError as error:
                raise LoadError([Diagnostic(str(error), position)]) from error
        return self._texts[ciphertext]

    def document(self, encrypted: EncryptedText) -> Value:
        """The values of a YAML file that is encrypted as a whole; all its text is secret.

        Raises LoadError as `text` does, and where the content is not YAML.
        """
        from deployer.language.yaml import load_text

        place = encrypted.origin or Position("<vault>")
        text = self.text(encrypted.ciphertext, place)
        try:
            return concealed(load_text(text, place.file, self.warnings))
        except LoadError as error:
            # The summary may quote the content: only the places are told.
            where = [problem.position for problem in error.diagnostics]
            summary = "what is encrypted here is not valid YAML"
            raise LoadError([Diagnostic(summary, position) for position in where]) from None

    def value(self, encrypted: EncryptedText) -> str:
        """The value of an inline `!vault`: a Secret, or a secret Template."""
        return conceal(self.text(encrypted.ciphertext, encrypted.origin), encrypted.origin)

    def opened(self, value: Value) -> Value:
        """A value with everything encrypted in it opened; itself where there is nothing."""
        if isinstance(value, EncryptedText):
            return self.value(value)
        if not isinstance(value, SourceMap | SourceList):
            return value
        known = self._opened.get(id(value))
        if known is None or known[0] is not value:
            known = self._opened[id(value)] = (value, self._open_container(value))
        return known[1]

    def _open_container(self, value: SourceMap | SourceList) -> Value:
        if isinstance(value, SourceMap):
            items = {key: self.opened(item) for key, item in value.items()}
            same = all(items[key] is value[key] for key in items)
            return value if same else SourceMap(items, value.origin, value.keys_at)
        parts = [self.opened(item) for item in value]
        same = all(part is item for part, item in zip(parts, value, strict=True))
        return value if same else SourceList(parts, value.origin, value.items_at)

    def _open_text(self, ciphertext: str, position: Position | None) -> str:
        envelope = parse_envelope(ciphertext)
        if not self.passwords:
            hint = "give it with --vault-password-file, --vault-id or --ask-vault-pass"
            raise LoadError(
                [Diagnostic("encrypted, and no vault password is given", position, hint)]
            )
        wanted = envelope.label
        for candidate in sorted(self.passwords, key=lambda each: each.label != wanted):
            plain = decrypt(envelope, candidate.password())
            if plain is not None:
                return plain.decode("utf-8", "surrogateescape")
        labels = ", ".join(f"`{candidate.label}`" for candidate in self.passwords)
        named = f" (it was encrypted with the vault id `{wanted}`)" if wanted else ""
        hint = f"tried the passwords of {labels}"
        raise LoadError([Diagnostic(f"no vault password fits{named}", position, hint)])


def conceal(text: str, origin: Position | None = None) -> str:
    """Text out of a vault: a Secret, or a Template whose result is one."""
    if not _MARKS.search(text):
        return Secret(text)
    remember(text)
    return Template(text, origin, secret=True)


def concealed(value: Value) -> Value:
    """A value out of a vault with all its text (not its keys) concealed."""
    if isinstance(value, Template):
        return conceal(str(value), value.origin)
    if isinstance(value, str):
        return Secret(value)
    if isinstance(value, SourceMap):
        items = {key: concealed(item) for key, item in value.items()}
        return SourceMap(items, value.origin, value.keys_at)
    if isinstance(value, SourceList):
        return SourceList([concealed(item) for item in value], value.origin, value.items_at)
    if isinstance(value, int):
        remember_number(value)
    return value
