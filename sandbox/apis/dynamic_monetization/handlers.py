"""The operations of Dynamic Monetization: check who asks, unpack, apply the rule, represent."""

from collections.abc import Iterable, Sequence
from typing import Any, TypeVar

from sandbox.apis.dynamic_monetization import (
    configuration,
    instances,
    keys,
    line_items,
    rate_tables,
    rules_of_access,
    sessions,
)
from sandbox.apis.dynamic_monetization import representations as show
from sandbox.apis.dynamic_monetization.access import administration, check_header, check_instance, session_for
from sandbox.apis.dynamic_monetization.amounts import ZERO, amount
from sandbox.apis.dynamic_monetization.metering import Till
from sandbox.apis.dynamic_monetization.records import Action, Principal, Requester, Role, Session, Wanted
from sandbox.apis.dynamic_monetization.state import (
    ALLOCATED,
    CONDITIONS,
    CONFIGURATION,
    INSTANCES,
    KEYS,
    LINE_ITEMS,
    LIVE,
    RATE_TABLES,
    SESSIONS,
)
from sandbox.kernel.request import Reply
from sandbox.kernel.store import Collection
from sandbox.kernel.world import World

Body = dict[str, Any]
T = TypeVar("T")

MOST_SESSIONS = 100
"""In one list of sessions (C2.6)."""
ACTIONS_PAGE = 100
"""Line items in one page of actions."""


