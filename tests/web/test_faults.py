"""Every effect of a fault over a real socket, as a client sees it: the short way of the server, and Uvicorn's."""

from collections.abc import Iterator
from time import monotonic
from typing import Any

import httpx2
import orjson
import pytest

from sandbox.web.effects import Unreachable, pieces
from tests.web.serving import PATIENCE, Server, request_bytes, serving, sound

LIST = "/monetize360/v1/workflows"
RECORDS = "/monetize360/v1/mobjects/mobject-id/mdata"
WAYS = {"short": [], "uvicorn": ["Connection: close"]}
"""Headers that lead a request one way or the other: the second is unusual enough to be handed over."""


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with serving("--scenario", "docs") as running:
        yield running


@pytest.fixture(params=WAYS)
def api(request: pytest.FixtureRequest, server: Server) -> Iterator[httpx2.Client]:
    """A client whose requests go one of the ways."""
    with server.api() as client:
        assert client.post("/__admin/reset").status_code == 200
        client.headers |= dict(header.split(": ") for header in WAYS[request.param])
        yield client
    with server.api() as client:
        client.delete("/__admin/faults")
    assert sound(server)
    assert "Traceback" not in server.output
    assert "ASGI callable" not in server.output


def fault(api: httpx2.Client, effect: dict[str, Any], **rule: Any) -> None:
    assert api.post("/__admin/faults", json={**rule, "effect": effect}).status_code == 201


def test_a_status(api: httpx2.Client) -> None:
    fault(api, {"status": 503, "retryAfter": 9}, when={"call": 1})
    fault(api, {"status": 499}, when={"call": 2})
    first, second, third = (api.get(LIST) for _ in range(3))
    assert (first.status_code, first.headers["retry-after"]) == (503, "9")
    assert (second.status_code, third.status_code) == (499, 200)


@pytest.mark.parametrize("commit", [True, False])
@pytest.mark.parametrize(
    ("answer", "error"), [("empty", httpx2.RemoteProtocolError), ("reset", (httpx2.ReadError, httpx2.WriteError))]
)
def test_a_lost_answer(api: httpx2.Client, answer: str, error: Any, *, commit: bool) -> None:
    before = api.get(RECORDS).json()["pagination"]["total"]
    fault(api, {"answer": answer, "commit": commit}, when={"times": 1})
    with pytest.raises(error):
        api.post(RECORDS, json={"data": {"name": "lost?"}})
    assert api.get(RECORDS).json()["pagination"]["total"] == before + commit


def test_a_truncated_body(api: httpx2.Client) -> None:
    fault(api, {"answer": "truncated"})
    with pytest.raises(httpx2.RemoteProtocolError, match=r"incomplete|without sending complete"):
        api.get(LIST)
    api.delete("/__admin/faults")
    assert api.get(LIST).status_code == 200


def test_a_malformed_body(api: httpx2.Client) -> None:
    fault(api, {"answer": "malformed"})
    answer = api.get(LIST)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/json")
    with pytest.raises(ValueError, match=r"Invalid control character|Expecting|JSON"):
        answer.json()


def test_a_late_answer(api: httpx2.Client) -> None:
    fault(api, {"latency": {"fixed": 300}})
    start = monotonic()
    assert api.get(LIST).status_code == 200
    assert monotonic() - start >= 0.3


def test_too_late_for_its_client(api: httpx2.Client) -> None:
    fault(api, {"latency": {"fixed": 60_000}}, when={"times": 1})
    with pytest.raises(httpx2.ReadTimeout):
        api.get(LIST, timeout=0.2)
    assert api.get(LIST).status_code == 200


def test_a_slow_body(api: httpx2.Client) -> None:
    size = len(api.get(LIST).content)
    fault(api, {"bytesPerSecond": size * 4})
    start, arrived = monotonic(), []
    with api.stream("GET", LIST) as answer:
        assert int(answer.headers["content-length"]) == size
        arrived = [len(piece) for piece in answer.iter_raw()]
    assert monotonic() - start >= 0.25
    assert sum(arrived) == size
    assert len(arrived) > 1


@pytest.mark.parametrize("answer", [None, "truncated", "malformed"])
def test_an_answer_without_a_body_has_none_to_spoil(api: httpx2.Client, answer: str | None) -> None:
    spoiled = {"answer": answer} if answer else {}
    fault(api, {"bytesPerSecond": 100_000, "latency": {"fixed": 1}, **spoiled})
    head = api.head(LIST)
    assert (head.status_code, head.content) == (200, b"")


