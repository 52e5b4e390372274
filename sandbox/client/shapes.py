"""What several groups of operations answer with. Written from openapi/control.yaml by tools/write_client.py."""

from typing import Literal, TypedDict


class Deletion(TypedDict):
    """That something was deleted."""

    success: bool
    message: str


class Clock(TypedDict):
    """Clock."""

    mode: Literal["running", "frozen"]
    now: str
    due: int
    next: str | None


class Summary(TypedDict):
    """Summary."""

    namespace: str
    scenario: str
    seed: int
    scale: float
    clock: Clock
