"""Instances of a scenario, with their conditions, line items and actions."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from sandbox.apis.dynamic_monetization import instances, line_items, rules_of_access
from sandbox.apis.dynamic_monetization.amounts import amount
from sandbox.apis.dynamic_monetization.errors import Refused
from sandbox.apis.dynamic_monetization.records import Condition, Instance, State
from sandbox.apis.dynamic_monetization.seed.history import Opening
from sandbox.apis.dynamic_monetization.seed.moments import as_of, instant, past
from sandbox.apis.dynamic_monetization.state import ACCOUNTS, ACTIONS, ALLOCATED, CONDITIONS, INSTANCES, USED
from sandbox.kernel.clock import DAY, LAST_INSTANT
from sandbox.kernel.errors import Invalid, ScenarioError
from sandbox.kernel.ids import derive_uuid
from sandbox.kernel.world import World

Told = Mapping[str, Any]

_SEED = "dynamic_monetization.seed"
_ATTRIBUTES = ("rateTableSeries", "overdraftType", "overdraftLimit")
_LONGEST = 400 * DAY
"""How long ago a session may have begun: as far as one move of the clock goes."""


def instance_id(world: World, told: Told) -> str:
    """Its own, or one that follows from its account and name."""
    return str(told.get("id") or derive_uuid(world.seed, _SEED, "instance", told["accountId"], told["shortName"]))


def put_instance(world: World, where: str, told: Told, *, sure: bool) -> list[Opening]:
    """Make it; answers the sessions that are to be opened on it. Raises ScenarioError."""
    id_ = instance_id(world, told)
    created = past(world, f"{where}.createdAt", told["createdAt"]) if "createdAt" in told else world.now
    with as_of(world, created):
        made = instances.create(world, told["shortName"], told["accountId"], id_)
    if told.get("default") and not made.default:
        _make_default(world, made)
    _put_conditions(world, where, id_, told.get("conditions", ()))
    _check_once(f"{where}.lineItems", "activationId", told.get("lineItems", ()))
    for place, item in enumerate(told.get("lineItems", ())):
        _put_line_item(world, f"{where}.lineItems.{place}", id_, item)
    return [
        _opening(world, f"{where}.sessions.{place}", id_, place, one, sure=sure)
        for place, one in enumerate(told.get("sessions", ()))
    ]


def _make_default(world: World, made: Instance) -> None:
    """The account's default until now is none any more."""
    for before in instances.default_of(world, made.account):
        world.store.put(INSTANCES, before.id, replace(before, default=False))
    world.store.put(INSTANCES, made.id, replace(made, default=True))
    world.store.put(ACCOUNTS, made.account, made.id)


def _check_once(where: str, member: str, listed: Sequence[Told]) -> None:
    seen = set()
    for place, one in enumerate(listed):
        if one.get(member) in seen:
            raise ScenarioError(f"{where}.{place}.{member}", f"must be given once: {one[member]} stands above already")
        seen |= {one[member]} if member in one else set()


def _put_conditions(world: World, where: str, instance: str, listed: Sequence[Told]) -> None:
    _check_once(f"{where}.conditions", "id", listed)
    for place, one in enumerate(listed):
        id_ = one.get("id") or derive_uuid(world.seed, _SEED, "condition", instance, place)
        criterion = {name: value for name, value in one.items() if name != "id"}
        world.store.put(CONDITIONS.of(instance), id_, Condition(id_, criterion))


def _put_line_item(world: World, where: str, instance: str, told: Told) -> None:
    """Mapped as DEPLOYED, then in the state told; ``used`` is what was used before any session of the scenario."""
    attributes = {"elastic": told.get("elastic", True), **{name: told[name] for name in _ATTRIBUTES if name in told}}
    body = {
        "activationId": told["activationId"],
        "quantity": told["quantity"],
        "start": instant(world, f"{where}.start", told["start"]) if "start" in told else world.now,
        "end": instant(world, f"{where}.end", told["end"]) if "end" in told else LAST_INSTANT,
        "attributes": attributes,
    }
    try:
        for state in dict.fromkeys((State.DEPLOYED, told.get("state", State.DEPLOYED))):
            made = line_items.put(world, instance, {**body, "state": state})
    except Refused as error:
        member, _, words = error.message.removeprefix("$.").partition(": ")
        raise ScenarioError(f"{where}.{member}", words) from None
    most = None if made.overdraft is None else made.quantity + made.overdraft
    world.store.put(USED.of(instance), made.id, _used(where, told, most, "the quantity and the overdraft"))
    if "actions" in told:
        _put_actions(world, where, instance, told)


def _used(where: str, told: Told, most: Decimal | None, what: str) -> Decimal:
    """Tokens used of ``most``, None for any number. Raises ScenarioError."""
    used = amount(told.get("used", 0))
    if most is not None and used > most:
        raise ScenarioError(f"{where}.used", f"must be at most {most}: {what}")
    return used


def _put_actions(world: World, where: str, instance: str, told: Told) -> None:
    """Made by the rules, then given the ids and the counts of the scenario."""
    line_item, listed = told["activationId"], told["actions"]
    try:
        made = rules_of_access.create_actions(world, instance, line_item, listed)
    except Invalid as error:
        raise ScenarioError(f"{where}.actions.{error.field}", error.message) from None
    named = []
    for place, (action, one) in enumerate(zip(made, listed, strict=True)):
        id_ = one.get("id") or derive_uuid(world.seed, _SEED, "action", instance, line_item, place)
        world.store.delete(ALLOCATED.of(instance), action.id)
        if id_ in world.store.all(ALLOCATED.of(instance)):
            raise ScenarioError(f"{where}.actions.{place}.id", f"must be an id of its own: another action has {id_}")
        used = _used(f"{where}.actions.{place}", one, action.allocation, "the allocation")
        world.store.put(ALLOCATED.of(instance), id_, used)
        named.append(replace(action, id=id_))
    world.store.put(ACTIONS.of(instance), line_item, tuple(named))


def _opening(world: World, where: str, instance: str, place: int, told: Told, *, sure: bool) -> Opening:
    if ("items" in told) != ("requester" in told):
        raise ScenarioError(where, "must have both items and requester, or neither")
    at = past(world, f"{where}.startedAt", told["startedAt"]) if "startedAt" in told else world.now
    if at < world.now - _LONGEST:
        raise ScenarioError(f"{where}.startedAt", f"must be at most {_LONGEST // DAY} days before the clock")
    id_ = told.get("id") or derive_uuid(world.seed, _SEED, "session", instance, place)
    return Opening(where, at, id_, instance, told, sure)
