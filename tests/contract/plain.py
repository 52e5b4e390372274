"""A small server with part of Monetize360's records, which counts what arrives; and a clock for its clients."""

import json
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from ssl import SSLContext
from threading import Thread
from typing import Any
from uuid import UUID

from sandbox.contract.credentials import Credentials
from sandbox.contract.findings import Breach
from sandbox.contract.ledger import Creation
from sandbox.contract.steps import Tag
from sandbox.contract.wire import Exchange

RECORD = {"mobjectId": "mobjectId", "mdataId": "id"}
CREATIONS = {
    "createMobject": Creation(
        "object", ("id",), "deleteMobject", {"mobjectId": "id"}, find="listMobjects", items=("data", "*")
    ),
    "createMdata": Creation("record", ("id",), "deleteMdata", RECORD, find="listMdata", items=("data", "*")),
    "bulkCreateMdata": Creation(
        "record", ("data", "*", "id"), "deleteMdata", RECORD, find="listMdata", items=("data", "*")
    ),
    "createWebhook": Creation("webhook", ("id",), None),
    "executeWorkflow": Creation("execution", ("executionId",), None),
}
CREDENTIALS = Credentials("monetize360", "Bearer sesame-1234", "Bearer sesame-5678")
PREFIX = "kit-r1-"
"""Of the names of what a run creates."""
OBJECT = {
    "name": Tag("customers"),
    "description": "Made by a test",
    "type": "PERSISTENT",
    "businessKey": "kind",
    "auditEnabled": False,
    "schema": {"type": "object", "properties": {"kind": {"type": "string"}}},
}
FOREIGN = "3f0e8f2a-7a43-4b52-9d0a-000000000001"


class Time:
    """A clock that is not real: whoever sleeps moves it."""

    def __init__(self) -> None:
        self.now = 100.0
        self.slept: list[float] = []

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


class Trusting:
    """Complains about nothing."""

    def look(self, exchange: Exchange) -> list[Breach]:  # noqa: ARG002  # nothing is believed
        return []

    def wait(self, seconds: float) -> None:
        pass

    def hear(self, delivered: object) -> list[Breach]:  # noqa: ARG002  # nothing is believed
        return []


class Plain:
    """What it holds, by path, what it was asked, and how it answers out of turn: (status, headers), once each."""

    def __init__(self) -> None:
        self.held: dict[str, dict[str, Any]] = {f"/mobjects/{FOREIGN}": {"id": FOREIGN, "name": "precious"}}
        self.methods: Counter[str] = Counter()
        self.asked: list[tuple[str, str]] = []
        self.authorizations: list[str] = []
        self.turns: list[tuple[int, dict[str, str]]] = []
        self.url = ""
        self._ids = (str(UUID(int=number, version=4)) for number in count(1 << 100))

    def answer(self, method: str, path: str, body: bytes) -> tuple[int, dict[str, str], Any]:
        self.methods[method] += 1
        self.asked.append((method, path))
        if self.turns:
            return (*self.turns.pop(0), {"error": {}})
        place = path.partition("?")[0]
        if method == "POST":
            return self._create(place, json.loads(body))
        if method == "DELETE":
            return (200, {}, {"success": True}) if self.held.pop(place, None) else (404, {}, {"error": {}})
        if place in self.held:
            return 200, {}, self.held[place]
        items = [one for at, one in self.held.items() if at.rpartition("/")[0] == place]
        shown = items if "offset" not in path else []
        return 200, {}, {"data": shown, "pagination": {"total": len(items)}}

    def _create(self, place: str, said: Any) -> tuple[int, dict[str, str], Any]:
        several = place.endswith("/bulk")
        made = [self._keep(place.removesuffix("/bulk"), one) for one in (said["data"] if several else [said])]
        return 201, {}, {"data": made} if several else made[0]

    def _keep(self, place: str, said: Any) -> dict[str, Any]:
        new = {"id": next(self._ids), **said}
        self.held[f"{place}/{new['id']}"] = new
        return new

    @property
    def changed(self) -> dict[str, int]:
        """How often it was asked for more than reading."""
        return {method: number for method, number in self.methods.items() if method not in {"GET", "HEAD", "OPTIONS"}}


@contextmanager
def plain(secure: SSLContext | None = None) -> Iterator[Plain]:
    """One that listens on a free port while the block lasts; ``url`` is its base URL."""
    held = Plain()
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(held))
    server.daemon_threads = True
    if secure is not None:
        server.socket = secure.wrap_socket(server.socket, server_side=True)
    held.url = f"http{'' if secure is None else 's'}://127.0.0.1:{server.server_address[1]}/v1"
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield held
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


METHODS = ("GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE", "TRACE", "QUERY")


def _handler(held: Plain) -> type[BaseHTTPRequestHandler]:
    return type("Handler", (_Handler,), {"plain": held} | {f"do_{method}": _Handler.any for method in METHODS})


class _Handler(BaseHTTPRequestHandler):
    plain: Plain
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def any(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        self.plain.authorizations.append(self.headers.get("authorization") or "")
        status, headers, value = self.plain.answer(self.command, self.path.removeprefix("/v1"), body)
        text = json.dumps(value).encode()
        self.send_response(status)
        for name, one in {"content-type": "application/json", "content-length": str(len(text)), **headers}.items():
            self.send_header(name, one)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(text)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the name is the library's
        pass
