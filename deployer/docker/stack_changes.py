"""The changes that deploy or remove a stack, and what is said of them afterwards."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import field
from typing import Any

from deployer.docker.cli import PRELUDE, docker_failure
from deployer.docker.convergence import Expected, not_converged, read_wait, wait
from deployer.docker.convergence_script import AFTER
from deployer.docker.stack import ServicePlan, StackPlan, changed_between, spec_diff
from deployer.docker.stack_facts import CONFIDENTIAL
from deployer.docker.stack_looking import Live, Seen, services_after
from deployer.docker.stack_names import IMAGE_LABEL
from deployer.model.values import dataclass
from deployer.sdk import Change, Diff, Outcome, Refused, Reply, Script, Secret, Value, sh

#: $1 the stack, $2 the number of flags, the flags, the paths; standard input: the file `-`.
#: Docker before 26 deploys detached and does not know the flag.
DEPLOY = sh(
    """
need_docker
stack=$1
shift
left=$1
shift
count=$#
for word do
    shift
    if [ "$left" -gt 0 ]; then
        set -- "$@" "$word"
        left=$((left - 1))
    else
        set -- "$@" -c "$word"
    fi
done
: "$count"
inline=
case " $* " in *' -c - '*) inline=$(cat) ;; esac
if said=$(printf '%s' "$inline" | docker stack deploy --detach=true "$@" "$stack" 2>&1); then
    printf '%s\\n' "$said"
    exit 0
fi
case $said in
*'unknown flag: --detach'*) printf '%s' "$inline" | docker stack deploy "$@" "$stack" ;;
*)
    printf '%s\\n' "$said" >&2
    exit 1
    ;;
esac
""",
    uses=(PRELUDE,),
)

#: An image that was changed by hand: with `resolve_image` changed or never docker leaves it.
SET_IMAGE = sh(
    """
need_docker
docker service update --detach --no-resolve-image --image "$2" "$1"
""",
    uses=(PRELUDE,),
)

#: $1 the stack, $2 seconds. Waits until services, tasks, networks, secrets and configs are gone;
#: networks stay while tasks end, so removal is asked for again.
REMOVE = sh(
    """
need_docker
end=$(($(date +%s) + $2))
label=label=com.docker.stack.namespace=$1
while :; do
    said=$(docker stack rm "$1" 2>&1) || {
        case $said in *'in use'* | *'active endpoints'* | *'not found'*) ;; *)
            printf '%s\\n' "$said" >&2
            exit 1
            ;;
        esac
    }
    if [ "$said" != "$last" ]; then printf '%s\\n' "$said"; fi
    last=$said
    tries=0
    while [ "$tries" -lt 10 ]; do
        left=$(docker service ls -q --filter "$label")$(docker stack ps -q "$1" 2>/dev/null)
        left=$left$(docker network ls -q --filter "$label")$(docker secret ls -q --filter "$label")
        left=$left$(docker config ls -q --filter "$label")
        if [ -z "$left" ]; then exit 0; fi
        [ "$(date +%s)" -lt "$end" ] || {
            echo "something of the stack is left after $2 s" >&2
            exit 62
        }
        sleep 0.3 2>/dev/null || sleep 1
        tries=$((tries + 1))
    done
done
""",
    uses=(PRELUDE,),
)


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be done with which stack. `inline` is what `-` among the paths stands for."""

    stack: str
    paths: tuple[str, ...] = ()
    inline: bytes | Secret = b""
    prune: bool = False
    resolve_image: str = "always"
    auth: bool = False
    wait: bool = True
    seconds: int = 300
    env: dict[str, str] = field(default_factory=dict)

    @property
    def deploy(self) -> Script:
        """The deployment itself."""
        flags = ["--resolve-image", self.resolve_image]
        flags += ["--prune"] if self.prune else []
        flags += ["--with-registry-auth"] if self.auth else []
        return DEPLOY(
            self.stack, str(len(flags)), *flags, *self.paths, stdin=self.inline, env=self.env
        )


def deployments(order: Order, seen: Seen, plan: StackPlan | None) -> Sequence[Change]:
    """The plan's changes: one for each service, the first of which carries the deployment."""
    if plan is None:
        return _blind(order, seen)
    changes = [Change("create", what, "absent") for what in plan.create] + [
        _service(service) for service in plan.wanted if service.live is None or service.differs
    ]
    if order.prune:
        changes += [
            Change("remove", f"service {service.name}", "not in the file") for service in plan.extra
        ]
    stuck = [s for s in plan.wanted if s.live is not None and s.live.state.endswith("paused")]
    changes += [
        Change("resume", f"service {service.name}", f"update {service.live.state}", certain=False)
        for service in stuck
        if service.live is not None and not service.differs
    ]
    doubts = [f"{service.name}: {text}" for service in plan.wanted for text in service.unsure]
    if not changes and (doubts or plan.unsure):
        because = "; ".join([*plan.unsure, *doubts])
        changes = [Change("deploy", f"stack {order.stack}", because, certain=False)]
    if not changes:
        return _waits(order, plan)
    return _carrying(changes, order.deploy + _finish(order, plan))


