"""The ASGI adapter: bodies, disconnects, waiting answers, and time that passes."""

import asyncio
import logging
from collections.abc import Callable, Coroutine, Iterable
from dataclasses import replace
from typing import Any

import orjson
import pytest
from starlette.types import Message, Receive, Scope, Send

from sandbox.kernel.clock import HOUR
from sandbox.kernel.webhooks import Attempt, Outcome
from sandbox.web import asgi
from sandbox.web.asgi import Adapter
from sandbox.web.passage import BODY_LIMIT
from tests.client import ENTERPRISE, M360, Client, make_client_of
from tests.web.scenarios import SMALL

MDATA = f"{M360}/mobjects/mobject-id/mdata"


class Wire:
    """One request as ASGI carries it: ``parts`` of a body, what was ``sent``, and how much was ``read``."""

    def __init__(self, method: str, path: str, parts: Iterable[bytes] | None = None, *, cut: bool = False) -> None:
        self.sent: list[Message] = []
        self.read = 0
        self._parts = list(parts or [])
        self._cut = cut
        headers = {"host": "127.0.0.1", "authorization": f"Bearer {ENTERPRISE}"}
        if parts is not None:
            headers |= {"transfer-encoding": "chunked", "content-type": "application/json"}
        self.scope: Scope = {
            "type": "http",
            "method": method,
            "raw_path": path.encode(),
            "query_string": b"",
            "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
        }

    async def receive(self) -> Message:
        if self._parts:
            part = self._parts.pop(0)
            self.read += len(part)
            return {"type": "http.request", "body": part, "more_body": bool(self._parts) or self._cut}
        return {"type": "http.disconnect"}

    async def send(self, message: Message) -> None:
        self.sent.append(message)

    @property
    def status(self) -> int:
        return int(self.sent[0]["status"])

    @property
    def json(self) -> Any:
        return orjson.loads(self.sent[1]["body"])


async def nobody(_scope: Scope, _receive: Receive, _send: Send) -> None:
    pytest.fail("left to the pages")


@pytest.fixture
def client() -> Client:
    return make_client_of(SMALL)


@pytest.fixture
def adapter(client: Client) -> Adapter:
    return Adapter(client.pipeline)


def ask(adapter: Adapter, wire: Wire) -> Wire:
    asyncio.run(adapter.answer(wire.scope, wire.receive, wire.send, nobody))
    return wire


@pytest.mark.parametrize("parts", [[b'{"data":{"name":"x"}}'], [b'{"data"', b"", b':{"name":', b'"x"}}', b""]])
def test_a_body_is_read_in_its_parts(adapter: Adapter, parts: list[bytes]) -> None:
    assert ask(adapter, Wire("POST", MDATA, parts)).json["data"] == {"name": "x"}


@pytest.mark.parametrize("parts", [[], [b'{"data":{}}'], [b'{"data"', b":{}}"]])
def test_a_client_that_left_is_not_answered(adapter: Adapter, client: Client, parts: list[bytes]) -> None:
    before = client.world.snapshot()
    assert ask(adapter, Wire("POST", MDATA, parts, cut=True)).sent == []
    assert client.world.snapshot() == before


@pytest.mark.parametrize("size", [BODY_LIMIT + 1, BODY_LIMIT + 3_000_000])
@pytest.mark.parametrize("part", [65_536, BODY_LIMIT * 2])
def test_a_body_over_the_limit_is_read_to_its_end_and_refused(adapter: Adapter, size: int, part: int) -> None:
    wire = ask(adapter, Wire("POST", MDATA, [b"x" * min(part, size - at) for at in range(0, size, part)]))
    assert (wire.status, wire.read) == (413, size)


def test_one_that_never_ends_is_not(adapter: Adapter, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asgi, "DRAIN_LIMIT", 12 * 1_048_576)
    wire = ask(adapter, Wire("POST", MDATA, [b"x" * 1_048_576] * 40, cut=True))
    assert (wire.status, wire.read) == (413, 13 * 1_048_576)


def test_the_body_is_handed_on_to_the_pages(adapter: Adapter) -> None:
    wire, heard = Wire("POST", "/nowhere", [b"a", b"b"]), []

    async def pages(_scope: Scope, receive: Receive, _send: Send) -> None:
        heard.append(await receive())

    asyncio.run(adapter.answer(wire.scope, wire.receive, wire.send, pages))
    assert heard == [{"type": "http.request", "body": b"ab", "more_body": False}]


def test_headers_sent_twice_are_joined(adapter: Adapter, client: Client) -> None:
    wire = Wire("GET", f"{M360}/workflows")
    wire.scope["headers"] += [(b"x-more", b"a"), (b"x-more", b"b\xff")]
    ask(adapter, wire)
    (exchange,) = client.sandbox.get("default").journal
    assert exchange.request.headers["x-more"] == "a, b\xff"


@pytest.mark.parametrize(
    ("method", "length", "size"), [("GET", True, True), ("HEAD", True, False), ("OPTIONS", False, False)]
)
def test_bodies_and_lengths_are_sent_where_they_belong(
    adapter: Adapter, method: str, *, length: bool, size: bool
) -> None:
    start, body = ask(adapter, Wire(method, f"{M360}/workflows")).sent
    assert (b"content-length" in dict(start["headers"])) == length
    assert bool(body["body"]) == size


