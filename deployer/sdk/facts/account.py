"""Who we are there, its environment, clock, resolver and the facts that the host keeps itself."""

from __future__ import annotations

import json
import re
from configparser import ConfigParser
from configparser import Error as IniError
from datetime import datetime, timedelta, timezone

from deployer.model.source import Value
from deployer.sdk.facts.said import Said, number

Facts = dict[str, Value]

_ID = re.compile(r"(\w+)=(\d+)(?:\(([^)]*)\))?")


def user(said: Said) -> Facts:
    """`user_id`, `user_uid`, `user_dir` and the like, after any become."""
    ids = {key: (number(value), name) for key, value, name in _ID.findall(said.text("id"))}
    if "uid" not in ids:
        return {}
    uid, name = ids["uid"]
    gid = ids.get("gid", (uid, ""))[0]
    fields = (said.text("passwd").split("\n")[0].split(":") + [""] * 7)[:7]
    return {
        "user_id": name or fields[0] or str(uid),
        "user_uid": uid,
        "user_gid": gid,
        "user_gecos": fields[4],
        "user_dir": fields[5],
        "user_shell": fields[6],
        "real_user_id": uid,
        "effective_user_id": ids.get("euid", ids["uid"])[0],
        "real_group_id": gid,
        "effective_group_id": ids.get("egid", (gid, ""))[0],
    }


def environment(said: Said) -> Facts:
    """`env`: what the shell there got; as the login and become made it."""
    pairs = (entry.partition("=") for entry in said.sections.get("env", "").split("\0"))
    found = {key: value for key, equals, value in pairs if equals and key.strip()}
    return {"env": found} if "env" in said.sections else {}


def date_time(said: Said) -> Facts:
    """`date_time`: the clock of the host, in its time zone."""
    words = said.text("date").split()
    if len(words) < 2 or not words[0].isdecimal():
        return {}
    offset, name = words[1], words[2] if len(words) > 2 else ""
    sign = -1 if offset.startswith("-") else 1
    shift = timedelta(hours=number(offset[1:3]), minutes=number(offset[3:5])) * sign
    here = datetime.fromtimestamp(int(words[0]), timezone(shift))
    utc = datetime.fromtimestamp(int(words[0]), timezone.utc)  # noqa: UP017 - reads beside `here`
    return {
        "date_time": {
            "year": here.strftime("%Y"),
            "month": here.strftime("%m"),
            "weekday": here.strftime("%A"),
            "weekday_number": here.strftime("%w"),
            "weeknumber": here.strftime("%W"),
            "day": here.strftime("%d"),
            "hour": here.strftime("%H"),
            "minute": here.strftime("%M"),
            "second": here.strftime("%S"),
            "epoch": words[0],
            "epoch_int": words[0],
            "date": here.strftime("%Y-%m-%d"),
            "time": here.strftime("%H:%M:%S"),
            "iso8601_micro": utc.strftime("%Y-%m-%dT%H:%M:%S.000000Z"),
            "iso8601": utc.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "iso8601_basic": here.strftime("%Y%m%dT%H%M%S000000"),
            "iso8601_basic_short": here.strftime("%Y%m%dT%H%M%S"),
            "tz": name,
            "tz_dst": name,
            "tz_offset": offset,
        }
    }


def dns(said: Said) -> Facts:
    """`dns`: /etc/resolv.conf."""
    found: Facts = {}
    for line in said.file("/etc/resolv.conf"):
        words = line.split()
        if not words or words[0][0] in "#;":
            continue
        key, rest = words[0], words[1:]
        if key == "nameserver":
            found.setdefault("nameservers", []).extend(rest[:1])
        elif key in ("search", "sortlist"):
            found[key] = rest
        elif key == "domain" and rest:
            found[key] = rest[0]
        elif key == "options":
            options = (word.partition(":") for word in rest)
            found[key] = {name: value if colon else True for name, colon, value in options}
    return {"dns": found}


def local(said: Said) -> Facts:
    """`local`: what *.fact files hold or print: JSON, or else INI; or why they do not."""
    return {"local": {name: _local(text) for name, text in said.local()}}


def _local(text: str | None) -> Value:
    if text is None:
        return "error loading fact - its program failed"
    try:
        return json.loads(text)
    except ValueError:
        pass
    parser = ConfigParser(interpolation=None)
    try:
        parser.read_string(text)
    except IniError:
        return "error loading fact - please check content"
    return {section: dict(parser.items(section)) for section in parser.sections()}
