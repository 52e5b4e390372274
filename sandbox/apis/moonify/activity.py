"""Score and time, which grow only in visitors' browsers (B3.4): here by test levers and simulated visitors."""

from collections.abc import Iterable
from dataclasses import replace

from sandbox.apis.moonify.lists import PERIOD, boundary, change
from sandbox.apis.moonify.records import Group, Service, Session, Simulation, User
from sandbox.apis.moonify.sessions import group_id
from sandbox.apis.moonify.state import NAME, SERVICES, SESSIONS, SIMULATIONS
from sandbox.kernel.agenda import Due
from sandbox.kernel.clock import MINUTE, SECOND
from sandbox.kernel.errors import NotFound
from sandbox.kernel.ids import digest
from sandbox.kernel.world import World

VISIT = "visit"
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
    groups: dict[str, Group] = {}
    members: dict[str, dict[str, User]] = {}
    for session, score, time in work:
        if session.user is not None:
            _grow(users, service.users.get(session.user), session.user, score, time, now)
        if session.group is not None:
            key = group_id(session.group)
            group = groups.get(key) or service.groups.get(key)
            if group is None:
                continue
            groups[key] = replace(group, stats=group.stats.grown(score, time, now), stated=None)
            if session.user is not None:
                own = members.setdefault(key, {})
                _grow(own, group.members.get(session.user), session.user, score, time, now)
    for key, changed in members.items():
        groups[key] = replace(groups[key], members=groups[key].members.put_many(changed))
    return service.changed(service.users.put_many(users), service.groups.put_many(groups))


def _grow(changed: dict[str, User], before: User | None, key: str, score: float, time: int, now: int) -> None:
    user = changed.get(key) or before
    if user is not None:
        changed[key] = User(key, user.stats.grown(score, time, now))


def reward(service: Service, key: str | tuple[str, str], score: float, *, by_moonify: bool) -> Service:
    """A service with a user, or a group, rewarded. Raises NotFound."""
    if isinstance(key, str):
        user = service.users.get(key)
        if user is None:
            msg = "User not found"
            raise NotFound(msg)
        rewarded = User(key, user.stats.awarded(score, by_moonify=by_moonify))
        return service.changed(service.users.put(key, rewarded), service.groups)
    group = service.groups.get(group_id(key))
    if group is None:
        msg = "Group not found"
        raise NotFound(msg)
    changed = replace(group, stats=group.stats.awarded(score, by_moonify=by_moonify), stated=None)
    return service.changed(service.users, service.groups.put(group_id(key), changed))


def simulate(world: World, simulation: Simulation) -> None:
    """Let the service's open sessions work from now on; the first round is at the next boundary."""
    stop(world, simulation.service)
    world.store.put(SIMULATIONS, simulation.service, simulation)
    world.schedule(boundary(world.now), NAME, VISIT, simulation.service)


def stop(world: World, service: str) -> None:
    """No more simulated visitors."""
    world.store.delete(SIMULATIONS, service)
    world.cancel(NAME, VISIT, service)


def on_visit(world: World, item: Due) -> None:
    """Agenda: five minutes of work by every open session, each a little more or less than the rate."""
    simulation = world.store.get(SIMULATIONS, item.subject)
    service = world.store.get(SERVICES, item.subject)
    if simulation is None or service is None:
        return
    sessions = [session for session in world.store.all(SESSIONS) if session.service == service.id]
    work = [(session, _share(world, simulation, session), PERIOD // SECOND) for session in sessions]
    if work:
        change(world, worked(service, work, world.now))
        world.note("visitors.worked", service.id, sessions=len(work))
    world.store.put(SIMULATIONS, service.id, replace(simulation, round=simulation.round + 1))
    world.schedule(world.now + PERIOD, NAME, VISIT, service.id)


def _share(world: World, simulation: Simulation, session: Session) -> float:
    """From half to one and a half of the rate, by the seed, the session and the round alone."""
    drawn = int.from_bytes(digest(world.seed, "moonify.visit", session.token, simulation.round, size=4)) / 2**32
    return simulation.score * (PERIOD / MINUTE) * (0.5 + drawn)
