"""Asking a registry in dockerd's name: dockerd knows how to reach it."""

from __future__ import annotations

from deployer.sdk import sh

#: `registry_digest IMAGE` prints what dockerd's own question to the registry gives, on one line
#: (it is what `docker stack deploy` asks); 9 where nothing can speak to dockerd's socket.
REGISTRY = sh("""
registry_digest() {
    registry_socket=${DOCKER_HOST:-unix:///var/run/docker.sock}
    case $registry_socket in
    unix://*) registry_socket=${registry_socket#unix://} ;;
    *) return 9 ;;
    esac
    registry_path=/distribution/$1/json
    if command -v curl >/dev/null 2>&1; then
        curl -sS -m 10 --unix-socket "$registry_socket" "http://docker$registry_path" 2>&1
    elif command -v perl >/dev/null 2>&1; then
        perl -e '
            use strict; use IO::Socket::UNIX; alarm 10;
            my $dockerd = IO::Socket::UNIX->new(Peer => $ARGV[0]) or die "cannot connect: $!\\n";
            print $dockerd "GET $ARGV[1] HTTP/1.0\\r\\nHost: docker\\r\\n\\r\\n";
            $dockerd->flush; local $/; my $answer = <$dockerd>;
            $answer =~ m{\\r\\n\\r\\n(.*)}s or die "no answer\\n"; print $1;
        ' "$registry_socket" "$registry_path" 2>&1
    else
        return 9
    fi
}
""")
