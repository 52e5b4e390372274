from collections.abc import Callable, Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.kernel import clock, timeline
from sandbox.kernel.clock import DAY, HOUR, LAST_INSTANT, MINUTE, Clock, iso_ms
from sandbox.kernel.errors import Conflict, Invalid
from sandbox.kernel.namespace import Namespace
from sandbox.kernel.timeline import Moved, catch_up, move, summarise
from sandbox.kernel.webhooks import DELIVERIES, RETRIES, Attempt, Outcome, emit, subscribers
from sandbox.kernel.world import World
from tests.kernel.toys import (
    AGENTS,
    EVENT,
    LOUD,
    MARKS,
    START,
    TOY,
    accept,
    drive,
    events,
    make_namespace,
    make_world,
    refuse,
    silent,
    subscribe,
    types,
)


def build(*items: tuple[int, str, str, Any], hooks: int = 0, waits: list[Any] | None = None) -> Namespace:
    """A namespace with items (milliseconds from now, kind, subject, data) and as many subscriptions."""
    world = make_world()
    for number in range(hooks):
        subscribe(world, key=f"s{number}")
    if waits is not None:
        world.settings = world.settings.set(RETRIES.name, waits)
    for span, kind, subject, data in items:
        world.schedule(START + span, TOY, kind, subject, data)
    return make_namespace(world)


def go(namespace: Namespace, span: int, receiver: Callable[[Attempt], Outcome] = silent) -> Moved:
    return drive(move(namespace, AGENTS, namespace.world.now + span), receiver)


def test_items_run_in_order_with_the_clock_set_to_each() -> None:
    namespace = build(
        (20, "mark", "b", None), (10, "mark", "a", None), (20, "mark", "c", None), (99, "mark", "z", None)
    )
    moved = go(namespace, 50)
    assert moved == Moved(START, START + 50, 0)
    assert list(namespace.world.store.all(MARKS)) == [(START + 10, "a"), (START + 20, "b"), (START + 20, "c")]
    assert types(events(namespace)) == [(10, "toy.marked", "a"), (20, "toy.marked", "b"), (20, "toy.marked", "c")]
    assert (namespace.world.now, namespace.world.clock) == (START + 50, Clock(frozen=START + 50))
    assert [item.subject for item in namespace.world.agenda] == ["z"]


def test_both_ends_of_a_move_are_in_it() -> None:
    namespace = build((0, "mark", "now", None), (50, "mark", "end", None), (51, "mark", "after", None))
    go(namespace, 50)
    assert [subject for _, subject in namespace.world.store.all(MARKS)] == ["now", "end"]


def test_an_item_may_put_more_on_the_agenda() -> None:
    namespace = build((10, "chain", "a", (10, 99)), (25, "mark", "b", None))
    go(namespace, 40)
    assert [at - START for at, _ in namespace.world.store.all(MARKS)] == [10, 20, 25, 30, 40]
    go(namespace, 10)
    assert [at - START for at, _ in namespace.world.store.all(MARKS)] == [10, 20, 25, 30, 40, 50]


def test_an_item_that_raises_is_rolled_back_and_told_and_the_move_goes_on() -> None:
    namespace = build((10, "boom", "a", None), (20, "mark", "b", None), (30, "unknown", "c", None), hooks=1)
    go(namespace, 50)
    world = namespace.world
    assert types(events(namespace)) == [
        (10, "agenda.failed", "a"),
        (20, "toy.marked", "b"),
        (30, "agenda.failed", "c"),
    ]
    assert events(namespace)[0].detail == {"api": TOY, "kind": "boom", "error": "RuntimeError('boom a')"}
    assert list(world.store.all(MARKS)) == [(START + 20, "b")]
    assert (world.setting(LOUD), world.outbox, len(world.agenda)) == (False, (), 0)
    assert (len(world.store.all(DELIVERIES)), world.ordinals.get("toy.mark")) == (0, 1)


def test_a_move_of_nothing_is_a_move() -> None:
    namespace = build()
    assert go(namespace, 0) == Moved(START, START, 0)
    assert events(namespace) == []


def test_the_first_number_is_that_before_the_move() -> None:
    namespace = build((10, "mark", "a", None), (20, "mark", "b", None))
    assert go(namespace, 10).first == 0
    moved = go(namespace, 10)
    assert [(n, e.subject) for n, e in namespace.timeline.after(moved.first, 9)] == [(2, "b")]


