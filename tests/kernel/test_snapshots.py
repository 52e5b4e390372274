"""Taking the state of a namespace: at rest, with attempts under way, in the middle of a move."""

import pytest

from sandbox.kernel.errors import Conflict
from sandbox.kernel.namespace import Namespace
from sandbox.kernel.sandbox import Sandbox
from sandbox.kernel.timeline import move
from sandbox.kernel.webhooks import API, DELIVERIES, RETRY, Attempt, Outcome
from tests.kernel.toys import START, TOY, accept, drive, make_sandbox, subscribe


@pytest.fixture
def sandbox() -> Sandbox:
    return make_sandbox()


@pytest.fixture
def namespace(sandbox: Sandbox) -> Namespace:
    """With a webhook that is told after a second, and a mark to be left after two."""
    namespace = sandbox.get("default")
    subscribe(namespace.world)
    namespace.world.schedule(START + 1_000, TOY, "tell", "first")
    namespace.world.schedule(START + 2_000, TOY, "mark", "second")
    return namespace


def test_taking_and_restoring_keeps_references(sandbox: Sandbox, namespace: Namespace) -> None:
    kept = sandbox.take(namespace)
    assert kept.state == namespace.world.snapshot()
    assert kept.state.tables is namespace.world.store.root
    drive(move(namespace, sandbox.agents, START + 5_000), accept)
    sandbox.restore(namespace, kept)
    assert namespace.world.store.root is kept.state.tables
    assert namespace.world.snapshot() == kept.state == namespace.seeded


def test_none_is_taken_in_the_middle_of_a_move_but_the_last(sandbox: Sandbox, namespace: Namespace) -> None:
    moving = move(namespace, sandbox.agents, START + 5_000)
    (attempt,) = next(moving)
    with pytest.raises(Conflict):
        sandbox.take(namespace)
    state = sandbox.take(namespace, at_end=True).state
    assert (state.now, state.clock.frozen, state.outbox) == (START + 1_000, START + 1_000, ())
    due = [(item.at - START, item.api, item.kind, item.subject) for item in state.agenda]
    assert due == [(1_000, API, RETRY, attempt.delivery), (2_000, TOY, "mark", "second")]
    moving.close()


def test_an_attempt_under_way_is_made_again(sandbox: Sandbox, namespace: Namespace) -> None:
    drive(move(namespace, sandbox.agents, START + 500), accept)
    namespace.world.now = START + 1_000
    sandbox.agents[TOY, "tell"](namespace.world, namespace.world.agenda.next)  # type: ignore[arg-type]  # there is one
    (attempt,) = namespace.publish()
    kept = sandbox.take(namespace)
    sandbox.settle(attempt, accept(attempt))
    made = sandbox.revive("again", kept)
    heard: list[str] = []

    def hear(again: Attempt) -> Outcome:
        heard.append(again.delivery)
        return accept(again)

    drive(move(made, sandbox.agents, START + 1_500), hear)
    assert attempt.delivery in heard
    delivery = made.world.store.get(DELIVERIES, attempt.delivery)
    assert delivery is not None
    assert (delivery.state, len(delivery.tried)) == ("delivered", 1)


def test_a_state_of_the_same_namespace_is_restored_as_it_was(sandbox: Sandbox) -> None:
    """Not even the credentials are made anew: one may have been taken away."""
    made = sandbox.fork("other", sandbox.get("default"))
    kept = sandbox.take(made)
    sandbox.restore(made, kept)
    assert made.world.snapshot() == kept.state
    sandbox.restore(sandbox.get("default"), kept)
    assert sandbox.get("default").world.snapshot() == kept.state
    again = sandbox.revive("third", kept)
    assert again.world.store.count("toy.") == made.world.store.count("toy.") + 1
