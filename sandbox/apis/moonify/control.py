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

    def reward(self, body: Body) -> Reply:
        service = self._service(body)
        group = body.get("group")
        key = (group["name"], group["value"]) if group else body["userID"]
        rewarded = activity.reward(service, key, body["score"], by_moonify=body.get("byMoonify", False))
        change(self._world, rewarded)
        return {"success": True, "message": "Rewarded"}, 200

    def get_simulation(self) -> Reply:
        running = [show.simulation(row) for row in self._world.store.all(SIMULATIONS)]
        return {"simulations": running}, 200

    def set_simulation(self, body: Body) -> Reply:
        simulation = Simulation(self._service(body).id, body["ratePerMinute"])
        activity.simulate(self._world, simulation)
        return show.simulation(simulation), 200

    def stop_simulation(self) -> Reply:
        for simulation in list(self._world.store.all(SIMULATIONS)):
            activity.stop(self._world, simulation.service)
        return {"success": True, "message": "No more simulated visitors"}, 200

    def _service(self, body: Body) -> Service:
        """The service that the body names; the only one there is when it names none. Raises NotFound, Invalid."""
        services = self._world.store.all(SERVICES)
        key = body.get("serviceID")
        if key is None and len(services) == 1:
            return next(iter(services))
        if key is None:
            msg = f"serviceID is required where there are {len(services)} services"
            raise Invalid(msg, field="serviceID")
        service = services.get(key)
        if service is None:
            msg = "There is no such service"
            raise NotFound(msg)
        return service
