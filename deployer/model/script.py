"""Shell as data: constant fragments, and their data as positional parameters.

    CHMOD = sh('chmod "$1" -- "$2"')
    CHMOD("0644", path)             -> Script, one call
    CHMOD(...) + CHOWN(...)         -> Script, two calls, the second only if the first succeeds

No fragment is ever built from data, so injection is impossible by construction and every fragment
can be checked as it stands (`dash -n`, `busybox sh -n`, shellcheck: `Fragment.all_known()`).
Fragments must run on dash and busybox ash with GNU or busybox tools.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import field
from typing import TypeAlias

from deployer.model.secret import Secret, reveal
from deployer.model.values import dataclass


@dataclass(frozen=True, slots=True)
class LocalFile:
    """A file on the controller, read by the transport when it is sent.

    `path` is absolute, `size` in bytes, `sha256` the hex digest, `mode` the permission bits;
    `sha1` is what Ansible returns as `checksum`, empty where nobody computed it. `preview` is the
    content of a small file where a diff is wanted. `opened` is what came out of the vault that the
    file on disk is; the size and the hashes are of that.
    """

    path: str
    size: int
    sha256: str
    mode: int = 0o644
    sha1: str = ""
    preview: bytes | None = None
    opened: Secret | None = None


@dataclass(frozen=True, slots=True)
class Stream:
    """Pieces that are sent one after the other as one standard input (a tar of many files)."""

    parts: tuple[bytes | LocalFile, ...] = ()

    @property
    def size(self) -> int:
        """Bytes in all."""
        return sum(len(part) if isinstance(part, bytes) else part.size for part in self.parts)


#: What a call reads on standard input. Secrets travel here and nowhere else.
Stdin: TypeAlias = bytes | Secret | LocalFile | Stream


@dataclass(frozen=True, slots=True)
class Fragment:
    """Constant shell source. `uses` are fragments whose source only defines functions.

    `ahead` finds out in one go what many calls of one exchange want to know.
    """

    source: str
    uses: tuple[Fragment, ...] = ()
    ahead: Ahead | None = None

    @property
    def name(self) -> str:
        """A shell function name, the same for the same source."""
        return "d_" + hashlib.sha256(self.source.encode()).hexdigest()[:12]

    def __call__(
        self,
        *args: str,
        stdin: Stdin = b"",
        env: Mapping[str, str] | None = None,
        timeout: float | None = None,
        exposed: bool = False,
        hushed: bool = False,
    ) -> Script:
        """One call of this fragment.

        `env` is exported to it; `timeout` in seconds ends it with status 124. Positional
        parameters reach the argv of whatever the fragment runs, so a `Secret` among them (or in
        `env`) raises TypeError unless `exposed` says that the user's own command wants it there.
        `hushed`: what it prints holds secrets that nobody knows yet (a join token).
        """
        given = dict(env or {})
        if not exposed and any(isinstance(text, Secret) for text in (*args, *given.values())):
            raise TypeError("a secret must travel on standard input, not as a parameter")
        call = Call(
            self,
            tuple(reveal(text) for text in args),
            stdin,
            tuple((key, reveal(text)) for key, text in given.items()),
            timeout,
            sensitive=exposed or isinstance(stdin, Secret),
            hushed=hushed,
        )
        return Script((call,))


@dataclass(frozen=True, slots=True)
class Ahead:
    """A process for all probes of an exchange instead of one for each.

    `fragment` runs once before the probes, in the loop's own shell, with the `words` of every
    call's arguments (none: the call cannot be answered ahead). What it leaves in variables the
    calls read; without arguments it forgets. It must not exit, and a call without it (in a chain,
    with a time limit) must print the same.
    """

    fragment: Fragment
    words: Callable[[tuple[str, ...]], tuple[str, ...]]


_known: dict[str, Fragment] = {}


def sh(source: str, *, uses: tuple[Fragment, ...] = (), ahead: Ahead | None = None) -> Fragment:
    """A fragment of constant shell source; `uses` brings functions that it calls."""
    made = Fragment(source.strip("\n"), uses, ahead)
    return _known.setdefault(made.source, made)


def known_fragments() -> Iterator[Fragment]:
    """Every fragment of the modules imported so far (for the checks of their source)."""
    return iter(tuple(_known.values()))


@dataclass(frozen=True, slots=True)
class Call:
    """One run of a fragment. `sensitive`: must not stand in any argv on its way.

    `hushed`: its output must not be shown as it comes, only after the module has read it.
    """

    fragment: Fragment
    args: tuple[str, ...] = ()
    stdin: Stdin = b""
    env: tuple[tuple[str, str], ...] = ()
    timeout: float | None = None
    sensitive: bool = False
    hushed: bool = False


@dataclass(frozen=True, slots=True)
class Script:
    """Calls that run one after the other in one subshell each, up to the first that fails."""

    calls: tuple[Call, ...] = ()

    def __add__(self, other: Script) -> Script:
        return Script(self.calls + other.calls)

    def __bool__(self) -> bool:
        return bool(self.calls)

    @property
    def sensitive(self) -> bool:
        return any(call.sensitive for call in self.calls)

    @property
    def hushed(self) -> bool:
        return any(call.hushed for call in self.calls)


NOTHING = Script()


@dataclass(frozen=True, slots=True)
class Reply:
    """What a script did: exit status, both outputs as bytes, and how long it ran (seconds)."""

    code: int
    stdout: bytes = b""
    stderr: bytes = b""
    seconds: float = 0.0

    @property
    def out(self) -> str:
        return self.stdout.decode("utf-8", "replace")

    @property
    def err(self) -> str:
        return self.stderr.decode("utf-8", "replace")

    @property
    def ok(self) -> bool:
        return self.code == 0


@dataclass(frozen=True, slots=True)
class Guarded:
    """A change that is made only where its probe still says what the plan was made on.

    `expected` is the digest that `guard_digest` gives for the probe's reply; `said` the reply
    itself, if it is short (`guard_text`): comparing it takes no process.
    """

    probe: Script
    expected: str
    apply: Script
    said: str | None = None


@dataclass(frozen=True, slots=True)
class Batch:
    """One exchange: at most one apply or one guarded chain, then read-only probes."""

    apply: Script | None = None
    chain: tuple[Guarded, ...] = ()
    probes: tuple[Script, ...] = ()

    @property
    def sensitive(self) -> bool:
        scripts = [*self.probes, *([self.apply] if self.apply else [])]
        scripts += [part for link in self.chain for part in (link.probe, link.apply)]
        return any(script.sensitive for script in scripts)

    @property
    def hushed(self) -> bool:
        """Whether the live output of what changes the host must not be shown."""
        scripts = [*([self.apply] if self.apply else []), *(link.apply for link in self.chain)]
        return any(script.hushed for script in scripts)


@dataclass(frozen=True, slots=True)
class Replies:
    """The answers to a batch, in its order.

    `chain` holds one reply per link that was applied (the last may have failed); where a guard
    found another state, it is shorter than the batch's chain and `diverged` is true.
    """

    apply: Reply | None = None
    chain: tuple[Reply, ...] = ()
    diverged: bool = False
    probes: tuple[Reply, ...] = field(default=())


def guard(probe: Script, reply: Reply, apply: Script) -> Guarded:
    """The link for a change that was planned on this reply."""
    return Guarded(probe, guard_digest(reply), apply, guard_text(probe, reply))


def guard_text(probe: Script, reply: Reply) -> str | None:
    """What the host compares a probe with, where that is short plain text and no secret."""
    said = reply.stdout + b"rc%d" % reply.code
    if len(said) > 500 or probe.sensitive or any(call.hushed for call in probe.calls):
        return None
    text = said.decode("ascii", "replace")
    return text if text.replace("\n", "").isprintable() and "\ufffd" not in text else None


def guard_digest(reply: Reply) -> str:
    """The digest that the host computes of a probe: sha256 of its output and `rc<status>`."""
    return hashlib.sha256(reply.stdout + b"rc%d\n" % reply.code).hexdigest()
