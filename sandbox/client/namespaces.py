"""Isolated worlds, each with its own data, clock, limiter, webhooks and journal.

Written from openapi/control.yaml by tools/write_client.py.
"""

from collections.abc import Callable
from typing import Any, TypedDict

from sandbox.client.shapes import Clock, Deletion, Summary


class Namespace(TypedDict):
    """Namespace."""

    name: str
    scenario: str
    seed: int
    scale: float
    clock: Clock
    records: int
    exchanges: int
    memory: int


class NamespaceList(TypedDict):
    """Namespace list."""

    namespaces: list[Namespace]


class NamespaceCreated(TypedDict):
    """Namespace created."""

    namespace: Namespace
    credentials: dict[str, dict[str, Any]]
    urls: dict[str, str]


class Environment(TypedDict):
    """Environment."""

    variables: dict[str, str]


class NamespacesOperations:
    """Isolated worlds, each with its own data, clock, limiter, webhooks and journal."""

    def __init__(self, call: Callable[..., Any]) -> None:
        self._call = call

    def reset(self, *, seed: int | None = None) -> Summary:
        """Put a namespace back to its start.

        Restores the world as it was after seeding, clock included, and clears faults, limiter and journal. A delivery
        begun before is discarded when it returns. With another `seed` the scenario is seeded anew, and this is the
        start that later resets return to.
        """
        answer: Summary = self._call("POST", "/__admin/reset", body={"seed": seed})
        return answer

    def list(self) -> NamespaceList:
        """List the namespaces. All namespaces, `default` first, then by name."""
        answer: NamespaceList = self._call("GET", "/__admin/namespaces")
        return answer

    def create(
        self,
        name: str,
        *,
        scenario: str | None = None,
        seed: int | None = None,
        scale: float | None = None,
        clock: str | None = None,
        from_: str | None = None,
        snapshot: str | None = None,
    ) -> NamespaceCreated:
        """Create a namespace.

        Creates a namespace from a scenario, with `from` as a copy of another namespace's present world, or with
        `snapshot` in the state of a snapshot, and issues credentials that lead to it without a header or a path prefix.
        What is left out is as the server was started. A scenario, a `from` or a `snapshot` that does not exist is 404;
        a name that is taken, or one namespace too many (`--max-namespaces`), is 409; a clock that does not exist is
        400.
        """
        answer: NamespaceCreated = self._call(
            "POST",
            "/__admin/namespaces",
            body={
                "name": name,
                "scenario": scenario,
                "seed": seed,
                "scale": scale,
                "clock": clock,
                "from": from_,
                "snapshot": snapshot,
            },
        )
        return answer

    def get(self, name: str) -> Namespace:
        """Read a namespace. Where a namespace came from, its clock, and how much it holds."""
        answer: Namespace = self._call("GET", "/__admin/namespaces/{name}", at={"name": name})
        return answer

    def delete(self, name: str) -> Deletion:
        """Delete a namespace.

        Deletes a namespace with all that it holds; its credentials lead nowhere afterwards. `default` stays.
        """
        answer: Deletion = self._call("DELETE", "/__admin/namespaces/{name}", at={"name": name})
        return answer

    def get_environment(self) -> Environment:
        """Say how a program gets here.

        Environment variables that lead a program to the namespace: for each simulated API its base URL and, where the
        namespace has one, a credential that works: rather its own than one of the scenario. `msandbox env` and
        `msandbox exec` hand them on.
        """
        answer: Environment = self._call("GET", "/__admin/environment")
        return answer
