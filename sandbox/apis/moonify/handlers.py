"""The operations of Moonify: unpack, apply the rule, represent."""

from sandbox.apis.moonify import lists, services, sessions
from sandbox.apis.moonify import representations as show
from sandbox.apis.moonify.bodies import Parameters
from sandbox.apis.moonify.records import Group, User
from sandbox.kernel.errors import Invalid, NotFound
from sandbox.kernel.request import Reply
from sandbox.kernel.settings import Setting
from sandbox.kernel.store import EMPTY
from sandbox.kernel.world import World

ASCENDING = Setting(
    "moonify.allowAscending",
    default=False,
    description="accept dir=asc with order=score, which the vendor names but says is not available (B5)",
)


class Handlers:
    """One method per operationId of openapi/moonify.yaml; all of them speak for the service of the request."""

    __slots__ = ("_service", "_world")

    def __init__(self, world: World) -> None:
        self._world = world
        self._service = services.own(world)

    def create_session(self, body: Parameters | None) -> Reply:
        session = sessions.open_session(self._world, self._service, body or Parameters([]))
        return {"success": True, "tokenID": session.token}, 201

    def list_users(self, limit: int, start: int, order: str | None = None, dir_: str = "desc") -> Reply:
        service, ascending = self._service, self._is_ascending(order, dir_)
        found = lists.page(
            service.listed_users, service.users, start, min(limit, 100), order=order, ascending=ascending
        )
        return show.users(found), 200

    def get_user(self, userid: str) -> Reply:
        return {"user": show.user(_found(self._service.users.get(userid)))}, 200

    def get_group(self, groupname: str, groupvalue: str) -> Reply:
        return {"group": show.group(self._group(groupname, groupvalue))}, 200

    def list_group_users(
        self, groupname: str, groupvalue: str, limit: int, start: int, order: str | None = None, dir_: str = "desc"
    ) -> Reply:
        ascending = self._is_ascending(order, dir_)  # before the group: what is asked is checked first (B1)
        live = self._group(groupname, groupvalue).members
        group = self._service.listed_groups.get(sessions.group_id((groupname, groupvalue)))
        listed = group.members if group else EMPTY
        return show.users(lists.page(listed, live, start, min(limit, 100), order=order, ascending=ascending)), 200

    def get_group_user(self, groupname: str, groupvalue: str, userid: str) -> Reply:
        return {"user": show.user(_found(self._group(groupname, groupvalue).members.get(userid)))}, 200

    def _group(self, name: str, value: str) -> Group:
        group = self._service.groups.get(sessions.group_id((name, value)))
        if group is None:
            msg = "Group not found"
            raise NotFound(msg)
        return group

    def _is_ascending(self, order: str | None, dir_: str) -> bool:
        """Whether a list is wanted so. Raises Invalid where that is not available."""
        ascending = order is not None and dir_ == "asc"
        if ascending and not self._world.setting(ASCENDING):
            msg = f"dir=asc is not available at this time (the setting {ASCENDING.name} allows it)"
            raise Invalid(msg, field="dir", value=dir_)
        return ascending


def _found(user: User | None) -> User:
    if user is None:
        msg = "User not found"
        raise NotFound(msg)
    return user
