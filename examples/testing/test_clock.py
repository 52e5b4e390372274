"""Simulated time stands still until the test moves it. Moving takes no real time, and runs what falls due."""

from datetime import timedelta

import httpx

from sandbox.testing import Local

EXECUTE = "/workflows/slow-workflow-id/execute"


def test_an_execution_completes(sandbox: Local, api: httpx.Client) -> None:
    started = api.post(EXECUTE, json={"data": {"period": "2024-01"}, "async": True}).json()
    path = f"/workflows/slow-workflow-id/executions/{started['executionId']}"
    assert api.get(path).json()["status"] == "pending"

    sandbox.clock.shift(timedelta(minutes=1))
    assert api.get(path).json()["status"] == "running"

    moved = sandbox.clock.shift("PT10M")
    assert moved["counts"]["execution.completed"] == 1
    assert api.get(path).json()["output"] == {"period": "2024-01", "status": "success"}


def test_to_an_instant(sandbox: Local) -> None:
    sandbox.clock.move_to("2024-02-01T00:00:00Z")
    assert sandbox.clock.now.isoformat() == "2024-02-01T00:00:00+00:00"
