"""`stat`: facts of a file."""

from __future__ import annotations

import stat as bits
from collections.abc import Sequence
from typing import Literal

from deployer.model.values import dataclass
from deployer.sdk import Change, Outcome, ProbeError, Reply, Resource, Script, Value, arg, sh
from deployer.sdk.files import PATHS
from deployer.sdk.kinds import Manual

#: $1 path, $2 `-L` to follow links, $3 name of the program that hashes, $4 mime, $5 attributes.
STAT = sh(
    r"""
p=$1
d_expand
if [ "$p" != "$1" ]; then printf 'path %s\n' "$p"; fi
if [ -n "$2" ] && [ ! -e "$p" ]; then exit 0; fi
if [ ! -e "$p" ] && [ ! -L "$p" ]; then exit 0; fi
stat ${2:+-L} -c 'is %f %h %i %d %u %g %s %X %Y %Z %b %o %t %T %U %G' -- "$p" || exit 1
access=
if [ -r "$p" ]; then access=r; fi
if [ -w "$p" ]; then access=${access}w; fi
if [ -x "$p" ]; then access=${access}x; fi
echo "access $access"
if [ -L "$p" ] && [ -z "$2" ]; then
    echo target
    readlink -f -- "$p"
    printf '\0'
    readlink -- "$p"
    exit 0
fi
if [ -f "$p" ] && [ -r "$p" ] && [ -n "$3" ] && command -v "$3" >/dev/null; then
    sum=$("$3" <"$p") || exit 1
    echo "checksum ${sum%% *}"
fi
if [ -n "$4" ] && command -v file >/dev/null; then
    printf 'mime '
    file -b -i -- "$p" || exit 1
fi
if [ -n "$5" ] && command -v lsattr >/dev/null; then
    printf 'flags '
    lsattr -vd -- "$p" 2>/dev/null || echo
fi
:
""",
    uses=(PATHS,),
)

_FLAGS = {
    "A": "noatime",
    "a": "append",
    "c": "compressed",
    "C": "nocow",
    "d": "nodump",
    "D": "dirsync",
    "e": "extents",
    "E": "encrypted",
    "i": "immutable",
    "I": "indexed",
    "j": "journalled",
    "N": "inline",
    "s": "zero",
    "S": "synchronous",
    "t": "notail",
    "T": "blockroot",
    "u": "undelete",
    "X": "compressedraw",
    "Z": "compresseddirty",
}
_TYPES = {
    "isdir": bits.S_ISDIR,
    "ischr": bits.S_ISCHR,
    "isblk": bits.S_ISBLK,
    "isreg": bits.S_ISREG,
    "isfifo": bits.S_ISFIFO,
    "islnk": bits.S_ISLNK,
    "issock": bits.S_ISSOCK,
}
_RIGHTS = {
    "rusr": 0o400,
    "wusr": 0o200,
    "xusr": 0o100,
    "rgrp": 0o040,
    "wgrp": 0o020,
    "xgrp": 0o010,
    "roth": 0o004,
    "woth": 0o002,
    "xoth": 0o001,
    "isuid": 0o4000,
    "isgid": 0o2000,
}


@dataclass(frozen=True, slots=True)
class Args:
    path: str = arg(doc="Path to look at.", aliases=("dest", "name"))
    follow: bool = arg(False, doc="Look at what a link points to.")
    get_checksum: bool = arg(True, doc="Hash a file.")
    checksum_algorithm: Literal["md5", "sha1", "sha224", "sha256", "sha384", "sha512"] = arg(
        "sha1", doc="How to hash.", aliases=("checksum", "checksum_algo")
    )
    get_mime: bool = arg(
        True,
        doc="Ask `file`, where it is installed, for the type of the content.",
        aliases=("mime", "mime_type", "mime-type"),
    )
    get_attributes: bool = arg(
        True, doc="Ask `lsattr`, where it is installed.", aliases=("attr", "attributes")
    )


def probe(args: Args) -> Script:
    program = f"{args.checksum_algorithm}sum" if args.get_checksum else ""
    return STAT(
        args.path,
        "-L" if args.follow else "",
        program,
        "1" if args.get_mime else "",
        "1" if args.get_attributes else "",
    )


