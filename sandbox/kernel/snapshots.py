"""Snapshots: states of namespaces kept by name. Taking and restoring one keeps references and copies nothing."""

from collections.abc import Iterator
from typing import NamedTuple

from sandbox.kernel import webhooks
from sandbox.kernel.errors import Conflict, NotFound
from sandbox.kernel.namespace import Namespace, Origin
from sandbox.kernel.world import Snapshot

MAX_SNAPSHOTS = 100


class Kept(NamedTuple):
    """The state of a namespace with what it was made from.

    ``issuer`` is the seed that the namespace's own credentials follow from, together with its name: a namespace of the
    same name and seed finds its credentials in the state, any other gets those of its own when the state is restored.
    """

    namespace: str
    issuer: int
    origin: Origin
    state: Snapshot

    def records(self, prefixes: tuple[str, ...]) -> int:
        """Rows of all tables whose name starts with one of these."""
        return sum(len(rows) for name, rows in self.state.tables.items() if name.startswith(prefixes))


def take(namespace: Namespace, issuer: int) -> Kept:
    """The present state. Raises Conflict while the clock is being moved."""
    if namespace.moving:
        msg = f"The clock of the namespace {namespace.name!r} is being moved: wait for that move to answer"
        raise Conflict(msg)
    return last_state(namespace, issuer)


def last_state(namespace: Namespace, issuer: int) -> Kept:
    """As ``take``, at the end of everything: a move that is under way is given up where it stands.

    An attempt whose outcome is not known is due again at once: a delivery is rather made twice than lost.
    """
    world = namespace.world.fork()
    if namespace.moving:
        world.clock = world.clock.move_to(world.now)
    unknown = sorted({*world.outbox, *namespace.under_way}, key=int)
    world.outbox = ()
    for delivery in unknown:
        world.schedule(world.now, webhooks.API, webhooks.RETRY, delivery)
    return Kept(namespace.name, issuer, namespace.origin, world.snapshot())


class Snapshots:
    """Those that a sandbox keeps, at most 100, by name in the order they were taken."""

    def __init__(self) -> None:
        self._kept: dict[str, Kept] = {}
        self._last = 0

    def __iter__(self) -> Iterator[tuple[str, Kept]]:
        return iter(self._kept.items())

    def __len__(self) -> int:
        return len(self._kept)

    def add(self, name: str | None, kept: Kept) -> str:
        """Keep a state; a name is made up when there is none. Answers the name.

        Raises Conflict when the name is taken or there are too many.
        """
        if name in self._kept:
            msg = f"There is a snapshot {name!r} already: delete it or choose another name"
            raise Conflict(msg)
        if len(self._kept) >= MAX_SNAPSHOTS:
            msg = f"There are {MAX_SNAPSHOTS} snapshots already: delete some first"
            raise Conflict(msg)
        key = name or self._new_name()
        self._kept[key] = kept
        return key

    def get(self, name: str) -> Kept:
        """Raises NotFound."""
        kept = self._kept.get(name)
        if kept is None:
            msg = f"There is no snapshot {name!r}"
            raise NotFound(msg)
        return kept

    def delete(self, name: str) -> None:
        """Forget one. Raises NotFound."""
        self.get(name)
        del self._kept[name]

    def _new_name(self) -> str:
        while True:
            self._last += 1
            name = f"snapshot-{self._last}"
            if name not in self._kept:
                return name
