"""`uri`: talk HTTP to a service, from the host."""

from __future__ import annotations

import json
from http.cookies import CookieError, SimpleCookie
from urllib.parse import urlsplit

from deployer.model.values import dataclass
from deployer.sdk import (
    NOTHING,
    Command,
    LocalFile,
    Outcome,
    ProbeError,
    Refused,
    Reply,
    Script,
    Secret,
    Stream,
    Value,
    arg,
    failure,
    reveal,
)
from deployer.sdk.commands import LOOK
from deployer.sdk.files import AttributeArgs, octal
from deployer.sdk.http import REQUEST, Answer, Body, body_of, config, read_answer
from deployer.sdk.kinds import Manual

SAFE = ("GET", "HEAD", "OPTIONS")
FOLLOW = ("all", "yes", "true", "none", "no", "false", "safe", "urllib2")


@dataclass(frozen=True, slots=True)
class Args(AttributeArgs):
    url: str = arg(doc="The address, `http://` or `https://`.")
    method: str = arg("GET", doc="The method, in capitals.")
    body: Value = arg(None, doc="The body: text, or what `body_format` turns into text.")
    body_format: str = arg("raw", doc="raw, json, form-urlencoded or form-multipart.")
    src: LocalFile | str | None = arg(
        None, doc="A file to send as the body; with `remote_src` one of the host.", kind="file"
    )
    remote_src: bool = arg(False, doc="`src` is a path on the host.")
    headers: dict[str, Value] = arg(dict, doc="Further headers.")
    status_code: list[int] = arg((200,), doc="The statuses that are good.")
    return_content: bool = arg(False, doc="Return the body as `content` (JSON always comes back).")
    dest: str = arg("", doc="Write the body to this file, or into this directory, of the host.")
    timeout: float = arg(30.0, doc="Seconds without a connection, or without a byte.")
    follow_redirects: str = arg("safe", doc="all, none, or safe: only for GET and HEAD.")
    url_username: str | None = arg(None, doc="User for authentication.", aliases=("user",))
    url_password: str | None = arg(
        None, doc="Password for authentication.", aliases=("password",), secret=True
    )
    force_basic_auth: bool = arg(False, doc="Send user and password before the server asks.")
    validate_certs: bool = arg(True, doc="Check the server's certificate.")
    ca_path: str = arg("", doc="File with the authorities to trust.")
    client_cert: str = arg("", doc="File of the host with a client certificate.")
    client_key: str = arg("", doc="File of the host with its key.")
    ciphers: list[str] = arg(list, doc="TLS ciphers, as OpenSSL names them.")
    unix_socket: str = arg("", doc="Connect to this socket of the host.")
    http_agent: str = arg("ansible-httpget", doc="The User-Agent.")
    creates: str = arg("", doc="Do nothing where this path exists.")
    removes: str = arg("", doc="Do nothing where this path does not exist.")
    force: bool = arg(False, doc="Ask caches for a fresh answer.")
    use_proxy: bool = arg(True, doc="Use the proxy that the host's environment names.")
    use_netrc: bool = arg(True, doc="Use the host's ~/.netrc.")
    decompress: bool = arg(True, doc="Accepted: no compression is asked for.")
    use_gssapi: bool = arg(False, doc="Not supported yet.")
    unredirected_headers: list[str] = arg(list, doc="Not supported yet.")

    def check_request(self) -> None:
        """Raise Refused for what is wrong or cannot be done."""
        self.check()
        if self.use_gssapi or self.unredirected_headers:
            raise Refused("`use_gssapi` and `unredirected_headers` are not supported yet")
        if urlsplit(reveal(self.url)).scheme.lower() not in ("http", "https"):
            raise Refused("`url` must begin with http:// or https://")
        if self.body_format not in ("raw", "json", "form-urlencoded", "form-multipart"):
            raise Refused(f"`body_format: {self.body_format}` is not known")
        if self.follow_redirects.lower() not in FOLLOW:
            raise Refused(f"`follow_redirects: {self.follow_redirects}` is not known")
        if not self.method.isalpha():
            raise Refused(f"`method: {self.method}` is not a method")
        if self.src is not None and self.body is not None:
            raise Refused("`src` and `body` exclude each other")


