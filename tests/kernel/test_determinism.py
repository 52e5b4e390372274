"""The kernel's promises, kept by the whole sandbox: random histories of real requests."""

from collections.abc import Iterator, Sequence
from itertools import count, zip_longest
from typing import Any

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from sandbox.kernel.webhooks import Attempt, Outcome
from sandbox.kernel.world import Snapshot
from tests.client import M360, Client, make_client
from tests.kernel.histories import Player, Step, answers, reads, steps, writes

CREDENTIALS = {
    "monetize360.tokens",
    "moonify.keys",
    "dynamic_monetization.keys",
    "dynamic_monetization.signers",
    "dynamic_monetization.stages",
}
histories = st.lists(steps, max_size=14)


@pytest.fixture(scope="module")
def client() -> Client:
    made = make_client("docs", check_responses=False)
    made.receiver = answers
    return made


@pytest.fixture(scope="module")
def numbers() -> Iterator[int]:
    return count()


def fork(client: Client, numbers: Iterator[int]) -> Player:
    """A fresh namespace; ``default`` stays as it was seeded."""
    name = f"n{next(numbers)}"
    assert client.post("/__admin/namespaces", {"name": name, "from": "default"}).status == 201
    return Player(client, name)


def forget(client: Client, *players: Player) -> None:
    for player in players:
        assert client.delete(f"/__admin/namespaces/{player.namespace}").status == 200


def play(player: Player, history: Sequence[Step]) -> list[Any]:
    for step in history:
        step(player)
    return player.answers


def run_due(player: Player) -> None:
    """Every request first runs what is due: let this one do it."""
    assert player("GET", "/__admin/clock").status == 200


def state(player: Player) -> Snapshot:
    """Without the credentials, which are the namespace's own."""
    snapshot = player.client.sandbox.get(player.namespace).world.snapshot()
    tables = {name: rows for name, rows in snapshot.tables.items() if name not in CREDENTIALS}
    return snapshot._replace(tables=tables)  # type: ignore[arg-type]  # compared and no more


def happened(player: Player) -> list[Any]:
    timeline = player.client.sandbox.get(player.namespace).timeline
    return timeline.after(0, timeline.last)


@given(histories, histories, histories)
def test_the_same_requests_have_the_same_answers_whatever_ran_before_or_beside(
    client: Client, numbers: Iterator[int], history: list[Step], before: list[Step], beside: list[Step]
) -> None:
    alone = fork(client, numbers)
    play(alone, history)
    first, second, third = (fork(client, numbers) for _ in range(3))
    play(second, before)
    for mine, other in zip_longest(history, beside):
        play(first, [mine] if mine else [])
        play(third, [other] if other else [])
    assert first.answers == alone.answers
    assert state(first) == state(alone)
    assert happened(first) == happened(alone)
    forget(client, alone, first, second, third)


@given(histories, histories)
def test_a_move_that_waits_for_a_receiver_is_not_disturbed_by_other_namespaces(
    client: Client, numbers: Iterator[int], history: list[Step], beside: list[Step]
) -> None:
    alone, first, second = (fork(client, numbers) for _ in range(3))
    play(alone, history)
    rest = iter(beside)

    def busy(attempt: Attempt) -> Outcome:
        if attempt.namespace == first.namespace and (other := next(rest, None)):
            play(second, [other])
        return answers(attempt)

    client.receiver = busy
    play(first, history)
    client.receiver = answers
    assert first.answers == alone.answers
    assert state(first) == state(alone)
    forget(client, alone, first, second)


@settings(max_examples=5, phases=[Phase.generate])
@given(st.lists(steps, min_size=10, max_size=25))
def test_a_new_sandbox_has_the_same_answers(client: Client, numbers: Iterator[int], history: list[Step]) -> None:
    old = fork(client, numbers)
    fresh = make_client("docs", check_responses=False)
    fresh.receiver = answers
    new = Player(fresh, "default")
    assert play(new, history) == play(old, history)
    assert state(new) == state(old)
    forget(client, old)


