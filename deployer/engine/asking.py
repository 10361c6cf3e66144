"""Looking at an item and changing it: what goes into one exchange, and what its answer means."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator

from deployer.engine.lookahead import (
    Place,
    chain_from,
    coming,
    prepare_script,
    probe_of,
    to_probe,
)
from deployer.engine.prepared import Item
from deployer.engine.program import Flush, Step
from deployer.engine.requests import Exchange, Flight, Next, Steps
from deployer.engine.runtime import Runtime
from deployer.engine.settings import SLOW
from deployer.engine.state import HostRun, Look
from deployer.model.script import NOTHING, Batch, Guarded, Replies, Reply, Script, guard
from deployer.sdk.kinds import Command, Resource

#: A link of a chain with the item that it is for.
Link = tuple[Place, Guarded]


def look_at(run: Runtime, host: HostRun, step: Step, item: Item) -> Steps[Look]:
    """The snapshot of an item: one that holds, or a new one with the window behind it."""
    known = yield from known_of(run, host, step, item)
    if known is not None:
        return known
    module = item.module
    assert isinstance(module, Resource | Command)
    assert module.probe is not None
    own = prepare_script(item, module.probe(item.args))
    behind = _window(run, host, Place(step, item))
    probes = (own, *(script for _, script in behind))
    replies = yield from _exchange(run, host, Place(step, item), Batch(probes=probes))
    _keep_seen(host, behind, replies.probes[1:])
    return host.saw(step, item, replies.probes[0])


def known_of(run: Runtime, host: HostRun, step: Step, item: Item) -> Steps[Look | None]:
    """The snapshot of an item that holds; what a chain under way makes of it is waited for."""
    look = host.known(step, item)
    if look is None or look.flight is None:
        return look
    flight, index = look.flight
    yield Next(flight, index, run.number(step))
    run.scopes.changes += 1
    look.flight = None
    if index < len(flight.replies):
        look.epoch, look.at = flight.epoch, time.monotonic()
        look.applied = flight.replies[index] if flight.exchange.batch.chain[index].apply else None
        return look
    host.looks.pop((step, item.index), None)
    if flight.error is not None:
        raise flight.error
    return None


def apply(
    run: Runtime,
    host: HostRun,
    step: Step,
    item: Item,
    script: Script,
    *,
    wide: bool = False,
    reads: bool = False,
) -> Steps[Reply]:
    """Make a change and ask about the window behind it; a run of changes goes as one chain.

    `wide`: it may reach beyond its host. `reads`: it changes nothing by the user's own word.
    """
    place = Place(step, item)
    if not reads and not item.delegate and run.may_chain:
        chain = chain_from(run, host, place, across=run.may_chain_across)
        if sum(bool(link.apply) for _, link in chain) > 1:
            return (yield from _apply_chain(run, host, chain))
    if not reads:
        _touch(host, wide=wide or bool(item.delegate))
        if len(run.batch) > 1:
            host.changing()
    behind = _window(run, host, place)
    batch = Batch(apply=script, probes=tuple(probe for _, probe in behind))
    replies = yield from _exchange(run, host, place, batch, (place,))
    assert replies.apply is not None
    if reads and replies.apply.seconds > SLOW:
        host.waited()
    _keep_seen(host, behind, replies.probes)
    return replies.apply


def _touch(host: HostRun, *, wide: bool) -> None:
    host.void()
    host.touched = True
    host.wide = host.wide or wide


def _apply_chain(run: Runtime, host: HostRun, chain: list[Link]) -> Steps[Reply]:
    """A guarded chain, of which each step hears at its turn. Where a guard found another state,
    its item is planned anew."""
    first, guarded = chain[0]
    # Its snapshot holds, so that the first change needs no guard, as if it were made alone.
    chain = [(first, guard(NOTHING, Reply(0), guarded.apply)), *chain[1:]]
    _touch(host, wide=any(isinstance(place.item.module, Command) for place, _ in chain))
    rest = _behind(coming(run, host, first.step, first.item), chain[-1][0])
    assert first.item.target is not None
    behind = to_probe(host, rest, first.item.target)
    batch = Batch(chain=tuple(link for _, link in chain), probes=tuple(text for _, text in behind))
    exchange = _to_send(run, host, first, batch, [place for place, _ in chain])
    keys = [(place.step, place.item.index) for place, _ in chain]

    def land(replies: Replies) -> None:
        for key in keys[len(replies.chain) :]:
            host.looks.pop(key, None)
        _keep_seen(host, behind, replies.probes, flight.epoch)

    flight = Flight(exchange, host.epoch, land)
    for index, key in enumerate(keys):
        look = host.looks.setdefault(key, Look(Reply(0), host.epoch, 0.0))
        look.flight = (flight, index)
    made = yield from known_of(run, host, first.step, first.item)
    assert made is not None
    assert made.applied is not None
    return made.applied


def _behind(places: Iterator[Place | Flush], last: Place) -> Iterator[Place | Flush]:
    """What comes after a place; the names that it and those before it define are pending."""
    for place in places:
        if isinstance(place, Place) and place == last:
            break
    yield from places


def _window(run: Runtime, host: HostRun, place: Place) -> list[tuple[Place, Script]]:
    """What to ask along with an exchange for this item."""
    if place.item.delegate:
        return []
    assert place.item.target is not None
    run.on_expect(place.item.target)
    return to_probe(host, coming(run, host, place.step, place.item), place.item.target)


def _keep_seen(
    host: HostRun,
    asked: Iterable[tuple[Place, Script]],
    replies: Iterable[Reply],
    epoch: int | None = None,
) -> None:
    for (place, _), reply in zip(asked, replies, strict=True):
        host.saw(place.step, place.item, reply, epoch)


def _exchange(
    run: Runtime, host: HostRun, place: Place, batch: Batch, shown: Iterable[Place] = ()
) -> Steps[Replies]:
    """One exchange for a place."""
    exchange = _to_send(run, host, place, batch, shown)
    try:
        replies: Replies = yield exchange
    finally:
        run.scopes.changes += exchange.changes
    return replies


def _to_send(
    run: Runtime, host: HostRun, place: Place, batch: Batch, shown: Iterable[Place]
) -> Exchange:
    """A batch on its way; the output of what runs for the places `shown` may be live."""
    assert place.item.target is not None
    live = tuple(_live(run, host, each) for each in shown)
    return Exchange(host.name, place.item.target, batch, live, run.number(place.step))


def _live(run: Runtime, host: HostRun, place: Place) -> int:
    """The number of a task whose output the user may watch, or 0."""
    module = place.item.module
    speaks = isinstance(module, Resource | Command) and module.live
    return run.number(place.step) if speaks and not run.is_hidden(host, place.step) else 0


__all__ = ["Link", "apply", "known_of", "look_at", "probe_of"]
