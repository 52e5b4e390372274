"""Simulated time: the clock of a namespace, and what happened."""

from collections.abc import Callable, Generator, Sequence
from functools import partial
from typing import Any

from sandbox.control import representations as show
from sandbox.control.desk import Body, Desk, instant, span
from sandbox.kernel.errors import Invalid
from sandbox.kernel.request import Reply
from sandbox.kernel.timeline import HAPPENS, Move, advance, move
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

    def advance_clock(self, body: Body) -> Waiting:
        event = self._event(body["to"].partition(":")[2])
        work = partial(advance, self._namespace, self._sandbox.agents, event)
        moved = yield from _asked_for(work, "to", body["to"])
        return show.move(self._namespace, moved), 200

    def list_agenda(self, after: int, limit: int, api: str | None = None) -> Reply:
        found = [item for item in self._world.agenda if api in {None, item.api}]
        start = next((place for place, item in enumerate(found, 1) if item.sequence + 1 == after), 0)
        shown = [show.due(item) for item in found[start : start + limit]]
        return {"agenda": shown, "cursor": shown[-1]["seq"] if len(found) > start + limit else None}, 200

    def list_events(self, after: int, limit: int) -> Reply:
        events = self._namespace.timeline.after(after, limit)
        shown = [{"seq": number, **show.happening(event)} for number, event in events]
        more = bool(events) and events[-1][0] < self._namespace.timeline.last
        return {"events": shown, "cursor": events[-1][0] if more else None}, 200

    def _event(self, name: str) -> str | None:
        """A type that there is, None for no name. Raises Invalid."""
        known = HAPPENS.union(*(api.happens for api in self._sandbox.apis.values()))
        if name and name not in known:
            msg = f"There are no events of type {name!r}; there are {', '.join(sorted(known))}"
            raise Invalid(msg, field="to", value=f"until:{name}")
        return name or None

    def _move(self, to: int, field: str, given: Any) -> Move:
        return _asked_for(partial(move, self._namespace, self._sandbox.agents, to), field, given)


def _asked_for(work: Callable[[], Move], field: str, given: Any) -> Move:
    """A move whose refusal names the field and value that asked for it."""
    try:
        return (yield from work())
    except Invalid as refusal:
        raise Invalid(refusal.message, field=field, value=given) from None
