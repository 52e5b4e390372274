"""Instances that are made up: number n of them follows from the seed and n alone."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from sandbox.apis.dynamic_monetization.rate_tables import InForce
from sandbox.kernel.api import Seeding
from sandbox.kernel.errors import ScenarioError
from sandbox.kernel.ids import stream

_STREAM = "dynamic_monetization.seed.instance"
_HOURS = 6
"""The longest that a generated session has lived: each hour of it is charged when the scenario is loaded."""

Items = Sequence[tuple[str, str]]


class Plan(NamedTuple):
    """What the scenario says of those to be made up; ``items`` are those in effect, by series."""

    line_items: int
    series: Sequence[str]
    quantity: tuple[int, int]
    items: Mapping[str, Items]

    def series_of(self, number: int, place: int) -> str:
        """That of a line item of an instance: they take turns."""
        return self.series[(number + place) % len(self.series)]


def generated(seeding: Seeding, where: str, told: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Instances as a scenario would write them out, with line items and sessions. Raises ScenarioError."""
    count, live = _scaled(seeding, told["instances"]), _scaled(seeding, told.get("sessions", 0))
    plan = _plan(seeding, where, told)
    for number in seeding.walk("instances", range(count)):
        yield _instance(seeding, plan, number, len(range(number, live, count)))


def _plan(seeding: Seeding, where: str, told: Mapping[str, Any]) -> Plan:
    prices = InForce(seeding.world)
    items = {series: sorted(prices.of(series)) for series in told["series"]}
    for place, series in enumerate(told["series"]):
        if not items[series]:
            raise ScenarioError(f"{where}.series.{place}", f"needs a rate table in effect, {series!r} has none")
    least, most = told.get("quantity", (500, 20_000))
    if least > most:
        raise ScenarioError(f"{where}.quantity", "must not end before it begins")
    return Plan(told.get("lineItems", 1), told["series"], (least, most), items)


def _scaled(seeding: Seeding, count: int) -> int:
    return max(1, round(count * seeding.scale)) if count else 0


def _instance(seeding: Seeding, plan: Plan, number: int, live: int) -> Mapping[str, Any]:
    """Number ``number`` with ``live`` sessions."""
    seed = seeding.world.seed
    made = [_line_item(seed, plan, number, place) for place in range(plan.line_items)]
    return {
        "shortName": seeding.fakes.at(_STREAM, number).company(),
        "accountId": f"account-{number + 1:05d}",
        "createdAt": f"-P{stream(seed, _STREAM, number).randint(301, 399)}D",
        "lineItems": made,
        "sessions": [_session(seed, plan, number, place) for place in range(live if made else 0)],
    }


def _line_item(seed: int, plan: Plan, number: int, place: int) -> dict[str, Any]:
    """The first of an instance has tokens left; of the others some are used up, or may be overdrawn."""
    chance = stream(seed, _STREAM, number, "lineItem", place)
    quantity = chance.randint(*plan.quantity)
    share = chance.uniform(0, 0.6) if place == 0 else chance.choice((0, 0.3, 0.7, 0.95, 1))
    made = {
        "activationId": f"ACT-{number + 1:05d}-{place + 1}",
        "start": f"-P{chance.randint(1, 300)}D",
        "end": f"+P{chance.choice((3, 30, 90, 180, 365, 700))}D",
        "quantity": quantity,
        "used": int(quantity * share * 4) / 4,
        "rateTableSeries": plan.series_of(number, place),
    }
    if place and chance.random() < 0.2:  # noqa: PLR2004  # one in five
        made |= {"overdraftType": "Number", "overdraftLimit": quantity // 10}
    return made


def _session(seed: int, plan: Plan, number: int, place: int) -> dict[str, Any]:
    """One that uses an item of the instance's first line item."""
    chance = stream(seed, _STREAM, number, "session", place)
    item, version = chance.choice(plan.items[plan.series_of(number, 0)])
    return {
        "startedAt": f"-PT{chance.randrange(_HOURS * 60)}M",
        "requester": {"type": "user", "value": f"user-{chance.randrange(100_000):05d}"},
        "items": [{"item": item, **({"version": version} if version else {}), "count": chance.randint(1, 3)}],
        "kept": True,
    }