def _blind(order: Order, seen: Seen) -> Sequence[Change]:
    """Nobody can compare yet: an earlier task may write the file or form the swarm."""
    script = order.deploy + _finish(order, None)
    subject = f"stack {order.stack}"
    if seen.trouble is not None:
        return [Change("deploy", subject, f"not deployed: {seen.trouble.cause}", script)]
    if seen.absent:
        cause = f"{seen.absent.splitlines()[0]} does not exist yet"
        if not seen.services:
            return [Change("deploy", subject, f"not deployed; {cause}", script)]
        return [Change("deploy", subject, cause, script, certain=False)]
    if seen.problem is not None and "is not a docker command" not in seen.problem.text:
        raise Refused(f"docker cannot read the stack file: {seen.problem.text}")
    return [Change("deploy", subject, "this docker cannot show it", script, certain=False)]


def _service(service: ServicePlan) -> Change:
    """One service's change, with its facts as a diff."""
    names = service.differs if service.live is not None else service.wanted
    lines: tuple[list[str], list[str]] = ([], [])
    for name in names:
        pair = service.before.get(name), service.wanted.get(name)
        hidden = name.startswith(CONFIDENTIAL)
        for side, text, mark in zip(lines, pair, ("old", "new"), strict=True):
            if text is not None:
                side.append(f"{name}: {f'({mark} value)' if hidden else text}\n")
    shown = Diff("".join(lines[0]), "".join(lines[1]), service.name, service.name)
    verb = "create" if service.live is None else "update"
    return Change(verb, f"service {service.name}", service.cause, diff=shown)


def _carrying(changes: Sequence[Change], script: Script) -> list[Change]:
    first, *rest = changes
    made = Change(
        first.verb,
        first.subject,
        first.cause,
        script,
        first.diff,
        first.certain,
        first.counts,
    )
    return [made, *rest]


def _waits(order: Order, plan: StackPlan) -> list[Change]:
    """Nothing is to be deployed; but is it up?"""
    late = [
        " ".join(word for word in (service.name, *_late(service.live)) if word)
        for service in plan.wanted
        if service.live is not None and _late(service.live)
    ]
    if not late or not order.wait:
        return []
    waiting = [service.expected(idle=True) for service in plan.wanted]
    script = wait(order.stack, waiting, order.seconds, order.env)
    return [Change("wait for", f"stack {order.stack}", ", ".join(late), script, counts=False)]


def _late(live: Live) -> list[str]:
    """In words what a service is still about; empty where it has converged."""
    busy = live.state in ("updating", "rollback_started")
    if live.full and not live.stopping and not busy:
        return []
    said = [live.count.partition(" ")[0], live.state]
    return [*said, "(tasks are being stopped)"] if live.stopping else said


def _finish(order: Order, plan: StackPlan | None) -> Script:
    """What comes after the deployment: images set right, waiting, a last look."""
    script = Script()
    expected: list[Expected] = []
    for service in plan.wanted if plan else ():
        expected.append(service.expected())
        if order.resolve_image != "always" and _drifted(service):
            image = service.wanted.get("image", "")
            script += SET_IMAGE(service.name, image, env=order.env)
    if order.wait and (expected or plan is None):
        return script + wait(order.stack, expected, order.seconds, order.env)
    return script + AFTER(order.stack, env=order.env)


def _drifted(service: ServicePlan) -> bool:
    """Whether the image was changed by hand while the label still names the file's."""
    label = f"label {IMAGE_LABEL}"
    same = service.before.get(label) == service.wanted.get(label)
    return "image" in service.differs and same


def removals(order: Order, seen: Seen) -> Sequence[Change]:
    """Nothing where nothing is left (and where there is no swarm, there is no stack)."""
    if not seen.services and not seen.left:
        return []
    cause = f"{len(seen.services)} services" if seen.services else f"{len(seen.left)} parts left"
    return [
        Change(
            "remove",
            f"stack {order.stack}",
            cause,
            REMOVE(order.stack, str(order.seconds), env=order.env),
        )
    ]


def after_removing(order: Order, reply: Reply) -> Outcome:
    """What is said after a removal."""
    if not reply.ok:
        return docker_failure(reply, f"removing stack {order.stack}")
    return Outcome(values={"stack_spec_diff": {}, "services": []})


def after_deploying(order: Order, seen: Seen, plan: StackPlan | None, reply: Reply) -> Outcome:
    """What is said after a deployment: what really changed, or why it failed."""
    waited = read_wait(reply)
    if waited.result and waited.result != "converged":
        failed = not_converged(waited, f"stack {order.stack}", order.seconds)
        # What comes below the first `@` is in the message.
        printed = f"\n{reply.out}".partition("\n@")[0].strip()
        values = {"rc": reply.code, "stdout": printed, "stderr": reply.err}
        return Outcome(changed=True, failed=True, msg=failed.msg, values=values)
    if not reply.ok:
        return docker_failure(reply, f"deploying stack {order.stack}")
    after = services_after(reply.out)
    really = changed_between(seen.services, after, seen.known)
    made = bool(really) or bool(plan and plan.create)
    differing = spec_diff([s for s in plan.services if s.name in really]) if plan else {}
    missing: dict[str, Any] = {name: {} for name in really if name not in differing}
    return Outcome(changed=made, values=values_of(after, {**missing, **differing}))


def values_of(services: Mapping[str, Live], differing: Mapping[str, Any]) -> dict[str, Value]:
    """The return values."""
    return {
        "stack_spec_diff": dict(differing),
        "services": [
            {
                "id": live.id,
                "name": live.name,
                "image": live.spec["TaskTemplate"]["ContainerSpec"].get("Image", ""),
                "replicas": live.count,
                "update": live.state,
            }
            for live in services.values()
        ],
    }
