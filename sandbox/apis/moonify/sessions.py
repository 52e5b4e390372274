"""Opening sessions (B2.1, B3.2): users and groups are made, the user is registered in the last declared group."""

from sandbox.apis.moonify.bodies import Parameters, text
from sandbox.apis.moonify.lists import change
from sandbox.apis.moonify.records import Group, Service, Session, Stats, User
from sandbox.apis.moonify.state import SESSIONS
from sandbox.kernel.errors import NotFound
from sandbox.kernel.store import EMPTY, Collection
from sandbox.kernel.world import World

GroupKey = tuple[str, str]


def group_id(key: GroupKey) -> str:
    """The id of a group in its collection; the length tells the parts apart, whatever they are made of."""
    name, value = key
    return f"{len(name)} {name} {value}"


def find(world: World, token: str) -> Session:
    """Raises NotFound."""
    session = world.store.get(SESSIONS, token)
    if session is None:
        msg = f"There is no session {token!r}"
        raise NotFound(msg)
    return session


def open_session(world: World, service: Service, given: Parameters) -> Session:
    """A new session."""
    user = text(given.get("userID"))
    groups = _groups(given)
    last = groups[-1] if groups else None
    if user or groups:
        change(world, registered(world, service, user, groups))
    return keep(world, world.new_hex("moonify.session"), service, user, last)


def keep(world: World, token: str, service: Service, user: str | None, group: GroupKey | None) -> Session:
    """A session that is open from now on."""
    session = Session(token, world.ordinal("moonify.session.seq") + 1, service.id, user, group, world.now)
    world.store.put(SESSIONS, token, session)
    return session


def registered(world: World, service: Service, user: str | None, groups: list[GroupKey]) -> Service:
    """The service with the user and the groups, and the user a member of the last one."""
    users, held = service.users, service.groups
    new = None if user is None else User(user, Stats(updated=world.now), world.now)
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
    declared = ((name, text(value)) for name, value in given.pairs if name.startswith("@"))
    return [(name[1:], value) for name, value in declared if value is not None]
