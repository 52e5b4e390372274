"""Faults of webhooks: whatever goes wrong, nothing is lost but what is dropped."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.kernel.clock import DAY, MINUTE, SECOND
from sandbox.kernel.misdelivery import FAULTS, SPANS, Fault, put_faults, strike
from sandbox.kernel.namespace import Namespace
from sandbox.kernel.targets import reachable
from sandbox.kernel.timeline import move
from sandbox.kernel.webhooks import (
    DELIVERIES,
    HELD,
    SUBSCRIPTIONS,
    TIMEOUT,
    Attempt,
    Delivery,
    Outcome,
    emit,
    patience,
    settle_replay,
    subscribers,
    unsubscribe,
)
from tests.kernel.toys import AGENTS, EVENT, START, TOY, drive, make_namespace, make_world, subscribe

EFFECTS = sorted(SPANS)


def some_fault(effect: str, span: int, left: int | None, event: str | None) -> Fault:
    return Fault(effect, span, left, None, event)


FAULT = st.builds(
    some_fault,
    st.sampled_from(EFFECTS),
    st.integers(0, 10 * MINUTE),
    st.none() | st.integers(1, 3),
    st.none() | st.sampled_from([EVENT, "toy.other"]),
)
STEP = st.one_of(
    st.just("send"),
    st.integers(0, 3 * MINUTE),
    st.lists(FAULT, max_size=4),
)


def send(namespace: Namespace) -> list[Attempt]:
    """One event, with the attempts that follow."""
    for target in subscribers(namespace.world, TOY, EVENT):
        emit(namespace.world, target, EVENT, b"now", lambda at: str(at).encode())
    return namespace.publish()


def deliveries(namespace: Namespace) -> list[Delivery]:
    return list(namespace.world.store.all(DELIVERIES))


@given(st.lists(STEP, max_size=25), st.sampled_from([200, 500]))
def test_nothing_is_lost_but_what_is_dropped(steps: list[Any], status: int) -> None:
    namespace = make_namespace()
    world, made = namespace.world, []

    def answer(attempt: Attempt) -> Outcome:
        made.append(attempt)
        return Outcome(status)

    for key in ("one", "two"):
        subscribe(world, key=key)
    for step in steps:
        if step == "send":
            for attempt in send(namespace):
                namespace.settle(attempt, answer(attempt))
        elif isinstance(step, int):
            drive(move(namespace, AGENTS, world.now + step), answer)
        else:
            put_faults(world, step)
    drive(move(namespace, AGENTS, world.now + 3 * DAY), answer)
    after = {200: "delivered", 500: "failed"}[status]
    for delivery in deliveries(namespace):
        mine = [attempt for attempt in made if attempt.delivery == delivery.id]
        rounds = 0 if delivery.state == "dropped" else 1 if status == 200 else 6
        assert delivery.state == ("dropped" if "drop" in delivery.faults else after)
        assert len(mine) == len(delivery.tried) == rounds + (rounds > 0 and "duplicate" in delivery.faults)
        assert (delivery.next_attempt, delivery.copies) == (None, 0)
        assert {attempt.body for attempt in mine} <= {delivery.body}
        assert (delivery.body == b"now") == ("staleTime" not in delivery.faults or "drop" in delivery.faults)
    assert (len(world.agenda), world.outbox, namespace.under_way) == (0, (), set())
    assert len(world.store.all(HELD)) == 0


@given(st.lists(FAULT, max_size=6), st.integers(1, 8))
def test_faults_strike_as_often_as_they_say(faults: list[Fault], times: int) -> None:
    world = make_world()
    put_faults(world, faults)
    struck = [strike(world, TOY, EVENT) for _ in range(times)]
    left = list(world.store.all(FAULTS))
    for fault, before in zip(left, faults, strict=True):
        assert (fault.left is None) if before.left is None else (fault.left or 0) + fault.applied == before.left
    assert sum(fault.applied for fault in left) == sum(map(len, struck))
    for effects in struck:
        assert "drop" not in effects or len(effects) == 1
    for fault in left:
        assert fault.applied == 0 or fault.event != "toy.other"


def test_a_fault_costs_nothing_to_a_snapshot_and_goes_with_it() -> None:
    world = make_world()
    put_faults(world, [Fault("drop", 0, 1)])
    before = world.snapshot()
    strike(world, TOY, EVENT)
    fork = world.fork()
    world.restore(before)
    assert [fault.left for fault in world.store.all(FAULTS)] == [1]
    assert [fault.left for fault in fork.store.all(FAULTS)] == [0]


def test_what_is_held_back_goes_with_its_webhook() -> None:
    namespace = make_namespace()
    world = namespace.world
    subscribe(world)
    put_faults(world, [Fault("reorder", MINUTE)])
    assert send(namespace) == []
    gone = world.store.get(SUBSCRIPTIONS, "s1")
    assert gone is not None
    unsubscribe(world, gone)
    assert (deliveries(namespace)[0].state, len(world.agenda), len(world.store.all(HELD))) == ("failed", 0, 0)


def test_a_body_that_has_no_event_time_stays_as_it_is() -> None:
    namespace = make_namespace()
    subscribe(namespace.world)
    put_faults(namespace.world, [Fault("staleTime", DAY)])
    for target in subscribers(namespace.world, TOY, EVENT):
        emit(namespace.world, target, EVENT, b"now")
    (attempt,) = namespace.publish()
    assert attempt.body == b"now"


def test_an_event_is_never_older_than_time() -> None:
    namespace = make_namespace(make_world(at=SECOND))
    subscribe(namespace.world)
    put_faults(namespace.world, [Fault("staleTime", DAY)])
    assert [attempt.body for attempt in send(namespace)] == [b"0"]


def test_a_replay_of_what_is_forgotten_is_booked_nowhere() -> None:
    namespace = make_namespace()
    before = namespace.world.snapshot()
    settle_replay(namespace.world, "9", Outcome(200))
    assert namespace.world.snapshot() == before


@pytest.mark.parametrize("fault", [None, "duplicate"])
def test_no_outcome_is_lost_to_a_replay_that_is_quicker(fault: str | None) -> None:
    namespace = make_namespace()
    world = namespace.world
    subscribe(world)
    put_faults(world, [Fault(fault, 0)] if fault else [])
    attempts = send(namespace)
    settle_replay(world, "1", Outcome(204))
    for attempt in attempts:
        namespace.settle(attempt, Outcome(500))
    (delivery,) = deliveries(namespace)
    assert [made.status for made in delivery.tried] == [204, *[500] * len(attempts)]
    assert (delivery.state, delivery.copies, len(world.agenda)) == ("delivered", 0, 0)


def test_the_patience_of_an_attempt_is_a_setting() -> None:
    namespace = make_namespace(make_world(START))
    subscribe(namespace.world)
    namespace.world.settings = namespace.world.settings.set(TIMEOUT.name, TIMEOUT.accept("PT0.25S"))
    assert (patience(namespace.world), send(namespace)[0].timeout) == (0.25, 0.25)


@pytest.mark.parametrize(
    ("name", "address", "may"),
    [
        ("localhost", "127.0.0.1", True),
        ("localhost.", "::1", True),
        ("localhost", "::ffff:127.0.0.1", True),
        ("LOCALHOST", "192.168.0.1", False),
        ("127.0.0.1.", "10.0.0.1", False),
        ("hooks.example.com", "93.184.216.34", True),
        ("hooks.example.com", "172.18.0.3", True),
        ("hooks.example.com", "127.0.0.1", True),
        ("hooks.example.com", "169.254.169.254", False),
        ("hooks.example.com", "::ffff:169.254.169.254", False),
        ("hooks.example.com", "224.0.0.1", False),
        ("hooks.example.com", "::", False),
    ],
)
def test_where_a_name_may_lead(name: str, address: str, may: bool) -> None:  # noqa: FBT001  # a table
    assert reachable(name, address) is may