@pytest.mark.parametrize("frozen", [True, False])
def test_a_clock_stays_frozen_or_running(monkeypatch: pytest.MonkeyPatch, frozen: bool) -> None:  # noqa: FBT001  # a table
    real = [7]
    monkeypatch.setattr(clock, "real_now", lambda: real[0])
    world = World(0, Clock(frozen=START) if frozen else Clock().run(START))
    namespace = make_namespace(world)
    go(namespace, DAY)
    real[0] += 5
    assert world.clock.now() == START + DAY + (0 if frozen else 5)


@pytest.mark.parametrize("target", [START - 1, START + 400 * DAY + 1, 0, -1, LAST_INSTANT + 1, 10**30])
def test_a_move_out_of_bounds_changes_nothing(target: int) -> None:
    namespace = build((10, "mark", "a", None))
    kept = namespace.world.snapshot()
    with pytest.raises(Invalid) as refused:
        move(namespace, AGENTS, target)
    assert refused.value.field == "to"
    assert (namespace.world.snapshot(), namespace.moving, namespace.timeline.last) == (kept, False, 0)


def test_the_last_instant_is_never_passed() -> None:
    namespace = make_namespace(make_world(LAST_INSTANT - DAY))
    with pytest.raises(Invalid, match="never past the year 9999"):
        move(namespace, AGENTS, LAST_INSTANT + 1)
    go(namespace, DAY)
    assert iso_ms(namespace.world.now) == "9999-12-31T23:59:59.999Z"


def test_400_days_are_one_move() -> None:
    namespace = build((400 * DAY, "mark", "a", None))
    go(namespace, 400 * DAY)
    assert len(namespace.world.store.all(MARKS)) == 1


@pytest.fixture
def ten_items(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timeline, "MOVE_ITEMS", 10)


@pytest.mark.usefixtures("ten_items")
@pytest.mark.parametrize("hooks", [0, 1])
def test_a_move_of_too_many_items_changes_nothing_and_sends_nothing(hooks: int) -> None:
    """Known before the first attempt is made: what was sent could not be taken back."""
    namespace = build((10, "tell", "a", None), (20, "chain", "b", (10, 9)), hooks=hooks)
    kept = namespace.world.snapshot()
    with pytest.raises(Invalid, match="more than 10 agenda items"):
        go(namespace, DAY)
    assert (namespace.world.snapshot(), namespace.world.happened) == (kept, [])
    assert (namespace.moving, events(namespace)) == (False, [])
    go(namespace, 20, refuse)
    assert len(namespace.world.store.all(MARKS)) == 2


@pytest.mark.usefixtures("ten_items")
@pytest.mark.parametrize("hooks", [0, 1])
def test_exactly_as_many_items_as_are_allowed_run(hooks: int) -> None:
    namespace = build((10, "tell", "a", None), (20, "chain", "b", (10, 8)), hooks=hooks, waits=[])
    go(namespace, DAY, accept)
    assert len(namespace.world.store.all(MARKS)) == 10


@pytest.mark.usefixtures("ten_items")
def test_retries_count_among_the_items() -> None:
    namespace = build((10, "tell", "a", None), hooks=1, waits=[1] * 9)
    kept = namespace.world.snapshot()
    go(namespace, DAY, refuse)
    assert namespace.world.store.all(DELIVERIES).get("1") is not None
    namespace.reset()
    namespace.world.settings = namespace.world.settings.set(RETRIES.name, [1] * 10)
    with pytest.raises(Invalid, match="more than 10 agenda items"):
        go(namespace, DAY, silent)
    assert namespace.world.snapshot()[3:6] == kept[3:6]


def test_a_rehearsal_leaves_no_trace() -> None:
    namespace = build((10, "tell", "a", None), (20, "boom", "b", None), (30, "chain", "c", (5, 5)), hooks=2)
    moving = move(namespace, AGENTS, START + DAY)
    next(moving)
    world = namespace.world
    assert (world.now, len(world.agenda), world.ordinals.get("toy.mark")) == (START + 10, 2, 1)
    assert types(events(namespace)) == [(10, "toy.marked", "a")]


