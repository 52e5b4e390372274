from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.kernel.clock import Clock
from sandbox.kernel.errors import Conflict
from sandbox.kernel.store import Table
from sandbox.kernel.world import Snapshot, World
from tests.kernel.toys import LOUD, START, TOY, make_world

THINGS: Table[str] = Table("toy.things")

REFUSED = Conflict("no")

Act = Callable[[World], Any]


def write(key: str, value: str) -> Act:
    return lambda world: world.store.put(THINGS, key, value)


def delete(key: str) -> Act:
    return lambda world: world.store.delete(THINGS, key)


def make(kind: str) -> Act:
    return lambda world: world.store.put(THINGS, world.new_uuid(kind), world.new_hex(kind, 8))


def schedule(span: int, subject: str) -> Act:
    return lambda world: world.schedule(world.now + span, TOY, "mark", subject)


def cancel(subject: str) -> Act:
    return lambda world: world.cancel(TOY, "mark", subject)


def change(value: Any) -> Act:
    def act(world: World) -> None:
        world.settings = world.settings.set(LOUD.name, value)

    return act


def move(span: int) -> Act:
    def act(world: World) -> None:
        world.clock = world.clock.shift(span)
        world.tick()

    return act


def send(key: str) -> Act:
    def act(world: World) -> None:
        world.outbox = (*world.outbox, key)

    return act


def note(subject: str) -> Act:
    return lambda world: world.note("toy.noted", subject, more=1)


def refuse(_world: World) -> None:
    raise REFUSED


keys = st.sampled_from("abcd")
acts: st.SearchStrategy[Act] = st.one_of(
    st.builds(write, keys, st.text(max_size=3)),
    st.builds(delete, keys),
    st.builds(make, st.sampled_from(["toy.one", "toy.two"])),
    st.builds(schedule, st.integers(0, 100), keys),
    st.builds(cancel, keys),
    st.builds(change, st.booleans()),
    st.builds(move, st.integers(0, 1_000)),
    st.builds(send, keys),
    st.builds(note, keys),
)
histories = st.lists(acts, max_size=12)


def live(world: World, history: list[Act]) -> World:
    for act in history:
        act(world)
    return world


def fail(world: World, history: list[Act], error: BaseException) -> None:
    with world.transaction():
        live(world, history)
        raise error


@given(histories, histories, st.sampled_from([REFUSED, KeyError("x"), KeyboardInterrupt(), GeneratorExit()]))
def test_any_error_leaves_the_world_as_it_was(before: list[Act], inside: list[Act], error: BaseException) -> None:
    world = live(make_world(), before)
    kept, happened = world.snapshot(), list(world.happened)
    with pytest.raises(type(error)):
        fail(world, inside, error)
    assert world.snapshot() == kept
    assert world.happened == happened
    assert all(a is b for a, b in zip(world.snapshot()[3:], kept[3:], strict=True))


@given(histories, histories)
def test_after_an_error_the_world_goes_on_as_if_it_had_not_been_tried(inside: list[Act], after: list[Act]) -> None:
    tried, never = make_world(), make_world()
    with pytest.raises(Conflict):
        fail(tried, inside, REFUSED)
    assert live(tried, after).snapshot() == live(never, after).snapshot()
    assert tried.happened == never.happened


@given(histories)
def test_without_an_error_a_transaction_changes_nothing_of_its_own(history: list[Act]) -> None:
    world = make_world()
    with world.transaction():
        live(world, history)
    assert world.snapshot() == live(make_world(), history).snapshot()


@given(histories, histories, histories, st.booleans())
def test_transactions_nest(outer: list[Act], inner: list[Act], rest: list[Act], both: bool) -> None:  # noqa: FBT001  # drawn
    world, expected = make_world(), make_world()
    start = world.snapshot()
    try:
        with world.transaction():
            live(world, outer)
            with pytest.raises(Conflict):
                fail(world, inner, REFUSED)
            live(world, [*rest, refuse] if both else rest)
    except Conflict:
        assert world.snapshot() == start
        assert world.happened == []
    else:
        assert world.snapshot() == live(expected, [*outer, *rest]).snapshot()
        assert world.happened == expected.happened


@given(histories, histories)
def test_restoring_a_snapshot_gives_the_same_world_again(history: list[Act], more: list[Act]) -> None:
    world = live(make_world(), history)
    kept = world.snapshot()
    world.restore(kept)
    assert world.snapshot() == kept
    live(world, more).restore(kept)
    assert world.snapshot() == kept
    assert world.happened == []


@given(histories, histories)
def test_a_restored_world_lives_on_as_the_first_did(history: list[Act], more: list[Act]) -> None:
    world = live(make_world(), history)
    kept = world.snapshot()
    first = live(world, more).snapshot()
    world.restore(kept)
    assert live(world, more).snapshot() == first


@given(histories, histories, histories)
def test_forks_do_not_see_each_other(history: list[Act], one: list[Act], other: list[Act]) -> None:
    world = live(make_world(), history)
    kept = world.snapshot()
    fork = world.fork()
    assert fork.snapshot() == kept
    first = live(fork, one).snapshot()
    assert world.snapshot() == kept
    second = live(world, other).snapshot()
    assert fork.snapshot() == first
    alone = live(make_world(), history)
    assert live(alone, other).snapshot() == second


def test_a_fork_copies_nothing() -> None:
    world = make_world()
    world.store.load(THINGS, ((f"k{n}", "v") for n in range(1_000)))
    world.schedule(START, TOY, "mark", "a")
    fork = world.fork()
    assert fork.store.root is world.store.root
    assert fork.agenda is world.agenda
    assert (fork.ordinals is world.ordinals, fork.settings is world.settings) == (True, True)


def test_a_snapshot_differs_when_anything_differs() -> None:
    start = make_world().snapshot()
    acts = [write("a", "b"), schedule(1, "a"), change(value=True), move(1), send("a"), lambda w: w.ordinal("toy.kind")]
    found: list[Snapshot] = [live(make_world(), [act]).snapshot() for act in acts]
    assert all(snapshot != start for snapshot in found)
    assert make_world(seed=1).snapshot() != start


def test_ids_follow_from_the_seed_and_their_number() -> None:
    world, same, other = make_world(seed=1), make_world(seed=1), make_world(seed=2)
    ids = [world.new_uuid("toy.kind") for _ in range(3)]
    assert ids == [same.new_uuid("toy.kind") for _ in range(3)]
    assert not set(ids) & {other.new_uuid("toy.kind") for _ in range(3)}
    assert [world.ordinal("toy.kind"), world.ordinal("toy.new")] == [3, 0]


def test_a_setting_is_its_default_until_it_is_changed() -> None:
    world = make_world()
    assert world.setting(LOUD) is False
    assert live(world, [change(value=True)]).setting(LOUD) is True


def test_a_tick_takes_the_clocks_time() -> None:
    world = World(0, Clock(frozen=START))
    world.clock = Clock(frozen=START + 5)
    assert world.now == START
    world.tick()
    assert world.now == START + 5
    world.clock = Clock(frozen=START)
    world.tick()
    assert world.now == START + 5


def test_what_is_noted_has_the_instant_of_the_transaction() -> None:
    world = live(make_world(), [move(250), note("a")])
    assert [(h.at, h.type, h.subject, h.detail) for h in world.happened] == [
        (START + 250, "toy.noted", "a", {"more": 1})
    ]
