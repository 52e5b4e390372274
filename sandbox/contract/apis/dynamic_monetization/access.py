"""What must be answered about line items and rules of access (C2.3, C2.4, C4.3, C4.6)."""

import json
from collections.abc import Iterable, Sequence
from fractions import Fraction
from itertools import zip_longest
from operator import itemgetter
from typing import Any

from sandbox.contract.apis.dynamic_monetization.beliefs import (
    ANY,
    Action,
    Ask,
    Differs,
    Expected,
    Instance,
    Json,
    Line,
    Tenant,
    Unsure,
)
from sandbox.contract.apis.dynamic_monetization.comparing import Bag
from sandbox.contract.apis.dynamic_monetization.pages import page

_STORED = ("activationId", "state", "quantity", "start", "end", "attributes")
_SAID = ("name", "conditionId", "action", "allocation")
_PAGE = 100


# Line items


def put_line(tenant: Tenant, ask: Ask, instance: Instance) -> Expected:
    """Mapped, or replaced but for what was used."""
    body, line = ask.body, instance.line(ask.body["activationId"])
    if body["end"] <= body["start"]:
        return Expected(400, rule="G19")
    allowed = {"DEPLOYED"} if line is None else {"OBSOLETE"} if line.said["state"] == "OBSOLETE" else {body["state"]}
    if body["state"] not in allowed:
        return Expected(400, rule="C4.3")
    if line is None:
        line = _mapped(instance, body["activationId"])
    line.said = {name: body[name] for name in _STORED}
    tenant.shrink()
    return Expected(200, shown_line(line))


def _mapped(instance: Instance, name: str) -> Line:
    """A new line item, or the deleted one that sessions still hold (G37)."""
    held = [one for one in instance.deleted if one.id == name and _is_held(instance, one)]
    line = held[0] if held else Line({})
    instance.deleted = [one for one in instance.deleted if one is not line]
    instance.lines.append(line)
    return line


def _is_held(instance: Instance, line: Line) -> bool:
    active = (one for one in instance.sessions if one.state == "ACTIVE")
    return any(paid.line is line for session in active for paid in session.paid)


def shown_line(line: Line) -> Json:
    """As it is answered."""
    return line.said | {"used": ANY if line.used is None else line.used}


def get_line(_: Tenant, ask: Ask, instance: Instance) -> Expected:
    """One."""
    line = instance.line(ask.path["lineItemId"])
    if line is None:
        return Expected(404)
    _adopt(line, ask.told)
    return Expected(200, shown_line(line))


def list_lines(_: Tenant, ask: Ask, instance: Instance) -> Expected:
    """All, without paging."""
    for told in ask.told if isinstance(ask.told, list) else []:
        line = instance.line(str(told.get("activationId"))) if isinstance(told, dict) else None
        if line is not None:
            _adopt(line, told)
    return Expected(200, Bag(itemgetter("activationId"), list(map(shown_line, instance.lines))))


def _adopt(one: Line | Action, told: Any) -> None:
    """What was used, where it was not known."""
    used = told.get("used") if isinstance(told, dict) else None
    if one.used is None and isinstance(used, int | Fraction):
        one.used = Fraction(used)


def delete_line(tenant: Tenant, ask: Ask, instance: Instance) -> Expected:
    """Only an obsolete one; gone at once, with its actions."""
    line = instance.line(ask.path["lineItemId"])
    if line is None:
        return Expected(404)
    if line.said["state"] != "OBSOLETE":
        return Expected(409, rule="G17")
    line.actions = []
    tenant.shrink()
    instance.lines.remove(line)
    instance.deleted.append(line)
    return Expected(204, None)


# Conditions


def save_conditions(_: Tenant, ask: Ask, instance: Instance, *, new: bool) -> Expected:
    """POST makes all new; PATCH replaces whole what has an id."""
    entries = ask.body["conditions"]
    named = [one["id"] for one in entries if "id" in one]
    known = {one["id"] for one in instance.conditions}
    if new and named:
        raise Unsure
    if not known.issuperset(named) or len(set(named)) < len(named):
        return Expected(400)
    made = [{**one, "id": one.get("id") or ask.made(200, number, "id")} for number, one in enumerate(entries)]
    ids = [one["id"] for one in made]
    if len(set(ids)) < len(ids) or known & set(ids) - set(named):
        return Expected(200, Bag(itemgetter("id"), []))
    replaced = {one["id"]: one for one in made}
    instance.conditions = [replaced.get(one["id"], one) for one in instance.conditions]
    instance.conditions += [one for one in made if one["id"] not in known]
    return Expected(200, made)


def list_conditions(_: Tenant, __: Ask, instance: Instance) -> Expected:
    """All."""
    return Expected(200, Bag(itemgetter("id"), instance.conditions))


def delete_conditions(_: Tenant, ask: Ask, instance: Instance) -> Expected:
    """One or all; not while an action refers to it."""
    name = ask.path.get("conditionId")
    gone = [one["id"] for one in instance.conditions if name in {None, one["id"]}]
    if name is not None and not gone:
        return Expected(404)
    used = {action.said.get("conditionId") for line in instance.lines for action in line.actions}
    if used & set(gone):
        return Expected(409, rule="G16")
    instance.conditions = [one for one in instance.conditions if one["id"] not in gone]
    return Expected(204, None)


