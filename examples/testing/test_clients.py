"""The same answers through every client library. None of them opens a socket."""

import asyncio

import httpx
import requests
import urllib3

from sandbox.testing import Local

SERVICE = {"Authorization": "serviceID yourServiceID"}
USER = "/moonitize/users/betty"


def test_httpx(sandbox: Local) -> None:
    with httpx.Client(transport=sandbox.transport(), base_url=sandbox.urls["moonify"]) as client:
        assert client.get(USER, headers=SERVICE).json()["user"]["id"] == "betty"


def test_async_httpx(sandbox: Local) -> None:
    async def ask() -> httpx.Response:
        async with httpx.AsyncClient(transport=sandbox.async_transport(), base_url=sandbox.urls["moonify"]) as client:
            return await client.get(USER, headers=SERVICE)

    assert asyncio.run(ask()).json()["user"]["id"] == "betty"


def test_requests(sandbox: Local) -> None:
    with sandbox.session() as session:
        answer = session.get(sandbox.urls["moonify"] + USER, headers=SERVICE)
    assert answer.json()["user"]["id"] == "betty"


def test_requests_in_a_session_that_is_there_already(sandbox: Local) -> None:
    session = requests.Session()
    session.mount("https://api.moonify.io", sandbox.session().get_adapter("https://"))
    answer = session.get(f"https://api.moonify.io/0.2{USER}", headers=SERVICE)
    assert answer.json()["user"]["id"] == "betty"


def test_urllib3(sandbox: Local) -> None:
    pool: urllib3.PoolManager = sandbox.pool()
    answer = pool.request("GET", sandbox.urls["moonify"] + USER, headers=SERVICE)
    assert answer.json()["user"]["id"] == "betty"
