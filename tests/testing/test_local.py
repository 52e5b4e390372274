"""The sandbox in process: every way in gives the same answers, and nothing of one test is left for the next."""

import asyncio
import io
from collections.abc import Callable, MutableMapping
from typing import Any

import flask
import httpx
import pytest
import requests
import urllib3
from freezegun import freeze_time
from starlette.testclient import TestClient
from werkzeug.test import Client as WerkzeugClient

import sandbox as package
from sandbox.testing.apps import Asgi, Wsgi
from sandbox.testing.local import ORIGIN, Local, Refusal, open_local
from tests.client import ENTERPRISE, M360

AUTH = {"Authorization": f"Bearer {ENTERPRISE}"}
NOTES = f"{M360}/mobjects/mobject-id/mdata"
Sent = tuple[int, dict[str, str], bytes]
Way = Callable[[Local, str, str, dict[str, str], bytes | None], Sent]


def by_httpx(local: Local, method: str, path: str, headers: dict[str, str], body: bytes | None) -> Sent:
    with httpx.Client(transport=local.transport(), base_url=ORIGIN) as client:
        answer = client.request(method, path, headers=headers, content=body)
    return answer.status_code, dict(answer.headers), answer.content


def by_async_httpx(local: Local, method: str, path: str, headers: dict[str, str], body: bytes | None) -> Sent:
    async def send() -> httpx.Response:
        async with httpx.AsyncClient(transport=local.async_transport(), base_url=ORIGIN) as client:
            return await client.request(method, path, headers=headers, content=body)

    answer = asyncio.run(send())
    return answer.status_code, dict(answer.headers), answer.content


def by_requests(local: Local, method: str, path: str, headers: dict[str, str], body: bytes | None) -> Sent:
    with local.session() as session:
        answer = session.request(method, ORIGIN + path, headers=headers, data=body)
    return answer.status_code, {name.lower(): value for name, value in answer.headers.items()}, answer.content


def by_urllib3(local: Local, method: str, path: str, headers: dict[str, str], body: bytes | None) -> Sent:
    answer = local.pool().request(method, ORIGIN + path, headers=headers, body=body)
    return answer.status, dict(answer.headers), answer.data


def by_wsgi(local: Local, method: str, path: str, headers: dict[str, str], body: bytes | None) -> Sent:
    answer = WerkzeugClient(Wsgi(local)).open(path, method=method, headers=headers, data=body)
    return answer.status_code, {name.lower(): value for name, value in answer.headers.items()}, answer.data


def by_asgi(local: Local, method: str, path: str, headers: dict[str, str], body: bytes | None) -> Sent:
    with TestClient(Asgi(local)) as client:
        answer = client.request(method, path, headers=headers, content=body)
    return answer.status_code, dict(answer.headers), answer.content


WAYS = [by_httpx, by_async_httpx, by_requests, by_urllib3, by_wsgi, by_asgi]
CALLS: list[tuple[str, str, dict[str, str], bytes | None]] = [
    ("GET", f"{M360}/workflows/workflow-id", AUTH, None),
    ("GET", f"{NOTES}?filter=status:eq:active&limit=2", AUTH, None),
    ("HEAD", f"{M360}/workflows/workflow-id", AUTH, None),
    ("POST", NOTES, AUTH | {"Content-Type": "application/json"}, '{"data": {"title": "Grüße"}}'.encode()),
    ("POST", NOTES, AUTH | {"Content-Type": "application/json"}, b"{"),
    ("GET", f"{M360}/workflows", {}, None),
    ("GET", f"{M360}/nowhere%2Fhere", AUTH, None),
    ("GET", "/nothing/at/all", {}, None),
]


def test_a_header_that_comes_twice_is_joined() -> None:
    twice = [("X-Odd", "a"), ("x-odd", "b")]
    with open_local() as local, TestClient(Asgi(local)) as served, httpx.Client(transport=local.transport()) as direct:
        served.get(f"{M360}/workflows", headers=twice)
        direct.get(f"{ORIGIN}{M360}/workflows", headers=twice)
        assert [one.request.headers["x-odd"] for one in local.exchanges] == ["a, b"] * 2


