"""Receivers of webhooks that misbehave, over real sockets: no delivery is lost, and every attempt is told."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx2
import orjson
import pytest

from tests.web.serving import MDATA, PATIENCE, Server, until

FIRST = "2024-01-15T10:30:00Z"
SECOND = "2024-01-15T10:31:00Z"


class Unruly:
    """A receiver on loopback that behaves as ``mood`` says; ``got`` is what it took, as the numbers of the records."""

    def __init__(self) -> None:
        self.mood = "well"
        self.got: list[int] = []
        self.paths: list[str] = []
        self.released = threading.Event()
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = orjson.loads(self.rfile.read(int(self.headers["Content-Length"])))
                receiver.paths.append(self.path)
                receiver.answer(self, body)

            def log_message(self, *_args: Any) -> None:
                """Keep quiet."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler, bind_and_activate=False)
        self._server.request_queue_size = 64  # a shorter one may reset connections that are made at once
        self._server.server_bind()
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/hook"
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    def listen(self) -> None:
        """Before, whoever connects is refused."""
        self._server.server_activate()
        self._thread.start()

    def answer(self, handler: BaseHTTPRequestHandler, body: dict[str, Any]) -> None:
        handler.close_connection = True
        if self.mood == "silent":
            self.released.wait(PATIENCE)
        elif self.mood == "half":
            handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Le")
        elif self.mood == "noise":
            handler.wfile.write(b"\x00\xff" * 100)
        elif self.mood != "close":
            if self.mood == "slow":
                self.released.wait(0.05)
            status = {"500": 500, "redirect": 307}.get(self.mood, 200)
            if status == 200:
                self.got.append(body["data"]["data"]["n"])
            handler.send_response(status)
            if self.mood == "redirect":
                handler.send_header("Location", self.url.replace("/hook", "/elsewhere"))
            handler.send_header("Content-Length", "0")
            handler.end_headers()

    def close(self) -> None:
        self.released.set()
        if self._thread.is_alive():
            self._server.shutdown()
            self._thread.join(PATIENCE)
        self._server.server_close()


@pytest.fixture
def receiver() -> Iterator[Unruly]:
    made = Unruly()
    yield made
    made.close()


@pytest.fixture
def api(server: Server, request: pytest.FixtureRequest, receiver: Unruly) -> Iterator[httpx2.Client]:
    """A namespace for each test, its clock frozen, with one webhook."""
    name = "".join(c if c.isalnum() else "-" for c in request.node.name)[:60].strip("-").lower()
    with server.api() as control:
        assert control.post("/__admin/namespaces", json={"name": name, "scenario": "docs"}).status_code == 201
    with server.api(namespace=name) as api:
        url = MDATA.partition("/mobjects")[0] + "/webhooks"
        subscribed = {"url": receiver.url, "events": ["mdata.created"], "secret": "hush"}
        assert api.post(url, json=subscribed).status_code == 201
        yield api


def create(api: httpx2.Client, number: int) -> None:
    assert api.post(MDATA, json={"data": {"n": number}}).status_code == 201


def rows(api: httpx2.Client) -> list[Any]:
    return list(api.get("/__admin/deliveries").json()["deliveries"])


def tried(api: httpx2.Client, attempts: int) -> Any:
    """The one delivery, once so many attempts were made."""
    return until(lambda: next((row for row in rows(api) if len(row["attempts"]) == attempts), None))


def shift(api: httpx2.Client, by: str | int) -> dict[str, int]:
    """The webhook events of a move."""
    counts = api.post("/__admin/clock/shift", json={"by": by}).json()["counts"]
    return {kind: count for kind, count in counts.items() if kind.startswith("webhook.")}


