"""What a namespace holds by itself is told about right: held against the allocator's own count."""

import gc
import tracemalloc
from collections.abc import Callable, Iterator

import pytest

from sandbox.kernel.footprint import SAMPLE, START, footprint
from sandbox.kernel.namespace import Namespace
from tests.client import M360, Client, make_client

NAME = "measured"
INSIDE = {"x-sandbox-namespace": NAME}
VISITOR = {"authorization": "serviceID yourServiceID"} | INSIDE
NOTES = f"{M360}/mobjects/mobject-id/mdata"


@pytest.fixture(scope="module")
def started() -> Client:
    return make_client("docs", check_responses=False)


@pytest.fixture
def client(started: Client) -> Iterator[Client]:
    started.sandbox.fork(NAME, started.sandbox.get("default"))
    warm(started)
    yield started
    started.sandbox.delete(NAME)


def own(client: Client) -> Namespace:
    return client.sandbox.get(NAME)


def warm(client: Client) -> None:
    """What is made once and remembered is no namespace's."""
    for act in (records, executions, visits):
        act(client)
    own(client).reset()


def records(client: Client, count: int = 1) -> None:
    for number in range(count):
        assert client.post(NOTES, {"data": {"n": number, "title": "x" * 40}}, headers=INSIDE).status == 201


def executions(client: Client, count: int = 1) -> None:
    path, body = f"{M360}/workflows/slow-workflow-id/execute", {"async": True, "data": {}}
    for _ in range(count):
        assert client.post(path, body, headers=INSIDE).status == 200


def visits(client: Client, count: int = 1) -> None:
    for number in range(count):
        body = {"userID": f"user {number}"}
        answer = client.post("/moonify/0.2/moonitize/sessions", body, token=None, headers=VISITOR)
        assert answer.status == 201


@pytest.mark.parametrize(
    ("act", "count"),
    [(records, 40), (records, 1_000), (executions, 200), (visits, 200)],
)
def test_the_estimate_is_right_to_a_factor_of_two(
    client: Client, act: Callable[[Client, int], None], count: int
) -> None:
    gc.collect()
    tracemalloc.start()
    act(client, count)
    own(client).journal.clear()
    gc.collect()
    held, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert held / 2 < footprint(own(client)) - START < held * 2


def test_nothing_is_counted_that_is_shared(client: Client) -> None:
    assert footprint(own(client)) == START
    executions(client, SAMPLE)
    client.post("/__admin/clock/shift", {"by": "PT1H"}, headers=INSIDE)
    grown = footprint(own(client))
    assert grown > START + SAMPLE * 1_000
    branch = client.sandbox.fork("branch", own(client))
    assert footprint(branch) == START
    client.sandbox.delete("branch")


def test_what_was_deleted_is_given_back(client: Client) -> None:
    made = [client.post(NOTES, {"data": {"n": number}}, headers=INSIDE).json["id"] for number in range(600)]
    own(client).journal.clear()
    full = footprint(own(client))
    for key in made:
        assert client.delete(f"{NOTES}/{key}", headers=INSIDE).status == 200
    own(client).journal.clear()
    assert footprint(own(client)) - START < (full - START) / 10
