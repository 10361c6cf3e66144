"""`wait_for`: wait for a port or a file of the host."""

from __future__ import annotations

import ipaddress
import re
from typing import Literal

from deployer.model.values import dataclass
from deployer.sdk import Change, Outcome, ProbeError, Refused, Reply, Resource, Script, arg, failure
from deployer.sdk.kinds import Manual
from deployer.sdk.patterns import extended
from deployer.sdk.waiting import LOOK, NAP, WAIT

#: The kernel's numbers of the states of a connection (include/net/tcp_states.h).
STATES = {
    "ESTABLISHED": "01", "SYN_SENT": "02", "SYN_RECV": "03", "FIN_WAIT1": "04",
    "FIN_WAIT2": "05", "TIME_WAIT": "06",
}  # fmt: skip
ACTIVE = tuple(STATES)
TIMED_OUT = 62


@dataclass(frozen=True, slots=True)
class Args:
    host: str = arg("127.0.0.1", doc="Where the port is, as seen from the host of the task.")
    port: int | None = arg(None, doc="The port.")
    path: str = arg("", doc="The file, instead of a port.")
    search_regex: str = arg("", doc="What the file must hold, or the port must say.")
    state: Literal["started", "present", "stopped", "absent", "drained"] = arg(
        "started", doc="`drained`: no connection is active on a port of the host itself."
    )
    timeout: int = arg(300, doc="Seconds until it fails.")
    delay: int = arg(0, doc="Seconds before the first look.")
    sleep: float = arg(1.0, doc="Seconds between two looks (the first ones come faster).")
    connect_timeout: int = arg(5, doc="Seconds that one try to connect may take.")
    exclude_hosts: list[str] = arg(list, doc="`drained`: addresses that do not matter.")
    active_connection_states: list[str] = arg(
        ACTIVE, doc="`drained`: the states that count as active."
    )
    msg: str = arg("", doc="What to say where time runs out.")

    @property
    def mode(self) -> str:
        """What is looked at, as the host's script calls it."""
        there = self.state in ("started", "present")
        if self.state == "drained":
            return "drained"
        if self.port is not None:
            return ("says" if self.search_regex else "open") if there else "closed"
        if self.path:
            return ("contains" if self.search_regex else "exists") if there else "gone"
        return ""

    @property
    def subject(self) -> str:
        return self.path or (f"port {self.host}:{self.port}" if self.port is not None else "")


@dataclass(frozen=True, slots=True)
class Look:
    """What one look saw: whether all is as wanted, and the line that matched."""

    satisfied: bool
    line: str = ""


def _words(args: Args) -> tuple[str, ...]:
    """The positional parameters of wf_look."""
    pattern = args.search_regex
    try:
        re.compile(pattern)
    except re.error as error:
        raise Refused(f"`search_regex`: {error}") from None
    host, port, excluded, states = args.host, "" if args.port is None else str(args.port), "", ""
    if args.mode == "drained":
        host, port = _kernel_address(args.host, any_stands_for="*"), f"{args.port:04X}"
        excluded = " ".join(_kernel_address(text) for text in args.exclude_hosts)
        states = " ".join(STATES[name] for name in args.active_connection_states)
    seconds = str(max(args.connect_timeout, 1))
    search = (pattern, extended(pattern) or "")
    return (args.mode, host, port, args.path, seconds, *search, excluded, states)


def _kernel_address(text: str, any_stands_for: str = "") -> str:
    """An address as /proc/net/tcp prints it, and as /proc/net/tcp6 prints an IPv4 one."""
    try:
        address = ipaddress.ip_address("127.0.0.1" if text == "localhost" else text)
    except ValueError:
        raise Refused(f"`drained` needs an address, not the name `{text}`") from None
    if any_stands_for and address.is_unspecified:
        return any_stands_for
    words = [
        address.packed[at : at + 4][::-1].hex().upper() for at in range(0, len(address.packed), 4)
    ]
    joined = "".join(words)
    return f"{joined} 0000000000000000FFFF0000{joined}" if address.version == 4 else joined


def _check(args: Args) -> None:
    if args.port is not None and args.path:
        raise Refused("`port` and `path` exclude each other")
    if args.state == "drained" and args.port is None:
        raise Refused("`state: drained` needs a `port`")
    if args.state == "drained" and args.path:
        raise Refused("`state: drained` goes with a `port`, not with a `path`")
    unknown = [name for name in args.active_connection_states if name not in STATES]
    if unknown:
        raise Refused(f"`{unknown[0]}` is no state of a connection: {', '.join(STATES)}")
    if args.host.startswith("-"):
        raise Refused(f"`{args.host}` cannot be the name of a host")