@pytest.mark.parametrize(
    ("mood", "told"),
    [
        ("down", "ConnectError"),
        ("500", "answered 500"),
        ("redirect", "answered 307"),
        ("close", "RemoteProtocolError"),
        ("half", "RemoteProtocolError"),
        ("noise", "RemoteProtocolError"),
        ("silent", "no answer within 0.3 s"),
    ],
)
def test_a_delivery_survives_its_receiver(api: httpx2.Client, receiver: Unruly, mood: str, told: str) -> None:
    if mood != "down":
        receiver.listen()
    receiver.mood = mood
    patience = {"webhooks.timeout": "PT0.3S"} if mood == "silent" else {"webhooks.timeout": "PT30S"}
    assert api.patch("/__admin/settings", json=patience).status_code == 200
    create(api, 7)
    row = tried(api, 1)
    assert (row["state"], row["nextAttempt"], row["attempts"][0]["at"]) == ("pending", SECOND, FIRST)
    assert row["attempts"][0]["outcome"].startswith(told)
    assert shift(api, 59) == {}
    if mood == "down":
        receiver.listen()
    receiver.mood = "well"
    assert shift(api, 1) == {"webhook.delivered": 1}
    (row,) = rows(api)
    assert [(made["at"], made["status"]) for made in row["attempts"]][1:] == [(SECOND, 200)]
    assert (row["state"], receiver.got, set(receiver.paths)) == ("delivered", [7], {"/hook"})


def test_a_slow_one_is_waited_for(api: httpx2.Client, receiver: Unruly) -> None:
    receiver.listen()
    receiver.mood = "slow"
    create(api, 1)
    assert (tried(api, 1)["state"], receiver.got) == ("delivered", [1])


def test_none_of_many_is_lost_while_the_receiver_comes_and_goes(api: httpx2.Client, receiver: Unruly) -> None:
    receiver.listen()
    for number, mood in enumerate(["500", "close", "well", "noise", "half"] * 4):
        receiver.mood = mood
        create(api, number)
        until(lambda: not any(row["state"] == "pending" and not row["attempts"] for row in rows(api)))
    receiver.mood = "500"
    assert shift(api, "PT30M") == {"webhook.attempted": 32}
    receiver.mood = "well"
    assert shift(api, "P2D") == {"webhook.delivered": 16}
    assert {row["state"] for row in rows(api)} == {"delivered"}
    assert sorted(receiver.got) == list(range(20))
    for row in rows(api):
        instants = [made["at"] for made in row["attempts"]]
        assert instants == sorted(instants)
        assert len(instants) in {1, 4}


def test_a_replay_answers_with_its_outcome(api: httpx2.Client, receiver: Unruly) -> None:
    create(api, 5)
    tried(api, 1)
    first = api.post("/__admin/deliveries/1/replay").json()
    assert (first["attempt"]["status"], first["delivery"]["state"]) == (None, "pending")
    receiver.listen()
    second = api.post("/__admin/deliveries/1/replay").json()
    assert second["attempt"] == {"at": FIRST, "outcome": "answered 200", "status": 200}
    assert (second["delivery"]["state"], receiver.got) == ("delivered", [5])
    assert api.get("/__admin/deliveries/1").json() == second["delivery"]


def test_faults_reach_the_receiver_in_their_order(api: httpx2.Client, receiver: Unruly) -> None:
    receiver.listen()
    faults = [{"effect": "drop", "next": 1}, {"effect": "reorder", "next": 1}, {"effect": "duplicate", "next": 2}]
    assert api.put("/__admin/webhook-faults", json={"faults": faults}).status_code == 200
    for number in range(3):
        create(api, number)
    until(lambda: [row["state"] for row in rows(api)] == ["dropped", "delivered", "delivered"])
    until(lambda: len(receiver.got) == 4)
    # the third overtook the second; each came twice, the copy of the one and the other in one turn
    assert (receiver.got[0], sorted(receiver.got)) == (2, [1, 1, 2, 2])


def test_what_leads_elsewhere_is_never_called(api: httpx2.Client, receiver: Unruly) -> None:
    receiver.listen()
    webhooks = MDATA.partition("/mobjects")[0] + "/webhooks"
    for url in ("http://10.255.255.1/hook", "https://your-app.com/hook", "http://localhost.evil.example/"):
        answer = api.post(webhooks, json={"url": url, "events": ["mdata.created"]})
        assert answer.status_code in {201, 400}
    create(api, 3)
    until(lambda: all(row["state"] in {"blocked", "delivered"} for row in rows(api)))
    states = {row["url"]: (row["state"], row["attempts"] != []) for row in rows(api)}
    assert states.pop(receiver.url) == ("delivered", True)
    assert set(states.values()) == {("blocked", False)}
