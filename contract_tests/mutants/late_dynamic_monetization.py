"""Dynamic Monetization with more mistakes, one each: answers, access, keys.

What is kept and lists, and charges and sessions are in ``late_dynamic_monetization_kept`` and ``_metering``.
"""

from dataclasses import replace
from typing import Any

from contract_tests.mutants.making import Asked, Maker, Told, retried_as_others, within
from sandbox.apis.dynamic_monetization import rate_tables, rules_of_access, sessions
from sandbox.apis.dynamic_monetization.records import Condition, Role, State
from sandbox.apis.dynamic_monetization.state import CONDITIONS, LINE_ITEMS, RATE_TABLES
from sandbox.contract.inprocess import Handle, Wrap
from sandbox.kernel.request import Pending, Request, Response

make = Maker("dynamic_monetization")

_PACKAGE = "sandbox.apis.dynamic_monetization"
_ACCESS = ("postAccessRequest", "putSessionAccessRequest")


def _line_items(told: Told) -> list[Any]:
    """Those of an answer with one of them or with all."""
    return told.json if isinstance(told.json, list) else [told.json]


# What an answer looks like


@make.answers("shape", "listInstances")
def listed_instances_are_an_array(told: Told, _asked: Asked) -> None:
    """Instances are listed as an array, without content and next: there is no way to page."""
    told.json = told.json["content"]


@make.answers("shape", *_ACCESS)
def charged_tokens_are_texts(told: Told, _asked: Asked) -> None:
    """Tokens of an access request are texts, as a decimal type is written by default."""
    for one in told.json["requestedItems"]:
        one["totalTokensCharged"] = str(one["totalTokensCharged"])
        for part in one["lineItems"]:
            part["tokensCharged"] = str(part["tokensCharged"])


@make.answers("shape", "getActivationsForInstance", "getLineItemById")
def times_of_line_items_are_in_seconds(told: Told, _asked: Asked) -> None:
    """start and end of a line item are read in seconds, though they are written in milliseconds."""
    for one in _line_items(told):
        one |= {"start": one["start"] // 1000, "end": one["end"] // 1000}


@make.answers("shape", "getRateTables")
def missing_versions_are_null(told: Told, _asked: Asked) -> None:
    """An item of a rate table without a version has null there."""
    for table in told.json:
        table["items"] = [{"version": None, **one} for one in table["items"]]


@make.replaces("status", "rules_of_access.create_actions")
def more_actions_replace_the_first(_was: Any) -> Any:
    """POST of actions where there are some replaces them, with their counts, instead of 409."""

    def create(world: Any, instance: str, line_item: str, told: Any) -> Any:
        return rules_of_access.put_actions(world, instance, line_item, [{**one, "id": None} for one in told])

    return create


@make.replaces("status", "line_items.delete")
def line_items_in_use_can_be_deleted(was: Any) -> Any:
    """A line item can be deleted in whatever state."""

    def delete(world: Any, instance: str, key: str) -> None:
        found = world.store.get(LINE_ITEMS.of(instance), key)
        if found is not None:
            world.store.put(LINE_ITEMS.of(instance), key, replace(found, state=State.OBSOLETE))
        was(world, instance, key)

    return delete


@make.replaces("status", "line_items.put")
def obsolete_line_items_come_back(was: Any) -> Any:
    """An OBSOLETE line item can be DEPLOYED again."""

    def put(world: Any, instance: str, body: Any) -> Any:
        found = world.store.get(LINE_ITEMS.of(instance), body["activationId"])
        if found is not None and found.state is State.OBSOLETE:
            world.store.put(LINE_ITEMS.of(instance), found.id, replace(found, state=State.INACTIVE))
        return was(world, instance, body)

    return put


@make.replaces("status", "rate_tables.delete")
def rate_tables_in_effect_can_be_deleted(was: Any) -> Any:
    """A rate table that is in effect can be deleted."""

    def delete(world: Any, series: str, version: str) -> None:
        key = rate_tables.table_id(series, version)
        found = world.store.get(RATE_TABLES, key)
        if found is not None:
            world.store.put(RATE_TABLES, key, replace(found, effective_from=world.now + 1))
        was(world, series, version)

    return delete


@make.replaces("status", "rules_of_access._save")
def unknown_condition_is_made(was: Any) -> Any:
    """PATCH with the id of no condition makes one of that id, instead of 400."""

    def save(world: Any, instance: str, place: int, told: Any) -> Any:
        key = told.get("id")
        if key is not None and world.store.get(CONDITIONS.of(instance), key) is None:
            world.store.put(CONDITIONS.of(instance), key, Condition(key, {}))
        return was(world, instance, place, told)

    return save


@make.mutant("status")
def heartbeat_of_an_ended_session_is_204() -> Wrap:
    """A heartbeat of a session that has ended is 204: clients go on without a charge."""

    def wrap(handle: Handle, request: Request) -> Response | Pending | None:
        if make.read(request, ["getHeartbeat"]) is None:
            return handle(request)
        return within({f"{_PACKAGE}.sessions.find_live": sessions.find}, handle, request)

    return wrap


# Who may do what


@make.replaces("headers", "handlers.check_header", "access.check_header")
def header_of_clients_is_not_compared(was: Any) -> Any:
    """With a client's token x-instance-id may name any of its instances, not that of the session alone."""

    def check(principal: Any, instance: str, header: str | None) -> None:
        was(principal, instance if header not in principal.instances else header, header)

    return check


@make.mutant("auth")
def clients_may_map_line_items() -> Wrap:
    """A client's token can map line items: customers grant themselves tokens."""

    def init(handlers: Any, world: Any) -> None:
        handlers._world, handlers.principal = world, world.principal._replace(role=Role.ADMIN)

    def wrap(handle: Handle, request: Request) -> Response | Pending | None:
        if make.read(request, ["addActivation"]) is None:
            return handle(request)
        return within({f"{_PACKAGE}.handlers.Handlers.__init__": init}, handle, request)

    return wrap


@make.replaces("auth", "keys._add_stage")
def deleted_keys_count_on(was: Any) -> Any:
    """Tokens of a deleted key are good for ever, as the key stays in a cache."""
    return lambda world, name, stage: None if stage.pem is None else was(world, name, stage)


@make.replaces("time rules", "keys.DELAY")
def keys_count_at_once(_was: Any) -> Any:
    """A new key is good at once and a deleted one no more, without the ten minutes."""
    return 0


@make.replaces("tenants", "access._check_listed")
def audience_is_not_looked_at(_was: Any) -> Any:
    """A client's token is good for instances that its aud does not list."""
    return lambda _principal, _instance: None


@make.mutant("tenants")
def instances_of_other_tenants_can_be_charged() -> Wrap:
    """A one-off request charges an instance whoever it belongs to."""
    return retried_as_others(make, "postAccessRequest")
