"""The tasks of a stack, where counting them does not tell."""

from __future__ import annotations

from deployer.sdk import sh

#: `stopping_services STACK` prints the id of each service of which a task is being stopped, which
#: docker counts as running. One of a node that is gone may say so for ever.
STOPPING = sh("""
stopping_services() {
    tasks=$(docker stack ps --no-resolve --format '{{.Name}} {{.Node}} {{.DesiredState}} {{
        .CurrentState}}' "$1" 2>/dev/null) || return 0
    nodes=
    while read -r name node desired state; do
        case $desired/$state in Running/*) continue ;; */Running*) ;; *) continue ;; esac
        nodes=${nodes:-$(docker node ls --format '{{.ID}}={{.Status}}')}
        case $nodes in *"$node=Down"*) ;; *) printf '%s\\n' "${name%%.*}" ;; esac
    done <<END
$tasks
END
}
""")
