"""All simulated state of one namespace, made of persistent values: snapshot, fork and rollback keep references."""

from types import TracebackType
from typing import Any, NamedTuple, TypeVar

from immutables import Map

from sandbox.kernel.agenda import Agenda
from sandbox.kernel.clock import Clock
from sandbox.kernel.ids import derive_hex, numbered_uuid
from sandbox.kernel.settings import Setting
from sandbox.kernel.store import Collection, Store

T = TypeVar("T")


class Happening(NamedTuple):
    """Something that took place in simulated time: ``subject`` is an id, ``detail`` plain values."""

    at: int
    type: str
    subject: str
    detail: dict[str, Any]


class Snapshot(NamedTuple):
    """An immutable value of a World."""

    seed: int
    clock: Clock
    now: int
    tables: "Map[str, Collection[Any]]"
    agenda: Agenda
    ordinals: "Map[str, int]"
    settings: "Map[str, Any]"
    outbox: tuple[str, ...]


class World:
    """The state that handlers and rules work on.

    ``now`` is the instant of the current transaction, ``principal`` whoever sent the request (set by the request
    path, None elsewhere), ``happened`` what the current transaction noted, ``outbox`` the ids of webhook deliveries
    with an attempt to be made.
    """

    __slots__ = ("agenda", "clock", "happened", "now", "ordinals", "outbox", "principal", "seed", "settings", "store")

    def __init__(self, seed: int, clock: Clock) -> None:
        self.seed = seed
        self.clock = clock
        self.now = clock.now()
        self.store = Store()
        self.agenda = Agenda()
        self.ordinals: Map[str, int] = Map()
        self.settings: Map[str, Any] = Map()
        self.outbox: tuple[str, ...] = ()
        self.happened: list[Happening] = []
        self.principal: Any = None

    def snapshot(self) -> Snapshot:
        """The state as a value."""
        return Snapshot(*self.state())

    def state(self) -> tuple[Any, ...]:
        """The members of a Snapshot, for a rollback that needs no more."""
        return (
            self.seed,
            self.clock,
            self.now,
            self.store.root,
            self.agenda,
            self.ordinals,
            self.settings,
            self.outbox,
        )

    def restore(self, snapshot: tuple[Any, ...]) -> None:
        """Become exactly that state again."""
        (
            self.seed,
            self.clock,
            self.now,
            self.store.root,
            self.agenda,
            self.ordinals,
            self.settings,
            self.outbox,
        ) = snapshot
        self.happened = []

    def fork(self) -> "World":
        """Another World in the same state, sharing everything until one of them writes."""
        other = World(self.seed, self.clock)
        other.restore(self.snapshot())
        return other

    def transaction(self) -> "Transaction":
        """``with world.transaction():`` any exception inside leaves the world as it was before, ids included."""
        return Transaction(self)

    def tick(self) -> None:
        """Take the clock's time for the next transaction."""
        self.now = self.clock.tick(self.now)

    def ordinal(self, kind: str) -> int:
        """The next number of that kind, from 0."""
        number = self.ordinals.get(kind, 0)
        self.ordinals = self.ordinals.set(kind, number + 1)
        return number

    def new_uuid(self, kind: str) -> str:
        """A UUID for the next thing of that kind, the same for the same seed and history."""
        return numbered_uuid(self.seed, kind, number=self.ordinal(kind))

    def new_hex(self, kind: str, length: int = 32) -> str:
        """Hexadecimal digits for the next thing of that kind."""
        return derive_hex(self.seed, kind, self.ordinal(kind), length=length)

    def setting(self, setting: Setting[T]) -> T:
        """The setting's value in this namespace."""
        value: T = self.settings.get(setting.name, setting.default)
        return value

    def schedule(self, at: int, api: str, kind: str, subject: str, data: Any = None) -> None:
        """Put an item on the agenda."""
        self.agenda = self.agenda.add(at, api, kind, subject, data)

    def cancel(self, api: str, kind: str, subject: str) -> None:
        """Take the items of that kind and subject off the agenda."""
        self.agenda = self.agenda.cancel(api, kind, subject)

    def note(self, type_: str, subject: str, **detail: Any) -> None:
        """Tell the timeline that something happened now."""
        self.happened.append(Happening(self.now, type_, subject, detail))


class Transaction:
    """All or nothing; see World.transaction."""

    __slots__ = ("_before", "_kept", "_world")

    def __init__(self, world: World) -> None:
        self._world = world

    def __enter__(self) -> None:
        self._before = self._world.state()
        self._kept = len(self._world.happened)

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if kind is not None:
            kept = self._world.happened[: self._kept]
            self._world.restore(self._before)
            self._world.happened = kept