def test_a_client_that_leaves_early_asked_nothing() -> None:
    part: MutableMapping[str, Any] = {"type": "http.request", "body": b'{"da', "more_body": True}
    messages = iter([part, {"type": "http.disconnect"}])
    scope = {"type": "http", "method": "POST", "path": NOTES, "headers": []}

    async def receive() -> MutableMapping[str, Any]:
        return next(messages)

    async def send(message: MutableMapping[str, Any]) -> None:
        pytest.fail(f"{message} was sent")

    with open_local() as local:
        asyncio.run(Asgi(local)(scope, receive, send))
        assert local.exchanges == []


@pytest.mark.parametrize("call", CALLS, ids=range(len(CALLS)))
def test_every_way_in_gives_the_same_answer(call: tuple[str, str, dict[str, str], bytes | None]) -> None:
    answers = []
    for way in WAYS:
        with open_local() as local:
            status, headers, body = way(local, *call)
            answers.append((status, headers["content-type"], headers["content-length"], body))
    assert len(set(answers)) == 1, answers


def test_a_namespace_of_its_own_is_forgotten() -> None:
    with open_local() as first:
        made = first.session().post(ORIGIN + NOTES, json={"data": {}}, headers=AUTH).json()
        with open_local() as second:
            there = second.session().get(f"{ORIGIN}{NOTES}/{made['id']}", headers=AUTH)
        assert there.status_code == 404
        assert len(first.exchanges) == 1
    with open_local() as third:
        again = third.session().post(ORIGIN + NOTES, json={"data": {}}, headers=AUTH).json()
    assert again == made
    third.close()


def test_a_body_may_be_a_file_or_come_in_parts() -> None:
    with open_local() as local:
        json = {"Content-Type": "application/json"} | AUTH
        for body in (
            io.BytesIO(b'{"data": {}}'),
            iter([b'{"data"', b": {}}"]),
            '{"data": {}}',
            bytearray(b'{"data":{}}'),
        ):
            assert local.session().post(ORIGIN + NOTES, data=body, headers=json).status_code == 201


class TestTime:
    def test_the_clock_moves_and_says_what_happened(self) -> None:
        with open_local() as local:
            before = local.clock.now
            path = f"{ORIGIN}{M360}/workflows/slow-workflow-id/execute"
            local.session().post(path, json={"async": True, "data": {}}, headers=AUTH)
            counts = local.clock.shift("PT1H")["counts"]
            assert counts["execution.completed"] == 1
            assert (local.clock.now - before).total_seconds() == 3_600
            local.clock.move_to("2024-02-01T00:00:00Z")
            assert local.clock.now.isoformat() == "2024-02-01T00:00:00+00:00"
            with pytest.raises(Refusal, match="never moves back"):
                local.clock.move_to("2024-01-01T00:00:00Z")

    def test_it_follows_freezegun_if_asked(self) -> None:
        with open_local() as local, freeze_time("2024-03-01T12:00:00Z") as frozen:
            assert local.clock.now.month == 1
            local.clock.follow()
            assert local.clock.now.isoformat() == "2024-03-01T12:00:00+00:00"
            frozen.tick(90)
            made = local.session().post(ORIGIN + NOTES, json={"data": {}}, headers=AUTH).json()
            assert made["createdAt"] == "2024-03-01T12:01:30Z"
            frozen.move_to("2024-03-02T00:00:00Z")
            assert local.clock.now.day == 2
            local.clock.freeze()
            frozen.tick(90)
            assert local.clock.now.isoformat() == "2024-03-02T00:00:00+00:00"

    def test_it_does_not_follow_into_the_past(self) -> None:
        with open_local() as local, freeze_time("2020-01-01"), pytest.raises(Refusal, match="before the sandbox's"):
            local.clock.follow()


