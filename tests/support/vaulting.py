"""Encrypting for tests, in the format of `ansible-vault` 1.1."""

from __future__ import annotations

import hashlib
import hmac
import textwrap
from binascii import hexlify

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.padding import PKCS7

SALT = b"of no interest to anybody at all"


def encrypt(text: str, password: str) -> str:
    """An encrypted file or value. PBKDF2, AES-256 in counter mode, HMAC over the ciphertext."""
    keys = hashlib.pbkdf2_hmac("sha256", password.encode(), SALT, 10_000, 80)
    padder = PKCS7(128).padder()
    padded = padder.update(text.encode()) + padder.finalize()
    encryptor = Cipher(algorithms.AES(keys[:32]), modes.CTR(keys[64:])).encryptor()
    body = encryptor.update(padded) + encryptor.finalize()
    mac = hmac.digest(keys[32:64], body, "sha256")
    inner = b"\n".join([hexlify(SALT), hexlify(mac), hexlify(body)])
    lines = textwrap.wrap(hexlify(inner).decode(), 80)
    return "\n".join(["$ANSIBLE_VAULT;1.1;AES256", *lines]) + "\n"


def tagged(text: str, password: str, indent: str) -> str:
    """A value for YAML: `!vault |` and the lines below it."""
    return "!vault |\n" + textwrap.indent(encrypt(text, password), indent)
