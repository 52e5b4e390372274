"""Monetize360 with one mistake each: lists, paging, filters, sorting, projection."""

from collections.abc import Callable
from itertools import islice
from typing import Any

import orjson

from contract_tests.mutants.making import Asked, Maker, Told, within
from sandbox.apis.monetize360 import mdata, query
from sandbox.contract.inprocess import Wrap
from sandbox.kernel.store import Table

make = Maker("monetize360")

_FIND = mdata.find
_OPERATORS = dict(query._OPERATORS)
_GONE: Table[bool] = Table("mutants.gone")
_SORTED = query._sorted
_LISTS = ("listWorkflows", "listExecutions", "listMobjects", "listMdata")
_PACKAGE = "sandbox.apis.monetize360"


def _found(rows: Any, asked: Any) -> list[Any]:
    """All records that pass, in order, without what the sandbox remembers: it would show the clean answer."""
    return query.select(rows, asked.filters, asked.sort)


def _page(found: list[Any], asked: Any) -> tuple[list[Any], int]:
    page = found[asked.offset : asked.offset + asked.limit]
    return (page if asked.fields is None else [query.project(row, asked.fields) for row in page]), len(found)


def _run_anew(rows: Any, asked: Any) -> tuple[list[Any], int]:
    return _page(_found(rows, asked), asked)


# Lists


@make.answers("lists", "listMobjects")
def transient_objects_are_not_listed(told: Told, _asked: Asked) -> None:
    """Objects of the type TRANSIENT can be read by their id, but are missing from the list."""
    listed = [one for one in told.json["data"] if one["type"] != "TRANSIENT"]
    told.json["pagination"]["total"] -= len(told.json["data"]) - len(listed)
    told.json["data"] = listed


@make.mutant("lists")
def deleted_records_are_still_listed() -> Wrap:
    """A deleted record is 404, but lists show it on."""

    def find(world: Any, mobject_id: str, key: str) -> Any:
        return _FIND(world, mobject_id, "" if world.store.get(_GONE, key) else key)

    def delete(world: Any, mobject: Any, key: str) -> None:
        mdata._writable(mobject)
        find(world, mobject.id, key)
        world.store.put(_GONE, key, True)  # noqa: FBT003  # a row

    places = {f"{_PACKAGE}.mdata.find": find, f"{_PACKAGE}.mdata.delete": delete}
    return lambda handle, request: within(places, handle, request)


# Paging


@make.answers("paging", *_LISTS)
def there_is_more_after_the_last_page(told: Told, _asked: Asked) -> None:
    """hasMore is true on the last page when it is full."""
    page = told.json["pagination"]
    page["hasMore"] = page["hasMore"] or len(told.json["data"]) == page["limit"]


@make.replaces("paging", "query.run")
def pages_are_cut_at_a_hundred(was: Any) -> Any:
    """A page has at most 100 records, though limit says more."""
    return lambda rows, asked: was(rows, asked._replace(limit=min(asked.limit, 100)))


@make.replaces("paging", "query.run")
def page_is_filtered_after_it_was_cut(_was: Any) -> Any:
    """Filters see only the page that would have come without them: matches further on are missing."""

    def run(rows: Any, asked: Any) -> tuple[list[Any], int]:
        cut = type(rows).of(
            (orjson.loads(row)["id"], row) for row in islice(rows, asked.offset, asked.offset + asked.limit)
        )
        found, total = _page(_found(cut, asked), asked._replace(offset=0))
        return found, total if asked.filters else len(rows)

    return run


@make.replaces("paging", "query.run")
def total_is_counted_before_filtering(was: Any) -> Any:
    """total counts the records that do not match, too."""
    return lambda rows, asked: (was(rows, asked)[0], len(rows))


# Filters


