#!/bin/sh
# The second run by hand: swarm-ask.sh SSH_CONFIG NODE...; asks every node and the stack, changes
# nothing, fails where something is not as it should be.
set -eu
config=$1
first=$2
shift 2
for node; do
    ssh -F "$config" -l root "$node" "docker info --format '{{.Swarm.LocalNodeState}}'" &
done
ssh -F "$config" -l root "$first" sh -s <<'END'
set -eu
[ "$(docker node ls --format '{{.Status}} {{.ManagerStatus}}' | grep -c '^Ready [LR]')" -ge 3 ]
docker network inspect web_public --format '{{.Driver}}' >/dev/null
docker secret ls --filter name=web_token --format '{{.Name}}' | grep -q .
docker config ls --filter name=web_settings --format '{{.Name}}' | grep -q .
sha256sum /opt/stacks/web.yml >/dev/null
docker service inspect web_web >/dev/null
[ "$(docker service ls --filter name=web_web --format '{{.Replicas}}' | cut -d' ' -f1)" = 3/3 ]
curl -fsS --max-time 10 -o /dev/null http://localhost:8080/
END
wait
