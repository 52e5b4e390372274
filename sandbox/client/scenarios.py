"""Named starting data. Written from openapi/control.yaml by tools/write_client.py."""

from collections.abc import Callable
from typing import Any, TypedDict

from sandbox.client.shapes import Summary


class Scenario(TypedDict):
    """Scenario."""

    name: str
    title: str
    description: str
    loaded: bool


class ScenarioList(TypedDict):
    """Scenario list."""

    scenarios: list[Scenario]


class ScenariosOperations:
    """Named starting data."""

    def __init__(self, call: Callable[..., Any]) -> None:
        self._call = call

    def list(self) -> ScenarioList:
        """List the scenarios.

        Every scenario that can be loaded, by name, and which one the chosen namespace was seeded from. One that has
        become wrong since it was loaded says so in its description.
        """
        answer: ScenarioList = self._call("GET", "/__admin/scenarios")
        return answer

    def load(
        self, name: str, *, seed: int | None = None, scale: float | None = None, clock: str | None = None
    ) -> Summary:
        """Load a scenario into a namespace.

        Replaces all that the namespace holds by the scenario's data; this is the start that `reset` returns to. A seed
        or clock that is left out is as the scenario says, a scale 1. A clock that does not exist is 400.
        """
        answer: Summary = self._call(
            "POST",
            "/__admin/scenarios/{name}/load",
            at={"name": name},
            body={"seed": seed, "scale": scale, "clock": clock},
        )
        return answer
