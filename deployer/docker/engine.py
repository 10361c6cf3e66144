"""The engine's own API, for what the CLI cannot do: take a secret other than as an argument.

`docker swarm join` has no way to read its token but the command line, where every user of the
host can see it in /proc. The API takes it in a body. `curl` or `perl` (which Debian always has)
carries it to dockerd's socket, read from standard input; where there is neither, `engine` says so
with status 9 and the caller falls back to the CLI.
"""

from __future__ import annotations

from deployer.sdk import sh

#: Status of `engine` where nothing on the host can speak to dockerd's socket.
NO_WAY = 9

#: `engine METHOD PATH` sends standard input as JSON and prints the answer's body. Status 0 for
#: 2xx; 1 otherwise, with dockerd's message on standard error; 9 where there is no way.
ENGINE = sh("""
engine() {
    engine_socket=${DOCKER_HOST:-unix:///var/run/docker.sock}
    case $engine_socket in
    unix://*) engine_socket=${engine_socket#unix://} ;;
    *) return 9 ;;
    esac
    [ -S "$engine_socket" ] || return 9
    if command -v curl >/dev/null 2>&1; then
        engine_answer=$(curl -sS --unix-socket "$engine_socket" -X "$1" \\
            -H 'Content-Type: application/json' -H 'Expect:' --data-binary @- \\
            -w '\\n%{http_code}' "http://docker$2") || return 1
        engine_status=${engine_answer##*
}
        engine_answer=${engine_answer%
*}
    elif command -v perl >/dev/null 2>&1; then
        engine_answer=$(perl -e '
            use strict; use IO::Socket::UNIX;
            my ($path, $method, $url) = @ARGV; local $/; my $body = <STDIN>;
            my $dockerd = IO::Socket::UNIX->new(Peer => $path) or die "cannot connect: $!\\n";
            print $dockerd "$method $url HTTP/1.0\\r\\nHost: docker\\r\\n",
                "Content-Type: application/json\\r\\nContent-Length: ", length($body),
                "\\r\\n\\r\\n", $body;
            $dockerd->flush; my $answer = <$dockerd>;
            $answer =~ m{^HTTP/\\S+ (\\d+).*?\\r\\n\\r\\n(.*)}s or die "no answer\\n";
            print "$1\\n$2";
        ' "$engine_socket" "$1" "$2") || return 1
        engine_status=${engine_answer%%
*}
        engine_answer=${engine_answer#*
}
    else
        return 9
    fi
    case $engine_status in
    2*) printf '%s\\n' "$engine_answer" ;;
    *)
        engine_answer=${engine_answer#*'"message":"'}
        printf '%s\\n' "${engine_answer%%'"}'*}" >&2
        return 1
        ;;
    esac
}
""")
