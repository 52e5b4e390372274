"""Opening sessions (B2.1, B3.2): users and groups are made, the user is registered in the last declared group."""

from typing import Any

from sandbox.apis.moonify.bodies import Parameters
from sandbox.apis.moonify.lists import change
from sandbox.apis.moonify.records import Group, Service, Session, Stats, User
from sandbox.apis.moonify.state import SESSIONS
from sandbox.kernel.errors import Invalid, NotFound
from sandbox.kernel.store import EMPTY, Collection
from sandbox.kernel.world import World

GroupKey = tuple[str, str]


def group_id(key: GroupKey) -> str:
    """The id of a group in its collection: both parts, told apart."""
    return "\x1f".join(key)


def find(world: World, token: str) -> Session:
    """Raises NotFound."""
    session = world.store.get(SESSIONS, token)
    if session is None:
        msg = "Session not found"
        raise NotFound(msg)
    return session


def open_session(world: World, service: Service, given: Parameters) -> Session:
    """A new session. Raises Invalid for values that are not text or numbers, and for groups that have no address."""
    user = _text("userID", given.get("userID"))
    groups = _groups(given)
    last = groups[-1] if groups else None
    if user or groups:
        change(world, _registered(world, service, user, groups))
    token, seq = world.new_hex("moonify.session"), world.ordinal("moonify.session.seq") + 1
    session = Session(token, seq, service.id, user, last, world.now)
    world.store.put(SESSIONS, session.token, session)
    return session


def _registered(world: World, service: Service, user: str | None, groups: list[GroupKey]) -> Service:
    """The service with the user and the groups, and the user a member of the last one."""
    users, held = service.users, service.groups
    new = None if user is None else User(user, Stats(updated=world.now))
    if new is not None and new.id not in users:
        users = users.put(new.id, new)
    for key in groups:
        held = _with_group(world, held, key)
    if new is not None and groups:
        held = _with_member(held, groups[-1], new)
    return service.changed(users, held)


def _with_group(world: World, groups: Collection[Group], key: GroupKey) -> Collection[Group]:
    if group_id(key) in groups:
        return groups
    return groups.put(group_id(key), Group(*key, Stats(updated=world.now), EMPTY))


def _with_member(groups: Collection[Group], key: GroupKey, user: User) -> Collection[Group]:
    group = groups.get(group_id(key))
    if group is None or user.id in group.members:
        return groups
    return groups.put(group_id(key), group.with_members(group.members.put(user.id, user)))


def _groups(given: Parameters) -> list[GroupKey]:
    """Every parameter whose name starts with ``@``, in the order declared."""
    groups = []
    for name, value in given.pairs:
        if not name.startswith("@"):
            continue
        text = _text(name, value)
        if text is None or name == "@":
            what = "a group needs a name after the @" if name == "@" else f"{name} needs a value"
            msg = f"Invalid parameter: {what}, it could not be addressed otherwise"
            raise Invalid(msg, field=name, value=value)
        groups.append((name[1:], text))
    return groups


def _text(name: str, value: Any) -> str | None:
    """Text as it is, a number as its text; null and empty are not given (B5)."""
    if value is None or value == "":
        return None
    if isinstance(value, str):
        return value
    if isinstance(value, bool) or not isinstance(value, int | float):
        msg = f"Invalid parameter: {name} must be text or a number"
        raise Invalid(msg, field=name, value=value)
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)