def _options(args: Args, body: Body, has_body: bool) -> list[tuple[str, str | None]]:
    """curl's options; the body follows on standard input."""
    method = args.method.upper()
    options: list[tuple[str, str | None]] = [("url", args.url), ("globoff", None)]
    options += [("proto", "=http,https"), ("max-redirs", "10"), ("header", "Expect:")]
    options += [("user-agent", args.http_agent), ("connect-timeout", f"{args.timeout:g}")]
    options += [("speed-limit", "1"), ("speed-time", str(max(1, round(args.timeout))))]
    if method == "HEAD":
        options.append(("head", None))
    elif not (method == "GET" and not has_body) and not (method == "POST" and has_body):
        options.append(("request", method))
    if has_body:
        remote = args.src if isinstance(args.src, str) else "-"
        options.append(("data-binary", f"@{remote}"))
    headers = {key.lower(): (key, value) for key, value in body.headers.items()}
    headers |= {key.lower(): (key, str_of(value)) for key, value in args.headers.items()}
    options += [("header", _header(key, value)) for key, value in headers.values()]
    return options + _security(args) + _ways(args, method)


def _header(name: str, value: str) -> str:
    """curl takes `Name:` as an order to leave the header out, `Name;` as an empty one."""
    if any(char in reveal(name) + reveal(value) for char in "\r\n"):
        raise Refused(f"the header `{name}` holds a line break")
    return f"{reveal(name)}: {reveal(value)}" if value else f"{reveal(name)};"


def str_of(value: Value) -> str:
    """The text of a header's value; a secret stays readable for curl only."""
    return reveal(value) if isinstance(value, str) else str(value)


def _security(args: Args) -> list[tuple[str, str | None]]:
    options: list[tuple[str, str | None]] = []
    if args.url_username is not None or args.url_password is not None:
        pair = f"{reveal(args.url_username or '')}:{reveal(args.url_password or '')}"
        options += [("user", pair), ("basic" if args.force_basic_auth else "anyauth", None)]
    elif args.use_netrc:
        options.append(("netrc-optional", None))
    if not args.validate_certs:
        options.append(("insecure", None))
    named = (("cacert", args.ca_path), ("cert", args.client_cert), ("key", args.client_key))
    options += [(name, value) for name, value in named if value]
    if args.ciphers:
        options.append(("ciphers", ":".join(args.ciphers)))
    return options


def _ways(args: Args, method: str) -> list[tuple[str, str | None]]:
    """Redirects, proxies, sockets."""
    options: list[tuple[str, str | None]] = []
    follow = args.follow_redirects.lower()
    if follow in ("all", "yes", "true", "urllib2") or (follow == "safe" and method in SAFE[:2]):
        options += [("location", None), ("proto-redir", "=http,https")]
    if args.unix_socket:
        options.append(("unix-socket", args.unix_socket))
    if not args.use_proxy:
        options.append(("noproxy", "*"))
    if args.force:
        options.append(("header", "Cache-Control: no-cache"))
    return options


def _wget(args: Args, body: Body, has_body: bool) -> list[str]:
    """The arguments for wget where it can make this request; its argv is open to all."""
    secret = any(isinstance(text, Secret) for text in (args.url, *args.headers.values()))
    telling = {"authorization", "cookie", "proxy-authorization", "x-api-key", "private-token"}
    secret = secret or any(key.lower() in telling for key in args.headers)
    special = (
        args.url_username, args.url_password, args.ca_path, args.client_cert, args.unix_socket,
        args.src, args.ciphers, "@" in reveal(args.url).split("?")[0],
    )  # fmt: skip
    plain = args.method.upper() == ("POST" if has_body else "GET")
    if (
        secret
        or any(special)
        or not plain
        or args.follow_redirects.lower() not in (*FOLLOW[:3], "safe")
    ):
        return []
    headers = {**body.headers, **{key: str_of(value) for key, value in args.headers.items()}}
    # wget's clock covers the whole transfer, curl's only the silence.
    seconds = max(1, round(args.timeout)) if not args.dest else 3600
    verify = args.validate_certs and reveal(args.url).lower().startswith("https:")
    words = [str(seconds), "body" if has_body else "", "verify" if verify else ""]
    words += ["-U", args.http_agent]
    for key, value in headers.items():
        words += ["--header", f"{key}: {value}"]
    words += [] if args.validate_certs else ["--no-check-certificate"]
    return [*words, reveal(args.url)]


