"""Starting data of Moonify: services with users, groups and their statistics, written out or generated."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from math import fsum
from typing import Any

from sandbox.apis.moonify import activity, sessions
from sandbox.apis.moonify.lists import change
from sandbox.apis.moonify.records import Group, Service, Stats, User
from sandbox.apis.moonify.sessions import group_id
from sandbox.apis.moonify.state import KEYS, SERVICES
from sandbox.kernel.api import Seeding
from sandbox.kernel.clock import DAY, LAST_INSTANT, SECOND, parse_duration, parse_instant
from sandbox.kernel.errors import ScenarioError
from sandbox.kernel.ids import derive_hex, stream
from sandbox.kernel.store import EMPTY, Collection
from sandbox.kernel.world import World


def seed(seeding: Seeding) -> None:
    """Fill the World. A service that a later section names again gets what that section adds. Raises ScenarioError."""
    told = [one for section in seeding.sections for one in section.data.get("services", ())]
    last = {one["id"]: one["generate"] for one in told if "generate" in one}
    for section in seeding.sections:
        where = f"{section.label}: moonify.services"
        services = section.data.get("services", ())
        _once(where, services, "id")
        for place, said in enumerate(services):
            generates = "generate" in said and said["generate"] is last[said["id"]]
            _service(seeding, f"{where}.{place}", said, generates=generates)


def _once(where: str, told: Iterable[Mapping[str, Any]], *names: str) -> None:
    """Raises ScenarioError for what is in a file twice."""
    seen = set()
    for place, one in enumerate(told):
        key = tuple(one[name] for name in names)
        if key in seen:
            raise ScenarioError(
                f"{where}.{place}.{names[-1]}", f"must be given once: {'/'.join(key)} stands above already"
            )
        seen.add(key)


def _service(seeding: Seeding, where: str, said: Mapping[str, Any], *, generates: bool) -> None:
    world = seeding.world
    made = world.store.get(SERVICES, said["id"]) or Service(said["id"], EMPTY, EMPTY, EMPTY, EMPTY)
    users, listed = _users(world, f"{where}.users", said.get("users", ()), made.users, made.listed_users)
    made = replace(made, users=users, listed_users=listed)
    _once(f"{where}.groups", said.get("groups", ()), "name", "value")
    for place, told in enumerate(said.get("groups", ())):
        made = _group(world, f"{where}.groups.{place}", made, told)
    world.store.put(KEYS, made.id, made.id)
    if generates:
        made = generated(seeding, made, said["generate"])
    _once(f"{where}.sessions", said.get("sessions", ()), "tokenID")
    for told in said.get("sessions", ()):
        made = _session(world, made, told)
    if made.listed_users != made.users or made.listed_groups != made.groups:
        change(world, made)
    else:
        world.store.put(SERVICES, made.id, replace(made, listed_users=made.users, listed_groups=made.groups))
    if "visitors" in said:
        visitors = said["visitors"]
        activity.simulate(world, visitors["ratePerMinute"], 0.5, visitors.get("interval", 300) * SECOND)


def _group(world: World, where: str, service: Service, told: Mapping[str, Any]) -> Service:
    """The service with a group, or with what is told of one that it has."""
    key = group_id((told["name"], told["value"]))
    before, before_listed = service.groups.get(key), service.listed_groups.get(key)
    members, listed = _users(
        world,
        f"{where}.users",
        told.get("users", ()),
        before.members if before else EMPTY,
        before_listed.members if before_listed else EMPTY,
    )
    stated = _stated(world, where, told) or (before.stated if before else None)
    group = Group(told["name"], told["value"], _sum(world, members), members, stated)
    return replace(
        service,
        users=service.users.put_many({one.id: one for one in members if one.id not in service.users}),
        listed_users=service.listed_users.put_many(
            {one.id: one for one in listed if one.id not in service.listed_users}
        ),
        groups=service.groups.put(key, group),
        listed_groups=service.listed_groups.put(key, group.with_members(listed)),
    )


def _session(world: World, service: Service, told: Mapping[str, Any]) -> Service:
    """The service with whom an open session declares; lists have them too."""
    user, group = told.get("userID"), told.get("group")
    last = (group["name"], group["value"]) if group else None
    sessions.keep(world, told["tokenID"], service, user, last)
    groups = [last] if last else []
    made = sessions.registered(world, service, user, groups)
    listed = sessions.registered(world, service.changed(service.listed_users, service.listed_groups), user, groups)
    return replace(made, listed_users=listed.users, listed_groups=listed.groups)


def _users(
    world: World, where: str, told: Iterable[Mapping[str, Any]], live: Collection[User], listed: Collection[User]
) -> tuple[Collection[User], Collection[User]]:
    """Users as they are, and as lists show them: there ``listed`` stands in for some of their figures."""
    _once(where, told, "id")
    for place, one in enumerate(told):
        at, key = f"{where}.{place}", one["id"]
        live = live.put(key, User(key, _stats(world, at, one)))
        listed = listed.put(key, User(key, _stats(world, at, {**one, **one.get("listed", {})})))
    return live, listed


def _stats(world: World, where: str, told: Mapping[str, Any]) -> Stats:
    updated = _instant(world, f"{where}.updated", told["updated"]) if "updated" in told else world.now
    rewarded, by_moonify = told.get("scoreRewarded", 0), told.get("scoreRewardedByMoonify", 0)
    return Stats(told.get("score", 0), rewarded, by_moonify, told.get("totalTime", 0), updated)


def _instant(world: World, where: str, value: str) -> int:
    """``2024-01-15T10:30:00Z``, or ``-P3D`` and ``+P3D`` from the scenario's own instant. Raises ScenarioError."""
    try:
        if value[:1] not in {"-", "+"}:
            return parse_instant(value)
        span = parse_duration(value[1:])
    except ValueError as error:
        raise ScenarioError(where, f"{error}, or like -P3D for three days before the clock") from None
    return min(max(0, world.now + (span if value[0] == "+" else -span)), LAST_INSTANT)