def holds(condition: Json, dictionary: Json) -> bool:
    """Whether a requester with this dictionary meets a condition (G11). Raises Unsure where JSON has many spellings."""
    if condition["operator"] in {"AND", "OR"}:
        parts = [holds(part, dictionary) for part in condition["conditions"]]
        return all(parts) if condition["operator"] == "AND" else any(parts)
    found = False
    if condition["key"] in dictionary:
        value = dictionary[condition["key"]]
        members = value if isinstance(value, list) else [value]
        found = any(_text(member) in condition["values"] for member in members)
    return found if condition["operator"] == "IN" else not found


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, dict | list | Fraction):
        raise Unsure
    return json.dumps(value)


# Actions


def create_actions(tenant: Tenant, ask: Ask, instance: Instance) -> Expected:
    """Only where there are none."""
    line = instance.line(ask.path["lineItemId"])
    if line is not None and line.actions:
        return Expected(409, rule="G14")
    if any("id" in one for one in ask.body):
        raise Unsure
    return put_actions(tenant, ask, instance)


def put_actions(_: Tenant, ask: Ask, instance: Instance) -> Expected:
    """An entry with an id keeps what was used; those left out are gone."""
    line = instance.line(ask.path["lineItemId"])
    if line is None:
        return Expected(404)
    known = {one.id: one for one in line.actions}
    named = [one["id"] for one in ask.body if "id" in one]
    if not known.keys() >= set(named) or len(set(named)) < len(named) or _refers_wrong(instance, ask.body):
        return Expected(400, rule="G15")
    actions = [_saved(ask, number, entry, known) for number, entry in enumerate(ask.body)]
    ids = [one.id for one in actions]
    if len(set(ids)) < len(ids):
        raise Differs(Expected(200, Bag(itemgetter("id"), [])))
    line.actions = actions
    return Expected(200, shown_actions(line))


def _refers_wrong(instance: Instance, entries: Sequence[Json]) -> bool:
    """Two defaults, or a condition that does not exist."""
    known = {one["id"] for one in instance.conditions}
    without = [one for one in entries if "conditionId" not in one]
    return len(without) > 1 or any(one["conditionId"] not in known for one in entries if "conditionId" in one)


def _saved(ask: Ask, number: int, entry: Json, known: dict[str, Action]) -> Action:
    said = {name: entry[name] for name in _SAID if name in entry}
    if "id" not in entry:
        return Action(ask.made(200, number, "id"), said)
    action = known[entry["id"]]
    action.said = said
    return action


def shown_actions(line: Line) -> list[Json]:
    """As they are answered."""
    return [
        {"id": one.id, **one.said}
        | ({"used": ANY if one.used is None else one.used} if "allocation" in one.said else {})
        for one in line.actions
    ]


def get_actions(_: Tenant, ask: Ask, instance: Instance) -> Expected:
    """Those of a line item, in their order."""
    line = instance.line(ask.path["lineItemId"])
    if line is None:
        return Expected(404)
    _adopt_actions(line, ask.told)
    return Expected(200, shown_actions(line))


def _adopt_actions(line: Line, told: Any) -> None:
    for action, one in zip_longest(line.actions, told if isinstance(told, list) else []):
        if action is not None:
            _adopt(action, one)


def delete_actions(_: Tenant, ask: Ask, instance: Instance) -> Expected:
    """All of a line item."""
    line = instance.line(ask.path["lineItemId"])
    if line is None:
        return Expected(404)
    line.actions = []
    return Expected(204, None)


def list_actions(tenant: Tenant, ask: Ask, instance: Instance) -> Expected:
    """The elastic line items with their actions, 100 at a time."""
    elastic = [one for one in instance.lines if one.said["attributes"].get("elastic")]
    told = ask.told.get("lineItems") if isinstance(ask.told, dict) else None
    for one in told if isinstance(told, list) else []:
        line = instance.line(str(one.get("lineItemId"))) if isinstance(one, dict) else None
        if line is not None:
            _adopt_actions(line, one.get("actions"))
    shown = [{"lineItemId": one.id, "actions": shown_actions(one)} for one in elastic]
    if ask.query or len(elastic) > _PAGE:
        own, others = (
            {one["lineItemId"]: one for one in shown},
            {one.id for one in instance.lines if one not in elastic},
        )
        return page(tenant, ask, "lineItems", itemgetter("lineItemId"), own, others, more=())
    return Expected(200, {"lineItems": Bag(itemgetter("lineItemId"), shown), "next": 0})


def decide(line: Line, conditions: Iterable[Json], dictionary: Json) -> tuple[bool, Action | None]:
    """Whether the actions of a line item let a requester use it, and which of them says so (G12)."""
    met = {one["id"] for one in conditions if holds(one, dictionary)} if line.actions else set()
    for action in line.actions:
        if "conditionId" not in action.said or action.said["conditionId"] in met:
            return action.said["action"] == "ALLOW", action
    return not line.actions, None
