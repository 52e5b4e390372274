"""Living through simulated time: agenda items run in the order (instant, sequence), the clock set to each."""

from collections.abc import Callable, Generator, Mapping, Sequence
from typing import NamedTuple

from sandbox.kernel import webhooks
from sandbox.kernel.agenda import Due
from sandbox.kernel.clock import DAY, LAST_INSTANT, iso_ms, stopwatch
from sandbox.kernel.errors import Conflict, Invalid
from sandbox.kernel.namespace import Namespace
from sandbox.kernel.webhooks import Attempt, Outcome
from sandbox.kernel.world import Happening, World

Agents = Mapping[tuple[str, str], Callable[[World, Due], None]]
"""What runs an agenda item, by (api, kind)."""

MOVE_DAYS = 400
MOVE_ITEMS = 100_000
MOVE_SECONDS = 600
"""Real ones, that the webhook attempts on the way may take: receivers that never answer would hold a clock for days."""

HAPPENS = frozenset({"agenda.failed", "webhook.blocked", "webhook.dropped", "webhook.replayed", *webhooks.TOLD})
"""Types of the happenings that no Api notes."""

_UNANSWERED = Outcome(None, "not tried")


class Moved(NamedTuple):
    """What a clock move did: from and to are instants; ``first`` is the number before its first happening."""

    start: int
    end: int
    first: int


def catch_up(world: World, agents: Agents, until: int, limit: int | None = None) -> int:
    """Run what is due up to ``until`` without waiting for anything; answers how many items ran (at most limit + 1)."""
    count = 0
    while (item := world.agenda.next) is not None and item.at <= until and (limit is None or count <= limit):
        run(world, agents, item)
        count += 1
    return count


def run(world: World, agents: Agents, item: Due) -> None:
    """Run the first item at its instant. One that raises is rolled back and told to the timeline; the rest go on."""
    world.agenda = world.agenda.pop()
    world.now = max(world.now, item.at)
    try:
        with world.transaction():
            agents[item.api, item.kind](world, item)
    except Exception as error:  # noqa: BLE001  # whatever a rule raises must not stop time
        world.note("agenda.failed", item.subject, api=item.api, kind=item.kind, error=repr(error))


Move = Generator[Sequence[Attempt], Sequence[Outcome], Moved]


def move(namespace: Namespace, agents: Agents, to: int) -> Move:
    """Move the clock from ``world.now`` to instant ``to``, living through everything on the way.

    Yields the webhook attempts of one instant and takes their outcomes before time goes on; the namespace's lock may
    be released meanwhile, its clock stands still at that instant. Yields none at first when outcomes of earlier
    attempts have not come back: whoever makes those waits for them, for they shape what follows.

    Raises Invalid for a move backwards, of more than 400 days or 100,000 agenda items (then nothing has changed),
    Conflict while another move is under way or when a reset comes in between, and where the attempts take too long (the
    clock stands at the instant of the next ones).
    """
    return _checked(namespace, agents, to, stopwatch())


def _checked(namespace: Namespace, agents: Agents, to: int, begun: float) -> Move:
    """A move of those that ``begun`` is the stopwatch's reading for."""
    world = namespace.world
    if namespace.moving:
        msg = "The clock is being moved already: wait for that move to answer"
        raise Conflict(msg)
    _check(world.now, to)
    return _move(namespace, agents, to, begun)


def advance(namespace: Namespace, agents: Agents, event: str | None) -> Move:
    """Move the clock to what is due next, or with ``event`` to the first happening of that type.

    All of that instant is lived through. Attempts that were begun before are waited for first. Yields as ``move`` does,
    and raises as it does; Conflict too when nothing of the kind comes within the bounds of one move. Then nothing has
    changed, unless webhooks had to be attempted to know: the clock stands at the last of these attempts.
    """
    begun = stopwatch()
    moved = here = yield from _checked(namespace, agents, namespace.world.now, begun)
    if event is None:
        moved = yield from _checked(namespace, agents, _next_instant(namespace.world), begun)
        return Moved(here.start, moved.end, here.first)
    left = MOVE_ITEMS
    while not _told(namespace, moved.first, event):
        found = _foresee(namespace.world, agents, event, here.end + MOVE_DAYS * DAY, left)
        if found is None:
            raise Conflict(_in_vain(event, here.end, moved.end))
        to, count = found
        left -= count
        moved = yield from _checked(namespace, agents, to, begun)
    return Moved(here.start, moved.end, here.first)


def _next_instant(world: World) -> int:
    item = world.agenda.next
    if item is None:
        msg = "Nothing is due: the agenda of this namespace is empty"
        raise Conflict(msg)
    if item.at > min(world.now + MOVE_DAYS * DAY, LAST_INSTANT):
        msg = f"What is due next is due at {_shown(item.at)}, more than {MOVE_DAYS} days ahead: move in steps"
        raise Conflict(msg)
    return item.at


def _told(namespace: Namespace, first: int, event: str) -> bool:
    happened = namespace.timeline.after(first, namespace.timeline.last)
    return any(one.type == event for _, one in happened)


