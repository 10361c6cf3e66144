"""The conductor: generators, timers, failures and Ctrl-C, over a real pool of simulated hosts."""

from __future__ import annotations

import time

import pytest

from deployer.engine.conductor import Conductor
from deployer.engine.pool import Pool
from deployer.engine.requests import Ask, Exchange, Flight, Next, Sleep, Together
from deployer.model.errors import ConnectError, Interrupted
from deployer.model.script import NOTHING, Batch, Reply, guard, sh
from deployer.testing import SimulatedConnector, SimulatedHost
from deployer.transport.session import Target

ECHO = sh("echo_for_the_conductor")


@pytest.fixture
def pool():
    hosts = {
        name: SimulatedHost({"name": name}, {ECHO: lambda state, args, _: answer(state)})
        for name in ("a", "b", "c")
    }
    made = Pool(SimulatedConnector(hosts), forks=2)
    yield made
    made.close()


def answer(state):
    return Reply(0, state["name"].encode())


def ask(name):
    return Exchange(name, Target(name, name), Batch(probes=(ECHO(),)))


def conductor(pool, typed=""):
    def ignore(_event):
        """What is told on the way does not matter here."""

    return Conductor(pool, ignore, ignore, ignore, lambda request: typed)


def hello(name):
    replies = yield ask(name)
    return replies.probes[0].out


def test_every_generator_gets_its_own_answer(pool):
    results = dict(conductor(pool).run((name, hello(name)) for name in "abc"))
    assert results == {"a": "a", "b": "b", "c": "c"}


def test_together_waits_for_all(pool):
    def all_of_them():
        replies = yield Together((ask("a"), ask("b")))
        return [each.probes[0].out for each in replies]

    assert dict(conductor(pool).run([("x", all_of_them())])) == {"x": ["a", "b"]}


def test_a_connection_that_fails_is_thrown_into_its_generator(pool):
    def careful():
        try:
            yield ask("nobody")
        except ConnectError as error:
            return f"caught: {error}"

    results = dict(conductor(pool).run([("x", careful()), ("y", hello("a"))]))
    assert results["x"].startswith("caught: nobody")
    assert results["y"] == "a"


def test_sleeps_do_not_hold_up_others(pool):
    order = []

    def sleepy():
        yield Sleep(0.05)
        order.append("sleepy")

    def quick():
        yield ask("a")
        order.append("quick")

    list(conductor(pool).run([("s", sleepy()), ("q", quick())]))
    assert order == ["quick", "sleepy"]


def test_a_limit_keeps_the_rest_waiting(pool):
    running = []
    most = []

    def counted(name):
        running.append(name)
        most.append(len(running))
        yield ask(name)
        running.remove(name)

    list(conductor(pool).run([(name, counted(name)) for name in "abc"], limit=1))
    assert max(most) == 1


def test_the_user_is_asked(pool):
    def question():
        return (yield Ask("name? "))

    assert dict(conductor(pool, "me").run([("q", question())])) == {"q": "me"}


def test_an_interrupt_ends_waits_at_once_and_what_follows(pool):
    boss = conductor(pool)

    def long():
        try:
            yield Sleep(60)
        except Interrupted:
            return "woken"

    def late():
        yield Sleep(0.02)
        yield ask("a")

    def interrupts():
        yield Sleep(0.01)
        boss.interrupt()
        return "interrupted"

    started = time.monotonic()
    results = []
    with pytest.raises(Interrupted):
        results.extend(boss.run([("long", long()), ("int", interrupts()), ("late", late())]))
    assert time.monotonic() - started < 5
    assert ("long", "woken") in results


def chain_of(name, count):
    links = tuple(guard(NOTHING, Reply(0), ECHO()) for _ in range(count))
    landed = []
    exchange = Exchange(name, Target(name, name), Batch(chain=links, probes=(ECHO(),)))
    return Flight(exchange, 0, landed.append), landed


def test_a_chain_is_sent_once_and_serves_one_step_after_the_other(pool):
    flight, landed = chain_of("a", 3)

    def step(index):
        yield Next(flight, index)
        return flight.replies[index].out

    driver = conductor(pool)
    for index in range(3):
        assert dict(driver.run([(index, step(index))])) == {index: "a"}
    (replies,) = landed
    assert len(replies.chain) == 3
    assert pool.cost.exchanges == 1


def test_a_chain_that_was_sent_is_heard_of_after_an_interrupt_and_none_is_sent_then(pool):
    flight, _ = chain_of("a", 2)
    other, _ = chain_of("b", 2)

    def step(of, index):
        yield Next(of, index)
        return of.replies[index].out

    driver = conductor(pool)
    assert dict(driver.run([("first", step(flight, 0))])) == {"first": "a"}
    driver.interrupt()
    assert dict(driver.run([("second", step(flight, 1))])) == {"second": "a"}
    with pytest.raises(Interrupted):
        list(driver.run([("third", step(other, 0))]))
    assert not other.launched


def test_what_breaks_a_chain_is_for_the_steps_that_were_not_served(pool):
    flight, landed = chain_of("nowhere", 2)

    def step(index):
        yield Next(flight, index)
        if flight.error is not None:
            raise flight.error

    for index in range(2):
        with pytest.raises(ConnectError):
            list(conductor(pool).run([(index, step(index))]))
    assert not landed
