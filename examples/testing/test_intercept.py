"""``intercept`` is for code whose base URL cannot be changed."""

import httpx
import pytest
import requests

import sandbox as package
from sandbox.testing import Local

AUTH = {"Authorization": "Bearer YOUR_API_TOKEN_ENTERPRISE"}


def name_of_workflow() -> str:
    """Code under test: it knows nothing of a sandbox."""
    url = "https://api.monetize360.com/v1/workflows/workflow-id"
    return str(requests.get(url, headers=AUTH, timeout=10).json()["name"])


def test_the_vendors_hosts_lead_to_the_sandbox(sandbox: Local) -> None:
    with sandbox.intercept():
        assert name_of_workflow() == "Process Order"
    assert [exchange.operation for exchange in sandbox.exchanges] == ["getWorkflow"]


def test_every_other_host_is_as_it_was(sandbox: Local) -> None:
    with sandbox.intercept(), pytest.raises(httpx.ConnectError):
        httpx.get("http://127.0.0.1:9/")


def test_without_the_plugin() -> None:
    with package.intercept(scenario="docs") as local:
        assert name_of_workflow() == "Process Order"
        assert len(local.exchanges) == 1