class Handlers:
    """One method per operationId of openapi/dynamic_monetization.yaml."""

    __slots__ = ("_world", "principal")

    def __init__(self, world: World) -> None:
        self._world = world
        self.principal: Principal = world.principal

    # Authorization

    @administration
    def producer_admin_key_upload(self, body: list[Body]) -> Reply:
        keys.upload(self._world, Role.ADMIN, body)
        return b"", 200

    @administration
    def delete_producer_admin_key(self, key_id: str) -> Reply:
        keys.delete(self._world, Role.ADMIN, key_id)
        return b"", 200

    @administration
    def client_key_upload(self, body: list[Body]) -> Reply:
        keys.upload(self._world, Role.CLIENT, body)
        return b"", 200

    @administration
    def delete_client_key(self, key_id: str) -> Reply:
        keys.delete(self._world, Role.CLIENT, key_id)
        return b"", 200

    @administration
    def get_public_keys(self, next_: int, size: int) -> Reply:
        page, following = _page(self._world.store.all(KEYS), next_, size)
        return {"keys": [show.key(one) for one in page], "next": following}, 200

    # Instances

    @administration
    def list_instances(
        self,
        next_: int,
        size: str,
        account_id: str | None = None,
        default: bool | None = None,  # noqa: FBT001  # a query parameter
    ) -> Reply:
        if account_id is None and default is None:
            page, following = _page(self._world.store.all(INSTANCES), next_, int(size))
        else:
            page, following = instances.find_default(self._world, account_id, default), 0
        return {"content": [show.instance(one) for one in page], "next": following}, 200

    @administration
    def add_instance(self, body: Body) -> Reply:
        return show.instance(instances.create(self._world, body["shortName"], body["accountId"])), 200

    @administration
    def get_instance(self, instance_id: str) -> Reply:
        return show.instance(instances.find(self._world, instance_id)), 200

    # Line Items

    def get_activations_for_instance(self, instance_id: str) -> Reply:
        check_instance(self._world, self.principal, instance_id)
        rows = self._world.store.all(LINE_ITEMS.of(instance_id))
        return [show.line_item(one, line_items.used(self._world, instance_id, one.id)) for one in rows], 200

    @administration
    def add_activation(self, instance_id: str, body: Body) -> Reply:
        instances.find(self._world, instance_id)
        made = line_items.put(self._world, instance_id, body)
        return show.line_item(made, line_items.used(self._world, instance_id, made.id)), 200

    def get_line_item_by_id(self, instance_id: str, line_item_id: str) -> Reply:
        check_instance(self._world, self.principal, instance_id)
        found = line_items.find(self._world, instance_id, line_item_id)
        return show.line_item(found, line_items.used(self._world, instance_id, found.id)), 200

    @administration
    def delete_line_item(self, instance_id: str, line_item_id: str) -> Reply:
        instances.find(self._world, instance_id)
        line_items.delete(self._world, instance_id, line_item_id)
        return b"", 204

    # Rules of Access

    def create_actions(self, instance_id: str, line_item_id: str, body: list[Body]) -> Reply:
        self._check_line_item(instance_id, line_item_id)
        made = rules_of_access.create_actions(self._world, instance_id, line_item_id, body)
        return self._actions(instance_id, made), 200

    def delete_actions(self, instance_id: str, line_item_id: str) -> Reply:
        self._check_line_item(instance_id, line_item_id)
        rules_of_access.delete_actions(self._world, instance_id, line_item_id)
        return b"", 204

    def get_actions(self, instance_id: str, line_item_id: str) -> Reply:
        self._check_line_item(instance_id, line_item_id)
        found = rules_of_access.actions_of(self._world, instance_id, line_item_id)
        return self._actions(instance_id, found), 200

    def put_actions(self, instance_id: str, line_item_id: str, body: list[Body]) -> Reply:
        self._check_line_item(instance_id, line_item_id)
        made = rules_of_access.put_actions(self._world, instance_id, line_item_id, body)
        return self._actions(instance_id, made), 200

    def get_line_item_actions(self, instance_id: str, next_: int) -> Reply:
        check_instance(self._world, self.principal, instance_id)
        rows = [row for row in self._world.store.all(LINE_ITEMS.of(instance_id)) if row.elastic]
        page = rows[next_ : next_ + ACTIONS_PAGE]
        following = next_ + ACTIONS_PAGE if len(rows) > next_ + ACTIONS_PAGE else 0
        shown = (
            (row.id, self._actions(instance_id, rules_of_access.actions_of(self._world, instance_id, row.id)))
            for row in page
        )
        return {"lineItems": show.line_item_actions(shown), "next": following}, 200

    def get_conditions_of_access(self, instance_id: str) -> Reply:
        check_instance(self._world, self.principal, instance_id)
        return [show.condition(one) for one in self._world.store.all(CONDITIONS.of(instance_id))], 200

    def post_conditions_of_access(self, instance_id: str, body: Body) -> Reply:
        return self._save_conditions(instance_id, [{**one, "id": None} for one in body["conditions"]])

    def patch_conditions(self, instance_id: str, body: Body) -> Reply:
        return self._save_conditions(instance_id, body["conditions"])

    def delete_conditions(self, instance_id: str) -> Reply:
        check_instance(self._world, self.principal, instance_id)
        rules_of_access.delete_conditions(self._world, instance_id)
        return b"", 204

    def delete_condition(self, instance_id: str, condition_id: str) -> Reply:
        check_instance(self._world, self.principal, instance_id)
        rules_of_access.delete_condition(self._world, instance_id, condition_id)
        return b"", 204

    # Rate Tables

    @administration
    def get_rate_tables(self) -> Reply:
        return [show.rate_table(one) for one in self._world.store.all(RATE_TABLES)], 200

    @administration
    def post_rate_tables(self, body: Body) -> Reply:
        rate_tables.create(self._world, body)
        return {"message": "Rate table successfully saved"}, 201

    @administration
    def delete_rate_tables(self, version: str, series: str = "") -> Reply:
        rate_tables.delete(self._world, series, version)
        return b"", 204

    # Sessions

    def create_session(self, body: Body, x_instance_id: str | None = None) -> Reply:
        check_header(self.principal, body["instanceId"], x_instance_id)
        check_instance(self._world, self.principal, body["instanceId"])
        return {"sessionId": sessions.create(self._world, body["instanceId"]).id}, 200

    def get_all_sessions_for_instance(self, instance_id: str) -> Reply:
        check_instance(self._world, self.principal, instance_id)
        newest = list(self._world.store.all(LIVE.of(instance_id)))[: -MOST_SESSIONS - 1 : -1]
        found = (self._world.store.get(SESSIONS, key) for key in newest)
        return [show.session_summary(one) for one in found if one is not None], 200

    def get_session(self, session_id: str, x_instance_id: str | None = None) -> Reply:
        return show.session_detail(self._session(session_id, x_instance_id)), 200

    def put_session_access_request(self, session_id: str, body: Body, x_instance_id: str | None = None) -> Reply:
        session = self._session(session_id, x_instance_id, live=True)
        requester, wanted = _asked(body)
        granted, results = sessions.request(self._world, session, requester, wanted, rollback=body["rollbackOnDeny"])
        return show.access(requester, results, self._correlation()), 200 if granted else 403

    def get_heartbeat(self, session_id: str, x_instance_id: str | None = None) -> Reply:
        sessions.heartbeat(self._world, self._session(session_id, x_instance_id, live=True))
        return b"", 204

    def close_session(self, session_id: str, x_instance_id: str | None = None) -> Reply:
        sessions.end(self._world, self._session(session_id, x_instance_id, live=True), "close")
        return b"", 204

    # Non-Session Access Request

    def post_access_request(self, instance_id: str, body: Body) -> Reply:
        check_instance(self._world, self.principal, instance_id)
        requester, wanted = _asked(body)
        till = Till(self._world, instance_id, requester)
        results = [till.take(one) for one in wanted]
        till.commit()
        return show.access(requester, results, self._correlation()), 200

    # Configuration

    @administration
    def get_tenant_configurations(self) -> Reply:
        return show.configuration(self._world.store.all(CONFIGURATION)), 200

    @administration
    def patch_tenant_configurations(self, body: Body | list[Body]) -> Reply:
        changes = body if isinstance(body, list) else [body]
        configuration.change(self._world, changes, self.principal.key_id)
        return show.configuration(self._world.store.all(CONFIGURATION)), 200

    # what several share

    def _session(self, session: str, header: str | None, *, live: bool = False) -> Session:
        found = session_for(self._world, self.principal, session, header)
        return sessions.find_live(self._world, session) if live else found

    def _check_line_item(self, instance: str, line_item: str) -> None:
        check_instance(self._world, self.principal, instance)
        line_items.find(self._world, instance, line_item)

    def _actions(self, instance: str, actions: Iterable[Action]) -> list[Body]:
        counted = self._world.store.all(ALLOCATED.of(instance))
        return [show.action(one, counted.get(one.id) or ZERO) for one in actions]

    def _save_conditions(self, instance: str, told: list[Body]) -> Reply:
        check_instance(self._world, self.principal, instance)
        made = rules_of_access.save_conditions(self._world, instance, told)
        return [show.condition(one) for one in made], 200

    def _correlation(self) -> str:
        return self._world.new_uuid("dynamic_monetization.correlation")


def _asked(body: Body) -> tuple[Requester, list[Wanted]]:
    """Who asks for what; ``requestedVersion`` is the user guide's name of ``version`` (C7.4)."""
    told = body["requester"]
    requester = Requester(told["type"], told["value"], told.get("dictionary") or {})
    return requester, [
        Wanted(one["item"], one.get("version", one.get("requestedVersion")), amount(one["count"]))
        for one in body["requestedItems"]
    ]


def _page(rows: Collection[T], start: int, size: int) -> tuple[Sequence[T], int]:
    """A page that begins at position ``start``, and where the next one does, 0 when there is none (G24)."""
    found = list(rows)
    return found[start : start + size], start + size if len(found) > start + size else 0