@given(histories, histories)
def test_after_a_reset_everything_is_as_at_the_start(
    client: Client, numbers: Iterator[int], before: list[Step], history: list[Step]
) -> None:
    alone, again = fork(client, numbers), fork(client, numbers)
    seeded = state(again)
    play(again, before)
    again("POST", "/__admin/reset")
    assert state(again) == seeded
    again.answers.clear()
    again.made = {kind: [] for kind in again.made}
    assert [(status, body) for status, _, body in play(again, history)] == [
        (status, body) for status, _, body in play(alone, history)
    ]
    assert state(again) == state(alone)
    forget(client, alone, again)


@given(histories, st.lists(st.integers(0, 90_000), min_size=2, max_size=4))
def test_a_move_in_steps_is_the_move_at_once(
    client: Client, numbers: Iterator[int], history: list[Step], spans: list[int]
) -> None:
    steps, once = fork(client, numbers), fork(client, numbers)
    for player in (steps, once):
        player("POST", f"{M360}/webhooks", {"url": "http://127.0.0.1:9/hook", "events": ["mdata.created"]})
        play(player, history)
    for span in spans:
        assert steps("POST", "/__admin/clock/shift", {"by": span}).status == 200
    assert once("POST", "/__admin/clock/shift", {"by": sum(spans)}).status == 200
    assert state(steps) == state(once)
    assert happened(steps) == happened(once)
    forget(client, steps, once)


@given(histories, histories)
def test_a_snapshot_restored_is_the_world_it_was_taken_of(
    client: Client, numbers: Iterator[int], history: list[Step], more: list[Step]
) -> None:
    player = fork(client, numbers)
    play(player, history)
    world = client.sandbox.get(player.namespace).world
    kept, made = world.snapshot(), {kind: list(found) for kind, found in player.made.items()}
    player.answers.clear()
    first = list(play(player, more))
    then = world.snapshot()
    client.sandbox.get(player.namespace).limiter.clear()
    world.restore(kept)
    assert world.snapshot() == kept
    player.made = made
    player.answers.clear()
    again = play(player, more)
    assert world.snapshot() == then
    assert [status for status, _, _ in again] == [status for status, _, _ in first]
    forget(client, player)


@given(st.lists(writes, max_size=8), st.lists(steps, min_size=1, max_size=8))
def test_an_error_leaves_the_world_untouched(
    client: Client, numbers: Iterator[int], history: list[Step], tries: list[Step]
) -> None:
    player = fork(client, numbers)
    play(player, history)
    namespace = client.sandbox.get(player.namespace)
    for step in tries:
        run_due(player)
        before, last = namespace.world.snapshot(), namespace.timeline.last
        answer = step(player)
        assert answer.status < 500, answer
        if answer.status >= 400:
            assert namespace.world.snapshot() == before
            assert (namespace.timeline.last, list(answer.attempts)) == (last, [])
            assert (namespace.world.happened, namespace.moving) == ([], False)
    forget(client, player)


@given(st.lists(writes, max_size=8), st.lists(reads, min_size=1, max_size=8))
def test_reading_changes_nothing(
    client: Client, numbers: Iterator[int], history: list[Step], asked: list[Step]
) -> None:
    player = fork(client, numbers)
    play(player, history)
    run_due(player)
    world = client.sandbox.get(player.namespace).world
    before = world.snapshot()
    play(player, asked)
    after = world.snapshot()
    assert after == before
    assert after.tables is before.tables
    forget(client, player)


@given(histories, histories)
def test_a_fork_and_its_source_go_their_own_ways(
    client: Client, numbers: Iterator[int], history: list[Step], more: list[Step]
) -> None:
    source = fork(client, numbers)
    play(source, history)
    name = f"n{next(numbers)}"
    assert client.post("/__admin/namespaces", {"name": name, "from": source.namespace}).status == 201
    branch = Player(client, name)
    branch.made = {kind: list(found) for kind, found in source.made.items()}
    kept = state(source)
    assert state(branch) == kept
    play(branch, more)
    assert state(source) == kept
    branched = state(branch)
    source.answers.clear()
    play(source, more)
    assert state(branch) == branched
    if not any(b'"scenario"' in body for _, _, body in source.answers):  # none was a reset: each has its own start
        assert state(source) == branched
    forget(client, source, branch)
