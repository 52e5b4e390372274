import threading
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.kernel import clock
from sandbox.kernel.api import Seeding
from sandbox.kernel.clock import DAY, HOUR, Clock
from sandbox.kernel.errors import Conflict, Failure, NotFound, ScenarioError
from sandbox.kernel.sandbox import DEFAULT, Sandbox, Start
from sandbox.kernel.scenario import Library
from sandbox.kernel.timeline import move
from sandbox.kernel.webhooks import DELIVERIES, Outcome, emit, subscribers
from tests.kernel.toys import (
    AGENTS,
    API,
    EVENT,
    NAMES,
    SCENARIOS,
    START,
    TOY,
    drive,
    make_sandbox,
    read_toy,
    seed,
    silent,
    subscribe,
)

CI = "ci"


def names(sandbox: Sandbox, name: str = DEFAULT) -> list[str]:
    return [row for row in sandbox.get(name).world.store.all(NAMES) if not row.startswith("token")]


def attempt(sandbox: Sandbox, name: str) -> Any:
    """The first attempt of a delivery in that namespace."""
    namespace = sandbox.get(name)
    subscribe(namespace.world)
    for target in subscribers(namespace.world, TOY, EVENT):
        emit(namespace.world, target, EVENT, b"hello")
    (made,) = namespace.publish()
    return made


def test_the_default_namespace_is_seeded_from_the_start() -> None:
    sandbox = make_sandbox()
    assert list(sandbox.namespaces) == [DEFAULT]
    assert names(sandbox) == ["Ada", "Ben"]
    assert sandbox.get(DEFAULT).origin == ("two", 3, 1)
    assert sandbox.get(DEFAULT).world.clock == Clock(frozen=START)


def test_a_start_may_say_otherwise_than_its_scenario() -> None:
    sandbox = make_sandbox("one", seed=9, clock="2025-01-01T00:00:00Z")
    assert sandbox.get(DEFAULT).origin == ("one", 9, 1)
    assert sandbox.get(DEFAULT).world.clock == Clock(frozen=START + 352 * DAY - 10 * HOUR - 30 * 60_000)


@pytest.mark.parametrize(("start", "error"), [("none", NotFound), ("bad", ScenarioError), ("worse", ScenarioError)])
def test_a_wrong_scenario_makes_no_namespace(start: str, error: type[Exception]) -> None:
    texts = {"two": "{toy: {names: []}}", "bad": "{toy: 3}", "worse": "{clock: soon}"}
    sandbox = Sandbox([API], Library((), lambda name: (name, texts[name])), Start("two"))
    kept = sandbox.get(DEFAULT).world.snapshot()
    with pytest.raises(error):
        sandbox.create(CI, Start(start))
    with pytest.raises(error):
        sandbox.load(sandbox.get(DEFAULT), Start(start))
    assert (list(sandbox.namespaces), sandbox.issued) == ([DEFAULT], {})
    assert sandbox.get(DEFAULT).world.snapshot() == kept


def test_the_same_data_is_made_once() -> None:
    made: list[int] = []

    def count(seeding: Seeding) -> None:
        made.append(seeding.world.seed)
        seed(seeding)

    sandbox = Sandbox([replace(API, seed=count)], Library(tuple(SCENARIOS), read_toy), Start("two"))
    for name, start in (("a", Start("two")), ("b", Start("two", seed=5)), ("c", Start("two", seed=3))):
        sandbox.create(name, start)
        assert names(sandbox, name) == ["Ada", "Ben"]
    sandbox.load(sandbox.get("a"), Start("two", seed=5))
    assert made == [3, 5]


def test_a_scenario_that_changed_is_seeded_anew() -> None:
    texts = {"mine": "{clock: '2024-01-15T10:30:00Z', toy: {names: [Ada]}}"}
    sandbox = Sandbox([API], Library((), lambda name: (name, texts[name])), Start("mine"))
    texts["mine"] = "{clock: '2024-01-15T10:30:00Z', toy: {names: [Ada, Ben]}}"
    sandbox.load(sandbox.get(DEFAULT), Start("mine"))
    assert names(sandbox) == ["Ada", "Ben"]


def test_a_namespace_is_changed_alone() -> None:
    sandbox = make_sandbox()
    made = sandbox.create(CI, Start("two"))
    kept = sandbox.get(DEFAULT).world.snapshot()
    made.world.store.put(NAMES, "x", "Zoe")
    drive(move(made, AGENTS, START + DAY), silent)
    assert names(sandbox) == ["Ada", "Ben"]
    assert sandbox.get(DEFAULT).world.snapshot() == kept


def test_a_fork_copies_nothing_but_its_credentials() -> None:
    sandbox = make_sandbox()
    source = sandbox.get(DEFAULT)
    source.world.store.load(NAMES, ((f"k{n}", f"n{n}") for n in range(50_000)))
    before = source.world.store.all(NAMES)
    fork = sandbox.fork(CI, source)
    after = fork.world.store.all(NAMES)
    assert source.world.store.all(NAMES) is before
    shared = sum(a is b for a, b in zip(before.chunks, after.chunks, strict=True))
    assert shared == len(before.chunks) - 1
    assert fork.world.agenda is source.world.agenda