def probe(args: Args) -> Script:
    """One look, unless there is a delay: then nothing that is seen now counts."""
    _check(args)
    return LOOK(*_words(args)) if args.mode and not args.delay else Script()


def parse(args: Args, reply: Reply) -> Look:
    if not args.mode or args.delay:
        return Look(satisfied=False)
    facts = dict(line.partition(" ")[::2] for line in reply.out.splitlines())
    if not reply.ok or "look" not in facts:
        raise ProbeError(f"cannot look at {args.subject}: {(reply.err or reply.out).strip()}")
    _can_look(args, facts["look"])
    return Look(facts["look"] == "0", facts.get("match", ""))


def _can_look(args: Args, code: str) -> None:
    if code == "9":
        raise Refused(f"cannot ask for {args.subject}: the host has neither bash, nc nor curl")
    if code == "8":
        raise Refused("`search_regex` is too much for this host's grep")


def diff(args: Args, look: Look) -> list[Change]:
    """A wait is no change: it is planned, and it runs, but the task stays `ok`."""
    if look.satisfied:
        return []
    if not args.mode:
        script = NAP(str(args.timeout), timeout=args.timeout + 30.0)
        return [Change("wait", f"{args.timeout} seconds", script=script, counts=False)]
    naps = " ".join(f"{nap:g}" for nap in (0.1, 0.2, 0.4, 0.8) if nap < args.sleep)
    naps = f"{naps} {args.sleep:g}".strip()
    # The host keeps its own deadline; this one only ends a look that hangs.
    limit = args.timeout + args.delay + 2.0 * args.connect_timeout + 30
    words = (str(args.timeout), str(args.delay), naps, *_words(args))
    script = WAIT(*words, timeout=limit)
    cause = "not yet looked at" if args.delay else _cause(args)
    return [Change("wait for", args.subject, cause, script, counts=False)]


def _cause(args: Args) -> str:
    return {
        "open": "closed",
        "closed": "still open",
        "says": f"does not say {args.search_regex}",
        "drained": "still in use",
        "exists": "absent",
        "contains": f"does not hold {args.search_regex}",
        "gone": "still there",
    }[args.mode]


def _values(args: Args, elapsed: int, line: str) -> dict[str, object]:
    found = re.search(args.search_regex, line, re.MULTILINE) if args.search_regex else None
    return {
        "elapsed": elapsed,
        "state": args.state,
        "port": args.port,
        "path": args.path or None,
        "search_regex": args.search_regex or None,
        "match_groups": list(found.groups()) if found else [],
        "match_groupdict": found.groupdict() if found else {},
    }


def report(args: Args, look: Look) -> Outcome:
    return Outcome(changed=False, values=_values(args, 0, look.line))


def conclude(args: Args, _look: Look, reply: Reply) -> Outcome:
    facts = dict(line.partition(" ")[::2] for line in reply.out.splitlines())
    elapsed = int(float(facts.get("elapsed", "") or reply.seconds))
    if reply.code in (TIMED_OUT, 124):
        what = (
            args.subject if args.mode in ("open", "exists") else f"{args.subject} ({_cause(args)})"
        )
        msg = args.msg or f"Timeout when waiting for {what}"
        return Outcome(changed=False, failed=True, msg=msg, values=_values(args, elapsed, ""))
    if not reply.ok:
        _can_look(args, str(reply.code))
        return failure(reply, f"waiting for {args.subject}")
    return Outcome(changed=False, values=_values(args, elapsed, facts.get("match", "")))


MODULE = Resource(
    name="wait_for",
    args=Args,
    probe=probe,
    parse=parse,
    diff=diff,
    report=report,
    conclude=conclude,
    status_tells=True,
    manual=Manual(
        summary="Wait for a port or a file of the host, with a deadline.",
        returns={
            "elapsed": "Seconds it took.",
            "state": "What was waited for.",
            "port": "The port.",
            "path": "The file.",
            "search_regex": "What was searched for.",
            "match_groups": "The groups of the match.",
            "match_groupdict": "The named groups of the match.",
        },
        example="""
- wait_for:
    port: 8080
    timeout: 60
- wait_for:
    path: /var/log/app.log
    search_regex: listening on (\\d+)
""",
        notes=(
            "Without `port` and `path` it waits `timeout` seconds.",
            "A pattern is searched line by line.",
        ),
    ),
)
