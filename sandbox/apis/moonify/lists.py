"""Lists lag behind (B3.6, B3.7): they show statistics as of the last 5-minute boundary of the namespace's clock.

The first change after a boundary puts the next one on the agenda; there the lists take over the collections as they
are, by reference. A new user shows at once, at the end and with zeros, until then.
"""

from collections.abc import Iterator
from itertools import islice
from operator import attrgetter

from sandbox.apis.moonify.records import Service, Stats, User
from sandbox.apis.moonify.state import NAME, SERVICES
from sandbox.kernel.agenda import Due
from sandbox.kernel.clock import MINUTE
from sandbox.kernel.store import Collection
from sandbox.kernel.world import World

PERIOD = 5 * MINUTE
PUBLISH = "publish"


def boundary(now: int) -> int:
    """The next 5-minute boundary after ``now``."""
    return (now // PERIOD + 1) * PERIOD


def change(world: World, service: Service) -> None:
    """Store a service that has changed, and see that its lists follow at the next boundary."""
    if not service.publishing:
        world.schedule(boundary(world.now), NAME, PUBLISH, service.id)
        service = service.awaiting()
    world.store.put(SERVICES, service.id, service)


def on_publish(world: World, item: Due) -> None:
    """Agenda: a boundary after a change."""
    service = world.store.get(SERVICES, item.subject)
    if service is not None:
        world.store.put(SERVICES, service.id, service.published())


def page(
    listed: Collection[User], live: Collection[User], start: int, limit: int, *, order: str | None, ascending: bool
) -> list[User]:
    """A page of users with their listed statistics: those known at the boundary, then new ones with zeros."""
    ordered = by_score(listed, ascending=ascending) if order else listed
    known = len(listed)
    head = list(_slice(ordered, start, start + limit)) if start < known else []
    missing = limit - len(head)
    if missing == 0 or len(live) == known:
        return head
    fresh = islice(live.after(known + max(0, start - known)), missing)
    return head + [User(user.id, Stats(updated=user.created)) for user in fresh]


def _slice(users: "Collection[User] | list[User]", start: int, stop: int) -> Iterator[User]:
    return islice(users.after(start), stop - start) if isinstance(users, Collection) else iter(users[start:stop])


def by_score(users: Collection[User], *, ascending: bool = False) -> list[User]:
    """In the order of score, ties in the order of creation; made at the first read of a collection and kept with it."""
    found = users.derived.get(ascending)
    if found is None:
        found = users.derived[ascending] = sorted(users, key=attrgetter("stats.score"), reverse=not ascending)
    ordered: list[User] = found
    return ordered
