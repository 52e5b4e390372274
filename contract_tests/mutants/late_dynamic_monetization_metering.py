"""Dynamic Monetization with more mistakes, one each: prices, charges, rules of access in use, sessions over time."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from contract_tests.mutants.making import Maker, standing
from sandbox.apis.dynamic_monetization import line_items, sessions
from sandbox.apis.dynamic_monetization.amounts import ZERO
from sandbox.apis.dynamic_monetization.metering import INSUFFICIENT
from sandbox.apis.dynamic_monetization.records import Paid, State
from sandbox.apis.dynamic_monetization.state import ALLOCATED, LINE_ITEMS, SESSIONS

make = Maker("dynamic_monetization")


# Prices


@make.replaces("metering", "rate_tables.InForce.of")
def any_version_has_the_price(was: Any) -> Any:
    """An item is priced by its name alone: that of another version counts where its own has no price."""

    class Loose(dict[tuple[str, str], Any]):
        def get(self, key: tuple[str, str], default: Any = None) -> Any:
            names = (rate for (name, _), rate in self.items() if name == key[0])
            return self[key] if key in self else next(names, default)

    return lambda prices, series: Loose(was(prices, series))


@make.replaces("metering", "rate_tables.InForce.of")
def no_series_is_any_series(was: Any) -> Any:
    """A line item without a series is charged by the rate tables of all others."""

    def of(prices: Any, series: str) -> Any:
        found = dict(was(prices, series))
        for other in () if series else prices._series:
            found = {**was(prices, other), **found}
        return found

    return of


@make.replaces("metering", "rate_tables.InForce.of")
def future_rate_tables_are_in_effect(_was: Any) -> Any:
    """A rate table is in effect from when it was created, whatever its effectiveFrom."""

    def of(prices: Any, series: str) -> Any:
        tables = prices._series.get(series, [])
        return tables[-1].rates if tables else {}

    return of


# Charges


@make.replaces("metering", "metering.Till.take")
def refused_items_use_up_what_is_left(was: Any) -> Any:
    """An item that is refused for too few tokens takes what there is all the same: nothing is rolled back."""

    def take(till: Any, wanted: Any) -> Any:
        result = was(till, wanted)
        if result.code == INSUFFICIENT:
            for one in _priced(till, wanted):
                allowed, action = till._judge.decide(one.id)
                room = till._room(one, action) if allowed else ZERO
                if room:
                    till._book([Paid(one.id, action.id if action else None, room)])
        return result

    return take


def _priced(till: Any, wanted: Any) -> list[Any]:
    """The line items that could pay for an item."""
    rows = line_items.consumable(till._world, till._instance, till._tolerance)
    return [one for one in rows if (wanted.item, wanted.version or "") in till._prices.of(one.series)]


@make.replaces("metering", "handlers._asked")
def item_listed_twice_is_taken_once(was: Any) -> Any:
    """An item that a request lists twice is answered and charged once, with its last count."""

    def asked(body: Any) -> Any:
        requester, wanted = was(body)
        return requester, list({(one.item, one.version): one for one in wanted}.values())

    return asked


@make.replaces("metering", "metering.Till.give_back")
def inactive_line_items_get_no_refunds(was: Any) -> Any:
    """What a session paid with a line item that is no longer DEPLOYED is not refunded."""

    def give_back(till: Any, paid: Iterable[Any]) -> None:
        rows = till._world.store.all(LINE_ITEMS.of(till._instance))
        was(till, [one for one in paid if (row := rows.get(one.line_item)) and row.state is State.DEPLOYED])

    return give_back


# Rules of access


@make.replaces("metering", "rules_of_access.Judge.decide")
def last_action_decides(_was: Any) -> Any:
    """Of the actions whose condition is met the last one decides, not the first."""

    def decide(judge: Any, line_item: str) -> Any:
        actions = judge._actions.get(line_item)
        met = [one for one in actions or () if one.condition is None or judge._meets(one.condition)]
        return (met[-1].allows, met[-1]) if met else (not actions, None)

    return decide


@make.replaces("metering", "rules_of_access.Judge.decide")
def requesters_without_a_rule_are_let_in(was: Any) -> Any:
    """A line item of whose actions none is met is open, as if it had none."""

    def decide(judge: Any, line_item: str) -> Any:
        allowed, action = was(judge, line_item)
        return allowed or action is None, action

    return decide


@make.replaces("metering", "rules_of_access.meets")
def or_is_taken_as_and(was: Any) -> Any:
    """A complex condition with OR holds only if all of its conditions do."""

    def meets(criterion: Any, dictionary: Any) -> Any:
        joined = {"operator": "AND"} if criterion["operator"] == "OR" else {}
        return was({**criterion, **joined}, dictionary)

    return meets


@make.replaces("metering", "rules_of_access._texts")
def lists_of_a_requester_do_not_match(was: Any) -> Any:
    """A requester with a list in the dictionary, such as of groups, meets no condition by one of its members."""
    return lambda value: {str(value)} if isinstance(value, list) and value else was(value)


@make.replaces("metering", "metering.Till._room")
def allocation_is_for_each_request(was: Any) -> Any:
    """The allocation of an action limits what one request takes, not what all take together."""

    def room(till: Any, line_item: Any, action: Any) -> Any:
        if action is None or action.allocation is None:
            return was(till, line_item, action)
        before = till._world.store.get(ALLOCATED.of(till._instance), action.id) or ZERO
        return was(till, line_item, replace(action, allocation=action.allocation + before))

    return room


# Sessions over time


@make.replaces("time rules", "line_items.consumable")
def line_items_are_used_after_their_end(_was: Any) -> Any:
    """A line item can be used after its end."""

    def consumable(world: Any, instance: str, tolerance: int) -> Any:
        rows = [one for one in world.store.all(LINE_ITEMS.of(instance)) if one.elastic and one.state is State.DEPLOYED]
        return (one for one in sorted(rows, key=lambda one: (one.end, one.start)) if one.start <= world.now + tolerance)

    return consumable


@make.replaces("time rules", "sessions.end")
def closing_refunds_the_whole_hour(was: Any) -> Any:
    """Closing a session gives back all of the running hour, not the rest of it."""

    def end(world: Any, session: Any, why: str, **how: Any) -> Any:
        return was(world, session, why, **{**how, "whole": why == "close" or how.get("whole", False)})

    return end


@make.replaces("time rules", "sessions._halt")
def halt_is_not_refunded(was: Any) -> Any:
    """Halting a session gives back nothing of the running hour."""

    def halt(world: Any, session: Any) -> None:
        with standing({"sandbox.apis.dynamic_monetization.sessions._rest": lambda _world, _session: []}):
            was(world, session)

    return halt


@make.replaces("time rules", "sessions.heartbeat")
def heartbeats_are_not_kept(was: Any) -> Any:
    """A heartbeat keeps a session going, but lastHeartBeat stays 0."""

    def heartbeat(world: Any, session: Any) -> None:
        was(world, session)
        world.store.put(SESSIONS, session.id, replace(sessions.find(world, session.id), last_heartbeat=0))

    return heartbeat
