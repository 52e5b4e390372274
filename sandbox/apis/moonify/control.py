"""The test levers of Moonify (openapi/moonify.control.yaml): what only a visitor's browser, or the vendor, would do."""

from typing import Any

from sandbox.apis.moonify import activity, sessions
from sandbox.apis.moonify import representations as show
from sandbox.apis.moonify.lists import change
from sandbox.apis.moonify.records import Service, Simulation
from sandbox.apis.moonify.state import SERVICES, SESSIONS, SIMULATIONS
from sandbox.kernel.errors import Invalid, NotFound
from sandbox.kernel.request import Reply
from sandbox.kernel.world import World

Body = dict[str, Any]


class Levers:
    """One method per operationId."""

    __slots__ = ("_world",)

    def __init__(self, world: World) -> None:
        self._world = world

    def list_sessions(self, after: int, limit: int) -> Reply:
        rows = self._world.store.all(SESSIONS)
        found = list(enumerate(rows, 1))[after : after + limit]
        more = bool(found) and found[-1][0] < len(rows)
        return {"sessions": [show.session(row) for _, row in found], "cursor": found[-1][0] if more else None}, 200

    def get_session(self, token_id: str) -> Reply:
        return show.session(sessions.find(self._world, token_id)), 200

    def close_session(self, token_id: str) -> Reply:
        sessions.find(self._world, token_id)
        self._world.store.delete(SESSIONS, token_id)
        return {"success": True, "message": f"Session {token_id} closed"}, 200

    def add_activity(self, token_id: str, body: Body) -> Reply:
        session = sessions.find(self._world, token_id)
        activity.add(self._world, session, body.get("score", 0), body.get("time", 0))
        return show.session(session), 200