def test_a_fork_without_credentials_shares_the_very_store() -> None:
    plain = Sandbox([], Library(("x",), lambda name: (name, "{clock: '2024-01-15T10:30:00Z'}")), Start("x"))
    source = plain.get(DEFAULT)
    source.world.store.put(NAMES, "a", "Ada")
    fork = plain.fork(CI, source)
    assert fork.world.store.root is source.world.store.root
    assert fork.world.snapshot() == source.world.snapshot()
    assert fork.seeded == source.world.snapshot()


def test_a_fork_starts_where_its_source_stands_and_returns_there() -> None:
    sandbox = make_sandbox()
    source = sandbox.get(DEFAULT)
    source.world.store.put(NAMES, "x", "Zoe")
    drive(move(source, AGENTS, START + HOUR), silent)
    fork = sandbox.fork(CI, source)
    assert fork.world.now == START + HOUR
    source.reset()
    fork.world.store.delete(NAMES, "x")
    fork.reset()
    assert (names(sandbox, CI), fork.world.now) == (["Ada", "Ben", "Zoe"], START + HOUR)
    assert names(sandbox) == ["Ada", "Ben"]


def test_a_fork_waits_for_the_end_of_a_move() -> None:
    sandbox = make_sandbox()
    source = sandbox.get(DEFAULT)
    subscribe(source.world)
    source.world.schedule(START + HOUR, TOY, "tell", "a")
    moving = move(source, AGENTS, START + DAY)
    next(moving)
    with pytest.raises(Conflict, match="being moved"):
        sandbox.fork(CI, source)
    with pytest.raises(StopIteration):
        moving.send([Outcome(200)])
    assert sandbox.fork(CI, source).world.now == START + DAY


def test_a_name_is_taken_once() -> None:
    sandbox = make_sandbox()
    sandbox.create(CI, Start("one"))
    for name in (CI, DEFAULT):
        with pytest.raises(Conflict, match="already"):
            sandbox.create(name, Start("one"))
        with pytest.raises(Conflict, match="already"):
            sandbox.fork(name, sandbox.get(DEFAULT))
    assert names(sandbox, CI) == ["Cleo"]


def test_there_are_no_more_than_the_cap() -> None:
    sandbox = make_sandbox()
    sandbox.max_namespaces = 3
    sandbox.create("a", Start("one"))
    sandbox.fork("b", sandbox.get("a"))
    with pytest.raises(Conflict, match="3 namespaces already"):
        sandbox.create("c", Start("one"))
    with pytest.raises(Conflict, match="3 namespaces already"):
        sandbox.fork("c", sandbox.get("a"))
    sandbox.delete("a")
    assert sandbox.create("c", Start("one")) is sandbox.get("c")


def test_a_deleted_namespace_is_gone_with_its_credentials() -> None:
    sandbox = make_sandbox()
    sandbox.create(CI, Start("one"))
    sandbox.create("other", Start("one"))
    assert sorted(sandbox.issued.values()) == [CI, "other"]
    sandbox.delete(CI)
    assert list(sandbox.issued.values()) == ["other"]
    with pytest.raises(NotFound):
        sandbox.get(CI)
    with pytest.raises(NotFound):
        sandbox.delete(CI)


def test_the_default_namespace_stays() -> None:
    sandbox = make_sandbox()
    with pytest.raises(Conflict, match="reset it"):
        sandbox.delete(DEFAULT)
    assert names(sandbox) == ["Ada", "Ben"]


def test_credentials_select_their_namespace_and_are_its_own() -> None:
    sandbox = make_sandbox()
    made = [sandbox.create("a", Start("two")), sandbox.create("b", Start("two"))]
    made.append(sandbox.fork("c", made[0]))
    tokens = [sandbox.credentials(namespace)[TOY]["token"] for namespace in made]
    assert len(set(tokens)) == 3
    assert [sandbox.issued[TOY, token] for token in tokens] == ["a", "b", "c"]
    assert sandbox.credentials(sandbox.get(DEFAULT)) == {}
    for namespace, token in zip(made, tokens, strict=True):
        assert namespace.world.store.get(NAMES, token) == f"token of {namespace.name}"


@pytest.mark.parametrize("start", [Start("one"), Start("two", seed=77), Start("two")])
def test_credentials_stay_good_whatever_is_loaded(start: Start) -> None:
    sandbox = make_sandbox()
    namespace = sandbox.create(CI, Start("two"))
    token = sandbox.credentials(namespace)[TOY]["token"]
    sandbox.load(namespace, start)
    assert sandbox.credentials(namespace)[TOY]["token"] == token
    assert namespace.world.store.get(NAMES, token) is not None
    namespace.reset()
    assert namespace.world.store.get(NAMES, token) is not None
    assert sandbox.issued == {(TOY, token): CI}


