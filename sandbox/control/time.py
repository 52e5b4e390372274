"""Simulated time: the clock of a namespace, and what happened."""

from collections.abc import Generator, Sequence
from typing import Any

from sandbox.control import representations as show
from sandbox.control.desk import Body, Desk, instant, span
from sandbox.kernel.errors import Invalid
from sandbox.kernel.request import Reply
from sandbox.kernel.timeline import Move, move
from sandbox.kernel.webhooks import Attempt, Outcome

Waiting = Generator[Sequence[Attempt], Sequence[Outcome], Reply]


class Time(Desk):
    """Moves wait for the webhook attempts that fall inside them."""

    __slots__ = ()

    def get_clock(self) -> Reply:
        return show.clock(self._world), 200

    def freeze_clock(self, body: Body | None) -> Waiting:
        at = (body or {}).get("at")
        moved = yield from self._move(self._world.now if at is None else instant("at", at), "at", at)
        self._world.clock = self._world.clock.freeze(self._world.now)
        return show.move(self._namespace, moved), 200

    def run_clock(self, body: Body | None) -> Waiting:
        start = (body or {}).get("from")
        moved = yield from self._move(self._world.now if start is None else instant("from", start), "from", start)
        self._world.clock = self._world.clock.run(self._world.now)
        return show.move(self._namespace, moved), 200

    def shift_clock(self, body: Body) -> Waiting:
        moved = yield from self._move(self._world.now + span("by", body["by"]), "by", body["by"])
        return show.move(self._namespace, moved), 200

    def move_clock(self, body: Body) -> Waiting:
        moved = yield from self._move(instant("to", body["to"]), "to", body["to"])
        return show.move(self._namespace, moved), 200

    def list_events(self, after: int, limit: int) -> Reply:
        events = self._namespace.timeline.after(after, limit)
        shown = [{"seq": number, **show.happening(event)} for number, event in events]
        more = bool(events) and events[-1][0] < self._namespace.timeline.last
        return {"events": shown, "cursor": events[-1][0] if more else None}, 200

    def _move(self, to: int, field: str, given: Any) -> Move:
        """Move the clock; a refusal names the field and value that asked for it."""
        try:
            return (yield from move(self._namespace, self._sandbox.agents, to))
        except Invalid as refusal:
            raise Invalid(refusal.message, field=field, value=given) from None
