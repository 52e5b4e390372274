"""What a request takes from which line items (C4.2, C4.3, C4.4, C4.6)."""

from collections.abc import Iterable, Sequence
from fractions import Fraction
from typing import Any

from sandbox.contract.apis.dynamic_monetization.access import decide
from sandbox.contract.apis.dynamic_monetization.beliefs import (
    ANY,
    HOUR,
    Action,
    Ask,
    Charge,
    Expected,
    Instance,
    Json,
    Line,
    Session,
    Tenant,
    Unsure,
)

CODES = {
    "101": "Successfully checked out",
    "102": "No Status",
    "201": "Item not found in any effective rate table",
    "202": "Insufficient tokens available",
    "203": "Access denied by rules of access",
}
_PLACES = 9
_SLACK = 12 * HOUR


def rounded(tokens: Fraction) -> Fraction:
    """To 1e-9, half even (G29)."""
    return round(tokens, _PLACES)


def _known(used: Fraction | None) -> Fraction:
    if used is None:
        raise Unsure
    return used


def _room(line: Line, action: Action | None) -> Fraction | None:
    """What may be taken from a line item under an action; None: without end."""
    attributes, rooms = line.said["attributes"], []
    kind = attributes.get("overdraftType")
    if kind != "Unlimited":
        beyond = attributes.get("overdraftLimit", 0) if kind == "Number" else 0
        rooms.append(line.said["quantity"] + beyond - _known(line.used))
    if action is not None and "allocation" in action.said:
        rooms.append(action.said["allocation"] - _known(action.used))
    return min(rooms, default=None)


def split(offers: Iterable[tuple[Line, Fraction, Action | None]], amount: Fraction) -> list[Charge] | None:
    """What a count takes from line items, given in order with their rate and action; None if they do not cover it."""
    charges: list[Charge] = []
    rest, last = Fraction(0), Fraction(0)
    for line, rate, action in offers:
        need = amount * rate if not charges else rest if rate == last else rounded(rest * rate / last)
        room = _room(line, action)
        if room is not None and room <= 0 < need:
            continue
        tokens = need if room is None or need == 0 else min(need, room)
        charges.append(Charge(line, action, rate, tokens))
        rest, last = need - tokens, rate
        if rest == 0:
            return charges
    return None


def version_of(asked: Json) -> str:
    """That of an item of a request (C7.4)."""
    return str(asked.get("version", asked.get("requestedVersion", "")))


def _usable(tenant: Tenant, instance: Instance, asked: Json) -> list[tuple[Line, Fraction]]:
    """The line items that price an item, with their rates, in the order of consumption."""
    found = []
    for line in instance.lines:
        said, attributes = line.said, line.said["attributes"]
        if said["state"] != "DEPLOYED" or not attributes.get("elastic") or not _in_time(tenant, said):
            continue
        rate = tenant.rate(attributes.get("rateTableSeries", ""), asked["item"], version_of(asked))
        if rate is not None:
            found.append((line, rate))
    return sorted(found, key=lambda one: (one[0].said["end"], one[0].said["start"]))


def _in_time(tenant: Tenant, said: Json) -> bool:
    strict, loose = (
        tenant.now.since(said["start"] - slack) and not tenant.now.since(said["end"] + slack + 1)
        for slack in (0, _SLACK)
    )
    if tenant.tolerant is None and strict != loose:
        raise Unsure
    return loose if tenant.tolerant else strict


def _cover(tenant: Tenant, instance: Instance, asked: Json, dictionary: Json) -> tuple[str, list[Charge]]:
    usable = _usable(tenant, instance, asked)
    offers = []
    for line, rate in usable:
        allowed, action = decide(line, instance.conditions, dictionary)
        if allowed:
            offers.append((line, rate, action))
    charges = split(offers, Fraction(asked["count"]))
    if charges is not None:
        return "101", charges
    series = {one.series for one in tenant.tables}
    if all(tenant.rate(one, asked["item"], version_of(asked)) is None for one in series):
        return "201", []
    return ("203" if usable and not offers else "202"), []


def grant(tenant: Tenant, instance: Instance, request: Json) -> tuple[list[Json], list[Charge]]:
    """Item by item, best effort: the answers, and what was booked. Raises Unsure."""
    if request["requestedItems"] and not tenant.complete:
        raise Unsure
    answers: list[Json] = []
    booked: list[Charge] = []
    for asked in request["requestedItems"]:
        code, charges = _cover(tenant, instance, asked, request["requester"].get("dictionary", {}))
        answers.append(answered(asked, code, charges))
        book(charges)
        booked += charges
    return answers, booked


def answered(asked: Json, code: str, charges: Sequence[Charge]) -> Json:
    """One item of an access response."""
    lines = [{"rate": one.rate, "activationId": one.line.id, "tokensCharged": one.tokens} for one in charges]
    return {
        "count": asked["count"],
        "item": asked["item"],
        "version": version_of(asked),
        "totalTokensCharged": sum((one.tokens for one in charges), Fraction(0)),
        "lineItems": lines,
        "status": {"code": code, "description": CODES[code]},
    }


def response(request: Json, answers: list[Json]) -> Json:
    """An access response."""
    requester = {name: request["requester"][name] for name in ("type", "value")}
    return {"requestedItems": answers, "requester": requester, "correlationId": ANY}


def book(charges: Iterable[Charge], sign: int = 1) -> None:
    """Count what was charged, or take it back."""
    for one in charges:
        _add(one.line, sign * one.tokens)
        if one.action is not None and one.action in one.line.actions:
            _add(one.action, sign * one.tokens)


def _add(one: Line | Action, tokens: Fraction) -> None:
    if one.used is not None:
        one.used += tokens


def refund(tenant: Tenant, session: Session, *, whole: bool = False) -> list[Charge]:
    """Give back what is left of the running hour, or all of it; answers what was given back, to be booked again.

    Where the time is not known exactly, what was used is not known either from then on.
    """
    totals: dict[tuple[Line, Action | None], Fraction] = {}
    rates: dict[Any, Fraction] = {}
    for paid in session.paid:
        place = paid.line, paid.action
        totals[place] = totals.get(place, Fraction(0)) + paid.tokens
        rates[place] = paid.rate
    until = session.until
    sure = whole or until is None or (until.exact and tenant.now.exact)
    back = []
    for (line, action), tokens in totals.items():
        if not sure:
            line.used = None
            if action is not None:
                action.used = None
            continue
        left = 0 if until is None else until.first - tenant.now.first
        given = tokens if whole else min(tokens, rounded(tokens * left / HOUR))
        back.append(Charge(line, action, rates[line, action], given))
    book(back, -1)
    return back


def one_off(tenant: Tenant, ask: Ask, instance: Instance) -> Expected:
    """Each item in full or not at all."""
    answers, _ = grant(tenant, instance, ask.body)
    return Expected(200, response(ask.body, answers))