def script(args: Args) -> Script:
    """The configuration and the body on standard input, nothing that may be secret elsewhere."""
    args.check_request()
    body = body_of(args.body, args.body_format)
    has_body = args.body is not None or args.src is not None
    setup = config(_options(args, body, has_body))
    good = "," + ",".join(str(code) for code in args.status_code) + ","
    mode = args.wanted_mode
    bits = "" if mode is None else (octal(mode.octal) if mode.octal is not None else mode.text)
    name = urlsplit(reveal(args.url)).path.rsplit("/", 1)[-1] or "index.html"
    content = "yes" if args.return_content else ""
    words = (str(len(setup)), good, content, args.dest, name, args.chown, bits)
    parts = (setup, args.src) if isinstance(args.src, LocalFile) else (setup, body.data)
    return REQUEST(*words, *_wget(args, body, has_body), stdin=Stream(parts), exposed=True)


def probe(args: Args) -> Script:
    return LOOK("", args.creates, args.removes) if args.creates or args.removes else NOTHING


def skip(args: Args, reply: Reply) -> Outcome | None:
    """Ansible's words for a request that `creates` or `removes` make needless."""
    if "created" in reply.out:
        return Outcome(changed=False, msg=f"skipped, since '{args.creates}' exists")
    if "removed" in reply.out:
        return Outcome(changed=False, msg=f"skipped, since '{args.removes}' does not exist")
    return None


def reads_only(args: Args) -> bool:
    """What HTTP calls a safe method changes nothing, unless the answer is written to a file."""
    return args.method.upper() in SAFE and not args.dest


def conclude(args: Args, reply: Reply) -> Outcome:
    if not reply.ok:
        return failure(reply, "uri")
    try:
        answer = read_answer(reply, reveal(args.url))
    except ProbeError as error:
        return Outcome(failed=True, msg=str(error))
    values = _values(answer, int(reply.seconds))
    wanted = f"[{', '.join(str(code) for code in args.status_code)}]"
    if answer.status < 0:
        msg = f"Status code was -1 and not {wanted}: Request failed: {answer.error}"
        return Outcome(changed=False, failed=True, msg=msg, values=values)
    size = answer.header("content-length") or "unknown"
    msg = f"OK ({size} bytes)"
    good = answer.status in args.status_code
    if answer.content is not None and (args.return_content or not good):
        values["content"] = answer.content.decode("utf-8", "replace")
    if not good:
        msg = f"Status code was {answer.status} and not {wanted}: HTTP {answer.status}"
        return Outcome(changed=False, failed=True, msg=msg, values=values)
    return Outcome(changed=answer.changed, msg=msg, values=values)


def _values(answer: Answer, elapsed: int) -> dict[str, Value]:
    """Headers become keys, with dashes turned to underscores; JSON is read."""
    values: dict[str, Value] = {
        name.replace("-", "_"): answer.header(name) for name, _ in answer.headers
    }
    values |= {
        "status": answer.status,
        "url": answer.url,
        "redirected": answer.redirected,
        "elapsed": elapsed,
        **_cookies(answer),
    }
    if answer.path:
        values["path"] = answer.path
    if answer.content is not None and "json" in answer.header("content-type").lower():
        try:
            values["json"] = json.loads(answer.content)
        except ValueError:
            values["content"] = answer.content.decode("utf-8", "replace")
    return values


def _cookies(answer: Answer) -> dict[str, Value]:
    jar: SimpleCookie = SimpleCookie()
    for name, text in answer.headers:
        if name == "set-cookie":
            try:
                jar.load(text)
            except CookieError:
                continue
    cookies = {key: morsel.value for key, morsel in jar.items()}
    joined = "; ".join(f"{key}={value}" for key, value in cookies.items())
    return {"cookies": cookies, "cookies_string": joined}


MODULE = Command(
    name="uri",
    args=Args,
    script=script,
    conclude=conclude,
    probe=probe,
    skip=skip,
    reads_only=reads_only,
    manual=Manual(
        summary="Talk HTTP to a service, from the host, by curl (simple requests also by wget).",
        returns={
            "status": "The status code; -1 where there was no answer.",
            "url": "The address that answered, after redirects.",
            "redirected": "Whether there were any.",
            "content": "The body, with `return_content` or a status that is not good.",
            "json": "The body as a value, where it is JSON.",
            "cookies": "Cookies that were set; `cookies_string` is the header to send back.",
            "path": "The file that the body was written to.",
            "elapsed": "Seconds it took.",
            "content_type": "The headers, in lower case with underscores, are values too.",
        },
        example="""
- uri:
    url: http://localhost:8080/health
    return_content: true
  register: health
  until: health.status == 200
  retries: 10
  delay: 2
""",
    ),
)
