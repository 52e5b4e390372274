"""What goes wrong on purpose in the answers of the simulated APIs.

Written from openapi/control.yaml by tools/write_client.py.
"""

from collections.abc import Callable, Mapping
from typing import Any, Literal, NotRequired, TypedDict

from sandbox.client.shapes import Deletion


class FaultMatch(TypedDict):
    """Which calls are counted; whatever is left out is any."""

    api: NotRequired[str]
    operation: NotRequired[str]
    method: NotRequired[Literal["GET", "HEAD", "PUT", "POST", "PATCH", "DELETE"]]
    path: NotRequired[str]


FaultWhen = TypedDict(
    "FaultWhen",
    {
        "call": NotRequired[int],
        "every": NotRequired[int],
        "probability": NotRequired[float],
        "times": NotRequired[int],
        "from": NotRequired[str],
        "until": NotRequired[str],
    },
)
"""On which of the calls counted it acts; all that is given must hold."""


class FaultLatencyLognormal(TypedDict):
    """The member lognormal of FaultLatency."""

    median: int
    sigma: float


class FaultLatency(TypedDict):
    """How many real milliseconds an answer is late, in one of three ways."""

    fixed: NotRequired[int]
    uniform: NotRequired[list[int]]
    lognormal: NotRequired[FaultLatencyLognormal]


class FaultEffect(TypedDict):
    """What becomes of a call: another `status`, or its `answer` spoiled, and either or neither of it late or slow."""

    status: NotRequired[int]
    message: NotRequired[str]
    retryAfter: NotRequired[int]
    answer: NotRequired[Literal["empty", "reset", "truncated", "malformed", "stale", "duplicate"]]
    commit: NotRequired[bool]
    latency: NotRequired[FaultLatency]
    bytesPerSecond: NotRequired[int]


class Fault(TypedDict):
    """A fault rule, and how it stands."""

    id: int
    name: str | None
    match: FaultMatch
    when: FaultWhen
    effect: Any
    calls: int
    hits: int


class FaultList(TypedDict):
    """Fault list."""

    faults: list[Fault]


class FaultPreset(TypedDict):
    """Fault preset."""

    name: str
    description: str
    when: FaultWhen
    effect: Any


class FaultPresetList(TypedDict):
    """Fault preset list."""

    presets: list[FaultPreset]


class FaultsOperations:
    """What goes wrong on purpose in the answers of the simulated APIs."""

    def __init__(self, call: Callable[..., Any]) -> None:
        self._call = call

    def list(self) -> FaultList:
        """List the faults.

        The fault rules of the namespace in the order they were made, which is the order they are tried in.
        """
        answer: FaultList = self._call("GET", "/__admin/faults")
        return answer

    def create(
        self,
        effect: Any,
        *,
        name: str | None = None,
        match: Mapping[str, Any] | None = None,
        when: Mapping[str, Any] | None = None,
    ) -> Fault:
        """Create a fault.

        Makes calls of the simulated APIs go wrong, in this namespace alone: calls that `match`, as often as `when`
        says, by `effect`. Calls are struck once they have reached an operation and were admitted: an unknown path, a
        wrong credential and the rate limit come first. Of several rules that act on one call the first that changes its
        answer wins, delays add up to at most 120 s, and the slowest rate holds.
        """
        answer: Fault = self._call(
            "POST", "/__admin/faults", body={"effect": effect, "name": name, "match": match, "when": when}
        )
        return answer

    def delete_all(self) -> Deletion:
        """Delete all faults. Removes every fault rule of the namespace. There need not be any."""
        answer: Deletion = self._call("DELETE", "/__admin/faults")
        return answer

    def list_presets(self) -> FaultPresetList:
        """List the presets. Faults that need no more than their name."""
        answer: FaultPresetList = self._call("GET", "/__admin/faults/presets")
        return answer

    def apply_preset(
        self, name: str, *, match: Mapping[str, Any] | None = None, when: Mapping[str, Any] | None = None
    ) -> Fault:
        """Create a fault from a preset.

        Creates a fault of the preset's effect: `outage` and `maintenance` answer 503 (the latter for one hour of
        simulated time), `flaky` answers one call in five 500, `throttled` every second 429, `slow` takes its time. The
        body narrows it: what it matches, and members of `when` in place of the preset's.
        """
        answer: Fault = self._call(
            "POST", "/__admin/faults/presets/{name}", at={"name": name}, body={"match": match, "when": when}
        )
        return answer

    def get(self, fault_id: int) -> Fault:
        """Read a fault. The rule, with how many calls it has counted and on how many it has acted."""
        answer: Fault = self._call("GET", "/__admin/faults/{faultId}", at={"faultId": fault_id})
        return answer

    def change(
        self,
        fault_id: int,
        *,
        name: str | None = None,
        match: Mapping[str, Any] | None = None,
        when: Mapping[str, Any] | None = None,
        effect: Any | None = None,
    ) -> Fault:
        """Change a fault.

        Replaces the members given, each as a whole; the others stay. A changed fault counts anew, and takes what is
        stale from the state as it is now.
        """
        answer: Fault = self._call(
            "PATCH",
            "/__admin/faults/{faultId}",
            at={"faultId": fault_id},
            body={"name": name, "match": match, "when": when, "effect": effect},
        )
        return answer

    def delete(self, fault_id: int) -> Deletion:
        """Delete a fault. Removes the rule. Calls that it has struck stay as they were answered."""
        answer: Deletion = self._call("DELETE", "/__admin/faults/{faultId}", at={"faultId": fault_id})
        return answer
