"""HTTP from the host: a request as curl's configuration, and the answer as values.

Everything that may be secret (address, headers, password, body) goes to the host on standard
input: the first bytes are the configuration of curl, what follows is the body.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import field
from urllib.parse import urlencode

from deployer.model.errors import ProbeError
from deployer.model.script import Reply, sh
from deployer.model.secret import reveal
from deployer.model.source import Value
from deployer.model.values import dataclass
from deployer.sdk.kinds import Refused

# $1 length of the configuration, $2 good statuses (,200,201,), $3 whether the content is wanted,
# $4 dest, $5 name of the file in a dest that is a directory, $6 owner:group, $7 mode. If the
# request is one that wget can make too: $8 seconds, $9 "body" where it has one, then
# "verify" where a certificate must be checked (busybox's wget checks none), wget's arguments.
# (Not wget's own -T: some builds of busybox do not know it.)
REQUEST = sh(r"""
config=$(dd bs="$1" count=1 iflag=fullblock 2>/dev/null)
good=$2 wanted=$3 dest=$4 name=$5 owner=$6 mode=$7
shift 7
tmp=$(mktemp -d) || exit 1
trap 'rm -rf -- "$tmp"' EXIT
trap 'exit 1' HUP INT TERM
: >"$tmp/head"
: >"$tmp/body"
if command -v curl >/dev/null 2>&1; then
    info=$(curl -q -sS -K /dev/fd/3 -D "$tmp/head" -o "$tmp/body" \
        -w '%{http_code} %{num_redirects} %{url_effective}' 2>"$tmp/error" 3<<CONFIG
$config
CONFIG
    )
    code=$?
elif [ $# -gt 0 ] && command -v wget >/dev/null 2>&1; then
    limit=$1 posted=$2 verify=$3
    shift 3
    if wget --version 2>/dev/null | grep '^GNU Wget' >/dev/null; then
        set -- -t 1 "$@"  # it would repeat a request of which it does not know what came of it
    elif [ -n "$verify" ]; then
        echo 'curl is not installed on this host, and its wget checks no certificate' >&2
        exit 9
    fi
    if [ -n "$posted" ]; then
        cat >"$tmp/post"
        set -- --post-file "$tmp/post" "$@"
    fi
    timeout "$limit" wget -q -S -O "$tmp/body" "$@" 2>"$tmp/error"
    code=$?
    # The one word of GNU's wget on this, as its manual gives it.
    [ "$code" != 5 ] || echo 'wget cannot verify the certificate' >>"$tmp/error"
    sed -n 's/^  *//p' "$tmp/error" >"$tmp/head"
    status=$(sed -n 's/^HTTP[^ ]* \([0-9]*\).*/\1/p' "$tmp/head" | tail -n 1)
    moved=$(grep -c '^HTTP' "$tmp/head")
    info="${status:-000} $((moved > 0 ? moved - 1 : 0)) "
    # wget fails over an answer that says no, too; over others only where it did not get them whole.
    case $status in [45]??) code=0 ;; esac
else
    echo 'curl is not installed on this host, and wget cannot make such a request' >&2
    exit 9
fi
status=${info%% *}
if [ "$code" = 0 ]; then
    case $good in
    *",$status,"*) ;;
    *) wanted=yes dest="" ;;
    esac
    if grep -i '^content-type:.*json' "$tmp/head" >/dev/null; then wanted=yes; fi
else
    wanted="" dest=""
fi
printf 'ended %s\n' "$code"
printf 'info %s\n' "$info"
printf 'error %s\n' "$(tr '\n' ' ' <"$tmp/error")"
if [ -n "$dest" ]; then
    if [ -d "$dest" ]; then dest=${dest%/}/$name; fi
    before=$(stat -c '%a %u %g' -- "$dest" 2>/dev/null)
    if ! cmp -s -- "$tmp/body" "$dest"; then
        new=$(mktemp -- "$dest.XXXXXX") || exit 1
        trap 'rm -rf -- "$tmp" "$new"' EXIT
        cat "$tmp/body" >"$new" || exit 1
        if [ -n "$before" ]; then chmod "${before%% *}" "$new"; else chmod '=rw' "$new"; fi
        if [ -n "$owner" ]; then chown -- "$owner" "$new" || exit 1; fi
        if [ -n "$mode" ]; then chmod -- "$mode" "$new" || exit 1; fi
        mv -f -- "$new" "$dest" || exit 1
        before=written
    else
        if [ -n "$owner" ]; then chown -- "$owner" "$dest" || exit 1; fi
        if [ -n "$mode" ]; then chmod -- "$mode" "$dest" || exit 1; fi
    fi
    if [ "$before" != "$(stat -c '%a %u %g' -- "$dest")" ]; then echo 'changed yes'; fi
    printf 'path %s\n' "$dest"
fi
printf 'head %s\n' "$(($(wc -c <"$tmp/head")))"
cat "$tmp/head"
if [ -n "$wanted" ]; then
    printf 'body %s\n' "$(($(wc -c <"$tmp/body")))"
    cat "$tmp/body"
fi
""")


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back. `status` is -1 where there was no answer; `error` says why.

    `headers` are those of the last answer, names in lower case; `content` None where the body
    was not asked for. `path` is the file that it was written to, `changed` whether that changed.
    """

    status: int
    url: str = ""
    redirected: bool = False
    headers: tuple[tuple[str, str], ...] = ()
    content: bytes | None = None
    error: str = ""
    path: str = ""
    changed: bool = False

    def header(self, name: str) -> str:
        """Every header of this name, joined as HTTP joins them."""
        return ", ".join(text for key, text in self.headers if key == name)


