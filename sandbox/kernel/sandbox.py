"""All namespaces and Apis: what a server serves and a test holds."""

from collections.abc import Iterable, Mapping
from functools import cached_property
from threading import RLock
from typing import Any, NamedTuple

from immutables import Map

from sandbox.kernel import webhooks
from sandbox.kernel.api import Api, Issued, Seeding, Walk, straight
from sandbox.kernel.clock import parse_clock, stopwatch
from sandbox.kernel.door import Door
from sandbox.kernel.errors import Conflict, NotFound
from sandbox.kernel.ids import Fakes, digest
from sandbox.kernel.journal import Ledger
from sandbox.kernel.namespace import Namespace, Origin
from sandbox.kernel.portable import Portable
from sandbox.kernel.rehearsal import Rehearse
from sandbox.kernel.scenario import Library, Scenario, read_scenario
from sandbox.kernel.settings import Setting, index_settings
from sandbox.kernel.snapshots import Kept, Snapshots, last_state, take
from sandbox.kernel.store import remember
from sandbox.kernel.timeline import Agents
from sandbox.kernel.webhooks import Attempt, Outcome
from sandbox.kernel.world import Snapshot, World

DEFAULT = "default"
MAX_NAMESPACES = 1_000
_SEEDED_KEPT = 8


class Start(NamedTuple):
    """How a namespace is seeded: ``seed`` and ``clock`` are the scenario's own when None."""

    scenario: str
    seed: int | None = None
    scale: float = 1
    clock: str | None = None


