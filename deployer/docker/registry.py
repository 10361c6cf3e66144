"""Asking registries in dockerd's name: dockerd knows how to reach them."""

from __future__ import annotations

from deployer.docker.engine import DIAL
from deployer.sdk import sh

#: `registry_digests IMAGE…` prints `@digest IMAGE` and below it what dockerd's own question to
#: the registry gives (it is what `docker stack deploy` asks): the digest, `denied`, `none`, or
#: `unasked` where no answer came in time. All questions go over one connection. Ports and times
#: of a refusal move by themselves: only what counts is printed.
REGISTRY = sh(
    """
registry_questions() {
    while [ $# -gt 1 ]; do
        printf 'GET /distribution/%s/json HTTP/1.1\\r\\nHost: docker\\r\\n\\r\\n' "$1"
        shift
    done
    printf 'GET /distribution/%s/json HTTP/1.1\\r\\nHost: docker\\r\\n' "$1"
    printf 'Connection: close\\r\\n\\r\\n'
}
registry_tell() {
    printf '@digest %s\\n' "$1"
    case $2 in
    *'"digest":"'*)
        registry_word=${2#*'"digest":"'}
        printf '%s\\n' "${registry_word%%'"'*}"
        ;;
    '' | *'context canceled'*) echo unasked ;;
    *denied* | *nauthorized* | *'no basic auth'*) echo denied ;;
    *) echo none ;;
    esac
}
registry_digests() {
    [ $# -gt 0 ] || return 0
    registry_answer='' registry_begun=
    registry_lines=$(dial "$((8 + 2 * $#))" registry_questions "$@")
    # An answer begins with its status; the last is told when the lines are at their end.
    while IFS= read -r registry_line; do
        case $registry_line in 'HTTP/1.'*)
            if [ -n "$registry_begun" ] && [ $# -gt 0 ]; then
                registry_tell "$1" "$registry_answer"
                shift
            fi
            registry_answer='' registry_begun=yes
            ;;
        esac
        [ -z "$registry_begun" ] || registry_answer=$registry_answer$registry_line
    done <<END
$registry_lines
END
    while [ $# -gt 0 ]; do
        registry_tell "$1" "$registry_answer"
        registry_answer=
        shift
    done
}
""",
    uses=(DIAL,),
)
