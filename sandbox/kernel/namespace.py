"""A World with its journal, limiter and timeline: one isolated sandbox inside the sandbox."""

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from itertools import islice
from threading import RLock
from typing import NamedTuple

from sandbox.kernel.clock import stopwatch
from sandbox.kernel.faults import Faults
from sandbox.kernel.journal import Journal, Ledger
from sandbox.kernel.limits import Limiter
from sandbox.kernel.misdelivery import REORDER, WRONG_SIGNATURE
from sandbox.kernel.webhooks import DELIVERIES, Attempt, Delivery, Outcome, patience, settle, settle_replay
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

    def __len__(self) -> int:
        return len(self._events)

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

    ``lock`` makes transactions serial, whoever calls. ``epoch`` grows with each reset, and at the end; ``moving`` is
    true while a clock move waits for webhook outcomes.
    """

    def __init__(
        self,
        name: str,
        world: World,
        origin: Origin,
        sign: Mapping[str, Sign],
        epoch: int = 0,
        ledger: Ledger | None = None,
    ) -> None:
        self.name = name
        self.world = world
        self.origin = origin
        self.journal = Journal(ledger=ledger)
        self.limiter = Limiter()
        self.faults = Faults()
        self.timeline = Timeline()
        self.lock = RLock()
        self.epoch = epoch
        self.moving = False
        self.asked = stopwatch()
        """When the last request for it came, in seconds of the real stopwatch."""
        self.under_way: set[str] = set()
        """Deliveries with an attempt that was handed out and whose outcome has not come back."""
        self._sign = sign
        self._seeded = world.snapshot()

    def reset(self) -> None:
        """Back to the state after seeding; journal, limiter, faults and timeline are cleared.

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
        self.faults.clear()
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
        self.under_way.update(keys)
        attempts = []
        for before, key in zip(("", *keys), keys, strict=False):
            delivery = world.store.get(DELIVERIES, key)
            if delivery is not None:
                turn = int(key == before) + int(REORDER in delivery.faults)
                attempts.append(self._attempt(delivery, self.signature(delivery), turn))
        return attempts

    def replay(self, delivery: Delivery) -> Attempt:
        """One more attempt at a delivery, outside of its schedule and without the faults that struck it."""
        self.under_way.add(delivery.id)
        return self._attempt(delivery, self._signed(delivery, delivery.secret or ""))._replace(replay=True)

    def settle(self, attempt: Attempt, outcome: Outcome) -> None:
        """Book an attempt's outcome; that of an attempt begun before a reset is discarded."""
        with self.lock:
            if attempt.epoch == self.epoch:
                self.under_way.discard(attempt.delivery)
                if not self.moving:
                    self.world.tick()
                self.journal.ledger.attempted(outcome.kind)
                book = settle_replay if attempt.replay else settle
                book(self.world, attempt.delivery, outcome)
                self.publish_events()

    def publish_events(self) -> None:
        """Only the timeline's half of ``publish``."""
        self.timeline.extend(self.world.happened)
        self.world.happened = []

    def signature(self, delivery: Delivery) -> list[tuple[str, str]]:
        """The headers its API signs the scheduled attempts of a delivery with: by another secret if a fault says so."""
        secret = delivery.secret or ""
        wrong = secret and WRONG_SIGNATURE in delivery.faults
        return self._signed(delivery, f"not {secret}" if wrong else secret)

    def _signed(self, delivery: Delivery, secret: str) -> list[tuple[str, str]]:
        sign = self._sign.get(delivery.api)
        return sign(secret, delivery.event, delivery.id, delivery.body) if sign else []

    def _attempt(self, delivery: Delivery, signature: list[tuple[str, str]], turn: int = 0) -> Attempt:
        headers = [("Content-Type", "application/json"), *signature]
        wait = patience(self.world)
        return Attempt(self.name, self.epoch, delivery.id, delivery.url, headers, delivery.body, turn, wait)
