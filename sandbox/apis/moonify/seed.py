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
from sandbox.kernel.clock import DAY, SECOND, parse_instant
from sandbox.kernel.errors import ScenarioError
from sandbox.kernel.ids import derive_hex, stream
from sandbox.kernel.store import EMPTY, Collection
from sandbox.kernel.world import World

_NAME = {"type": "string", "minLength": 1}
_AMOUNT = {"type": "number", "minimum": 0}
_FIGURES = {
    "score": _AMOUNT,
    "scoreRewarded": _AMOUNT,
    "scoreRewardedByMoonify": _AMOUNT,
    "totalTime": {"type": "integer", "minimum": 0},
    "updated": _NAME,
}
_STATS = {"type": "object", "additionalProperties": False, "properties": _FIGURES}
_USER = {
    "type": "object",
    "additionalProperties": False,
    "required": ["id"],
    "properties": {"id": _NAME, **_FIGURES, "listed": _STATS},
}
_GROUP = {
    "type": "object",
    "additionalProperties": False,
    "required": ["name", "value"],
    "properties": {
        "name": _NAME,
        "value": _NAME,
        "stated": _STATS,
        "users": {"type": "array", "items": _USER},
    },
}
_SESSION = {
    "type": "object",
    "additionalProperties": False,
    "required": ["tokenID"],
    "properties": {
        "tokenID": {"type": "string", "pattern": "^[0-9a-f]{32}$"},
        "userID": _NAME,
        "group": {
            "type": "object",
            "additionalProperties": False,
            "required": ["name", "value"],
            "properties": {"name": _NAME, "value": _NAME},
        },
    },
}
_GENERATE = {
    "type": "object",
    "additionalProperties": False,
    "required": ["users"],
    "properties": {
        "users": {"type": "integer", "minimum": 0},
        "groups": {"type": "object", "additionalProperties": {"type": "array", "items": _NAME, "minItems": 1}},
        "sessions": {"type": "integer", "minimum": 0},
    },
}
SCENARIO = {
    "type": "object",
    "additionalProperties": False,
    "properties": {
        "services": {
            "type": "array",
            "items": {
                "type": "object",
                "additionalProperties": False,
                "required": ["id"],
                "properties": {
                    "id": _NAME,
                    "users": {"type": "array", "items": _USER},
                    "groups": {"type": "array", "items": _GROUP},
                    "sessions": {"type": "array", "items": _SESSION},
                    "generate": _GENERATE,
                    "visitors": {
                        "type": "object",
                        "additionalProperties": False,
                        "required": ["ratePerMinute"],
                        "properties": {
                            "ratePerMinute": _AMOUNT,
                            "interval": {"type": "integer", "minimum": 1, "maximum": 86_400},
                        },
                    },
                },
            },
        }
    },
}
"""The section ``moonify`` of a scenario."""


def seed(seeding: Seeding) -> None:
    """Fill the World. A service that a later section names again gets what that section adds. Raises ScenarioError."""
    for section in seeding.sections:
        for place, said in enumerate(section.data.get("services", ())):
            _service(seeding, f"{section.label}: moonify.services.{place}", said)


def _service(seeding: Seeding, where: str, said: Mapping[str, Any]) -> None:
    world = seeding.world
    before = world.store.get(SERVICES, said["id"]) or Service(said["id"], EMPTY, EMPTY, EMPTY, EMPTY)
    users, listed = _users(world, f"{where}.users", said.get("users", ()), before.users, before.listed_users)
    groups, listed_groups = before.groups, before.listed_groups
    for place, told in enumerate(said.get("groups", ())):
        at = f"{where}.groups.{place}"
        members, listed_members = _users(world, f"{at}.users", told.get("users", ()), EMPTY, EMPTY)
        group = Group(told["name"], told["value"], _sum(world, members), members, _stated(world, at, told))
        groups = groups.put(group_id((group.name, group.value)), group)
        listed_groups = listed_groups.put(group_id((group.name, group.value)), group.with_members(listed_members))
        users = users.put_many({one.id: one for one in members if one.id not in users})
        listed = listed.put_many({one.id: one for one in listed_members if one.id not in listed})
    made = Service(before.id, users, groups, listed, listed_groups, before.publishing)
    world.store.put(KEYS, made.id, made.id)
    made = generated(seeding, made, said["generate"]) if "generate" in said else made
    for open_ in said.get("sessions", ()):
        made = _session(world, made, open_)
    if made.listed_users != made.users or made.listed_groups != made.groups:
        change(world, made)
    else:
        world.store.put(SERVICES, made.id, made)
    if "visitors" in said:
        visitors = said["visitors"]
        activity.simulate(world, visitors["ratePerMinute"], 0.5, visitors.get("interval", 300) * SECOND)


def _session(world: World, service: Service, told: Mapping[str, Any]) -> Service:
    """The service with whom an open session declares."""
    user, group = told.get("userID"), told.get("group")
    last = (group["name"], group["value"]) if group else None
    sessions.keep(world, told["tokenID"], service, user, last)
    return sessions.registered(world, service, user, [last] if last else [])


def _users(
    world: World, where: str, told: Iterable[Mapping[str, Any]], live: Collection[User], listed: Collection[User]
) -> tuple[Collection[User], Collection[User]]:
    """Users as they are, and as lists show them: there ``listed`` stands in for some of their figures."""
    for place, one in enumerate(told):
        at, key = f"{where}.{place}", one["id"]
        live = live.put(key, User(key, _stats(world, at, one)))
        listed = listed.put(key, User(key, _stats(world, at, {**one, **one.get("listed", {})})))
    return live, listed


def _stats(world: World, where: str, told: Mapping[str, Any]) -> Stats:
    try:
        updated = parse_instant(told["updated"]) if "updated" in told else world.now
    except ValueError as error:
        raise ScenarioError(f"{where}.updated", str(error)) from None
    rewarded, by_moonify = told.get("scoreRewarded", 0), told.get("scoreRewardedByMoonify", 0)
    return Stats(told.get("score", 0), rewarded, by_moonify, told.get("totalTime", 0), updated)


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