def _operators(**instead: Callable[[str], Callable[[Any], bool]]) -> Wrap:
    """With other operators: of each, what makes a test of a stored value out of the text in the filter."""
    slow = {name: pick for name, pick in query._COLUMNWISE.items() if name not in instead}
    places = {"_OPERATORS": {**query._OPERATORS, **instead}, "_COLUMNWISE": slow, "run": _run_anew}
    named = {f"{_PACKAGE}.query.{name}": value for name, value in places.items()}
    return lambda handle, request: within(named, handle, request)


@make.asks("filters", "listMdata", "listExecutions")
def last_filter_wins(asked: Asked) -> None:
    """Of several filters only the last one counts: records that miss the others come along."""
    asked.put("filter", *asked.values("filter")[-1:])


@make.asks("filters", "listMdata")
def filter_ends_at_its_third_colon(asked: Asked) -> None:
    """The value of a filter is cut at its first colon: times lose their minutes and seconds."""
    asked.put("filter", *(":".join(one.split(":")[:3]) for one in asked.values("filter")))


@make.mutant("filters")
def gte_leaves_out_its_bound() -> Wrap:
    """gte does not find what equals the value."""
    return _operators(gte=query._OPERATORS["gt"])


@make.mutant("filters")
def ne_leaves_out_what_is_missing() -> Wrap:
    """ne does not find records without the field, as a database compares null."""

    def differs(text: str) -> Callable[[Any], bool]:
        passes = _OPERATORS["ne"](text)
        return lambda value: value is not None and passes(value)

    return _operators(ne=differs)


@make.mutant("filters")
def numbers_are_compared_as_text() -> Wrap:
    """gt and lt compare numbers by their digits: 9 is greater than 10."""

    def textual(compare: Callable[[str, str], bool]) -> Callable[[str], Callable[[Any], bool]]:
        return lambda text: (
            lambda value: (
                not isinstance(value, bool) and isinstance(value, str | int | float) and compare(str(value), text)
            )
        )

    return _operators(gt=textual(lambda value, bound: value > bound), lt=textual(lambda value, bound: value < bound))


# Sorting


@make.asks("sorting", "listMdata")
def first_sort_key_alone_counts(asked: Asked) -> None:
    """Of several fields to sort by only the first one counts."""
    asked.put("sort", *(one.split(",")[0] for one in asked.values("sort")))


def _sorting(place: Callable[..., list[int]]) -> Wrap:
    """With another way to sort places by their values in a column."""
    places = {f"{_PACKAGE}.query._sorted": place, f"{_PACKAGE}.query.run": _run_anew}
    return lambda handle, request: within(places, handle, request)


@make.mutant("sorting")
def missing_values_descend_to_the_top() -> Wrap:
    """Sorted downwards, records without the field come first."""

    def place(places: list[int], column: list[Any], *, down: bool) -> list[int]:
        found = _SORTED(places, column, down=down)
        present = [one for one in found if column[one] is not None]
        absent = [one for one in found if column[one] is None]
        return absent + present if down else found

    return _sorting(place)


@make.mutant("sorting")
def ties_are_reversed() -> Wrap:
    """Sorted downwards, records with equal values come in the reverse order of their creation."""

    def place(places: list[int], column: list[Any], *, down: bool) -> list[int]:
        present = [one for one in places if column[one] is not None]
        absent = [one for one in places if column[one] is None]
        ordered = _SORTED(present, column, down=False)
        return (ordered[::-1] if down else ordered) + absent

    return _sorting(place)


@make.replaces("sorting", "query.run")
def page_is_sorted_after_it_was_cut(was: Any) -> Any:
    """Only the records of the page are sorted among themselves, not all of them."""

    def run(rows: Any, asked: Any) -> tuple[list[Any], int]:
        page, total = was(rows, asked._replace(sort=None, fields=None))
        cut = type(rows).of((orjson.loads(row)["id"], row) for row in page)
        return _page(_found(cut, asked._replace(filters=())), asked._replace(offset=0))[0], total

    return run


# Projection


@make.asks("projection", "listMdata")
def fields_are_ignored(asked: Asked) -> None:
    """fields has no effect: records come whole."""
    asked.put("fields")
