"""What a fault does to an answer on its way appears as an error of the client library; nothing waits."""

import asyncio
from typing import Any

import httpx
import httpx2
import pytest
import requests
import urllib3
from starlette.testclient import TestClient
from urllib3 import exceptions as urllib3_errors
from werkzeug.test import Client as WerkzeugClient

from sandbox.testing.apps import Asgi, Wsgi
from sandbox.testing.local import ORIGIN, Local, open_local
from sandbox.testing.served import serve
from tests.client import ENTERPRISE

AUTH = {"Authorization": f"Bearer {ENTERPRISE}"}
REAL = "https://api.monetize360.com/v1/workflows"
LOSSES: list[tuple[dict[str, Any], str, type[Exception], type[Exception]]] = [
    ({"latency": {"fixed": 20_000}}, "ReadTimeout", requests.ReadTimeout, urllib3_errors.ReadTimeoutError),
    ({"answer": "reset"}, "ReadError", requests.ConnectionError, urllib3_errors.ProtocolError),
    ({"answer": "empty"}, "RemoteProtocolError", requests.ConnectionError, urllib3_errors.ProtocolError),
    (
        {"answer": "truncated"},
        "RemoteProtocolError",
        requests.exceptions.ChunkedEncodingError,
        urllib3_errors.ProtocolError,
    ),
]


def with_fault(local: Local, effect: dict[str, Any]) -> str:
    """Every call is struck; where to send one."""
    local.control("POST", "/faults", {"effect": effect})
    return local.urls["monetize360"] + "/workflows"


@pytest.mark.parametrize(("effect", "by_httpx", "by_requests", "by_urllib3"), LOSSES)
def test_an_answer_is_lost(
    effect: dict[str, Any], by_httpx: str, by_requests: type[Exception], by_urllib3: type[Exception]
) -> None:
    with open_local() as local:
        url = with_fault(local, effect)

        async def ask() -> httpx.Response:
            async with httpx.AsyncClient(transport=local.async_transport()) as client:
                return await client.get(url, headers=AUTH)

        with httpx.Client(transport=local.transport()) as client, pytest.raises(getattr(httpx, by_httpx)):
            client.get(url, headers=AUTH)
        with pytest.raises(getattr(httpx, by_httpx)):
            asyncio.run(ask())
        with local.session() as session, pytest.raises(by_requests):
            session.get(url, headers=AUTH, timeout=(1, 5))
        with pytest.raises(by_urllib3):
            local.pool().request("GET", url, headers=AUTH, timeout=urllib3.Timeout(read=5))
        with local.intercept():
            with pytest.raises(by_requests):
                requests.get(REAL, headers=AUTH, timeout=5)
            with pytest.raises(getattr(httpx2, by_httpx)):
                httpx2.get(REAL, headers=AUTH)
            with pytest.raises(by_urllib3):
                urllib3.request("GET", REAL, headers=AUTH, timeout=5)
        assert len(local.exchanges) == 7


def test_who_waits_long_enough_is_answered() -> None:
    with open_local() as local:
        url = with_fault(local, {"latency": {"fixed": 4_000}})
        assert httpx.Client(transport=local.transport()).get(url, headers=AUTH).status_code == 200
        with httpx.Client(transport=local.transport(), timeout=httpx.Timeout(1, read=None)) as client:
            assert client.get(url, headers=AUTH).status_code == 200
        assert local.session().get(url, headers=AUTH).status_code == 200
        assert local.pool().request("GET", url, headers=AUTH, timeout=5).status == 200


def test_headers_of_bytes_are_taken_too() -> None:
    with open_local() as local:
        url = local.urls["monetize360"] + "/workflows"
        assert local.session().get(url, headers={"Authorization": AUTH["Authorization"].encode()}).status_code == 200


def test_an_answer_of_requests_is_whole_and_may_be_streamed() -> None:
    with open_local() as local:
        url = local.urls["monetize360"] + "/workflows"
        session = local.session()
        whole = session.get(url, headers=AUTH)
        streamed = session.get(url, headers=AUTH, stream=True)
        assert b"".join(streamed.iter_content(100)) == whole.content == whole.raw.read()
        assert (whole.encoding, whole.reason, whole.url) == (streamed.encoding, streamed.reason, streamed.url)
        with pytest.raises(requests.HTTPError, match="401 Client Error: Unauthorized for url"):
            session.get(url).raise_for_status()


@pytest.mark.parametrize("answer", ["reset", "empty", "truncated"])
def test_an_application_in_process_is_cut_off(answer: str) -> None:
    with open_local() as local:
        path = with_fault(local, {"answer": answer, "latency": {"fixed": 60_000}}).removeprefix(ORIGIN)
        with TestClient(Asgi(local)) as client, pytest.raises(ConnectionAbortedError):
            client.get(path, headers=AUTH)
        with pytest.raises(ConnectionAbortedError):
            WerkzeugClient(Wsgi(local)).get(path, headers=AUTH)


def test_at_a_real_port_the_connection_is_cut() -> None:
    with open_local() as local, serve(local) as served, httpx.Client(base_url=served.urls["monetize360"]) as client:
        with_fault(local, {"answer": "reset"})
        with pytest.raises(httpx.ReadError):
            client.get("/workflows", headers=AUTH)
        local.control("DELETE", "/faults")
        with_fault(local, {"answer": "truncated"})
        with pytest.raises(httpx.RemoteProtocolError):
            client.get("/workflows", headers=AUTH)
        local.control("DELETE", "/faults")
        with_fault(local, {"latency": {"fixed": 1}})
        assert client.get("/workflows", headers=AUTH).status_code == 200