class FakeSender:
    """A dispatcher whose receivers answer what ``answer`` says."""

    def __init__(self, answer: Callable[[Attempt], Outcome]) -> None:
        self.attempts: list[Attempt] = []
        self.sent = asyncio.Event()
        self._answer = answer

    async def send(self, attempts: Iterable[Attempt]) -> list[Outcome]:
        made = list(attempts)
        self.attempts += made
        self.sent.set()
        return [self._answer(attempt) for attempt in made]

    async def close(self) -> None:
        """Nothing to let go of."""


def run(adapter: Adapter, sender: FakeSender, work: Coroutine[Any, Any, Any]) -> None:
    """Within the lifespan of the server."""
    adapter._dispatcher = sender  # type: ignore[assignment]  # the part of it that is used

    async def live() -> None:
        async with adapter.lifespan(None), asyncio.timeout(10):
            await work

    asyncio.run(live())


def test_deliveries_follow_the_answer(adapter: Adapter, client: Client) -> None:
    sender, wire = FakeSender(lambda _: Outcome(200)), Wire("POST", MDATA, [b'{"data":{"name":"x"}}'])

    async def work() -> None:
        await adapter.answer(wire.scope, wire.receive, wire.send, nobody)
        assert wire.status == 201
        assert sender.attempts == []
        await sender.sent.wait()

    run(adapter, sender, work())
    assert [attempt.url for attempt in sender.attempts] == ["http://127.0.0.1:9/hook"]
    assert [d["state"] for d in client.get("/__admin/deliveries").json["deliveries"]] == ["delivered", "blocked"]


def test_a_clock_move_makes_every_attempt_before_it_answers(adapter: Adapter) -> None:
    sender, wire = FakeSender(lambda _: Outcome(500)), Wire("POST", "/__admin/clock/shift", [b'{"by":"P3D"}'])

    async def work() -> None:
        await adapter.answer(wire.scope, wire.receive, wire.send, nobody)
        assert wire.json["counts"]["webhook.failed"] == 2

    run(adapter, sender, work())
    assert len(sender.attempts) == 12


def test_a_clock_move_waits_for_what_is_under_way(adapter: Adapter, client: Client) -> None:
    gate = asyncio.Event()

    class Gated(FakeSender):
        async def send(self, attempts: Iterable[Attempt]) -> list[Outcome]:
            outcomes = await super().send(attempts)
            await gate.wait()
            return outcomes

    sender = Gated(lambda _: Outcome(503))
    record, shift = Wire("POST", MDATA, [b'{"data":{}}']), Wire("POST", "/__admin/clock/shift", [b'{"by":"PT30S"}'])

    async def work() -> None:
        await adapter.answer(record.scope, record.receive, record.send, nobody)
        await sender.sent.wait()
        moving = asyncio.create_task(adapter.answer(shift.scope, shift.receive, shift.send, nobody))
        assert not (await asyncio.wait([moving], timeout=0.05))[0]
        gate.set()
        await moving

    run(adapter, sender, work())
    assert shift.json["to"] == "2024-01-15T10:30:30Z"
    delivery, _ = client.get("/__admin/deliveries").json["deliveries"]
    assert delivery["attempts"] == [{"at": "2024-01-15T10:30:00Z", "outcome": "answered 503", "status": 503}]
    assert delivery["nextAttempt"] == "2024-01-15T10:31:00Z"


def test_time_passes_without_requests(adapter: Adapter, client: Client) -> None:
    sender, world = FakeSender(lambda _: Outcome(200)), client.world
    client.post("/__admin/clock/run")
    world.clock = replace(world.clock, offset=world.clock.offset + 2 * HOUR)
    run(adapter, sender, sender.sent.wait())
    assert {orjson.loads(attempt.body)["event"] for attempt in sender.attempts} == {"workflow.completed"}


def test_a_defect_does_not_stop_time(
    adapter: Adapter, client: Client, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(asgi, "_IDLE", 0.001)
    again = asyncio.Event()
    seen: list[int] = []

    def fail() -> Any:
        seen.append(1)
        if len(seen) == 3:
            again.set()
        msg = "out of luck"
        raise RuntimeError(msg)

    monkeypatch.setattr(client.pipeline, "run_due", fail)
    with caplog.at_level(logging.ERROR):
        run(adapter, FakeSender(lambda _: Outcome(200)), again.wait())
    assert "out of luck" in caplog.text


def test_a_stop_leaves_nothing_running(adapter: Adapter) -> None:
    class Stuck(FakeSender):
        async def send(self, attempts: Iterable[Attempt]) -> list[Outcome]:
            await super().send(attempts)
            await asyncio.Event().wait()
            return []

    sender, wire = Stuck(lambda _: Outcome(200)), Wire("POST", MDATA, [b'{"data":{}}'])

    async def work() -> None:
        await adapter.answer(wire.scope, wire.receive, wire.send, nobody)
        await sender.sent.wait()

    run(adapter, sender, work())
    assert adapter._delivering == {}