def test_stale_and_duplicate(api: httpx2.Client) -> None:
    total = api.get(RECORDS).json()["pagination"]["total"]
    fault(api, {"answer": "stale"})
    fault(api, {"answer": "duplicate"}, match={"method": "POST"})
    assert api.post(RECORDS, json={"data": {}}).status_code == 201
    assert api.get(RECORDS).json()["pagination"]["total"] == total
    api.delete("/__admin/faults")
    assert api.get(RECORDS).json()["pagination"]["total"] == total + 2


def test_a_preference(api: httpx2.Client) -> None:
    assert api.get(LIST, headers={"Prefer": "code=500"}).status_code == 500
    assert api.get(LIST, headers={"Prefer": "code=418"}).status_code == 400


def test_the_journal_says_which(api: httpx2.Client) -> None:
    fault(api, {"answer": "reset", "latency": {"fixed": 5}})
    with pytest.raises(httpx2.TransportError):
        api.get(LIST)
    (exchange,) = api.get("/__admin/requests").json()["requests"]
    assert exchange["reason"] == "fault 1: not carried out; connection reset; delayed 5 ms"


@pytest.mark.parametrize("way", WAYS)
def test_a_reset_is_one(server: Server, way: str) -> None:
    """RST, where an empty reply ends with FIN."""
    with server.api() as api:
        api.post("/__admin/reset")
        fault(api, {"answer": "reset"}, when={"call": 1})
        fault(api, {"answer": "empty"}, when={"call": 2})
        with server.connect() as connection:
            connection.sendall(request_bytes("GET", LIST, b"", *WAYS[way]))
            with pytest.raises(ConnectionResetError):
                connection.recv(1)
        with server.connect() as connection:
            connection.sendall(request_bytes("GET", LIST, b"", *WAYS[way]))
            assert connection.recv(1) == b""
        api.post("/__admin/reset")


def test_others_are_answered_meanwhile(server: Server) -> None:
    with server.api() as api, server.connect() as connection, connection.makefile("rb") as answers:
        api.post("/__admin/reset")
        fault(api, {"latency": {"fixed": 400}}, when={"call": 1})
        connection.sendall(request_bytes("GET", LIST))
        while not api.get("/__admin/faults").json()["faults"][0]["calls"]:
            pass
        start = monotonic()
        assert api.get(LIST).status_code == 200
        assert monotonic() - start < 0.4
        assert answers.readline() == b"HTTP/1.1 200 OK\r\n"
        api.post("/__admin/reset")


def test_the_connection_is_kept_after_a_late_answer(server: Server) -> None:
    with server.api() as api:
        api.post("/__admin/reset")
        fault(api, {"latency": {"fixed": 10}})
        with server.connect() as connection, connection.makefile("rb") as answers:
            for _ in range(3):
                connection.sendall(request_bytes("GET", LIST))
                length = 0
                for line in iter(answers.readline, b"\r\n"):
                    length = int(line.split()[1]) if line.startswith(b"content-length") else length
                assert orjson.loads(answers.read(length))["data"]
        api.post("/__admin/reset")


def test_a_stop_does_not_wait_for_a_late_answer() -> None:
    with serving("--scenario", "docs") as server, server.api() as api:
        fault(api, {"latency": {"fixed": 100_000}})
        with server.connect() as connection:
            connection.sendall(request_bytes("GET", LIST))
            while not api.get("/__admin/faults").json()["faults"][0]["calls"]:
                pass
            start = monotonic()
            assert server.end(15) == 0
            assert monotonic() - start < PATIENCE / 3
            assert connection.recv(1) == b""


@pytest.mark.parametrize(("size", "rate"), [(0, 10), (1, 1), (10, 3), (1_000, 100), (1_000, 1_000_000)])
def test_pieces_are_the_body_at_its_rate(size: int, rate: int) -> None:
    cut = list(pieces(bytes(size), rate))
    assert b"".join(piece for piece, _ in cut) == bytes(size)
    assert sum(wait for _, wait in cut) == pytest.approx(size / rate)


def test_a_server_that_tells_no_connection_ends_it_itself() -> None:
    with pytest.raises(ConnectionAbortedError):
        Unreachable().abort()
