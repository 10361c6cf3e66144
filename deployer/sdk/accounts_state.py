"""What a host says of one of its users: the probe of `user` and the reading of its answer."""

from __future__ import annotations

import re

from deployer.model.errors import ProbeError
from deployer.model.script import Reply, sh
from deployer.model.values import dataclass

# $1 name, $2 "local", $3 whether the password (hash on standard input) is asked for, $4 whether
# /etc/shadow is, $5 an SSH key relative to the home. Only shell built-ins, getent and id.
LOOK = sh("""
entry=""
if [ -z "$2" ] && command -v getent >/dev/null 2>&1; then
    entry=$(getent passwd "$1")
else
    while IFS= read -r line; do
        case $line in "$1":*) entry=$line && break ;; esac
    done </etc/passwd
fi
case $entry in "$1":*) ;; *) exit 0 ;; esac
printf 'passwd %s\\n' "$entry"
printf 'id %s\\n' "$(id "$1")"
home=${entry%:*}
home=${home##*:}
if [ -e "$home" ]; then echo 'home yes'; fi
if [ -n "$3$4" ] && [ -r /etc/shadow ]; then
    wanted=""
    if [ -n "$3" ]; then IFS= read -r wanted || :; fi
    while IFS=: read -r name hash last min max warn idle expire rest; do
        [ "$name" = "$1" ] || continue
        case $hash in '!'*) echo 'locked yes' ;; *) echo 'locked no' ;; esac
        while [ "${hash#!}" != "$hash" ]; do hash=${hash#!}; done
        while [ "${wanted#!}" != "$wanted" ]; do wanted=${wanted#!}; done
        if [ -n "$3" ]; then
            if [ "$hash" = "$wanted" ]; then echo 'password same'; else echo 'password other'; fi
        fi
        if [ -n "$4" ]; then echo "aging $min:$max:$warn:$idle:$expire"; fi
    done </etc/shadow
fi
if [ -n "$5" ]; then
    case $5 in /*) key=$5 ;; *) key=$home/$5 ;; esac
    if [ -e "$key" ]; then echo 'key yes'; fi
    if [ -r "$key.pub" ] && IFS= read -r line <"$key.pub"; then
        printf 'public %s\\n' "$line"
        printf 'fingerprint %s\\n' "$(ssh-keygen -l -f "$key.pub" 2>/dev/null)"
    fi
fi
: "$last $rest"
""")


@dataclass(frozen=True, slots=True)
class Account:
    """One user. `groups` are name and number of each, the primary one first.

    `same_password` says whether the password is the wanted one; it and `locked` are None where that
    is not known. `aging` holds min, max, warn, idle and expire as in /etc/shadow (days).
    """

    uid: int
    gid: int
    comment: str
    home: str
    shell: str
    groups: tuple[tuple[str, int], ...] = ()
    home_exists: bool = False
    same_password: bool | None = None
    locked: bool | None = None
    aging: tuple[str, ...] = ()
    has_key: bool = False
    public_key: str = ""
    fingerprint: str = ""

    @property
    def primary(self) -> str:
        """Name of the primary group (its number where it has no name)."""
        return next((name for name, gid in self.groups if gid == self.gid), str(self.gid))

    @property
    def others(self) -> tuple[tuple[str, int], ...]:
        """The groups beside the primary one."""
        return tuple(group for group in self.groups if group[1] != self.gid)

    @property
    def values(self) -> dict[str, object]:
        """What `user` returns of it, under Ansible's names."""
        return {
            "uid": self.uid,
            "group": self.gid,
            "comment": self.comment,
            "home": self.home,
            "shell": self.shell,
        }

    def key_values(self, path: str) -> dict[str, object]:
        """What `user` returns of its SSH key; a relative path starts at the home."""
        if not self.public_key:
            return {}
        return {
            "ssh_public_key": self.public_key,
            "ssh_fingerprint": self.fingerprint,
            "ssh_key_file": path if path.startswith("/") else f"{self.home}/{path}",
        }


def read_account(reply: Reply) -> Account | None:
    """The user, or None where there is none; raises ProbeError for what cannot be read."""
    facts = dict(line.partition(" ")[::2] for line in reply.out.splitlines())
    fields = facts.get("passwd", "").split(":")
    if reply.ok and "passwd" not in facts:
        return None
    if not reply.ok or len(fields) != 7 or not (fields[2] + fields[3]).isdigit():
        raise ProbeError(f"cannot read the user: {(reply.err or reply.out).strip()}")
    locked = {"yes": True, "no": False}.get(facts.get("locked", ""))
    return Account(
        uid=int(fields[2]),
        gid=int(fields[3]),
        comment=fields[4],
        home=fields[5],
        shell=fields[6],
        groups=_groups(facts.get("id", "")),
        home_exists="home" in facts,
        same_password={"same": True, "other": False}.get(facts.get("password", "")),
        locked=locked,
        aging=tuple(facts["aging"].split(":")) if "aging" in facts else (),
        has_key="key" in facts,
        public_key=facts.get("public", ""),
        fingerprint=facts.get("fingerprint", ""),
    )


def _groups(text: str) -> tuple[tuple[str, int], ...]:
    """Out of `uid=1(a) gid=1(a) groups=1(a),27(sudo)`; a group without a name is its number."""
    found = re.search(r"groups=(.*?)(?: context=.*)?$", text)
    pairs = re.findall(r"(\d+)(?:\(([^)]*)\))?", found.group(1) if found else "")
    return tuple((name or number, int(number)) for number, name in pairs)
