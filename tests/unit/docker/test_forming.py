"""The decisions about a swarm: examples, and a simulated swarm on which any plan is carried out."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from deployer.docker.formation import Host, Wish
from deployer.docker.forming import form
from deployer.docker.nodes import Node
from deployer.docker.quorum import Raft
from deployer.docker.troubles import Problem, Trouble
from deployer.sdk import Refused


def manager(name, *, up=True, **more):
    reach = "reachable" if up else "unreachable"
    state = "ready" if up else "down"
    address = f"{name}:2377"
    return Node(
        f"id-{name}", name, "manager", state=state, reachability=reach, manager_address=address,
        **more,
    )  # fmt: skip


def worker(name, **more):
    return Node(f"id-{name}", name, **more)


def swarm(*nodes):
    """What the hosts of these nodes say; hosts are called as their nodes."""
    hosts = {}
    for node in nodes:
        if node.state != "ready":
            continue
        listed = nodes if node.is_manager else ()
        hosts[node.hostname] = Host(
            node.hostname, "active", node.id, node.hostname, listed, node.is_manager
        )
    return hosts


def fresh(*names):
    return {name: Host(name, "inactive", hostname=name) for name in names}


def problem(trouble):
    return Problem(trouble, "said")


def test_fresh_hosts_start_on_the_first_manager_and_join_in_one_round():
    wish = Wish(("m1", "m2", "m3"), ("w1",), {"m1": {"zone": "a"}}, availability={"w1": "drain"})
    made = form(wish, fresh("m1", "m2", "m3", "w1"))
    assert (made.speaker, made.initialise) == ("m1", "inactive")
    assert [(join.host, join.role, join.availability) for join in made.join] == [
        ("m2", "manager", "active"),
        ("m3", "manager", "active"),
        ("w1", "worker", "drain"),
    ]
    assert [update.labels.flags for update in made.update] == [["--label-add", "zone=a"]]


def test_a_cluster_as_described_needs_nothing():
    nodes = (manager("m1", leader=True), manager("m2"), manager("m3"), worker("w1"))
    made = form(Wish(("m1", "m2", "m3"), ("w1",)), swarm(*nodes))
    assert made.empty
    assert made.unsettled == ()
    assert made.warnings == ()


def test_a_host_added_later_only_joins():
    hosts = swarm(manager("m1")) | fresh("w1")
    made = form(Wish(("m1",), ("w1",)), hosts)
    assert [(join.host, join.role, join.cause) for join in made.join] == [
        ("w1", "worker", "inactive")
    ]
    assert made.update == made.demote == made.dead == made.leave == ()


def test_roles_labels_and_availability_are_put_right():
    nodes = (
        manager("m1"),
        worker("m2", labels={"old": "1"}),
        manager("w1"),
        worker("w2", availability="drain"),
    )
    wish = Wish(
        ("m1", "m2"),
        ("w1", "w2"),
        labels={"m2": {"new": "1"}},
        labels_state="replace",
        availability={"w2": "active"},
    )
    made = form(wish, swarm(*nodes))
    assert [(item.host, item.causes) for item in made.update] == [
        ("m2", ["role worker", "label new=1: absent", "label old: not wanted"]),
        ("w2", ["availability drain"]),
    ]
    assert [item.host for item in made.demote] == ["w1"]


def test_labels_of_hosts_that_give_none_stay():
    wish = Wish(("m1",), labels_state="replace")
    assert form(wish, swarm(manager("m1", labels={"kept": "1"}))).empty


def test_a_node_is_known_by_its_id_whatever_it_is_called():
    node = replace(manager("m1"), hostname="ip-10-0-0-1")
    host = Host("m1", "active", "id-m1", "ip-10-0-0-1", (node,), manages=True)
    assert form(Wish(("m1",)), {"m1": host}).empty


def test_quorum_is_not_lost_by_demoting():
    nodes = (manager("m1"), manager("m2"), manager("m3", up=False))
    with pytest.raises(Refused, match="demoting m2 would lose quorum: 1 reachable of 2 managers"):
        form(Wish(("m1", "m3"), ("m2",)), swarm(*nodes))


def test_a_replacement_makes_a_demotion_possible():
    nodes = (manager("m1"), manager("m2"), manager("m3", up=False))
    made = form(Wish(("m1", "m3", "m4"), ("m2",)), swarm(*nodes) | fresh("m4"))
    assert [join.host for join in made.join] == ["m4"]
    assert [item.host for item in made.demote] == ["m2"]


def test_the_speaker_is_demoted_last_and_by_its_successor():
    nodes = (manager("old"), manager("other"), worker("new"))
    made = form(Wish(("new",), ("old", "other")), swarm(*nodes))
    assert made.speaker == "old"
    assert made.successor == "new"
    assert [item.host for item in made.demote] == ["other", "old"]


def test_the_speaker_is_not_demoted_without_a_successor():
    with pytest.raises(Refused, match="none of `managers` is there to take its place"):
        form(Wish(("gone",), ("m1",)), swarm(manager("m1")))


def test_a_dead_entry_of_a_replaced_host_is_removed_when_asked():
    nodes = (manager("m1"), manager("m2"), manager("m3", up=False))
    hosts = swarm(*nodes) | fresh("m3")
    told = form(Wish(("m1", "m2", "m3")), hosts)
    assert told.dead == ()
    (warning,) = told.warnings
    assert "was replaced by m3" in warning
    made = form(Wish(("m1", "m2", "m3"), remove_dead=True), hosts)
    assert [removal.node.id for removal in made.dead] == ["id-m3"]
    assert [join.host for join in made.join] == ["m3"]


def test_an_entry_of_a_replaced_host_that_is_not_down_yet_is_told():
    hosts = swarm(manager("m1"), worker("w1")) | {"w1": Host("w1", hostname="w1")}
    (warning,) = form(Wish(("m1",), ("w1",)), hosts).warnings
    assert warning.startswith("w1 (id-w1) is ready and has the host name of w1, which has another")


def test_a_member_that_is_down_is_not_dead():
    nodes = (manager("m1"), worker("w1", state="down"))
    hosts = swarm(manager("m1")) | {
        "m1": Host("m1", "active", "id-m1", "m1", nodes, manages=True),
        "w1": Host("w1", "active", "id-w1", "w1"),
    }
    made = form(Wish(("m1",), ("w1",), remove_dead=True), hosts)
    assert made.dead == ()
    assert [node.id for node in made.unsettled] == ["id-w1"]


def test_unlisted_nodes_stay_unless_they_are_to_go():
    hosts = swarm(manager("m1"), worker("x1"))
    told = form(Wish(("m1",)), hosts)
    assert told.empty
    assert told.warnings == (
        "x1 (id-x1) is a worker of the swarm (ready) and no listed host: it stays; "
        "`prune_unlisted: true` drains and removes it",
    )
    assert form(Wish(("m1",), ("w1",)), hosts).warnings == (), "it may be w1"
    more = swarm(manager("m1"), worker("x1"), worker("x2"))
    unsure = form(Wish(("m1",), ("w1",)), more).warnings
    assert "no listed host (unless it is w1, not reached): it stays" in unsure[1]
    made = form(Wish(("m1",), prune_unlisted=True), hosts)
    assert [(item.node.id, item.drain) for item in made.prune] == [("id-x1", True)]


def test_nothing_is_pruned_while_a_listed_host_cannot_be_asked():
    hosts = swarm(manager("m1"), worker("x1"))
    with pytest.raises(Refused, match="nothing is pruned"):
        form(Wish(("m1",), ("w1",), prune_unlisted=True), hosts)


def test_a_host_in_another_swarm_is_left_alone_unless_told():
    stranger = Host("w1", "active", "id-elsewhere", "w1")
    hosts = swarm(manager("m1")) | {"w1": stranger}
    with pytest.raises(Refused, match=r"w1 is part of another swarm .* `move_nodes: true`"):
        form(Wish(("m1",), ("w1",)), hosts)
    made = form(Wish(("m1",), ("w1",), move_nodes=True), hosts)
    assert [leave.host for leave in made.leave] == ["w1"]
    assert [join.host for join in made.join] == ["w1"]


def test_a_manager_of_another_swarm_leaves_only_by_force():
    hosts = swarm(manager("m1"), manager("m3")) | swarm(manager("m2"))
    wish = Wish(("m1", "m2", "m3"), move_nodes=True)
    with pytest.raises(Refused, match="m2 is a manager of another swarm"):
        form(wish, hosts)
    assert [leave.host for leave in form(replace(wish, force_leave=True), hosts).leave] == ["m2"]


def test_workers_of_a_swarm_without_listed_managers_are_left_alone():
    hosts = fresh("m1") | {"w1": Host("w1", "active", "id-w1", "w1")}
    with pytest.raises(Refused, match="none of the swarm's managers is listed"):
        form(Wish(("m1",), ("w1",)), hosts)


def test_no_second_swarm_is_started_beside_one_that_cannot_be_seen():
    with pytest.raises(Refused, match="m2 not reached"):
        form(Wish(("m1", "m2")), fresh("m1"))
    down = Host("m2", "unknown", problem=problem(Trouble.DAEMON_DOWN))
    with pytest.raises(Refused, match=r"cannot tell whether m2 .* dockerd does not answer"):
        form(Wish(("m1", "m2")), fresh("m1") | {"m2": down})
    lost = Host("m2", "active", "id-m2", manages=True, problem=problem(Trouble.NO_LEADER))
    with pytest.raises(Refused, match="m2 is a manager that cannot speak for its swarm"):
        form(Wish(("m1", "m2")), fresh("m1") | {"m2": lost})
    locked = Host("m1", "locked", problem=problem(Trouble.LOCKED))
    with pytest.raises(Refused, match="locked"):
        form(Wish(("m1",)), {"m1": locked})


def test_hosts_where_docker_comes_later_are_planned_in_check_mode():
    down = {
        name: Host(name, "unknown", problem=problem(Trouble.DAEMON_DOWN)) for name in ("m1", "m2")
    }
    made = form(Wish(("m1", "m2"), check_mode=True), down)
    assert made.initialise == "dockerd does not answer (so far)"
    assert [join.host for join in made.join] == ["m2"]


def test_a_blind_host_does_not_keep_the_others_from_being_put_right():
    blind = Host("w1", "unknown", problem=problem(Trouble.DAEMON_DOWN))
    made = form(Wish(("m1",), ("w1", "w2")), swarm(manager("m1")) | {"w1": blind} | fresh("w2"))
    assert [join.host for join in made.join] == ["w2"]


@pytest.mark.parametrize(
    ("wish", "message"),
    [
        (Wish(()), "`managers` is empty"),
        (Wish(("a", "a")), "a is listed twice"),
        (Wish(("a",), ("a",)), "a is listed twice"),
    ],
)
def test_a_description_that_cannot_be_meant_is_refused(wish, message):
    with pytest.raises(Refused, match=message):
        form(wish, fresh("a"))


def test_a_node_that_is_down_is_not_promoted():
    nodes = (manager("m1"), worker("m2", state="down"))
    hosts = {
        "m1": Host("m1", "active", "id-m1", "m1", nodes, manages=True),
        "m2": Host("m2", "active", "id-m2", "m2"),
    }
    with pytest.raises(Refused, match="m2 cannot be promoted while its node is down"):
        form(Wish(("m1", "m2")), hosts)


def test_an_even_number_of_managers_is_told():
    hosts = swarm(manager("m1"), manager("m2"))
    assert "use an odd number" in form(Wish(("m1", "m2")), hosts).warnings[0]


NAMES = ("a", "b", "c", "d", "e")


@st.composite
def situations(draw):
    """A swarm of some hosts, others fresh, and a wish about all of them."""
    kinds = {name: draw(st.sampled_from(["manager", "down", "worker", "fresh"])) for name in NAMES}
    nodes = []
    for name, kind in kinds.items():
        if kind in ("manager", "down"):
            nodes.append(manager(name, up=kind == "manager"))
        elif kind == "worker":
            availability = draw(st.sampled_from(["active", "drain"]))
            nodes.append(worker(name, availability=availability))
    hosts = swarm(*nodes) | fresh(*(name for name, kind in kinds.items() if kind == "fresh"))
    if nodes and not raft_of({node.id: node for node in nodes}).has_quorum:
        lost = problem(Trouble.NO_LEADER)
        hosts = {name: replace(host, nodes=(), problem=lost) for name, host in hosts.items()}
    roles = {name: draw(st.sampled_from(["manager", "worker", "unlisted"])) for name in NAMES}
    wish = Wish(
        tuple(name for name in NAMES if roles[name] == "manager"),
        tuple(name for name in NAMES if roles[name] == "worker"),
        labels={name: {"k": draw(st.sampled_from("xy"))} for name in NAMES},
        availability=dict.fromkeys(NAMES, "active"),
        remove_dead=draw(st.booleans()),
        prune_unlisted=draw(st.booleans()),
    )
    return wish, {name: host for name, host in hosts.items() if name in wish.hosts}, nodes


def raft_of(nodes):
    managers = [node for node in nodes.values() if node.is_manager]
    return Raft(len(managers), sum(1 for node in managers if node.reachable))


def carry_out(made, nodes):
    """Do the steps on the list of nodes; a majority must be there all the time."""
    nodes = {node.id: node for node in nodes}
    if made.initialise:
        # Whatever swarm the unlisted hosts make up, it is none of this one.
        first = replace(manager(made.speaker), id=f"new-{made.speaker}")
        nodes = {first.id: first}
    assert raft_of(nodes).has_quorum

    def put(node):
        nodes[node.id] = node
        assert raft_of(nodes).has_quorum

    for removal in made.dead:
        del nodes[removal.node.id]
        assert raft_of(nodes).has_quorum
    for join in made.join:
        base = manager(join.host) if join.role == "manager" else worker(join.host)
        put(
            replace(
                base, id=f"new-{join.host}", labels=dict(join.labels.add),
                availability=join.availability,
            )
        )  # fmt: skip
    for item in made.update:
        key = item.node.id or f"new-{item.host}"
        node = nodes[key]
        labels = {**node.labels, **dict(item.labels.add)}
        node = replace(node, labels=labels, availability=item.availability or node.availability)
        if item.role == "manager":
            node = replace(node, role="manager", reachability="reachable")
        put(node)
    for item in made.demote:
        put(replace(nodes[item.node.id], role="worker", reachability=""))
    for removal in made.prune:
        del nodes[removal.node.id]
        assert raft_of(nodes).has_quorum
    return nodes


@settings(max_examples=400, deadline=None)
@given(situations())
def test_any_plan_keeps_a_majority_and_the_next_one_is_empty(situation):
    wish, hosts, nodes = situation
    try:
        made = form(wish, hosts)
    except Refused:
        return
    after = carry_out(made, nodes)
    ids = {name: host.node_id for name, host in hosts.items() if host.node_id in after}
    ids |= {node.hostname: node.id for node in after.values() if node.id.startswith("new-")}
    listed = tuple(after.values())
    seen = {
        name: Host(
            name,
            "active" if name in ids else "inactive",
            ids.get(name, ""),
            name,
            listed if name in ids and after[ids[name]].reachable else (),
            manages=name in ids and after[ids[name]].is_manager,
        )
        for name in hosts
    }
    again = form(wish, seen)
    assert again.empty, again
    for name in wish.managers:
        if name in ids:
            assert after[ids[name]].is_manager
    for name in wish.workers:
        if name in ids:
            assert not after[ids[name]].is_manager