class TestWebhooks:
    def subscribed(self, local: Local, url: str = "https://your-app.com/webhook") -> None:
        body = {"url": url, "events": ["workflow.completed"], "secret": "hush"}
        assert local.session().post(f"{ORIGIN}{M360}/webhooks", json=body, headers=AUTH).status_code == 201

    def execute(self, local: Local) -> None:
        local.session().post(f"{ORIGIN}{M360}/workflows/workflow-id/execute", json={"data": {}}, headers=AUTH)

    def test_deliveries_are_collected_wherever_they_go(self) -> None:
        with open_local() as local:
            self.subscribed(local)
            self.execute(local)
            (one,) = local.webhooks
            assert (one.event, one.state, one.json["event"]) == ("workflow.completed", "blocked", "workflow.completed")
            assert one.is_signed_with("hush")
            assert not one.is_signed_with("other")
            with pytest.raises(AssertionError, match=r"workflow\.completed for https"):
                local.webhooks.one("mdata.created")

    def test_one_is_replayed_into_what_the_test_has(self) -> None:
        app = flask.Flask(__name__)

        @app.post("/webhook")
        def receive() -> Any:
            return {
                "signed": "X-Monetize360-Signature" in flask.request.headers,
                "sent": flask.request.get_data(as_text=True),
            }

        with open_local() as local:
            self.subscribed(local)
            self.execute(local)
            one = local.webhooks.one("workflow.completed")
        assert one.replay(lambda url, headers, body: (url, body, sorted(headers))) == (
            one.url,
            one.body,
            sorted(one.headers),
        )
        assert one.replay(app.test_client()).get_json() == {"signed": True, "sent": one.body.decode()}
        with open_local() as local, TestClient(Asgi(local)) as client:
            assert one.replay(client, "/elsewhere").status_code == 404

    def test_a_receiver_answers_and_what_it_says_counts(self) -> None:
        statuses = iter([500, 204])
        with open_local() as local:
            self.subscribed(local, "http://127.0.0.1:9/hook")
            local.webhooks.receiver = lambda _url, _headers, _body: next(statuses)
            self.execute(local)
            assert local.webhooks.one("workflow.completed").state == "pending"
            local.clock.shift("PT1M")
            assert [tried.status for tried in local.webhooks.one("workflow.completed").attempts] == [500, 204]

    def test_a_receiver_that_is_down_is_tried_again(self) -> None:
        def down(_url: str, _headers: dict[str, str], _body: bytes) -> int:
            raise ConnectionRefusedError("connection refused")

        with open_local() as local:
            self.subscribed(local, "http://127.0.0.1:9/hook")
            local.webhooks.receiver = down
            self.execute(local)
            (tried,) = local.webhooks.one("workflow.completed").attempts
            assert (tried.status, tried.outcome) == (None, "connection refused")


class TestIntercept:
    def test_the_vendors_hosts_lead_to_the_sandbox(self) -> None:
        with package.intercept() as local:
            url = "https://api.monetize360.com/v1/workflows/workflow-id"
            assert requests.get(url, headers=AUTH, timeout=1).json()["name"] == "Process Order"
            assert httpx.get(url, headers=AUTH).json()["name"] == "Process Order"
            assert urllib3.request("GET", url, headers=AUTH).json()["name"] == "Process Order"

            async def ask() -> int:
                async with httpx.AsyncClient() as client:
                    return (await client.get(url, headers=AUTH)).status_code

            assert asyncio.run(ask()) == 200
            assert len(local.exchanges) == 4

    def test_a_host_of_any_producer_does_too(self) -> None:
        with package.intercept() as local:
            token = local.control("POST", "/dynamic_monetization/tokens", {"role": "admin"})["token"]
            url = "https://acme-uat.flexnetoperations.eu/dynamicmonetization/provisioning/api/v1.0/rate-tables"
            assert requests.get(url, headers={"Authorization": f"Bearer {token}"}, timeout=1).status_code == 200

    def test_other_clients_get_nothing_out_to_them(self) -> None:
        import urllib.error  # noqa: PLC0415  # what such a client is made of
        import urllib.request  # noqa: PLC0415

        with package.intercept(), pytest.raises(urllib.error.URLError, match="lets nothing out"):
            urllib.request.urlopen("http://api.moonify.io/0.2/moonitize/users")

    def test_everything_else_passes_through(self) -> None:
        with package.intercept(), pytest.raises(httpx.ConnectError):
            httpx.get("http://127.0.0.1:9/")
        with package.intercept(), pytest.raises(requests.ConnectionError):
            requests.get("http://127.0.0.1:9/", timeout=1)

    def test_afterwards_all_is_as_it_was(self) -> None:
        before = httpx.HTTPTransport.handle_request, urllib3.HTTPConnectionPool.urlopen
        with open_local() as local, package.intercept(local) as same:
            assert same is local
        assert (httpx.HTTPTransport.handle_request, urllib3.HTTPConnectionPool.urlopen) == before


def test_the_package_says_what_it_has() -> None:
    assert package.open_local is open_local
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = package.nothing