def test_a_move_pauses_at_the_instant_of_an_attempt() -> None:
    namespace = build((10, "tell", "a", None), (10, "mark", "b", None), (20, "tell", "c", None), hooks=2)
    moving = move(namespace, AGENTS, START + 50)
    assert [(a.delivery, a.body) for a in next(moving)] == [("1", b"a"), ("2", b"a")]
    assert (namespace.world.now, namespace.moving) == (START + 10, True)
    assert [(a.delivery, a.body) for a in moving.send([Outcome(200), Outcome(500)])] == [("3", b"c"), ("4", b"c")]
    assert namespace.world.now == START + 20
    with pytest.raises(StopIteration) as stop:
        moving.send([Outcome(200), Outcome(200)])
    assert stop.value.value == Moved(START, START + 50, 0)
    assert not namespace.moving
    assert types(events(namespace)) == [
        (10, "toy.marked", "a"),
        (10, "toy.marked", "b"),
        (10, "webhook.delivered", "1"),
        (10, "webhook.attempted", "2"),
        (20, "toy.marked", "c"),
        (20, "webhook.delivered", "3"),
        (20, "webhook.delivered", "4"),
    ]
    assert [item.at - START for item in namespace.world.agenda] == [10 + MINUTE]


def test_attempts_of_one_instant_are_made_together() -> None:
    """Even those that were put off to it: a receiver that is slow is waited for once."""
    namespace = build((0, "tell", "a", None), (10, "tell", "b", None), (10, "tell", "c", None), hooks=2, waits=[0.01])
    moving = move(namespace, AGENTS, START + 50)
    assert [a.delivery for a in next(moving)] == ["1", "2"]
    together = moving.send([Outcome(500), Outcome(500)])
    assert [a.delivery for a in together] == ["3", "4", "5", "6", "1", "2"]
    with pytest.raises(StopIteration):
        moving.send([Outcome(200)] * 6)
    assert {delivery.state for delivery in namespace.world.store.all(DELIVERIES)} == {"delivered"}


def test_what_comes_due_at_once_waits_for_the_outcomes_of_its_instant() -> None:
    namespace = build((0, "tell", "a", None), hooks=1, waits=[0, 0])
    tried: list[int] = []

    def receiver(attempt: Attempt) -> Outcome:
        tried.append(namespace.world.now - START)
        return refuse(attempt)

    go(namespace, 50, receiver)
    assert tried == [0, 0, 0]
    (delivery,) = namespace.world.store.all(DELIVERIES)
    assert delivery.state == "failed"


def test_outcomes_shape_what_follows() -> None:
    namespace = build((0, "tell", "a", None), hooks=1, waits=["PT1M", "PT1H"])
    tried: list[int] = []

    def third_time(_attempt: Attempt) -> Outcome:
        tried.append(namespace.world.now - START)
        return Outcome(200 if len(tried) == 3 else 503)

    go(namespace, DAY, third_time)
    assert tried == [0, MINUTE, HOUR + MINUTE]
    (delivery,) = namespace.world.store.all(DELIVERIES)
    assert delivery.state == "delivered"


def test_an_attempt_that_waits_at_the_start_is_made_there() -> None:
    namespace = build((10, "mark", "a", None), hooks=1)
    world = namespace.world
    for target in subscribers(world, TOY, EVENT):
        emit(world, target, EVENT, b"waiting")
    receiver = Patient(namespace, [200])
    go(namespace, 20, receiver)
    assert receiver.seen == [(START, "1", b"waiting")]


def sent(namespace: Namespace) -> Attempt:
    """An attempt that is under way."""
    for target in subscribers(namespace.world, TOY, EVENT):
        emit(namespace.world, target, EVENT, b"earlier")
    (attempt,) = namespace.publish()
    return attempt


def test_a_move_waits_for_what_is_under_way() -> None:
    namespace = build((10, "mark", "a", None), hooks=1, waits=[0.005])
    attempt = sent(namespace)
    moving = move(namespace, AGENTS, START + 50)
    assert next(moving) == ()
    assert (namespace.moving, namespace.world.now) == (True, START)
    namespace.settle(attempt, Outcome(500))
    assert [a.delivery for a in moving.send([])] == ["1"]
    assert namespace.world.now == START + 5
    with pytest.raises(StopIteration) as stop:
        moving.send([Outcome(200)])
    assert stop.value.value.first == 1
    (delivery,) = namespace.world.store.all(DELIVERIES)
    assert [tried.at - START for tried in delivery.tried] == [0, 5]


def test_a_move_goes_on_when_what_is_under_way_does_not_come_back() -> None:
    namespace = build((10, "mark", "a", None), hooks=1)
    attempt = sent(namespace)
    go(namespace, 50)
    assert (namespace.world.now, namespace.under_way) == (START + 50, {"1"})
    namespace.settle(attempt, Outcome(200))
    assert namespace.under_way == set()
    assert next(iter(namespace.world.store.all(DELIVERIES))).tried[0].at == START + 50


