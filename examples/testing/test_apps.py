"""A sandbox is a WSGI and an ASGI application too: any test client can talk to it."""

import httpx
from starlette.testclient import TestClient
from werkzeug.test import Client

from sandbox.testing import Asgi, Local, Wsgi

PATH = "/monetize360/v1/workflows/workflow-id"
AUTH = {"Authorization": "Bearer YOUR_API_TOKEN_ENTERPRISE"}


def test_wsgi(sandbox: Local) -> None:
    assert Client(Wsgi(sandbox)).get(PATH, headers=AUTH).get_json()["name"] == "Process Order"


def test_wsgi_in_httpx(sandbox: Local) -> None:
    with httpx.Client(transport=httpx.WSGITransport(Wsgi(sandbox)), base_url="http://sandbox.test") as client:
        assert client.get(PATH, headers=AUTH).json()["name"] == "Process Order"


def test_asgi(sandbox: Local) -> None:
    with TestClient(Asgi(sandbox)) as client:
        assert client.get(PATH, headers=AUTH).json()["name"] == "Process Order"