class Sandbox:
    """All namespaces over all Apis.

    ``start`` seeds the namespace ``default``, which always exists, and every one that does not say otherwise.
    ``door`` guards the control plane; ``url`` is where the sandbox is reached; ``ledger``
    bounds the journals of all namespaces together. There are at most ``max_namespaces``; one that no request was for
    within ``namespace_ttl`` real seconds is dropped (None: never). ``walk`` is told how far seeding is.

    Raises NotFound for an unknown scenario, ScenarioError for a bad one.
    """

    def __init__(  # noqa: PLR0913  # what a server is started with
        self,
        apis: Iterable[Api],
        library: Library,
        start: Start,
        *,
        door: Door | None = None,
        url: str = "http://127.0.0.1:4010",
        ledger: Ledger | None = None,
        max_namespaces: int = MAX_NAMESPACES,
        namespace_ttl: float | None = None,
        walk: Walk = straight,
    ) -> None:
        self.apis = {api.name: api for api in apis}
        self.library = library
        self.start = start
        self.door = Door() if door is None else door
        self.url = url
        self.ledger = Ledger() if ledger is None else ledger
        self.rehearse: Rehearse | None = None
        """Set by the pipeline that answers for it."""
        self.started = stopwatch()
        self.max_namespaces = max_namespaces
        self.namespace_ttl = namespace_ttl
        self.namespaces: dict[str, Namespace] = {}
        self.issued: dict[tuple[str, str], str] = {}
        """(api, credential) → namespace, for credentials made for one namespace."""
        self.agents: Agents = {
            (webhooks.API, webhooks.RETRY): webhooks.retry,
            **{(api.name, kind): act for api in self.apis.values() for kind, act in api.due.items()},
        }
        self.settings: dict[str, Setting[Any]] = index_settings(
            [webhooks.SETTINGS, *(api.settings for api in self.apis.values())]
        )
        self._seeded: dict[Any, Snapshot] = {}
        self._epoch = 0
        self._issuing_seed = start.seed or 0
        self._walk = walk
        self.sign = {api.name: api.sign for api in self.apis.values() if api.sign}
        self.snapshots = Snapshots()
        self.lock = RLock()
        """Held by whoever holds the locks of two namespaces."""
        self.create(DEFAULT, start)

    def create(self, name: str, start: Start) -> Namespace:
        """A namespace seeded from a scenario; the same data made before is shared, not made again.

        Raises Conflict when the name is taken or there are too many, NotFound for an unknown scenario, ScenarioError
        for a bad one.
        """
        with self.lock:
            self._room_for(name)
            origin, seeded = self._seed(start)
            namespace = self._add(name, origin, seeded)
            namespace.reset()
            return namespace

    def fork(self, name: str, source: Namespace) -> Namespace:
        """A namespace in the state that ``source`` is in now; costs the same whatever the size of the data.

        Raises Conflict as ``create`` does, and while the clock of ``source`` is being moved.
        """
        with self.lock, source.lock:
            self._room_for(name)
            if source.moving:
                msg = f"The clock of the namespace {source.name!r} is being moved: wait for that move to answer"
                raise Conflict(msg)
            return self._add(name, source.origin, source.world.snapshot())

    def delete(self, name: str) -> None:
        """Forget a namespace and the credentials issued for it. Raises NotFound, or Conflict for ``default``."""
        with self.lock:
            self.get(name)
            if name == DEFAULT:
                msg = f"The namespace {DEFAULT} always exists: reset it instead"
                raise Conflict(msg)
            self._forget([name])

    def drop_idle(self) -> list[str]:
        """Forget the namespaces that no request was for within ``namespace_ttl``; their names. ``default`` stays."""
        if self.namespace_ttl is None:
            return []
        with self.lock:
            oldest = stopwatch() - self.namespace_ttl
            kept = [n for n in self.namespaces.values() if n.name == DEFAULT or n.moving or n.asked > oldest]
            idle = sorted(self.namespaces.keys() - {namespace.name for namespace in kept})
            self._forget(idle)
            return idle

    def _forget(self, names: list[str]) -> None:
        for name in names:
            gone = self.namespaces.pop(name)
            gone.journal.clear()
            gone.epoch += 1
            self._epoch = max(self._epoch, gone.epoch + 1)
        if names:
            self.issued = {key: owner for key, owner in self.issued.items() if owner in self.namespaces}

    def get(self, name: str) -> Namespace:
        """The namespace. Raises NotFound."""
        namespace = self.namespaces.get(name)
        if namespace is None:
            msg = f"There is no namespace {name!r}"
            raise NotFound(msg)
        return namespace

    def load(self, namespace: Namespace, start: Start) -> None:
        """Start a namespace over from a scenario; credentials issued for it stay good. Raises as ``create`` does."""
        with self.lock, namespace.lock:
            origin, seeded = self._seed(start)
            namespace.begin(self._issue(namespace.name, seeded), origin)

    def take(self, namespace: Namespace, *, at_end: bool = False) -> Kept:
        """The present state of a namespace; costs the same whatever the size of the data.

        Raises Conflict while its clock is being moved, unless this is the end of everything.
        """
        with namespace.lock:
            return (last_state if at_end else take)(namespace, self._issuing_seed)

    def restore(self, namespace: Namespace, kept: Kept) -> None:
        """Start a namespace over from a state; credentials issued for it stay good."""
        with self.lock, namespace.lock:
            own = (kept.namespace, kept.issuer) == (namespace.name, self._issuing_seed)
            namespace.begin(kept.state if own else self._issue(namespace.name, kept.state), kept.origin)

    def revive(self, name: str, kept: Kept) -> Namespace:
        """A namespace in a state that was kept. Raises Conflict as ``create`` does."""
        with self.lock:
            self._room_for(name)
            namespace = self._add(name, kept.origin, kept.state)
            self.restore(namespace, kept)
            return namespace

    @cached_property
    def portable(self) -> Portable:
        """What writes and reads its exports."""
        return Portable(self.apis.values(), self.agents, self.settings)

    def credentials(self, namespace: Namespace) -> dict[str, Mapping[str, Any]]:
        """What was issued for a namespace, described, by API."""
        if namespace.name == DEFAULT:
            return {}
        made = self._credentials(namespace.world.fork(), namespace.name)
        return {api: issued.shown for api, issued in made.items() if issued.shown}

    def settle(self, attempt: Attempt, outcome: Outcome) -> None:
        """Book a webhook attempt's outcome where it belongs; nothing happens if that namespace is gone."""
        namespace = self.namespaces.get(attempt.namespace)
        if namespace is not None:
            namespace.settle(attempt, outcome)

    def scenario(self, name: str) -> Scenario:
        """A checked scenario. Raises NotFound or ScenarioError."""
        try:
            return read_scenario(name, self.library.read, self.apis.values())
        except KeyError:
            msg = f"There is no scenario {name!r}; there are {', '.join(self.library.names)}"
            raise NotFound(msg) from None

    def _seed(self, start: Start) -> tuple[Origin, Snapshot]:
        """The seeded state of a scenario, remembered for as long as its file says the same."""
        scenario = self.scenario(start.scenario)
        origin = Origin(start.scenario, scenario.seed if start.seed is None else start.seed, start.scale)
        clock = start.clock or scenario.clock or "running"
        key = (origin, clock, digest(repr(scenario)))
        return origin, remember(self._seeded, key, _SEEDED_KEPT, lambda: self._make(scenario, origin, clock))

    def _make(self, scenario: Scenario, origin: Origin, clock: str) -> Snapshot:
        world = World(origin.seed, parse_clock(clock))
        world.settings = Map(scenario.settings)
        fakes = Fakes(origin.seed)
        for api in self.apis.values():
            sections = scenario.sections.get(api.name, ())
            if sections:
                api.seed(Seeding(world, sections, fakes, origin.scale, self._walk))
        world.happened, world.outbox = [], ()
        return world.snapshot()

    def _room_for(self, name: str) -> None:
        if name in self.namespaces:
            msg = f"There is a namespace {name!r} already: delete it or choose another name"
            raise Conflict(msg)
        self.drop_idle()
        if len(self.namespaces) >= self.max_namespaces:
            msg = f"There are {self.max_namespaces} namespaces already: delete some first"
            raise Conflict(msg)

    def _add(self, name: str, origin: Origin, seeded: Snapshot) -> Namespace:
        world = World(seeded.seed, seeded.clock)
        world.restore(self._issue(name, seeded))
        self.namespaces[name] = namespace = Namespace(name, world, origin, self.sign, self._epoch, self.ledger)
        return namespace

    def _issue(self, name: str, seeded: Snapshot) -> Snapshot:
        """The seeded state with the credentials of its own that a namespace gets."""
        if name == DEFAULT:
            return seeded
        world = World(seeded.seed, seeded.clock)
        world.restore(seeded)
        for api, issued in self._credentials(world, name).items():
            self.issued.update(((api, credential), name) for credential in issued.credentials)
        return world.snapshot()

    def _credentials(self, world: World, name: str) -> dict[str, Issued]:
        """Issue a namespace's credentials, by API.

        They follow from its name and the seed this sandbox was started with: whatever is loaded, they stay the same.
        """
        seed, world.seed = world.seed, self._issuing_seed
        issued = {api.name: api.issue(world, name) for api in self.apis.values()}
        world.seed = seed
        return issued

    def urls(self, name: str) -> dict[str, str]:
        """The base URL of every simulated API for a namespace."""
        prefix = "" if name == DEFAULT else f"/ns/{name}"
        return {api.name: f"{self.url}{prefix}{api.mount.prefix}{api.mount.base}" for api in self.vendors}

    @property
    def admin_token(self) -> str | None:
        """What the control plane wants to be shown; None when it asks nobody."""
        return self.door.token

    @property
    def vendors(self) -> list[Api]:
        """The simulated APIs: those that are not part of the control plane."""
        return [api for api in self.apis.values() if api.vendor]