def parse(args: Args, reply: Reply) -> dict[str, Value]:
    """The dictionary `stat` of the result."""
    if not reply.ok:
        raise ProbeError(f"cannot look at {args.path}: {reply.err.strip() or reply.code}")
    head, link, rest = reply.stdout.partition(b"\ntarget\n")
    found: dict[str, Value] = {"exists": False}
    path = args.path
    for line in head.decode("utf-8", "surrogateescape").splitlines():
        word, _, text = line.partition(" ")
        if word == "path":
            path = text
        elif word == "is":
            found = {"exists": True, "path": path, **_facts(text.split(" "))}
        elif word == "access":
            names = (("r", "readable"), ("w", "writeable"), ("x", "executable"))
            found |= {name: letter in text for letter, name in names}
        elif word == "checksum":
            found["checksum"] = text
        elif word == "mime":
            found["mimetype"], _, charset = text.partition(";")
            found["charset"] = charset.partition("charset=")[2] or "unknown"
        elif word == "flags":
            found |= _attributes(text)
    if link:
        source, _, target = rest.decode("utf-8", "surrogateescape").partition("\0")
        found["lnk_source"] = source.removesuffix("\n") or path
        found["lnk_target"] = target.removesuffix("\n")
    return found


def _facts(words: list[str]) -> dict[str, Value]:
    """The return values out of the words that `stat` printed."""
    raw, (links, inode, device, uid, gid, size) = int(words[0], 16), map(int, words[1:7])
    accessed, modified, changed = (float(word) for word in words[7:10])
    major, minor = int(words[12], 16), int(words[13], 16)
    found: dict[str, Value] = {"mode": f"{raw & 0o7777:04o}"}
    found |= {name: test(raw) for name, test in _TYPES.items()}
    found |= {"uid": uid, "gid": gid, "size": size, "inode": inode, "dev": device}
    found |= {"nlink": links, "atime": accessed, "mtime": modified, "ctime": changed}
    found |= {name: bool(raw & bit) for name, bit in _RIGHTS.items()}
    found |= {"blocks": int(words[10]), "block_size": int(words[11])}
    found["device_type"] = major << 8 | minor & 0xFF | (minor & ~0xFF) << 12
    for key, name in (("pw_name", words[14]), ("gr_name", words[15])):
        if name != "UNKNOWN":
            found[key] = name
    return found


def _attributes(text: str) -> dict[str, Value]:
    """The flags of chattr: `VERSION FLAGS PATH`; nothing where the file system has none."""
    words = text.split()
    if len(words) < 2:
        return {"attributes": [], "attr_flags": "", "version": None}
    flags = words[1].replace("-", "")
    named = [_FLAGS[flag] for flag in flags if flag in _FLAGS]
    return {"attributes": named, "attr_flags": flags, "version": words[0]}


def diff(_args: Args, _found: dict[str, Value]) -> Sequence[Change]:
    """Looking changes nothing."""
    return ()


def report(_args: Args, found: dict[str, Value]) -> Outcome:
    return Outcome(changed=False, values={"stat": found})


MODULE = Resource(
    name="stat",
    informs=True,
    args=Args,
    probe=probe,
    parse=parse,
    diff=diff,
    report=report,
    manual=Manual(
        summary="Look at a file: does it exist, what is it, whose is it.",
        returns={
            "stat.exists": "Whether there is something.",
            "stat.path": "The path.",
            "stat.isreg": "A file; so are isdir, islnk, isblk, ischr, isfifo and issock.",
            "stat.mode": "Permissions, as '0644'; so are rusr … xoth, isuid and isgid, as bools.",
            "stat.uid": "Number of the owner; `pw_name` is the name.",
            "stat.gid": "Number of the group; `gr_name` is the name.",
            "stat.size": "Size in bytes; so are blocks and block_size.",
            "stat.inode": "Inode; so are dev, nlink and device_type.",
            "stat.mtime": "Seconds since 1970; so are atime and ctime.",
            "stat.readable": "For the user who looks; so are writeable and executable.",
            "stat.checksum": "Hash of a file that can be read.",
            "stat.lnk_target": "Where a link points; `lnk_source` is where that leads in the end.",
            "stat.mimetype": "Type of the content, with `charset`, where `file` is installed.",
            "stat.attributes": "Flags of chattr, with `attr_flags` and `version`.",
        },
        example="""
- stat:
    path: /var/lib/app/installed
  register: installed
""",
    ),
)
