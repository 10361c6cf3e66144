"""Registry credentials as `docker login` keeps them, asked about without carrying them around.

The wanted credentials go to the host on standard input and are compared there; what comes back is
one word. Neither they nor a hash of them stand in an argv, an output or a log.
"""

from __future__ import annotations

import base64
import json

from deployer.docker.cli import PRELUDE
from deployer.sdk import Secret, reveal, sh

#: Docker Hub's name in the config file.
HUB = "https://index.docker.io/v1/"

#: Names under which users know it.
_HUB_NAMES = frozenset({"", "docker.io", "index.docker.io", "registry-1.docker.io", HUB})


def server_of(registry: str) -> str:
    """The registry as `docker login` takes it; empty for Docker Hub."""
    return "" if registry in _HUB_NAMES else hostname_of(registry)


def hostname_of(registry: str) -> str:
    """`https://host:5000/v2/` as the CLI stores it: `host:5000`."""
    bare = registry.removeprefix("https://").removeprefix("http://")
    return bare.partition("/")[0]


def keys_of(registry: str) -> list[str]:
    """Under which names credentials of this registry may stand in the config file."""
    if registry in _HUB_NAMES:
        return [HUB, "docker.io", "index.docker.io"]
    host = hostname_of(registry)
    return list(dict.fromkeys([host, registry, f"https://{host}", f"http://{host}"]))


def expectation(username: str, password: str) -> Secret:
    """Three lines for LOOK: the `auth` of a config file, and the password as helpers print it."""
    plain = reveal(password)
    auth = base64.b64encode(f"{username}:{plain}".encode()).decode()
    escaped = json.dumps(plain, ensure_ascii=False)[1:-1]
    for sign in "<>&":
        escaped = escaped.replace(sign, f"\\u{ord(sign):04x}")
    return Secret(f"{auth}\n{escaped}\n{json.dumps(plain)[1:-1]}\n")


#: $1 the config file (empty: the login's own), $2 the user name, the rest names of the registry.
#: Prints absent, same, other, unreadable, or `other USER` where the user name differs.
#: Of JSON it understands what docker writes: an object by its key, its members in any layout.
LOOK = sh(
    """
IFS= read -r auth
IFS= read -r escaped
IFS= read -r ascii
file=${1:-${DOCKER_CONFIG:-$HOME/.docker}/config.json}
case $file in '~/'*) file=$HOME/${file#'~/'} ;; esac
user=$2
shift 2
[ -e "$file" ] || {
    echo absent
    exit 0
}
[ -r "$file" ] || {
    echo unreadable
    exit 0
}
text=$(tr -d ' \\t\\r\\n' <"$file")
auths=${text#*'"auths":{'}
[ "$auths" != "$text" ] || auths=
for name do
    helper=
    case $text in
    *'"credHelpers":{'*"\\"$name\\":\\""*)
        helper=${text#*'"credHelpers":{'}
        helper=${helper#*"\\"$name\\":\\""}
        ;;
    *'"credsStore":"'?*) helper=${text#*'"credsStore":"'} ;;
    esac
    helper=${helper%%'"'*}
    if [ -n "$helper" ]; then
        held=$(printf '%s' "$name" | "docker-credential-$helper" get 2>/dev/null) || continue
        there=${held#*'"Username":"'}
        there=${there%%'"'*}
        case $held in
        *"\\"Secret\\":\\"$escaped\\""* | *"\\"Secret\\":\\"$ascii\\""*) ;;
        *) there="$there " ;;
        esac
        if [ "$there" = "$user" ]; then echo same; else echo other; fi
        exit 0
    fi
    case $auths in
    *"\\"$name\\":{"*) ;;
    *) continue ;;
    esac
    entry=${auths#*"\\"$name\\":{"}
    entry=${entry%%\\}*}
    case $entry in
    *"\\"auth\\":\\"$auth\\""*) echo same ;;
    *) echo other ;;
    esac
    exit 0
done
echo absent
"""
)

#: $1 the config directory (empty: the login's own), $2 the user name, $3 the registry (empty:
#: Docker Hub); standard input: the password.
LOGIN = sh(
    """
need_docker
dir=$1
case $dir in '~/'*) dir=$HOME/${dir#'~/'} ;; esac
[ -z "$dir" ] || export DOCKER_CONFIG="$dir"
umask 077
if [ -n "$3" ]; then
    docker login --username "$2" --password-stdin -- "$3"
else
    docker login --username "$2" --password-stdin
fi
""",
    uses=(PRELUDE,),
)

LOGOUT = sh(
    """
need_docker
dir=$1
case $dir in '~/'*) dir=$HOME/${dir#'~/'} ;; esac
[ -z "$dir" ] || export DOCKER_CONFIG="$dir"
shift
for server do
    if [ -n "$server" ]; then docker logout -- "$server"; else docker logout; fi || exit
done
""",
    uses=(PRELUDE,),
)
