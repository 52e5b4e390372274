"""A whole sandbox on a running clock, and many threads at once."""

import sys
import threading
from collections.abc import Callable

import pytest

from sandbox.kernel import clock
from sandbox.kernel.agenda import Agenda
from sandbox.kernel.clock import HOUR, MINUTE, parse_instant
from sandbox.kernel.webhooks import Attempt, Outcome
from tests.client import M360, Client, make_client

NOON = parse_instant("2024-03-01T12:00:00Z")
FREE = f"{M360}/mobjects/mobject-id/mdata"


class Hasty:
    """A machine whose clock is a millisecond on whenever it is read."""

    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> int:
        self.now += 1
        return self.now


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> Hasty:
    made = Hasty()
    monkeypatch.setattr(clock, "real_now", made)
    return made


@pytest.fixture
def client(machine: Hasty) -> Client:
    assert machine.now == NOON
    made = make_client("docs", clock="running")
    made.receiver = lambda _: Outcome(200)
    made.world.agenda = Agenda()  # only what a test starts is due
    return made


def execute(client: Client) -> str:
    answer = client.post(f"{M360}/workflows/slow-workflow-id/execute", {"async": True, "data": {}})
    assert answer.status == 200
    return str(answer.json["executionId"])


def status(client: Client, key: str) -> str:
    return str(client.get(f"{M360}/workflows/slow-workflow-id/executions/{key}").json["status"])


def test_every_clock_operation_works_while_time_passes(client: Client) -> None:
    for _ in range(20):
        assert client.post("/__admin/clock/run").status == 200
        assert client.post("/__admin/clock/shift", {"by": 0}).status == 200
        frozen = client.post("/__admin/clock/freeze")
        assert frozen.status == 200
        assert frozen.json["clock"]["mode"] == "frozen"
        assert client.get("/__admin/clock").json["now"] == frozen.json["to"]


def test_what_is_due_runs_at_its_own_instant(client: Client, machine: Hasty) -> None:
    key = execute(client)
    machine.now += HOUR
    assert status(client, key) == "completed"
    events = client.get("/__admin/events").json["events"]
    started, ended = (parse_instant(event["at"]) for event in events)
    assert ended - started == 10 * MINUTE
    assert machine.now - ended > 45 * MINUTE


def test_what_came_due_is_told_once_and_is_no_part_of_a_move(client: Client, machine: Hasty) -> None:
    execute(client)
    machine.now += HOUR
    moved = client.post("/__admin/clock/shift", {"by": 60}).json
    assert (moved["happened"], moved["counts"]) == ([], {})
    assert [event["seq"] for event in client.get("/__admin/events").json["events"]] == [1, 2]


def test_what_came_due_is_told_by_a_refused_request_too(client: Client, machine: Hasty) -> None:
    execute(client)
    machine.now += HOUR
    assert client.post("/__admin/clock/shift", {"by": "P500D"}).status == 400
    assert len(client.get("/__admin/events").json["events"]) == 2


def test_an_attempt_that_came_due_is_made_before_the_clock_moves_on(client: Client, machine: Hasty) -> None:
    tried: list[int] = []

    def receiver(_attempt: Attempt) -> Outcome:
        tried.append(client.world.now)
        return Outcome(500)

    client.receiver = receiver
    client.post(f"{M360}/webhooks", {"url": "http://127.0.0.1:9/hook", "events": ["mdata.created"]})
    assert client.post(FREE, {"data": {}}).status == 201
    machine.now += MINUTE
    assert client.post("/__admin/clock/shift", {"by": "P5D"}).status == 200
    assert [tried[n + 1] - tried[n] for n in range(1, 5)] == [10 * MINUTE, HOUR, 6 * HOUR, 24 * HOUR]
    (delivery,) = client.get("/__admin/deliveries").json["deliveries"]
    assert delivery["state"] == "failed"


def test_time_does_not_go_back_with_the_machine(client: Client, machine: Hasty) -> None:
    made = [client.post(FREE, {"data": {}}).json["createdAt"]]
    machine.now -= 24 * HOUR
    made.append(client.post(FREE, {"data": {}}).json["createdAt"])
    assert client.post("/__admin/clock/freeze").status == 200
    made.append(client.post(FREE, {"data": {}}).json["createdAt"])
    assert made == sorted(made)