def test_nothing_is_under_way_after_a_reset() -> None:
    namespace = build(hooks=1)
    attempt = sent(namespace)
    moving = move(namespace, AGENTS, START + 50)
    next(moving)
    namespace.reset()
    with pytest.raises(Conflict):
        moving.send([])
    namespace.settle(attempt, Outcome(500))
    assert go(namespace, 50) == Moved(START, START + 50, 0)


def test_what_came_due_before_is_no_part_of_the_move() -> None:
    namespace = build((0, "mark", "before", None), (10, "mark", "in it", None))
    catch_up(namespace.world, AGENTS, START)
    moved = go(namespace, 10)
    assert moved.first == 1
    assert [event.subject for event in events(namespace)] == ["before", "in it"]


@pytest.mark.usefixtures("ten_items")
def test_what_came_due_before_a_refused_move_is_still_told() -> None:
    namespace = build((0, "mark", "before", None), (10, "chain", "b", (10, 99)))
    catch_up(namespace.world, AGENTS, START)
    with pytest.raises(Invalid), namespace.world.transaction():
        go(namespace, DAY)
    namespace.publish()
    assert types(events(namespace)) == [(0, "toy.marked", "before")]
    assert list(namespace.world.store.all(MARKS)) == [(START, "before")]


def paused() -> tuple[Namespace, timeline.Move, Sequence[Attempt]]:
    namespace = build((10, "tell", "a", None), (20, "tell", "b", None), hooks=1)
    moving = move(namespace, AGENTS, START + 50)
    return namespace, moving, next(moving)


def test_a_second_move_is_refused_while_one_waits() -> None:
    namespace, moving, attempts = paused()
    kept = namespace.world.snapshot()
    with pytest.raises(Conflict, match="being moved already"):
        move(namespace, AGENTS, START + 60)
    assert namespace.world.snapshot() == kept
    moving.send([Outcome(200) for _ in attempts])
    with pytest.raises(StopIteration):
        moving.send([Outcome(200)])
    assert go(namespace, 0) == Moved(START + 50, START + 50, namespace.timeline.last)


def test_a_reset_ends_a_move_that_waits() -> None:
    namespace, moving, attempts = paused()
    namespace.reset()
    kept = namespace.world.snapshot()
    with pytest.raises(Conflict, match="was reset"):
        moving.send([Outcome(200) for _ in attempts])
    assert (namespace.world.snapshot(), namespace.moving, events(namespace)) == (kept, False, [])
    go(namespace, 50, accept)
    assert len(namespace.world.store.all(MARKS)) == 2


def test_a_move_that_a_reset_ended_does_not_disturb_the_next_one() -> None:
    namespace, old, attempts = paused()
    namespace.reset()
    new = move(namespace, AGENTS, START + 50)
    next(new)
    with pytest.raises(Conflict):
        old.send([Outcome(500) for _ in attempts])
    assert namespace.moving
    new.send([Outcome(200)])
    with pytest.raises(StopIteration):
        new.send([Outcome(200)])
    assert [delivery.state for delivery in namespace.world.store.all(DELIVERIES)] == ["delivered"] * 2


@pytest.mark.parametrize("frozen", [True, False])
def test_a_move_given_up_leaves_the_clock_where_it_came_to(monkeypatch: pytest.MonkeyPatch, frozen: bool) -> None:  # noqa: FBT001  # a table
    real = [7]
    monkeypatch.setattr(clock, "real_now", lambda: real[0])
    namespace, moving, _ = paused()
    if not frozen:
        namespace.world.clock = Clock().run(START)
    moving.close()
    assert not namespace.moving
    assert (namespace.world.now, namespace.world.clock.now()) == (START + 10, START + 10)
    real[0] += 3
    namespace.world.tick()
    assert namespace.world.now == START + 10 + (0 if frozen else 3)
    go(namespace, 20, accept)
    assert [subject for _, subject in namespace.world.store.all(MARKS)] == ["a", "b"]