def _foresee(world: World, agents: Agents, event: str, until: int, limit: int) -> tuple[int, int] | None:
    """When the event happens first, or may for all one knows: what a webhook's attempt leads to shows when it is made.

    With it, how many items run on the way; None when it does not come up to ``until``, or within ``limit`` items.
    """
    rehearsal = world.fork()
    count, until = 0, min(until, LAST_INSTANT)
    while (item := _next(rehearsal, until)) is not None or rehearsal.outbox:
        if item is not None:
            run(rehearsal, agents, item)
            count += 1
        elif event in webhooks.TOLD:
            return rehearsal.now, count
        else:
            _fail_all(rehearsal)
        if count > limit:
            return None
        if any(one.type == event for one in rehearsal.happened):
            return rehearsal.now, count
        rehearsal.happened.clear()
    return None


def _in_vain(event: str, start: int, end: int) -> str:
    gone = "" if end == start else f"; the clock went on to {iso_ms(end)}, where a webhook was attempted last"
    return f"No {event} comes within {MOVE_DAYS} days or {MOVE_ITEMS} agenda items{gone}"


def _check(now: int, to: int) -> None:
    if to < now:
        msg = f"The clock stands at {iso_ms(now)} and never moves back: reset to start over"
        raise Invalid(msg, field="to", value=_shown(to))
    if to - now > MOVE_DAYS * DAY or to > LAST_INSTANT:
        msg = f"One move goes at most {MOVE_DAYS} days ahead, and never past the year 9999: move in steps"
        raise Invalid(msg, field="to", value=_shown(to))


def _shown(instant: int) -> str | int:
    return iso_ms(instant) if 0 <= instant <= LAST_INSTANT else instant


def _move(namespace: Namespace, agents: Agents, to: int, begun: float) -> Move:
    world, epoch = namespace.world, namespace.epoch
    namespace.publish_events()
    start, count, paused = world.now, 0, False
    namespace.moving = True
    try:
        if namespace.under_way:
            yield from _wait(namespace, epoch)
        before, first = world.snapshot(), namespace.timeline.last
        while (item := _next(world, to)) is not None or world.outbox:
            ahead = 1 if item else 0 if paused else _rehearse(world, agents, to, MOVE_ITEMS - count)
            if count + ahead > MOVE_ITEMS and not paused:
                world.restore(before)
                msg = f"This move would run more than {MOVE_ITEMS} agenda items: move in smaller steps"
                raise Invalid(msg, field="to", value=_shown(to))
            if item:
                run(world, agents, item)
                count += 1
            else:
                paused = True
                _check_patience(world, begun)
                yield from _deliver(namespace, epoch)
        world.now = to
    finally:
        if namespace.epoch == epoch:
            _stop(namespace, start)
    namespace.publish_events()
    return Moved(start, to, first)


def _next(world: World, to: int) -> Due | None:
    """The item to run next. With attempts waiting it is one of this instant, else None: then they are to be made."""
    item = world.agenda.next
    return None if item is None or item.at > (world.now if world.outbox else to) else item


def _stop(namespace: Namespace, start: int) -> None:
    """The clock goes on from the instant a move came to, which lies before its end if its caller gave it up."""
    world = namespace.world
    namespace.moving = False
    if world.now != start:
        world.clock = world.clock.move_to(world.now)


def _rehearse(world: World, agents: Agents, to: int, limit: int) -> int:
    """How many items the rest of the move would run if every webhook attempt failed: known before one is made."""
    rehearsal = world.fork()
    count = 0
    while (item := _next(rehearsal, to)) is not None or rehearsal.outbox:
        if item is None:
            _fail_all(rehearsal)
            continue
        run(rehearsal, agents, item)
        count += 1
        if count > limit:
            break
    return count


def _fail_all(rehearsal: World) -> None:
    keys, rehearsal.outbox = rehearsal.outbox, ()
    for key in keys:
        webhooks.settle(rehearsal, key, _UNANSWERED)


def _deliver(namespace: Namespace, epoch: int) -> Generator[Sequence[Attempt], Sequence[Outcome], None]:
    attempts = namespace.publish()
    outcomes = yield attempts
    for attempt, outcome in zip(attempts, outcomes, strict=True):
        namespace.settle(attempt, outcome)
    _check_epoch(namespace, epoch)


def _wait(namespace: Namespace, epoch: int) -> Generator[Sequence[Attempt], Sequence[Outcome], None]:
    yield ()
    _check_epoch(namespace, epoch)


def _check_epoch(namespace: Namespace, epoch: int) -> None:
    if namespace.epoch != epoch:
        msg = "The namespace was reset or deleted while its clock was being moved"
        raise Conflict(msg)


def _check_patience(world: World, begun: float) -> None:
    if stopwatch() - begun > MOVE_SECONDS:
        msg = (
            f"The webhooks on the way took more than {MOVE_SECONDS} real seconds: the clock stands at "
            f"{iso_ms(world.now)}, from where another move goes on"
        )
        raise Conflict(msg)


def summarise(happened: Sequence[Happening]) -> dict[str, int]:
    """How many of each type."""
    counts: dict[str, int] = {}
    for event in happened:
        counts[event.type] = counts.get(event.type, 0) + 1
    return counts
