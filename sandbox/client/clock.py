"""Simulated time of a namespace, and what happened in it.

Written from openapi/control.yaml by tools/write_client.py.
"""

from collections.abc import Callable
from typing import Any, TypedDict

from sandbox.client.shapes import Clock


class Happening(TypedDict):
    """Something that happened at an instant of simulated time."""

    at: str
    type: str
    subject: str
    detail: dict[str, Any]


class Event(TypedDict):
    """A happening with its number in the namespace's timeline."""

    seq: int
    at: str
    type: str
    subject: str
    detail: dict[str, Any]


Move = TypedDict(
    "Move",
    {
        "from": str,
        "to": str,
        "clock": Clock,
        "counts": dict[str, int],
        "happened": list[Happening],
        "cursor": int | None,
    },
)
"""What a move of the clock did."""


class AgendaItem(TypedDict):
    """Something that is due."""

    seq: int
    at: str
    api: str
    kind: str
    subject: str


class AgendaPage(TypedDict):
    """Agenda page."""

    agenda: list[AgendaItem]
    cursor: int | None


class EventPage(TypedDict):
    """Event page."""

    events: list[Event]
    cursor: int | None


class ClockOperations:
    """Simulated time of a namespace, and what happened in it."""

    def __init__(self, call: Callable[..., Any]) -> None:
        self._call = call

    def get(self) -> Clock:
        """Read the clock. The simulated time, and how much waits for its moment."""
        answer: Clock = self._call("GET", "/__admin/clock")
        return answer

    def freeze(self, *, at: str | None = None) -> Move:
        """Stop the clock.

        Stops the clock now, or moves it to `at` and stops it there. `at` is not before now, at most 400 days ahead and
        with at most 100,000 agenda items on the way; otherwise 400, and nothing moves. A clock that stands stays so.
        """
        answer: Move = self._call("POST", "/__admin/clock/freeze", body={"at": at})
        return answer

    def run(self, *, from_: str | None = None) -> Move:
        """Let the clock run.

        Lets the clock run at the pace of real time from where it stands, or moves it to `from` first. `from` is not
        before now, at most 400 days ahead and with at most 100,000 agenda items on the way; otherwise 400, and nothing
        moves. A clock that runs stays so.
        """
        answer: Move = self._call("POST", "/__admin/clock/run", body={"from": from_})
        return answer

    def shift(self, by: float | str) -> Move:
        """Move the clock on by a length of time.

        Moves the clock on by `by`, running what falls due on the way in order; the mode stays. `by` is at most 400 days
        with at most 100,000 agenda items on the way; otherwise 400, and nothing moves.
        """
        answer: Move = self._call("POST", "/__admin/clock/shift", body={"by": by})
        return answer

    def move(self, to: str) -> Move:
        """Move the clock to an instant.

        Moves the clock to `to`, running what falls due on the way in order; the mode stays. `to` is not before now, at
        most 400 days ahead and with at most 100,000 agenda items on the way; otherwise 400, and nothing moves.
        """
        answer: Move = self._call("POST", "/__admin/clock/move", body={"to": to})
        return answer

    def advance(self, to: str) -> Move:
        """Move the clock to what comes next.

        Moves the clock to the next item of the agenda (`next`), or to the first happening of a type
        (`until:execution.completed`), running what falls due on the way, to the end of that instant; the mode stays.
        Webhook attempts that are under way are waited for first.
        """
        answer: Move = self._call("POST", "/__admin/clock/advance", body={"to": to})
        return answer

    def list_agenda(self, *, after: int | None = None, limit: int | None = None, api: str | None = None) -> AgendaPage:
        """List what is due when.

        What waits for its moment in simulated time, in the order in which it will run. Nothing is run. After an item
        that has run or was cancelled meanwhile, the list begins with the first.
        """
        answer: AgendaPage = self._call(
            "GET", "/__admin/clock/agenda", query={"after": after, "limit": limit, "api": api}
        )
        return answer

    def list_events(self, *, after: int | None = None, limit: int | None = None) -> EventPage:
        """List what happened in simulated time.

        The namespace's timeline, oldest first: executions that ended, webhooks delivered, failed or blocked. It is
        bounded; the oldest events are dropped first.
        """
        answer: EventPage = self._call("GET", "/__admin/events", query={"after": after, "limit": limit})
        return answer