def test_a_deadline_is_never_passed_over(client: Client, machine: Hasty) -> None:
    key = execute(client)
    attempts, wait = client.pipeline.run_due()
    assert (attempts, wait is not None and 0 < wait <= 30_000) == ([], True)
    machine.now += 30_000
    client.pipeline.run_due()
    assert status(client, key) == "running"
    machine.now += HOUR
    assert client.pipeline.run_due() == ([], None)
    assert status(client, key) == "completed"


def run_all(jobs: list[Callable[[], None]]) -> None:
    """Each on a thread of its own, all at once; none may hang."""
    barrier = threading.Barrier(len(jobs))

    def start(job: Callable[[], None]) -> None:
        barrier.wait()
        job()

    threads = [threading.Thread(target=start, args=(job,), daemon=True) for job in jobs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert not any(thread.is_alive() for thread in threads)


def test_a_hundred_threads_lose_nothing() -> None:
    client = make_client("docs", check_responses=False)
    before = client.get(f"{FREE}?limit=1").json["pagination"]["total"]
    ids: list[str] = []

    def work() -> None:
        for turn in range(5):
            made = client.post(FREE, {"data": {"n": turn}}).json["id"]
            ids.append(made)
            assert client.put(f"{FREE}/{made}", {"data": {"seen": True}}).status == 200

    run_all([work] * 100)
    assert len(set(ids)) == 500
    page = client.get(f"{FREE}?filter=seen:eq:true&limit=1").json
    assert page["pagination"]["total"] == 500
    assert client.get(f"{FREE}?limit=1").json["pagination"]["total"] == before + 500


def test_control_and_vendor_requests_on_many_threads_never_lock_each_other_out() -> None:
    client = make_client("docs", check_responses=False)
    client.receiver = lambda _: Outcome(500)
    names = [f"n{number}" for number in range(4)]
    for name in names:
        assert client.post("/__admin/namespaces", {"name": name, "from": "default"}).status == 201
    statuses: list[int] = []

    def ask(method: str, target: str, body: object = None) -> None:
        statuses.append(client(method, target, body).status)

    def vendor(name: str) -> Callable[[], None]:
        def work() -> None:
            ask("POST", f"/ns/{name}{M360}/webhooks", {"url": "http://127.0.0.1:9/hook", "events": ["mdata.created"]})
            for turn in range(40):
                ask("POST", f"/ns/{name}{FREE}", {"data": {"n": turn}})
                ask("GET", f"/ns/{name}{FREE}?limit=1")

        return work

    def control(name: str, other: str) -> Callable[[], None]:
        def work() -> None:
            for turn in range(20):
                ask("POST", f"/ns/{name}/__admin/clock/shift", {"by": 90})
                ask("POST", "/__admin/namespaces", {"name": f"{name}-{turn}", "from": other})
                ask("GET", "/__admin/namespaces")
                ask("DELETE", f"/__admin/namespaces/{name}-{turn}")
                ask("POST", f"/ns/{other}/__admin/reset")

        return work

    run_all(
        [vendor(name) for name in names] + [control(a, b) for a, b in zip(names, names[1:] + names[:1], strict=True)]
    )
    assert set(statuses) <= {200, 201, 404, 409}
    assert [client.sandbox.get(name).moving for name in names] == [False] * 4
    assert len(client.sandbox.namespaces) == 5


def test_forks_that_share_a_collection_may_be_asked_at_once() -> None:
    """What is derived from shared rows is bounded: what one thread forgets, another must not miss."""
    client = make_client("docs", check_responses=False)
    statuses: list[int] = []

    def work(name: str, number: int) -> Callable[[], None]:
        assert client.post("/__admin/namespaces", {"name": name, "from": "default"}).status == 201

        def ask() -> None:
            for turn in range(300):
                query = f"filter=f{(turn * 7 + number) % 60}:ne:{turn % 9}&sort=g{turn % 50}&limit=1"
                statuses.append(client.get(f"/ns/{name}{FREE}?{query}").status)

        return ask

    jobs = [work(f"n{number}", number) for number in range(4)]
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        run_all(jobs)
    finally:
        sys.setswitchinterval(interval)
    assert set(statuses) == {200}
