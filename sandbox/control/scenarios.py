"""Scenarios: what a namespace starts with, and starting over."""

from sandbox.control import representations as show
from sandbox.control.desk import Body, Desk, checked, start_of
from sandbox.kernel.clock import iso_ms
from sandbox.kernel.errors import NotFound, ScenarioError
from sandbox.kernel.request import Reply
from sandbox.kernel.sandbox import Start
from sandbox.kernel.world import Snapshot


class Scenarios(Desk):
    """List, load, reset."""

    __slots__ = ()

    def reset(self, body: Body | None) -> Reply:
        seed = (body or {}).get("seed")
        origin = self._namespace.origin
        if seed is None or seed == origin.seed:
            self._namespace.reset()
        else:
            self._load(Start(origin.scenario, seed, origin.scale, _clock_text(self._namespace.seeded)))
        return show.summary(self._namespace), 200

    def list_scenarios(self) -> Reply:
        loaded = self._namespace.origin.scenario
        names = dict.fromkeys([*self._sandbox.library.names, loaded])
        return {"scenarios": [{"name": name, **self._heading(name), "loaded": name == loaded} for name in names]}, 200

    def _heading(self, name: str) -> dict[str, str]:
        """A title and a description; of one that is wrong by now, what is wrong: it does not hide the others."""
        try:
            scenario = self._sandbox.scenario(name)
        except (NotFound, ScenarioError) as error:
            return {"title": name, "description": f"Cannot be loaded. {error}"}
        return {"title": scenario.title, "description": scenario.description}

    def load_scenario(self, name: str, body: Body | None) -> Reply:
        self._load(start_of(Start(name), body or {}))
        return show.summary(self._namespace), 200

    def _load(self, start: Start) -> None:
        checked(lambda: self._sandbox.load(self._namespace, start))


def _clock_text(seeded: Snapshot) -> str:
    """The clock that a namespace started with, as a scenario or a body writes it."""
    if seeded.clock.frozen is not None:
        return iso_ms(seeded.clock.frozen)
    return iso_ms(seeded.now) + "+" if seeded.clock.offset else "running"
