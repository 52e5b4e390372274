"""Dynamic Monetization with more mistakes, one each: what is kept, lists."""

from typing import Any

from contract_tests.mutants.making import Asked, Maker, Told
from sandbox.apis.dynamic_monetization.state import INSTANCES, LINE_ITEMS
from sandbox.kernel.errors import Invalid

make = Maker("dynamic_monetization")

# What is kept


@make.replaces("persistence", "line_items.put")
def attributes_that_are_left_out_stay(was: Any) -> Any:
    """Mapping a line item again merges its attributes: an overdraft cannot be taken away by leaving it out."""

    def put(world: Any, instance: str, body: Any) -> Any:
        found = world.store.get(LINE_ITEMS.of(instance), body["activationId"])
        old = {} if found is None else found.attributes
        return was(world, instance, {**body, "attributes": {**old, **body["attributes"]}})

    return put


@make.replaces("persistence", "rules_of_access._store")
def new_actions_go_last(was: Any) -> Any:
    """PUT of actions puts the new ones behind those that were there, whatever the order that was sent."""
    return lambda world, instance, line_item, told: was(
        world, instance, line_item, sorted(told, key=lambda one: one.get("id") is None)
    )


@make.replaces("bulk", "keys.upload")
def bad_keys_are_passed_over(was: Any) -> Any:
    """Of several keys those that cannot be used are left out, with 200, instead of refusing all."""

    def upload(world: Any, role: Any, told: Any) -> None:
        for one in told:
            try:
                was(world, role, [one])
            except Invalid:
                if len(told) == 1:
                    raise

    return upload


# Lists


@make.asks("paging", "listInstances", "getPublicKeys")
def size_is_ignored(asked: Asked) -> None:
    """size has no effect: a page has 100 entries."""
    if all(one.isdecimal() and 0 < int(one) <= 1000 for one in asked.values("size")):
        asked.put("size")


@make.replaces("paging", "handlers._page")
def next_leaves_one_out(was: Any) -> Any:
    """next leads past the first entry of the following page, which no page shows."""

    def page(rows: Any, start: int, size: int) -> Any:
        found, following = was(rows, start, size)
        return found, following + 1 if following else 0

    return page


@make.answers("lists", "getLineItemActions")
def line_items_without_actions_are_left_out(told: Told, _asked: Asked) -> None:
    """The list of actions lacks line items that have none, as an inner join gives it."""
    told.json["lineItems"] = [one for one in told.json["lineItems"] if one["actions"]]


@make.answers("lists", "getActivationsForInstance")
def deployed_line_items_alone_are_listed(told: Told, _asked: Asked) -> None:
    """INACTIVE and OBSOLETE line items can be read by their id, but are missing from the list."""
    told.json = [one for one in told.json if one["state"] == "DEPLOYED"]


@make.replaces("filters", "instances.default_of")
def all_instances_of_an_account_are_found(_was: Any) -> Any:
    """Asked for the default instance of an account, the answer has all of its instances."""
    return lambda world, account: [one for one in world.store.all(INSTANCES) if one.account == account]


@make.answers("statistics", "getActivationsForInstance", "getLineItemById")
def used_is_whole(told: Told, _asked: Asked) -> None:
    """used of a line item is read without its fraction."""
    for one in told.json if isinstance(told.json, list) else [told.json]:
        one["used"] = int(one["used"])