def _stated(world: World, where: str, told: Mapping[str, Any]) -> Stats | None:
    return _stats(world, f"{where}.stated", told["stated"]) if "stated" in told else None


def _sum(world: World, members: Iterable[User]) -> Stats:
    """What a group's members make together (B2.3)."""
    all_stats = [one.stats for one in members]
    if not all_stats:
        return Stats(updated=world.now)
    score, rewarded, by_moonify, time, updated = zip(*all_stats, strict=True)
    return Stats(fsum(score), fsum(rewarded), fsum(by_moonify), sum(time), max(updated))


def generated(seeding: Seeding, service: Service, told: Mapping[str, Any]) -> Service:
    """The service with that many users more, spread over the groups, some of them in an open session."""
    world, kinds = seeding.world, told.get("groups", {})
    count = round(told["users"] * seeding.scale)
    people: dict[str, User] = {}
    members: dict[tuple[str, str], dict[str, User]] = {
        (name, value): {} for name, values in kinds.items() for value in values
    }
    for number in seeding.walk("visitors", range(count)):
        made = _visitor(world, service.id, number)
        people[made.id] = made
        keys = [
            (name, values[number * (place + 3) % len(values)]) for place, (name, values) in enumerate(kinds.items())
        ]
        for key, part in zip(keys, _shares(made, len(keys)), strict=True):
            members[key][made.id] = part
        if number < told.get("sessions", 0) * seeding.scale:
            token = derive_hex(world.seed, "moonify.seed.session", service.id, number)
            sessions.keep(world, token, service, made.id, keys[-1] if keys else None)
    users, groups = service.users.put_many(people), _joined(world, service.groups, members)
    if service.listed_users == service.users and service.listed_groups == service.groups:
        return replace(service, users=users, groups=groups, listed_users=users, listed_groups=groups)
    listed = service.listed_users.put_many(people)
    listed_groups = _joined(world, service.listed_groups, members)
    return replace(service, users=users, groups=groups, listed_users=listed, listed_groups=listed_groups)


def _joined(
    world: World, groups: Collection[Group], members: Mapping[tuple[str, str], Mapping[str, User]]
) -> Collection[Group]:
    """The groups with those members more."""
    made = {}
    for key, held in members.items():
        before = groups.get(group_id(key))
        joined = (before.members if before else EMPTY).put_many(held)
        made[group_id(key)] = Group(*key, _sum(world, joined), joined, before.stated if before else None)
    return groups.put_many(made)


def _visitor(world: World, service: str, number: int) -> User:
    """Few make much, most make little; all within the last 90 days."""
    chance = stream(world.seed, "moonify.seed.user", service, number)
    time = int(chance.paretovariate(1.2) * 240)
    score = round(time * chance.uniform(0.018, 0.03), 10)
    rewarded = round(score * chance.choice((0, 0, 0.25, 0.5)), 10)
    by_moonify = round(score * chance.choice((0, 0.05, 0.1)), 10)
    updated = world.now - chance.randrange(90 * DAY) // SECOND * SECOND
    return User(f"user-{number + 1:05d}", Stats(score, rewarded, by_moonify, time, updated))


def _shares(whole: User, parts: int) -> list[User]:
    """A user's figures split evenly over the groups they worked for, so that no sum exceeds the user's own."""
    stats = whole.stats
    if not parts:
        return []
    part = Stats(stats.score / parts, stats.rewarded / parts, stats.rewarded_by_moonify / parts, stats.time // parts)
    return [User(whole.id, part._replace(updated=stats.updated)) for _ in range(parts)]
