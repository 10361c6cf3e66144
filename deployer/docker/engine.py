"""The engine's own API, for what the CLI cannot do: take a secret other than as an argument.

`docker swarm join` has no way to read its token but the command line, where every user of the
host can see it in /proc. The API takes it in a body, and the CLI itself carries that to dockerd,
wherever it listens: `docker system dial-stdio` (what `ssh://` hosts are reached by, since 18.09)
connects standard input and output to it.
"""

from __future__ import annotations

from deployer.sdk import sh

#: `dial SECONDS COMMAND…` sends dockerd what COMMAND prints, and prints all that it answers.
#: dockerd gives a request up whose sender hangs up: standard input stays open until the answer
#: has come, or the seconds are over.
DIAL = sh("""
dial() {
    dial_seconds=$1
    shift
    {
        sleep "$dial_seconds" >/dev/null &
        printf '%s\\n' "$!"
        "$@"
        wait
    } 2>/dev/null | {
        IFS= read -r dial_keeper
        docker system dial-stdio 2>&1
        kill "$dial_keeper" 2>/dev/null
    }
}
""")

#: `engine METHOD PATH` sends standard input as JSON. Status 0 for 2xx; 1 otherwise, with the
#: message on standard error. To HTTP/1.0 dockerd answers in one piece, and closes.
ENGINE = sh(
    """
engine_request() {
    printf '%s %s HTTP/1.0\\r\\nHost: docker\\r\\nContent-Type: application/json\\r\\n' "$1" "$2"
    printf 'Content-Length: %s\\r\\n\\r\\n%s' "$engine_size" "$engine_body"
}
engine() {
    engine_body=$(cat)
    engine_size=$(printf '%s' "$engine_body" | wc -c)
    engine_answer=$(dial 300 engine_request "$1" "$2")
    case $engine_answer in 'HTTP/1.'?' 2'*) return 0 ;; esac
    engine_answer=${engine_answer#*'"message":"'}
    printf '%s\\n' "${engine_answer%'"}'*}" >&2
    return 1
}
""",
    uses=(DIAL,),
)
