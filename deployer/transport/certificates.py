"""Host certificates (PROTOCOL.certkeys): who signed one, and does it hold for this host now."""

from __future__ import annotations

import base64
from fnmatch import fnmatchcase

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    SSHCertificate,
    SSHCertificateType,
    load_ssh_public_identity,
)


def signer(certificate: bytes, name: str, now: float) -> bytes:
    """The wire format of the authority's key, or nothing where the certificate does not hold.

    `name` is the lookup name: principals are host names, so brackets and port are cut off.
    """
    length = int.from_bytes(certificate[:4], "big")
    line = certificate[4 : 4 + length] + b" " + base64.b64encode(certificate)
    try:
        loaded = load_ssh_public_identity(line)
        if not isinstance(loaded, SSHCertificate) or not _holds(loaded, name, now):
            return b""
        loaded.verify_cert_signature()
    except (ValueError, InvalidSignature, NotImplementedError):
        return b""
    text = loaded.signature_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH)
    return base64.b64decode(text.split()[1])


def _holds(certificate: SSHCertificate, name: str, now: float) -> bool:
    if certificate.type is not SSHCertificateType.HOST or certificate.critical_options:
        return False
    if not certificate.valid_after <= now < certificate.valid_before:
        return False
    host = name[1 : name.rindex("]")] if name.startswith("[") else name
    # A host certificate without principals is good for none (OpenSSH since 10.0); with wildcards
    # as sshconnect.c matches them.
    names = [
        principal.decode("utf-8", "replace").lower() for principal in certificate.valid_principals
    ]
    return any(fnmatchcase(host, pattern) for pattern in names)
