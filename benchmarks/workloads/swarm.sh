#!/bin/sh
# The main job by hand: swarm.sh SSH_CONFIG NODE...; does what playbooks/swarm.yml does with the
# lab's settings, and waits for the same. Every node becomes a manager.
set -eu
config=$1
first=$2
shift 2
on() {
    host=$1
    shift
    ssh -F "$config" -l root "$host" "$@"
}
address() { on "$1" "ip -4 -o addr show scope global | awk '{sub(\"/.*\", \"\", \$4); print \$4; exit}'"; }

on "$first" "docker swarm init --advertise-addr $(address "$first") >/dev/null"
token=$(on "$first" docker swarm join-token -q manager)
to=$(address "$first")
for node; do
    echo "$token" | on "$node" "read -r token; docker swarm join --token \$token $to:2377 >/dev/null"
done
on "$first" sh -s <<'END'
set -eu
docker network create -d overlay --attachable web_public >/dev/null
printf %s not-a-secret-set-your-own | docker secret create web_token_v1 - >/dev/null
printf 'greeting = Hello\n' | docker config create web_settings_v1 - >/dev/null
mkdir -p /opt/stacks
cat >/opt/stacks/web.yml <<'STACK'
version: "3.8"
services:
  web:
    image: "web:v1"
    networks: [public]
    ports:
      - {target: 80, published: 8080, protocol: tcp, mode: host}
    secrets:
      - {source: token, target: app_token, mode: 0400}
    configs:
      - {source: settings, target: /etc/web/settings.conf}
    healthcheck:
      test: ["CMD-SHELL", "wget -q -O /dev/null http://127.0.0.1/"]
      interval: 2s
      timeout: 2s
      retries: 3
      start_period: 5s
    deploy:
      replicas: 3
      endpoint_mode: dnsrr
      placement: {max_replicas_per_node: 1}
      update_config: {parallelism: 1, order: stop-first, monitor: 5s, failure_action: rollback}
      rollback_config: {parallelism: 1, order: stop-first}
      restart_policy: {condition: any, delay: 1s}
networks:
  public: {name: web_public, external: true}
secrets:
  token: {name: web_token_v1, external: true}
configs:
  settings: {name: web_settings_v1, external: true}
STACK
docker stack deploy --resolve-image never -c /opt/stacks/web.yml web >/dev/null
until [ "$(docker service ls --filter name=web_web --format '{{.Replicas}}' | cut -d' ' -f1)" = 3/3 ]
do sleep 0.5; done
curl -fsS --max-time 10 -o /dev/null http://localhost:8080/
END
