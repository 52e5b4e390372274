"""The test levers of Moonify (openapi/moonify.control.yaml): what only a visitor's browser, or the vendor, would do."""

from typing import Any

from sandbox.apis.moonify import activity, services, sessions
from sandbox.apis.moonify import representations as show
from sandbox.apis.moonify.lists import change
from sandbox.apis.moonify.records import Session
from sandbox.apis.moonify.state import SERVICES, SESSIONS, SIMULATIONS, VISITORS
from sandbox.kernel.clock import SECOND
from sandbox.kernel.errors import NotFound
from sandbox.kernel.request import Reply
from sandbox.kernel.world import World

Body = dict[str, Any]


class Levers:
    """One method per operationId."""

    __slots__ = ("_world",)

    def __init__(self, world: World) -> None:
        self._world = world

    def list_sessions(self, after: int, limit: int) -> Reply:
        rows = [row for row in self._world.store.all(SESSIONS) if row.seq > after]
        page = rows[:limit]
        return {
            "sessions": [show.session(row) for row in page],
            "cursor": page[-1].seq if len(rows) > limit else None,
        }, 200

    def get_session(self, token_id: str) -> Reply:
        return show.session(sessions.find(self._world, token_id)), 200

    def close_session(self, token_id: str) -> Reply:
        sessions.find(self._world, token_id)
        self._world.store.delete(SESSIONS, token_id)
        return {"success": True, "message": "Session closed successfully"}, 200

    def add_activity(self, token_id: str, body: Body) -> Reply:
        session = sessions.find(self._world, token_id)
        activity.add(self._world, session, body.get("score", 0), body.get("time", 0))
        return self._statistics(session), 200

    def reward(self, body: Body) -> Reply:
        group = body.get("group")
        key = (group["name"], group["value"]) if group else body["userID"]
        by_moonify = body.get("byMoonify", False)
        now, service = self._world.now, services.main(self._world)
        service = activity.reward(service, key, body["score"], now, by_moonify=by_moonify)
        change(self._world, service)
        if isinstance(key, tuple):
            return show.statistics(None, service.groups.get(sessions.group_id(key)), None), 200
        return show.statistics(service.users.get(key), None, None), 200

    def get_simulation(self) -> Reply:
        simulation = self._world.store.get(SIMULATIONS, VISITORS)
        if simulation is None:
            msg = "There is no simulation: start one with PUT"
            raise NotFound(msg)
        return show.simulation(simulation, len(self._world.store.all(SESSIONS))), 200

    def set_simulation(self, body: Body) -> Reply:
        before = self._world.store.get(SIMULATIONS, VISITORS)
        spread, interval = body.get("spread", 0.5), body.get("interval", 300)
        made = activity.simulate(self._world, body["ratePerMinute"], spread, interval * SECOND)
        shown = show.simulation(made, len(self._world.store.all(SESSIONS)))
        return shown, 201 if before is None else 200

    def stop_simulation(self) -> Reply:
        self.get_simulation()
        activity.stop(self._world)
        return {"success": True, "message": "Simulation stopped successfully"}, 200

    def _statistics(self, session: Session) -> dict[str, Any]:
        service = self._world.store.get(SERVICES, session.service)
        if service is None:
            return {}
        user = None if session.user is None else service.users.get(session.user)
        group = None if session.group is None else service.groups.get(sessions.group_id(session.group))
        member = None if group is None or session.user is None else group.members.get(session.user)
        return show.statistics(user, group, member)