def test_a_move_whose_attempts_take_too_long_stops_where_it_came_to(monkeypatch: pytest.MonkeyPatch) -> None:
    real = [0.0]
    monkeypatch.setattr(timeline, "stopwatch", lambda: real[0])
    namespace, moving, attempts = paused()
    real[0] += timeline.MOVE_SECONDS + 1
    with pytest.raises(Conflict, match=r"took more than 600 real seconds: the clock stands at .*, from where"):
        moving.send([Outcome(500) for _ in attempts])
    assert (namespace.moving, namespace.world.now) == (False, START + 20)
    assert len(namespace.publish()) == len(attempts)
    namespace.under_way.clear()
    go(namespace, 50, accept)
    assert namespace.world.now == START + 70


def test_one_that_has_no_attempts_left_to_make_is_made(monkeypatch: pytest.MonkeyPatch) -> None:
    real = [0.0]
    monkeypatch.setattr(timeline, "stopwatch", lambda: real[0])
    namespace = build((10, "tell", "a", None), hooks=1)
    moving = move(namespace, AGENTS, START + 50)
    next(moving)
    real[0] += timeline.MOVE_SECONDS + 1
    with pytest.raises(StopIteration):
        moving.send([Outcome(200)])
    assert namespace.world.now == START + 50


def test_the_world_may_be_changed_while_a_move_waits() -> None:
    namespace, moving, attempts = paused()
    with namespace.world.transaction():
        namespace.world.schedule(START + 15, TOY, "mark", "between")
    moving.send([Outcome(200) for _ in attempts])
    with pytest.raises(StopIteration):
        moving.send([Outcome(200)])
    assert [subject for _, subject in namespace.world.store.all(MARKS)] == ["a", "between", "b"]


def test_happenings_are_counted_by_type() -> None:
    namespace = build((10, "mark", "a", None), (20, "boom", "b", None), (30, "mark", "c", None))
    go(namespace, 50)
    assert summarise(events(namespace)) == {"toy.marked": 2, "agenda.failed": 1}


kinds = st.one_of(
    st.tuples(st.just("mark"), st.none()),
    st.tuples(st.just("tell"), st.none()),
    st.tuples(st.just("boom"), st.none()),
    st.tuples(st.just("chain"), st.tuples(st.integers(0, 40), st.integers(0, 4))),
)
items = st.lists(st.tuples(st.integers(0, 200), kinds), max_size=12)


class Patient:
    """A receiver whose answers follow from the delivery and how often it was tried."""

    def __init__(self, namespace: Namespace, answers: list[int | None]) -> None:
        self.namespace = namespace
        self.answers = answers
        self.seen: list[tuple[int, str, bytes]] = []

    def __call__(self, attempt: Attempt) -> Outcome:
        tries = sum(delivery == attempt.delivery for _, delivery, _ in self.seen)
        self.seen.append((self.namespace.world.now, attempt.delivery, attempt.body))
        status = self.answers[(int(attempt.delivery) * 5 + tries) % len(self.answers)]
        return Outcome(status, None if status else "refused")


@given(
    items,
    st.integers(0, 2),
    st.lists(st.integers(0, 60), max_size=4),
    st.lists(st.sampled_from([200, 500, None]), min_size=1, max_size=7),
    st.lists(st.integers(0, 120), min_size=1, max_size=5),
)
def test_a_move_in_steps_is_the_move_at_once(
    drawn: list[tuple[int, tuple[str, Any]]],
    hooks: int,
    waits: list[int],
    answers: list[int | None],
    steps: list[int],
) -> None:
    """The same receivers' answers given."""
    lives = []
    for spans in (steps, [sum(steps)]):
        made = [(span, kind, str(number), data) for number, (span, (kind, data)) in enumerate(drawn)]
        namespace = build(*made, hooks=hooks, waits=[wait / 1_000 for wait in waits])
        receiver = Patient(namespace, answers)
        for span in spans:
            go(namespace, span, receiver)
        lives.append((namespace.world.snapshot(), events(namespace), receiver.seen))
    assert lives[0] == lives[1]


@given(items, st.lists(st.integers(0, 120), min_size=1, max_size=5))
def test_time_never_goes_back_in_a_move(drawn: list[tuple[int, tuple[str, Any]]], steps: list[int]) -> None:
    made = [(span, kind, str(number), data) for number, (span, (kind, data)) in enumerate(drawn)]
    namespace = build(*made, hooks=1)
    for span in steps:
        go(namespace, span, refuse)
    instants = [event.at for event in events(namespace)]
    assert instants == sorted(instants)
    assert namespace.world.now == START + sum(steps) == namespace.world.clock.now()
    assert all(item.at > namespace.world.now for item in namespace.world.agenda)