def test_loading_starts_over_from_another_scenario() -> None:
    sandbox = make_sandbox()
    namespace = sandbox.get(DEFAULT)
    drive(move(namespace, AGENTS, START + DAY), silent)
    sandbox.load(namespace, Start("one", seed=8))
    assert (names(sandbox), namespace.origin, namespace.world.now) == (["Cleo"], ("one", 8, 1), START)
    namespace.world.store.put(NAMES, "x", "Zoe")
    namespace.reset()
    assert names(sandbox) == ["Cleo"]


def test_loading_again_gives_the_very_same_state() -> None:
    sandbox = make_sandbox()
    namespace = sandbox.get(DEFAULT)
    kept = namespace.world.snapshot()
    sandbox.load(namespace, Start("one"))
    assert namespace.world.snapshot() != kept
    sandbox.load(namespace, Start("two"))
    assert namespace.world.snapshot() == kept


@given(st.lists(st.sampled_from(["one", "two"]), max_size=6), st.integers(0, 5))
def test_what_is_seeded_does_not_depend_on_what_was_seeded_before(before: list[str], seed: int) -> None:
    sandbox = make_sandbox()
    for number, scenario in enumerate(before):
        sandbox.create(f"n{number}", Start(scenario, seed=number))
    made = sandbox.create("made", Start("two", seed=seed)).world.snapshot()
    assert make_sandbox().create("made", Start("two", seed=seed)).world.snapshot() == made


def test_a_clock_that_runs_from_an_instant_starts_there_for_each(monkeypatch: pytest.MonkeyPatch) -> None:
    real = [5_000_000]
    monkeypatch.setattr(clock, "real_now", lambda: real[0])
    sandbox = make_sandbox("from")
    real[0] += HOUR
    made = sandbox.create(CI, Start("from"))
    made.world.tick()
    assert made.world.now == START
    sandbox.get(DEFAULT).world.tick()
    assert sandbox.get(DEFAULT).world.now == START + HOUR
    fork = sandbox.fork("fork", sandbox.get(DEFAULT))
    real[0] += 5
    fork.world.tick()
    assert fork.world.now == START + HOUR + 5


def test_the_real_time_is_the_same_everywhere(monkeypatch: pytest.MonkeyPatch) -> None:
    real = [START]
    monkeypatch.setattr(clock, "real_now", lambda: real[0])
    sandbox = make_sandbox("running")
    real[0] += HOUR
    made = sandbox.create(CI, Start("running"))
    made.world.tick()
    assert made.world.now == START + HOUR


def test_an_outcome_finds_its_namespace() -> None:
    sandbox = make_sandbox()
    sandbox.create(CI, Start("two"))
    made = attempt(sandbox, CI)
    sandbox.settle(made, Outcome(200))
    (delivery,) = sandbox.get(CI).world.store.all(DELIVERIES)
    assert delivery.state == "delivered"
    assert list(sandbox.get(DEFAULT).world.store.all(DELIVERIES)) == []


def test_an_outcome_for_a_deleted_namespace_is_discarded() -> None:
    sandbox = make_sandbox()
    sandbox.create(CI, Start("two"))
    old = attempt(sandbox, CI)
    sandbox.delete(CI)
    sandbox.settle(old, Outcome(200))
    sandbox.create(CI, Start("two"))
    new = attempt(sandbox, CI)
    assert new.delivery == old.delivery
    sandbox.settle(old, Outcome(200))
    (delivery,) = sandbox.get(CI).world.store.all(DELIVERIES)
    assert (delivery.state, delivery.tried) == ("pending", ())
    sandbox.settle(new, Outcome(200))
    (delivery,) = sandbox.get(CI).world.store.all(DELIVERIES)
    assert delivery.state == "delivered"


def test_every_api_has_a_url_in_every_namespace() -> None:
    sandbox = make_sandbox()
    assert sandbox.urls(DEFAULT) == {TOY: "http://127.0.0.1:4010/toy/v1"}
    assert sandbox.urls(CI) == {TOY: "http://127.0.0.1:4010/ns/ci/toy/v1"}


def test_threads_that_make_and_delete_namespaces_do_not_disturb_each_other() -> None:
    sandbox = make_sandbox()
    wrong: list[str] = []

    def work(thread: int) -> None:
        for turn in range(15):
            name = f"t{thread}-{turn}"
            try:
                made = sandbox.fork(name, sandbox.get(DEFAULT)) if turn % 2 else sandbox.create(name, Start("two"))
                made.world.store.put(NAMES, "mine", name)
                if names(sandbox, name) != ["Ada", "Ben", name]:
                    wrong.append(name)
                sandbox.delete(name)
            except Failure as failure:
                wrong.append(failure.message)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
    assert (list(sandbox.namespaces), sandbox.issued) == ([DEFAULT], {})
