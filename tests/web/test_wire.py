"""The short way of the server, without sockets: what it writes, and when it gives a connection up."""

import asyncio
from collections.abc import Coroutine
from types import SimpleNamespace
from typing import Any, cast

import pytest

from sandbox.kernel.request import Pending, Request, Response
from sandbox.web.asgi import Adapter
from sandbox.web.wire import Wire, written
from tests.client import ENTERPRISE, M360, Client, make_client
from tests.web.serving import Server, read_answer, request_bytes, serving

WORKFLOW = f"{M360}/workflows/workflow-id"


class Transport:
    """Keeps what was written; reads nothing."""

    def __init__(self) -> None:
        self.sent = b""
        self.closed = False
        self.paused = False

    def write(self, data: bytes) -> None:
        self.sent += data

    def close(self) -> None:
        self.closed = True

    def pause_reading(self) -> None:
        self.paused = True

    def resume_reading(self) -> None:
        self.paused = False


@pytest.fixture(scope="module")
def client() -> Client:
    return make_client()


def connect(client: Client, patience: float = 5) -> tuple[Wire, Transport, Any]:
    state = SimpleNamespace(connections=set(), tasks=set(), total_requests=0)
    wire = Wire(Adapter(client.pipeline), SimpleNamespace(timeout_keep_alive=patience), state, {})
    transport = Transport()
    wire.connection_made(transport)
    return wire, transport, state


def asked(path: str = WORKFLOW) -> bytes:
    return f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {ENTERPRISE}\r\n\r\n".encode()


def test_an_answer_is_one_write_with_its_length() -> None:
    answer = Response(200, b"{}", [(b"content-type", b"application/json")])
    assert written("GET", answer) == (
        b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}"
    )
    assert written("HEAD", answer).endswith(b"content-length: 2\r\n\r\n")
    assert written("DELETE", Response(204, b"", [])) == b"HTTP/1.1 204 No Content\r\n\r\n"


@pytest.mark.parametrize("header", [(b"x", b"a\r\nb: c"), (b"x\n", b"a")])
def test_no_header_begins_another_line(header: tuple[bytes, bytes]) -> None:
    with pytest.raises(ValueError, match="line break"):
        written("GET", Response(200, b"", [header]))


def test_an_idle_connection_is_closed_and_a_used_one_is_not(client: Client) -> None:
    async def used_then_idle() -> tuple[bool, bool]:
        wire, transport, _ = connect(client, patience=3_600)
        wire.data_received(asked())
        wire._check_idle()
        early = transport.closed
        wire._last -= 3_600
        wire._check_idle()
        wire.connection_lost(None)
        return early, transport.closed

    assert asyncio.run(used_then_idle()) == (False, True)


def test_a_stop_closes_what_is_idle(client: Client) -> None:
    async def stopped() -> tuple[bool, set[Any]]:
        wire, transport, state = connect(client)
        wire.data_received(asked())
        wire.shutdown()
        wire.connection_lost(None)
        return transport.closed, state.connections

    assert asyncio.run(stopped()) == (True, set())


def test_a_move_under_way_when_the_server_stops_is_answered(client: Client) -> None:
    async def stopped() -> tuple[bytes, bool]:
        wire, transport, _ = connect(client)
        never = asyncio.create_task(asyncio.sleep(60))
        answer = Response(503, b"", [])
        pending = Pending("default", (), lambda _: answer, lambda: answer)
        wire._adapter._delivering[never] = "default"
        work = wire._work(wire._finish(Request("POST", "/", "", {}, b""), pending))
        await asyncio.sleep(0)
        wire.shutdown()
        work.cancel()
        await work
        return transport.sent, transport.closed

    assert asyncio.run(stopped()) == (b"HTTP/1.1 503 Service Unavailable\r\ncontent-length: 0\r\n\r\n", True)


def test_a_client_that_does_not_read_is_not_read_from(client: Client) -> None:
    async def slow() -> tuple[bool, bool]:
        wire, transport, _ = connect(client)
        wire.pause_writing()
        paused = transport.paused
        wire.resume_writing()
        return paused, transport.paused

    assert asyncio.run(slow()) == (True, False)


def test_nothing_is_read_while_an_answer_is_under_way(client: Client) -> None:
    async def slow() -> tuple[bool, bool]:
        wire, transport, _ = connect(client)
        done = asyncio.Event()
        work = wire._work(cast("Coroutine[Any, Any, None]", done.wait()))
        wire.pause_writing()
        wire.resume_writing()
        paused = transport.paused
        done.set()
        await work
        wire._working = None
        wire.resume_writing()
        return paused, transport.paused

    assert asyncio.run(slow()) == (True, False)


def test_a_page_between_two_calls_of_an_api_keeps_the_connection() -> None:
    with serving("--scenario", "docs") as server:
        statuses = list(_asked_in_turn(server, [WORKFLOW, "/", WORKFLOW, "/nowhere", f"/{WORKFLOW}", WORKFLOW]))
    assert statuses == [200, 200, 200, 404, 404, 200]


def _asked_in_turn(server: Server, paths: list[str]) -> Any:
    with server.connect() as connection, connection.makefile("rb") as answers:
        for path in paths:
            connection.sendall(request_bytes("GET", path))
            yield read_answer(answers)[0]