def quoted(text: str) -> str:
    """A value in curl's configuration; raises Refused for what it cannot hold."""
    plain = reveal(text)
    if "\0" in plain:
        raise Refused("a NUL byte cannot be sent")
    table = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t", "\v": "\\v"}
    return '"' + "".join(table.get(char, char) for char in plain) + '"'


def config(options: Sequence[tuple[str, str | None]]) -> bytes:
    """curl's configuration: one option a line; None for those without a value."""
    lines = [name if value is None else f"{name} = {quoted(value)}" for name, value in options]
    return ("\n".join(lines) + "\n").encode("utf-8", "surrogateescape")


@dataclass(frozen=True, slots=True)
class Body:
    """A request's body, and the Content-Type that goes with its format."""

    data: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)


def body_of(body: Value, form: str) -> Body:
    """The bytes of a body in one of Ansible's formats; raises Refused for what does not fit."""
    if body is None:
        return Body()
    if form == "json":
        text = body if isinstance(body, str) else json.dumps(body)
        return Body(_bytes(text), {"Content-Type": "application/json"})
    if form == "form-urlencoded":
        text = body if isinstance(body, str) else _urlencoded(body)
        return Body(_bytes(text), {"Content-Type": "application/x-www-form-urlencoded"})
    if form == "form-multipart":
        return _multipart(body)
    if not isinstance(body, str):
        body = json.dumps(body) if isinstance(body, dict | list) else str(body)
    return Body(_bytes(body))


def _bytes(text: str) -> bytes:
    return reveal(text).encode("utf-8", "surrogateescape")


def _urlencoded(body: Value) -> str:
    pairs = list(body.items()) if isinstance(body, dict) else body
    if not isinstance(pairs, list) or not all(
        isinstance(pair, list | tuple) and len(pair) == 2 for pair in pairs
    ):
        raise Refused("`body` for form-urlencoded must be a mapping or a list of pairs")
    return urlencode([(key, _form_value(value)) for key, value in pairs], doseq=True)


def _form_value(value: Value) -> Value:
    return (
        [reveal(item) if isinstance(item, str) else item for item in value]
        if isinstance(value, list)
        else (reveal(value) if isinstance(value, str) else value)
    )


def _multipart(body: Value) -> Body:
    """Fields as `name: text` or `name: {content, filename, mime_type}`."""
    if not isinstance(body, dict):
        raise Refused("`body` for form-multipart must be a mapping")
    parts = [_part(str(name), value) for name, value in body.items()]
    boundary = "deploy-" + hashlib.sha256(b"".join(parts)).hexdigest()[:32]
    mark = f"--{boundary}\r\n".encode()
    data = b"".join(mark + part + b"\r\n" for part in parts) + f"--{boundary}--\r\n".encode()
    return Body(data, {"Content-Type": f"multipart/form-data; boundary={boundary}"})


def _part(name: str, value: Value) -> bytes:
    given = value if isinstance(value, dict) else {"content": value}
    if "content" not in given:
        raise Refused(
            f"`body.{name}`: a file of the controller is not supported yet, use `content`"
        )
    label = name.replace('"', "%22")
    head = f'Content-Disposition: form-data; name="{label}"'
    if given.get("filename"):
        head += '; filename="' + str(given["filename"]).rsplit("/", 1)[-1].replace('"', "%22") + '"'
    if given.get("mime_type"):
        head += f"\r\nContent-Type: {given['mime_type']}"
    content = given["content"]
    return (
        head.encode() + b"\r\n\r\n" + _bytes(content if isinstance(content, str) else str(content))
    )


def read_answer(reply: Reply, url: str) -> Answer:
    """The answer out of what `REQUEST` printed; raises ProbeError where it printed nothing."""
    facts, rest = _facts(reply.stdout)
    if "ended" not in facts:
        raise ProbeError((reply.err or reply.out).strip() or "the request said nothing")
    if facts["ended"] != "0":
        return Answer(-1, url, error=facts.get("error", "").strip() or f"status {facts['ended']}")
    status, redirects, effective = [*facts["info"].split(" ", 2), "", ""][:3]
    head, content = _sections(rest)
    return Answer(
        status=int(status),
        url=effective or url,
        redirected=redirects not in ("", "0"),
        headers=_headers(head),
        content=content,
        path=facts.get("path", ""),
        changed="changed" in facts,
    )


def _facts(output: bytes) -> tuple[dict[str, str], bytes]:
    """The lines before the headers, and everything from there on."""
    facts: dict[str, str] = {}
    while output and not output.startswith(b"head "):
        line, _, output = output.partition(b"\n")
        key, _, value = line.decode("utf-8", "replace").partition(" ")
        facts[key] = value
    return facts, output


def _sections(output: bytes) -> tuple[str, bytes | None]:
    size, _, rest = output.removeprefix(b"head ").partition(b"\n")
    length = int(size or b"0")
    head, rest = rest[:length].decode("utf-8", "replace"), rest[length:]
    if not rest.startswith(b"body "):
        return head, None
    return head, rest.partition(b"\n")[2]


def _headers(head: str) -> tuple[tuple[str, str], ...]:
    """Those of the last answer: redirects and `100 Continue` come before it."""
    last = re.split(r"(?m)^HTTP/[^\n]*\n", head)[-1]
    pairs = [line.partition(":") for line in last.splitlines() if ":" in line]
    return tuple((name.strip().lower(), value.strip()) for name, _, value in pairs)
