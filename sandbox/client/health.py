"""Is the server up, and what does it serve. Written from openapi/control.yaml by tools/write_client.py."""

from collections.abc import Callable
from typing import Any, Literal, TypedDict


class Health(TypedDict):
    """Health."""

    status: Literal["ok"]
    version: str
    versions: dict[str, str]
    uptimeSeconds: float
    apis: list[str]
    namespaces: int


class HealthOperations:
    """Is the server up, and what does it serve."""

    def __init__(self, call: Callable[..., Any]) -> None:
        self._call = call

    def get(self) -> Health:
        """Say that the server is up.

        Answers as soon as the server can answer anything. Needs no token, wherever the server is bound.
        """
        answer: Health = self._call("GET", "/health")
        return answer

    def get_metrics(self) -> bytes:
        """Counts and durations for Prometheus.

        Of the whole sandbox, in Prometheus' text format: requests by API, operation and status, how long they took in
        real time, namespaces, what the journals hold, what is on the agendas, webhook attempts by how they ended.
        """
        answer: bytes = self._call("GET", "/metrics")
        return answer
