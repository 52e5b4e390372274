"""Monetize360 with more mistakes, one each: lists, paging, filters, sorting, projection."""

import re
from collections.abc import Callable
from typing import Any

from contract_tests.mutants.making import Asked, Maker, Told
from contract_tests.mutants.monetize360_lists import _operators, _sorting
from sandbox.apis.monetize360 import query
from sandbox.apis.monetize360.state import MDATA
from sandbox.contract.inprocess import Wrap

make = Maker("monetize360")

_LISTS = ("listWorkflows", "listExecutions", "listMobjects", "listMdata")
_OPERATORS = dict(query._OPERATORS)
_SORTED = query._sorted
_ENDED = {"completed", "failed", "cancelled"}
_FILTER = re.compile(r"[^:]+:(eq|ne|gt|lt|gte|lte|in|contains):.*", re.DOTALL)

# Lists


@make.answers("lists", "listExecutions")
def running_executions_are_not_listed(told: Told, _asked: Asked) -> None:
    """Executions that have not ended can be read by their id, but are missing from the list."""
    listed = [one for one in told.json["data"] if one["status"] in _ENDED]
    told.json["pagination"]["total"] -= len(told.json["data"]) - len(listed)
    told.json["data"] = listed


@make.replaces("lists", "mdata.update")
def changed_records_move_to_the_end(was: Any) -> Any:
    """A record that was changed is the last of the list, as a database without ORDER BY gives it."""

    def update(world: Any, mobject: Any, key: str, changes: dict[str, Any]) -> Any:
        row = was(world, mobject, key, changes)
        world.store.delete(MDATA.of(mobject.id), key)
        world.store.put(MDATA.of(mobject.id), key, row)
        return row

    return update


# Paging


@make.replaces("paging", "query.run")
def pages_overlap_by_one(was: Any) -> Any:
    """A page that does not begin at 0 begins with the last record of the one before."""
    return lambda rows, asked: was(rows, asked._replace(offset=max(0, asked.offset - 1)))


@make.asks("paging", *_LISTS)
def page_is_twenty_by_default(asked: Asked) -> None:
    """Without limit a page has 20 entries instead of 50."""
    if not asked.values("limit"):
        asked.put("limit", "20")


@make.answers("paging", *_LISTS)
def total_is_that_of_the_page(told: Told, _asked: Asked) -> None:
    """total counts what is on the page, so that hasMore is never true."""
    told.json["pagination"] |= {"total": len(told.json["data"]), "hasMore": False}


# Filters


@make.mutant("filters")
def contains_ignores_case() -> Wrap:
    """contains finds texts in whatever case, as LIKE does."""

    def contains(text: str) -> Callable[[Any], bool]:
        passes, lower = _OPERATORS["contains"](text), text.lower()
        return lambda value: lower in value.lower() if isinstance(value, str) else passes(value)

    return _operators(contains=contains)


@make.mutant("filters")
def brackets_belong_to_the_values() -> Wrap:
    """in with [ ] does not find its first and its last value: the brackets are taken for a part of them."""

    def listed(text: str) -> Callable[[Any], bool]:
        members = [_OPERATORS["eq"](member) for member in text.split(",")]
        return lambda value: any(equals(value) for equals in members)

    return _operators(**{"in": listed})


@make.mutant("filters")
def true_is_compared_as_text() -> Wrap:
    """eq does not find true and false: the text in the filter never equals them."""

    def equals(text: str) -> Callable[[Any], bool]:
        passes = _OPERATORS["eq"](text)
        return lambda value: not isinstance(value, bool) and passes(value)

    def differs(text: str) -> Callable[[Any], bool]:
        passes = equals(text)
        return lambda value: not passes(value)

    return _operators(eq=equals, ne=differs)


@make.asks("filters", "listMdata")
def system_fields_cannot_be_filtered(asked: Asked) -> None:
    """Filters look at data alone: one of id, createdAt or updatedAt finds nothing."""
    names = {f"{name}:" for name in query.SYSTEM_FIELDS}
    said = asked.values("filter")
    asked.put("filter", *(f"data.{one}" if one[: one.find(":") + 1] in names else one for one in said))


@make.asks("filters", "listMdata", "listExecutions")
def malformed_filters_are_passed_over(asked: Asked) -> None:
    """A filter with an unknown operator has no effect instead of being 400: all records come."""
    asked.put("filter", *(one for one in asked.values("filter") if _FILTER.fullmatch(one)))


# Sorting


@make.asks("sorting", "listMdata")
def minus_sorts_upwards(asked: Asked) -> None:
    """sort=-field is taken as sort=field."""
    asked.put("sort", *(re.sub(r"(^|,)-", r"\1", one) for one in asked.values("sort")))


@make.mutant("sorting")
def texts_are_sorted_without_case() -> Wrap:
    """Texts are sorted whatever their case, as a database collates them: b before C."""

    def place(places: list[int], column: list[Any], *, down: bool) -> list[int]:
        folded = [value.lower() if isinstance(value, str) else value for value in column]
        return _SORTED(places, folded, down=down)

    return _sorting(place)


# Projection


@make.answers("projection", "listMdata")
def projection_loses_the_times(told: Told, asked: Asked) -> None:
    """With fields the records come without mobjectId, createdAt and updatedAt."""
    if asked.values("fields"):
        told.json["data"] = [{"id": one["id"], "data": one["data"]} for one in told.json["data"]]


@make.answers("projection", "listMdata")
def absent_fields_are_null(told: Told, asked: Asked) -> None:
    """With fields a record has null for those that it lacks."""
    names = [name for one in asked.values("fields") for name in one.split(",")]
    for one in told.json["data"]:
        one["data"] = one["data"] | {name: None for name in names if name not in one["data"]}


@make.asks("projection", "listMdata")
def sort_sees_chosen_fields_alone(asked: Asked) -> None:
    """With fields, sorting by a field that is not among them has no effect: it is cut off first."""
    names = {name for one in asked.values("fields") for name in one.split(",")} | set(query.SYSTEM_FIELDS)
    if asked.values("fields") and asked.values("sort"):
        keys = asked.values("sort")[-1].split(",")
        left = [key for key in keys if key.removeprefix("-").partition(":")[0] in names]
        asked.put("sort", *([",".join(left)] if left else []))
