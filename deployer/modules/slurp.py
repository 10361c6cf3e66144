"""`slurp`: bring the content of a file."""

from __future__ import annotations

import base64
from collections.abc import Sequence

from deployer.model.values import dataclass
from deployer.sdk import Change, Outcome, ProbeError, Refused, Reply, Resource, Script, arg, sh
from deployer.sdk.files import PATHS
from deployer.sdk.kinds import Manual

#: One word on what is there; before the content, its path up to a NUL.
READ = sh(
    r"""
p=$1
d_expand
if [ ! -e "$p" ]; then echo absent
elif [ -d "$p" ]; then echo directory
elif [ ! -f "$p" ] && [ ! -c "$p" ]; then echo special
elif [ ! -r "$p" ]; then echo unreadable
else
    printf 'content %s\0' "$p"
    cat -- "$p"
fi
""",
    uses=(PATHS,),
)

_WORDS = {
    "absent": "file not found: {}",
    "directory": "source is a directory and must be a file: {}",
    "unreadable": "file is not readable: {}",
    "special": "source is not a file: {}",
}


@dataclass(frozen=True, slots=True)
class Args:
    src: str = arg(doc="File to bring.", aliases=("path",))


@dataclass(frozen=True, slots=True)
class Seen:
    """What was brought: `problem` is a word of `READ` where there is no content."""

    problem: str = ""
    source: str = ""
    content: bytes = b""


def probe(args: Args) -> Script:
    return READ(args.src)


def parse(args: Args, reply: Reply) -> Seen:
    if not reply.ok:
        raise ProbeError(f"cannot read {args.src}: {reply.err.strip() or reply.code}")
    if not reply.stdout.startswith(b"content "):
        return Seen(reply.out.strip())
    head, _, content = reply.stdout.partition(b"\0")
    source = head.removeprefix(b"content ").decode("utf-8", "surrogateescape")
    return Seen("", source, content)


def diff(args: Args, seen: Seen) -> Sequence[Change]:
    if seen.problem:
        raise Refused(_WORDS.get(seen.problem, "cannot read: {}").format(args.src))
    return ()


def report(_args: Args, seen: Seen) -> Outcome:
    values = {
        "content": base64.b64encode(seen.content).decode(),
        "encoding": "base64",
        "source": seen.source,
    }
    return Outcome(changed=False, values=values)


MODULE = Resource(
    name="slurp",
    informs=True,
    args=Args,
    probe=probe,
    parse=parse,
    diff=diff,
    report=report,
    manual=Manual(
        summary="Bring the content of a file on the host, in base64.",
        returns={
            "content": "The content in base64: `{{ result.content | b64decode }}`.",
            "encoding": "`base64`.",
            "source": "Path of the file.",
        },
        example="""
- slurp:
    src: /etc/app/token
  register: token
""",
    ),
)
