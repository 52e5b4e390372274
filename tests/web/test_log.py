"""One line of JSON for each answer, and what reached no API."""

import asyncio
import json
from typing import Any

import pytest
from starlette.types import Receive, Scope, Send

from sandbox.web.asgi import Adapter
from sandbox.web.log import Log
from tests.client import M360, Client, make_client_of
from tests.web.scenarios import SMALL
from tests.web.test_asgi import Wire


@pytest.fixture
def client() -> Client:
    return make_client_of(SMALL)


def logged(client: Client) -> list[bytes]:
    lines: list[bytes] = []
    client.pipeline.log = Log(lines.append)
    return lines


def read(line: bytes) -> dict[str, Any]:
    assert line.endswith(b"\n")
    assert line.count(b"\n") == 1
    return dict(json.loads(line))


def test_each_answer_is_one_line(client: Client) -> None:
    lines = logged(client)
    client.get(f"{M360}/workflows?secret=hush", headers={"cookie": "hush"})
    client.get(f"{M360}/workflows/no%0Asuch")
    client.get("/__admin/clock")
    good, bad, control = map(read, lines)
    assert good.pop("time").endswith("Z")
    assert good.pop("durationMs") > 0
    assert good == {
        "at": "2024-01-15T10:30:00Z",
        "namespace": "default",
        "id": 1,
        "api": "monetize360",
        "operationId": "listWorkflows",
        "method": "GET",
        "path": f"{M360}/workflows",
        "status": 200,
    }
    assert (bad["id"], bad["status"], bad["reason"]) == (2, 404, "There is no workflow 'no\\nsuch'")
    assert (control["id"], control["api"], control["operationId"]) == (None, "control", "getClock")
    assert b"hush" not in b"".join(lines)


def test_a_request_for_an_unknown_namespace_is_logged_too(client: Client) -> None:
    lines = logged(client)
    client.get(f"/ns/nowhere{M360}/workflows")
    assert read(lines[0])["reason"] == "There is no namespace 'nowhere'"


async def no_page(scope: Scope, receive: Receive, send: Send) -> None:
    await receive()
    status = 200 if scope["raw_path"] == b"/" else 404
    await send({"type": "http.response.start", "status": status, "headers": [(b"content-type", b"text/plain")]})
    await send({"type": "http.response.body", "body": b"not ", "more_body": True})
    await send({"type": "http.response.body", "body": b"here"})


def test_what_is_for_no_api_is_journalled_where_no_page_answers(client: Client) -> None:
    lines = logged(client)
    adapter = Adapter(client.pipeline)
    for path in ("/", "/v1/workflows"):
        wire = Wire("GET", path)
        asyncio.run(adapter.answer(wire.scope, wire.receive, wire.send, no_page))
        assert b"".join(message.get("body", b"") for message in wire.sent) == b"not here"
    (row,) = client.get("/__admin/requests").json["requests"]
    assert (row["api"], row["operationId"], row["path"], row["status"]) == (None, None, "/v1/workflows", 404)
    assert row["response"]["body"] == "not here"
    assert row["request"]["headers"]["authorization"] == "[redacted]"
    assert read(lines[0])["path"] == "/v1/workflows"
    told = client.get(f"/__admin/requests/{row['id']}/explain").json
    assert (told["stage"], told["operation"]) == ("route", None)
    assert told["nearest"][0]["path"] == f"{M360}/workflows"
    assert told["facts"]
