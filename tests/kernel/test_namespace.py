import pytest

from sandbox.kernel import clock
from sandbox.kernel import namespace as module
from sandbox.kernel.clock import DAY, HOUR, MINUTE, Clock
from sandbox.kernel.limits import Limit
from sandbox.kernel.namespace import Namespace, Timeline
from sandbox.kernel.request import Request, Response
from sandbox.kernel.timeline import catch_up, move
from sandbox.kernel.webhooks import DELIVERIES, Outcome, emit, subscribers
from sandbox.kernel.world import Happening, World
from tests.kernel.toys import (
    AGENTS,
    EVENT,
    MARKS,
    START,
    TOY,
    accept,
    drive,
    events,
    make_namespace,
    make_world,
    silent,
    subscribe,
    types,
)


def send(namespace: Namespace) -> None:
    for target in subscribers(namespace.world, TOY, EVENT):
        emit(namespace.world, target, EVENT, b"hello")


def happening(number: int) -> Happening:
    return Happening(START, "toy.noted", str(number), {})


def test_what_happened_is_numbered_from_one() -> None:
    timeline = Timeline()
    timeline.extend([happening(1), happening(2)])
    timeline.extend([happening(3)])
    assert timeline.last == 3
    assert [(number, event.subject) for number, event in timeline.after(0, 10)] == [(1, "1"), (2, "2"), (3, "3")]
    assert [number for number, _ in timeline.after(1, 1)] == [2]
    assert timeline.after(3, 10) == []


def test_only_the_newest_happenings_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "KEPT_EVENTS", 5)
    timeline = Timeline()
    for number in range(1, 13):
        timeline.extend([happening(number)])
    assert [(number, event.subject) for number, event in timeline.after(0, 3)] == [(8, "8"), (9, "9"), (10, "10")]
    assert [number for number, _ in timeline.after(10, 9)] == [11, 12]
    timeline.extend([happening(number) for number in range(13, 33)])
    assert [number for number, _ in timeline.after(0, 99)] == [28, 29, 30, 31, 32]


def test_clearing_keeps_the_numbering() -> None:
    timeline = Timeline()
    timeline.extend([happening(1)])
    timeline.clear()
    assert (timeline.after(0, 10), timeline.last) == ([], 1)
    timeline.extend([happening(2)])
    assert [number for number, _ in timeline.after(0, 10)] == [2]


def test_publishing_hands_out_each_attempt_and_happening_once() -> None:
    namespace = make_namespace()
    subscribe(namespace.world)
    send(namespace)
    namespace.world.note("toy.noted", "a")
    assert [attempt.delivery for attempt in namespace.publish()] == ["1"]
    assert types(events(namespace)) == [(0, "toy.noted", "a")]
    assert namespace.publish() == []
    assert namespace.timeline.last == 1
    assert (namespace.world.happened, namespace.world.outbox) == ([], ())


def test_reset_restores_the_seeded_world_and_clears_the_rest() -> None:
    world = make_world()
    world.store.put(MARKS, "seeded", (0, "seeded"))
    world.schedule(START + HOUR, TOY, "mark", "later")
    namespace = make_namespace(world)
    seeded = world.snapshot()
    namespace.journal.record(0, TOY, None, Request("GET", "/", "", {}, b""), Response(200, b"", []), 0.0, None)
    namespace.limiter.hit(Limit("token", 1, MINUTE), START)
    subscribe(world)
    drive(move(namespace, AGENTS, START + DAY), accept)
    assert world.snapshot() != seeded
    namespace.reset()
    assert world.snapshot() == seeded == namespace.seeded
    assert (len(namespace.journal), events(namespace)) == (0, [])
    assert namespace.limiter.hit(Limit("token", 1, MINUTE), START).allowed
    assert world.happened == []


def test_a_namespace_lives_the_same_life_after_every_reset() -> None:
    world = make_world()
    subscribe(world)
    world.schedule(START + HOUR, TOY, "tell", "a")
    world.schedule(START + HOUR, TOY, "boom", "b")
    namespace = make_namespace(world)
    lives = []
    for _ in range(3):
        drive(move(namespace, AGENTS, START + DAY), accept)
        lives.append((world.snapshot(), events(namespace)))
        namespace.reset()
    assert lives[0] == lives[1] == lives[2]


def test_an_outcome_that_comes_after_a_reset_is_discarded() -> None:
    namespace = make_namespace()
    subscribe(namespace.world)
    send(namespace)
    (old,) = namespace.publish()
    namespace.reset()
    subscribe(namespace.world)
    send(namespace)
    (new,) = namespace.publish()
    assert (old.delivery, new.delivery) == ("1", "1")
    kept = namespace.world.snapshot()
    namespace.settle(old, Outcome(200))
    assert namespace.world.snapshot() == kept
    assert events(namespace) == []
    namespace.settle(new, Outcome(200))
    (delivery,) = namespace.world.store.all(DELIVERIES)
    assert delivery.state == "delivered"


def test_a_running_clock_with_a_start_of_its_own_starts_there_again(monkeypatch: pytest.MonkeyPatch) -> None:
    real = [5_000_000]
    monkeypatch.setattr(clock, "real_now", lambda: real[0])
    namespace = make_namespace(World(0, Clock().run(START)))
    real[0] += HOUR
    namespace.world.tick()
    assert namespace.world.now == START + HOUR
    namespace.reset()
    assert namespace.world.now == START
    real[0] += 7
    namespace.world.tick()
    assert namespace.world.now == START + 7


def test_the_real_time_goes_on_over_a_reset(monkeypatch: pytest.MonkeyPatch) -> None:
    real = [START]
    monkeypatch.setattr(clock, "real_now", lambda: real[0])
    namespace = make_namespace(World(0, Clock()))
    real[0] += HOUR
    drive(move(namespace, AGENTS, START + DAY), silent)
    namespace.reset()
    namespace.world.tick()
    assert namespace.world.now == START + HOUR


def test_settling_takes_the_time_of_a_running_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    real = [START]
    monkeypatch.setattr(clock, "real_now", lambda: real[0])
    namespace = make_namespace(World(0, Clock()))
    subscribe(namespace.world)
    send(namespace)
    (attempt,) = namespace.publish()
    real[0] += 250
    namespace.settle(attempt, Outcome(500))
    (delivery,) = namespace.world.store.all(DELIVERIES)
    assert (delivery.tried[0].at, delivery.next_attempt) == (START + 250, START + 250 + MINUTE)


def test_what_came_due_keeps_its_own_instant() -> None:
    world = make_world()
    for span in (3, 1, 2):
        world.schedule(START + span, TOY, "mark", str(span))
    assert catch_up(world, AGENTS, START + 2) == 2
    assert list(world.store.all(MARKS)) == [(START + 1, "1"), (START + 2, "2")]
    assert catch_up(world, AGENTS, START + 10, limit=0) == 1


def test_no_signature_without_a_signer() -> None:
    namespace = make_namespace()
    subscribe(namespace.world, secret=None)
    send(namespace)
    (delivery,) = namespace.world.store.all(DELIVERIES)
    assert namespace.signature(delivery) == [("X-Toy", f"|{EVENT}|1|5")]
    bare = Namespace("bare", namespace.world, namespace.origin, {})
    assert bare.signature(delivery) == []
