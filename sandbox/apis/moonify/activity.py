"""Score and time, which grow only in visitors' browsers (B3.4): here by test levers and simulated visitors."""

from collections.abc import Iterable
from dataclasses import replace

from sandbox.apis.moonify.lists import change
from sandbox.apis.moonify.records import Group, Service, Session, Simulation, User
from sandbox.apis.moonify.sessions import group_id
from sandbox.apis.moonify.state import NAME, SERVICES, SESSIONS, SIMULATIONS, VISITORS
from sandbox.kernel.agenda import Due
from sandbox.kernel.clock import MINUTE, SECOND
from sandbox.kernel.errors import NotFound
from sandbox.kernel.ids import digest
from sandbox.kernel.store import Collection
from sandbox.kernel.world import World

STEP = "step"
WORKED = "visitors.worked"
Work = tuple[Session, float, int]
"""A session with the score and the seconds it made."""


def add(world: World, session: Session, score: float, time: int) -> None:
    """One session's work: for its user, its user in its group, and its group (B3.4)."""
    service = world.store.get(SERVICES, session.service)
    if service is not None:
        change(world, worked(service, [(session, score, time)], world.now))


def worked(service: Service, work: Iterable[Work], now: int) -> Service:
    """The service after that work, all of it at once."""
    users: dict[str, User] = {}
    shares: dict[tuple[str, str], list[Work]] = {}
    for session, score, time in work:
        if session.user is not None:
            _grow(users, service.users, session.user, score, time, now)
        if session.group is not None:
            shares.setdefault(session.group, []).append((session, score, time))
    groups: dict[str, Group] = {}
    for key, parts in shares.items():
        group = service.groups.get(group_id(key))
        if group is not None:
            groups[group_id(key)] = _grown(group, parts, now)
    return service.changed(service.users.put_many(users), service.groups.put_many(groups))


def _grown(group: Group, work: Iterable[Work], now: int) -> Group:
    """The group after the work that counts for it."""
    members: dict[str, User] = {}
    stats = group.stats
    for session, score, time in work:
        stats = stats.grown(score, time, now)
        if session.user is not None:
            _grow(members, group.members, session.user, score, time, now)
    return replace(group, stats=stats, members=group.members.put_many(members), stated=None)


def _grow(changed: dict[str, User], users: Collection[User], key: str, score: float, time: int, now: int) -> None:
    user = changed.get(key) or users.get(key)
    if user is not None:
        changed[key] = User(key, user.stats.grown(score, time, now), user.created)


def reward(service: Service, key: str | tuple[str, str], score: float, now: int, *, by_moonify: bool) -> Service:
    """A service with a user, or a group, rewarded; its score stays as it is. Raises NotFound."""
    if isinstance(key, str):
        user = service.users.get(key)
        if user is None:
            msg = f"There is no user {key!r}"
            raise NotFound(msg)
        rewarded = User(key, user.stats.awarded(score, now, by_moonify=by_moonify), user.created)
        return service.changed(service.users.put(key, rewarded), service.groups)
    group = service.groups.get(group_id(key))
    if group is None:
        msg = f"There is no group {'/'.join(key)!r}"
        raise NotFound(msg)
    stated = group.stated and group.stated.awarded(score, now, by_moonify=by_moonify)
    changed = replace(group, stats=group.stats.awarded(score, now, by_moonify=by_moonify), stated=stated)
    return service.changed(service.users, service.groups.put(group_id(key), changed))


def simulate(world: World, rate: float, spread: float, interval: int) -> Simulation:
    """Let every open session work from now on, in steps of ``interval`` ms; replaces what was set before."""
    stop(world)
    simulation = Simulation(rate, spread, interval, world.now)
    world.store.put(SIMULATIONS, VISITORS, simulation)
    world.schedule(simulation.next_at, NAME, STEP, VISITORS)
    return simulation


def stop(world: World) -> None:
    """No more simulated visitors."""
    world.store.delete(SIMULATIONS, VISITORS)
    world.cancel(NAME, STEP, VISITORS)


def on_step(world: World, item: Due) -> None:
    """Agenda: every open session gets the whole seconds since the step before, and a score for them."""
    simulation = world.store.get(SIMULATIONS, item.subject)
    if simulation is None:
        return
    shares: dict[str, list[Work]] = {}
    for session in world.store.all(SESSIONS):
        seconds = (world.now - max(simulation.last_at, session.opened_at)) // SECOND
        if seconds > 0:
            shares.setdefault(session.service, []).append(
                (session, _score(world, simulation, session, seconds), seconds)
            )
    for key, work in shares.items():
        service = world.store.get(SERVICES, key)
        if service is not None:
            change(world, worked(service, work, world.now))
            world.note(WORKED, key, sessions=len(work))
    following = replace(simulation, step=simulation.step + 1)
    world.store.put(SIMULATIONS, VISITORS, following)
    world.schedule(following.next_at, NAME, STEP, VISITORS)


def _score(world: World, simulation: Simulation, session: Session, seconds: int) -> float:
    """The rate, more or less by the spread as the seed, the session and the step alone say."""
    drawn = int.from_bytes(digest(world.seed, "moonify.step", session.token, simulation.step, size=4)) / 2**31 - 1
    return simulation.rate * seconds * SECOND / MINUTE * (1 + simulation.spread * drawn)
