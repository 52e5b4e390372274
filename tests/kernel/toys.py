"""A small Api of its own, so that the kernel is tested without any of the simulated ones."""

from collections.abc import Callable, Sequence
from typing import Any

from sandbox.kernel import webhooks
from sandbox.kernel.agenda import Due
from sandbox.kernel.api import Api, Issued, Mount, Seeding
from sandbox.kernel.clock import Clock
from sandbox.kernel.ids import derive_hex
from sandbox.kernel.namespace import Namespace, Origin
from sandbox.kernel.sandbox import Sandbox, Start
from sandbox.kernel.scenario import Library
from sandbox.kernel.settings import Setting
from sandbox.kernel.store import Table
from sandbox.kernel.timeline import Move, Moved
from sandbox.kernel.webhooks import SUBSCRIPTIONS, Attempt, Outcome, Subscription
from sandbox.kernel.world import Happening, World

TOY = "toy"
EVENT = "toy.told"
START = 1_705_314_600_000
"""2024-01-15T10:30:00Z"""

MARKS: Table[tuple[int, str]] = Table("toy.marks")
NAMES: Table[str] = Table("toy.names")
LOUD = Setting("toy.loud", default=False, description="says it louder")

Receiver = Callable[[Attempt], Outcome]


def mark(world: World, item: Due) -> None:
    """Leave a record of having run."""
    key = world.new_uuid("toy.mark")
    world.store.put(MARKS, key, (world.now, item.subject))
    world.note("toy.marked", item.subject)


def chain(world: World, item: Due) -> None:
    """Run again ``data[1]`` times, ``data[0]`` milliseconds apart."""
    mark(world, item)
    span, left = item.data
    if left:
        world.schedule(world.now + span, TOY, "chain", item.subject, (span, left - 1))


def tell(world: World, item: Due) -> None:
    """Emit an event to every subscriber."""
    mark(world, item)
    for target in webhooks.subscribers(world, TOY, EVENT):
        webhooks.emit(world, target, EVENT, item.subject.encode())


def boom(world: World, item: Due) -> None:
    """Change everything, then fail."""
    tell(world, item)
    chain(world, item._replace(data=(1, 1)))
    world.settings = world.settings.set(LOUD.name, not world.setting(LOUD))
    msg = f"boom {item.subject}"
    raise RuntimeError(msg)


def seed(seeding: Seeding) -> None:
    for section in seeding.sections:
        for name in section.data["names"]:
            seeding.world.store.put(NAMES, seeding.world.new_uuid("toy.name"), name)


def issue(world: World, namespace: str) -> Issued:
    token = derive_hex(world.seed, "toy.token", namespace)
    world.store.put(NAMES, token, f"token of {namespace}")
    return Issued((token,), {"token": token})


def sign(secret: str, event: str, delivery: str, body: bytes) -> list[tuple[str, str]]:
    return [("X-Toy", f"{secret}|{event}|{delivery}|{len(body)}")]


API = Api(
    name=TOY,
    mount=Mount("/toy", "/v1"),
    handlers=object,
    envelope=lambda failure, _now: {"error": failure.message},
    issue=issue,
    due={"mark": mark, "chain": chain, "tell": tell, "boom": boom},
    seed=seed,
    scenario={"type": "object", "required": ["names"], "properties": {"names": {"type": "array"}}},
    settings=(LOUD,),
    sign=sign,
)

AGENTS = {
    (webhooks.API, webhooks.RETRY): webhooks.retry,
    **{(TOY, kind): act for kind, act in API.due.items()},
}

SCENARIOS = {
    "two": "{clock: '2024-01-15T10:30:00Z', seed: 3, toy: {names: [Ada, Ben]}}",
    "one": "{clock: '2024-01-15T10:30:00Z', seed: 4, toy: {names: [Cleo]}}",
    "from": "{clock: '2024-01-15T10:30:00Z+', toy: {names: [Ada]}}",
    "running": "{toy: {names: [Ada]}}",
}


def read_toy(name: str) -> tuple[str, str]:
    return name, SCENARIOS[name]


def make_sandbox(scenario: str = "two", **start: Any) -> Sandbox:
    return Sandbox([API], Library(tuple(SCENARIOS), read_toy), Start(scenario, **start))


def make_world(at: int = START, seed: int = 0) -> World:
    return World(seed, Clock(frozen=at))


def make_namespace(world: World | None = None) -> Namespace:
    return Namespace("default", world or make_world(), Origin("test", 0, 1), {TOY: sign})


def subscribe(
    world: World,
    url: str = "http://127.0.0.1:9/hook",
    *,
    key: str = "s1",
    secret: str | None = "shh",  # noqa: S107  # signs nothing real
) -> None:
    world.store.put(SUBSCRIPTIONS, key, Subscription(key, TOY, url, (EVENT,), secret, world.now))


def drive(moving: Move, receiver: Receiver) -> Moved:
    """Make a move with a receiver that answers every attempt at once."""
    try:
        attempts = next(moving)
        while True:
            attempts = moving.send([receiver(attempt) for attempt in attempts])
    except StopIteration as stop:
        moved: Moved = stop.value
        return moved


def accept(_attempt: Attempt) -> Outcome:
    return Outcome(200)


def refuse(_attempt: Attempt) -> Outcome:
    return Outcome(None, "connection refused")


def silent(attempt: Attempt) -> Outcome:
    """Where no attempt may be made."""
    msg = f"unexpected attempt {attempt}"
    raise AssertionError(msg)


def events(namespace: Namespace) -> list[Happening]:
    return [event for _, event in namespace.timeline.after(0, namespace.timeline.last)]


def types(happened: Sequence[Happening]) -> list[tuple[int, str, str]]:
    """What happened, in short: milliseconds since START, type, subject."""
    return [(event.at - START, event.type, event.subject) for event in happened]
