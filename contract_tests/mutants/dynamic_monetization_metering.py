"""Dynamic Monetization with one mistake each: prices, charges, rules of access in use, sessions over time."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from decimal import ROUND_CEILING, Decimal
from typing import Any

from contract_tests.mutants.making import Asked, Maker, Told
from sandbox.apis.dynamic_monetization import metering
from sandbox.apis.dynamic_monetization.amounts import ZERO
from sandbox.apis.dynamic_monetization.records import Session
from sandbox.apis.dynamic_monetization.state import ALLOCATED, LINE_ITEMS, USED
from sandbox.kernel.clock import HOUR, MINUTE

make = Maker("dynamic_monetization")


# Prices


@make.replaces("metering", "metering.multiply")
def counts_are_rounded_up(was: Any) -> Any:
    """A fraction of an item costs as much as a whole one."""
    return lambda count, rate: was(count.to_integral_value(rounding=ROUND_CEILING), rate)


@make.replaces("metering", "metering.multiply")
def prices_are_floating_point(_was: Any) -> Any:
    """Prices are computed with doubles: 3 items at 0.1 cost 0.30000000000000004."""
    return lambda count, rate: Decimal(repr(float(count) * float(rate)))


def _in_force(choose: Any) -> Any:
    """Rates of a series by a table chosen otherwise among all of the series."""

    def of(prices: Any, series: str) -> Any:
        tables = prices._series.get(series, [])
        found = choose(tables, prices._now)
        return found.rates if found else {}

    return of


@make.replaces("metering", "rate_tables.InForce.of")
def highest_version_is_in_effect(_was: Any) -> Any:
    """Of the rate tables that have come into effect that of the highest version counts, not the most recent."""

    def choose(tables: Sequence[Any], now: int) -> Any:
        return max((one for one in tables if one.effective_from <= now), key=lambda one: one.version, default=None)

    return _in_force(choose)


@make.replaces("metering", "rate_tables.InForce.of")
def rate_table_comes_late(_was: Any) -> Any:
    """A rate table is not in effect at its effectiveFrom itself, but a moment later."""

    def of(prices: Any, series: str) -> Any:
        tables = [one for one in prices._series.get(series, []) if one.effective_from < prices._now]
        return tables[-1].rates if tables else {}

    return of


# Charges


def _consumable(world: Any, instance: str, tolerance: int, keep: Any, order: Any) -> Iterator[Any]:
    earliest, latest = world.now - tolerance, world.now + tolerance
    rows = [one for one in world.store.all(LINE_ITEMS.of(instance)) if keep(one)]
    return (one for one in sorted(rows, key=order) if one.start <= latest and one.end >= earliest)


def _usable(one: Any) -> bool:
    return bool(one.elastic and one.state == "DEPLOYED")


def _soonest(one: Any) -> Any:
    return one.end, one.start


@make.replaces("metering", "line_items.consumable")
def line_items_are_taken_as_mapped(_was: Any) -> Any:
    """Line items are charged in the order in which they were mapped, whichever ends first."""
    return lambda world, instance, tolerance: _consumable(world, instance, tolerance, _usable, lambda _one: 0)


@make.replaces("metering", "line_items.consumable")
def line_items_that_are_not_elastic_are_used(_was: Any) -> Any:
    """Line items are charged whether they are elastic or not."""

    def deployed(one: Any) -> bool:
        return bool(one.state == "DEPLOYED")

    return lambda world, instance, tolerance: _consumable(world, instance, tolerance, deployed, _soonest)


@make.replaces("time rules", "configuration.tolerance")
def time_zones_are_not_tolerated(_was: Any) -> Any:
    """timezone.tolerant has no effect: a line item cannot be used in the 12 hours around its dates."""
    return lambda _world: 0


@make.replaces("metering", "metering.Till._room")
def overdraft_is_not_granted(was: Any) -> Any:
    """A line item gives its quantity alone, though it has an overdraft."""
    return lambda till, line_item, action: was(till, replace(line_item, overdraft=ZERO), action)


@make.replaces("metering", "metering.Till.take")
def items_are_not_split(was: Any) -> Any:
    """An item must fit into one line item: what two of them could pay together is denied."""

    def take(till: Any, wanted: Any) -> Any:
        used, allocated = dict(till._used), dict(till._allocated)
        result = was(till, wanted)
        if len(result.parts) <= 1:
            return result
        till._used, till._allocated = used, allocated
        return metering.Result(wanted, metering.INSUFFICIENT)

    return take


@make.replaces("metering", "metering.proportion")
def rest_is_not_priced_anew(was: Any) -> Any:
    """The rest of an item goes on to a line item with another rate as tokens, not as a count."""
    return lambda whole, part, of: whole if isinstance(of, Decimal) else was(whole, part, of)


@make.replaces("metering", "handlers.Till")
def denied_item_makes_the_others_free(was: Any) -> Any:
    """A one-off request in which an item is denied charges nothing, though it says that others were granted."""

    class Strict(was):  # type: ignore[misc]  # what it was is only known here
        denied = False

        def take(self, wanted: Any) -> Any:
            result = super().take(wanted)
            self.denied = self.denied or not result.granted
            return result

        def commit(self) -> None:
            if not self.denied:
                super().commit()

    return Strict


@make.replaces("metering", "line_items.put")
def mapping_resets_used(was: Any) -> Any:
    """Replacing a line item sets used back to 0."""

    def put(world: Any, instance: str, body: Any) -> Any:
        made = was(world, instance, body)
        world.store.put(USED.of(instance), made.id, ZERO)
        return made

    return put


# Rules of access


@make.replaces("metering", "rules_of_access.Judge.decide")
def denials_are_ignored(was: Any) -> Any:
    """An action that denies is passed over: the request may use the line item."""
    return lambda judge, line_item: (True, was(judge, line_item)[1])


@make.replaces("metering", "metering.Till._room")
def allocation_is_not_enforced(was: Any) -> Any:
    """More tokens are given than the allocation of an action."""

    def room(till: Any, line_item: Any, action: Any) -> Any:
        return was(till, line_item, action and replace(action, allocation=None))

    return room


@make.replaces("metering", "rules_of_access.meets")
def not_fails_for_what_is_missing(was: Any) -> Any:
    """NOT does not hold for a requester whose dictionary lacks the key."""

    def meets(criterion: Any, dictionary: Any) -> bool:
        lacks = "conditions" not in criterion and criterion["key"] not in dictionary
        return not lacks and bool(was(criterion, dictionary))

    return meets


@make.replaces("metering", "rules_of_access.put_actions")
def changed_actions_lose_their_count(was: Any) -> Any:
    """Replacing the actions of a line item sets used of each back to 0."""

    def put_actions(world: Any, instance: str, line_item: str, told: Any) -> Any:
        made = was(world, instance, line_item, told)
        for action in made:
            world.store.put(ALLOCATED.of(instance), action.id, ZERO)
        return made

    return put_actions


@make.replaces("metering", "metering.Till.give_back")
def refunds_do_not_free_the_allocation(was: Any) -> Any:
    """A refund lowers used of the line item, but not that of the action."""
    return lambda till, paid: was(till, [one._replace(action=None) for one in paid])


# Sessions over time


@make.replaces("time rules", "sessions.refund")
def refunds_are_by_the_minute(was: Any) -> Any:
    """A refund counts whole minutes that are left."""
    return lambda paid, left, period: was(paid, left // MINUTE * MINUTE, period)


@make.replaces("time rules", "sessions.request")
def running_hour_is_not_refunded(was: Any) -> Any:
    """A request that replaces the items of a session pays for a new hour on top of the running one."""

    def request(world: Any, session: Session, requester: Any, wanted: Any, *, rollback: bool) -> Any:
        return was(world, replace(session, paid=()) if wanted else session, requester, wanted, rollback=rollback)

    return request


@make.replaces("time rules", "sessions.request")
def rollback_is_always(was: Any) -> Any:
    """A denied request leaves the session as it was, whatever rollbackOnDeny says."""
    return lambda *asked, **_how: was(*asked, rollback=True)


@make.replaces("time rules", "sessions.PATIENCE")
def heartbeat_may_come_within_the_hour(_was: Any) -> Any:
    """A session without a heartbeat goes on for 45 minutes after an automatic charge."""
    return 45 * MINUTE


@make.replaces("time rules", "sessions.end")
def missed_heartbeat_is_refunded_in_part(was: Any) -> Any:
    """A session that missed its heartbeat gets back the rest of its hour only, not the whole charge."""
    return lambda world, session, why, **how: was(world, session, why, **{**how, "whole": False})


@make.replaces("time rules", "sessions.IDLE_SPAN")
def idle_sessions_last_sixty_days(was: Any) -> Any:
    """An idle session ends after 60 days instead of 30."""
    return 2 * was


@make.answers("time rules", "getAllSessionsForInstance")
def charged_until_is_the_last_charge(told: Told, _asked: Asked) -> None:
    """chargedUntil is when the last charge was made, as the vendor's page says in one place."""
    for one in told.json:
        one["chargedUntil"] = max(0, one["chargedUntil"] - HOUR)
