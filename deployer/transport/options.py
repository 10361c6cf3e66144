"""OpenSSH options: the words of `ansible_ssh_common_args`, and which of them matter to us."""

from __future__ import annotations

import re
import shlex

from deployer.model.errors import ConnectError


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


#: Options that change how we connect, by their names in ssh_config(5), lower case.
MEANT = _names(
    "addressfamily bindaddress canonicaldomains canonicalizefallbacklocal canonicalizehostname "
    "canonicalizemaxdots connectionattempts connecttimeout forwardagent globalknownhostsfile "
    "hashknownhosts hostkeyalias hostname identitiesonly identityagent identityfile "
    "kbdinteractiveauthentication passwordauthentication port preferredauthentications "
    "proxycommand proxyjump pubkeyauthentication serveralivecountmax serveraliveinterval "
    "stricthostkeychecking user userknownhostsfile"
)
#: Options that make no difference to a connection of ours, or that we always do better.
HARMLESS = _names(
    "addkeystoagent batchmode challengeresponseauthentication checkhostip clearallforwardings "
    "compression compressionlevel controlmaster controlpath controlpersist escapechar "
    "exitonforwardfailure fingerprinthash gatewayports gssapiauthentication "
    "gssapidelegatecredentials gssapikeyexchange hostbasedauthentication ipqos loglevel logverbose "
    "nohostauthenticationforlocalhost numberofpasswordprompts permitlocalcommand rekeylimit "
    "requesttty sendenv setenv tcpkeepalive updatehostkeys verifyhostkeydns visualhostkey "
    "xauthlocation forwardx11 forwardx11trusted"
)
#: The only cryptographic choice is ours: these are refused rather than ignored.
REFUSED = _names(
    "ciphers macs kexalgorithms hostkeyalgorithms pubkeyacceptedalgorithms "
    "pubkeyacceptedkeytypes casignaturealgorithms"
)
#: Flags of `ssh` that take a value, with the option they stand for.
FLAGS = {"-p": "Port", "-i": "IdentityFile", "-J": "ProxyJump", "-l": "User", "-F": "ConfigFile"}
#: Flags of `ssh` without a value that change nothing here.
SILENT = re.compile(r"-[qvCnTN4xak]+\Z")

Options = tuple[tuple[str, str], ...]


def parse_ssh_args(text: str) -> Options:
    """The options in a string of `ssh` arguments, in order; ("ConfigFile", path) is `-F`.

    Raises ConnectError for a word that is none, and for an option that does not exist here.
    """
    try:
        words = shlex.split(text)
    except ValueError as error:
        raise ConnectError(f"ssh arguments {text!r}: {error}") from error
    found: list[tuple[str, str]] = []
    while words:
        word = words.pop(0)
        flag, value = word[:2], word[2:]
        if flag == "-A" and not value:
            found.append(("ForwardAgent", "yes"))
        elif flag == "-o" or flag in FLAGS:
            if not value:
                if not words:
                    raise ConnectError(f"ssh arguments: `{flag}` lacks its value")
                value = words.pop(0)
            found.append(option(value) if flag == "-o" else (FLAGS[flag], value))
        elif not SILENT.match(word):
            raise ConnectError(f"ssh arguments: `{word}` is not understood (write it as `-o X=Y`)")
    return tuple(pair for pair in found if pair[0].lower() not in HARMLESS)


def option(text: str) -> tuple[str, str]:
    """One `-o` option: `X=Y`, `X Y` or `X = Y`.

    Raises ConnectError where it has no value or a name that is not known here.
    """
    match = re.match(r"\s*(\w+)(?:\s*=\s*|\s+)(.+?)\s*\Z", text, re.DOTALL)
    if not match:
        raise ConnectError(f"ssh option `{text}` lacks its value")
    name, value = match.groups()
    check_option(name, value)
    return name, value


def check_option(name: str, value: str) -> None:
    """Raises ConnectError for an option that cannot be honoured."""
    lowered = name.lower()
    if lowered in REFUSED:
        raise ConnectError(f"ssh option `{name}` is not supported: weak algorithms are always off")
    if lowered not in MEANT and lowered not in HARMLESS and lowered != "configfile":
        raise ConnectError(f"ssh option `{name}` is not supported")
    if "\n" in value or "\r" in value:
        raise ConnectError(f"ssh option `{name}` has more than one line")
