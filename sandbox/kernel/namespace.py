"""A World with its journal, limiter and timeline: one isolated sandbox inside the sandbox."""

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from itertools import islice
from threading import RLock
from typing import NamedTuple

from sandbox.kernel.journal import Journal
from sandbox.kernel.limits import Limiter
from sandbox.kernel.webhooks import DELIVERIES, Attempt, Delivery, Outcome, settle
from sandbox.kernel.world import Happening, Snapshot, World

KEPT_EVENTS = 200_000
"""Happenings remembered in a namespace: room for a whole move of 100,000 agenda items."""

Sign = Callable[[str, str, str, bytes], list[tuple[str, str]]]


class Origin(NamedTuple):
    """What a namespace was made from."""

    scenario: str
    seed: int
    scale: float


class Timeline:
    """What happened, numbered from 1; the newest are kept."""

    def __init__(self) -> None:
        self._events: deque[Happening] = deque(maxlen=KEPT_EVENTS)
        self.last = 0

    def extend(self, happened: Sequence[Happening]) -> None:
        """Add in order."""
        self._events.extend(happened)
        self.last += len(happened)

    def after(self, number: int, limit: int) -> list[tuple[int, Happening]]:
        """At most ``limit`` of them with a number above ``number``."""
        first = self.last - len(self._events) + 1
        skip = max(0, number + 1 - first)
        return list(enumerate(islice(self._events, skip, skip + limit), first + skip))

    def clear(self) -> None:
        """Forget them; numbering goes on."""
        self._events.clear()


class Namespace:
    """One isolated sandbox.

    ``lock`` makes transactions serial, whoever calls. ``epoch`` grows with each reset; ``moving`` is true while a clock
    move waits for webhook outcomes.
    """

    def __init__(self, name: str, world: World, origin: Origin, sign: Mapping[str, Sign], epoch: int = 0) -> None:
        self.name = name
        self.world = world
        self.origin = origin
        self.journal = Journal()
        self.limiter = Limiter()
        self.timeline = Timeline()
        self.lock = RLock()
        self.epoch = epoch
        self.moving = False
        self.under_way: set[str] = set()
        """Deliveries with an attempt that was handed out and whose outcome has not come back."""
        self._sign = sign
        self._seeded = world.snapshot()

    def reset(self) -> None:
        """Back to the state after seeding; journal, limiter and timeline are cleared.

        A running clock that started at an instant of its own starts there again.
        """
        self.begin(self._seeded, self.origin)

    def begin(self, seeded: Snapshot, origin: Origin) -> None:
        """Start over from another seeded state."""
        self._seeded, self.origin = seeded, origin
        self.world.restore(seeded)
        if seeded.clock.frozen is None and seeded.clock.offset:
            self.world.clock = seeded.clock.run(seeded.now)
        self.journal.clear()
        self.limiter.clear()
        self.timeline.clear()
        self.under_way.clear()
        self.epoch += 1
        self.moving = False

    @property
    def seeded(self) -> Snapshot:
        """The state after seeding."""
        return self._seeded

    def publish(self) -> list[Attempt]:
        """Close a transaction: its happenings enter the timeline, its webhook attempts are handed out."""
        world = self.world
        if world.happened:
            self.timeline.extend(world.happened)
            world.happened = []
        if not world.outbox:
            return []
        keys, world.outbox = world.outbox, ()
        found = [delivery for key in keys if (delivery := world.store.get(DELIVERIES, key)) is not None]
        self.under_way.update(delivery.id for delivery in found)
        return [self._attempt(delivery) for delivery in found]

    def settle(self, attempt: Attempt, outcome: Outcome) -> None:
        """Book an attempt's outcome; that of an attempt begun before a reset is discarded."""
        with self.lock:
            if attempt.epoch == self.epoch:
                self.under_way.discard(attempt.delivery)
                if not self.moving:
                    self.world.tick()
                settle(self.world, attempt.delivery, outcome)
                self.publish_events()

    def publish_events(self) -> None:
        """Only the timeline's half of ``publish``."""
        self.timeline.extend(self.world.happened)
        self.world.happened = []

    def signature(self, delivery: Delivery) -> list[tuple[str, str]]:
        """The headers its API signs a delivery with."""
        sign = self._sign.get(delivery.api)
        return sign(delivery.secret or "", delivery.event, delivery.id, delivery.body) if sign else []

    def _attempt(self, delivery: Delivery) -> Attempt:
        headers = [("Content-Type", "application/json"), *self.signature(delivery)]
        return Attempt(self.name, self.epoch, delivery.id, delivery.url, headers, delivery.body)
