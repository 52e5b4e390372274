"""Filter, sort and page over records (A2.5, A5): columns derived once for each immutable chunk, answers remembered."""

import operator
import re
from collections.abc import Callable, Iterable, Sequence
from itertools import compress, islice, repeat
from typing import Any, NamedTuple, cast

import orjson

from sandbox.kernel.store import Chunk, Collection, remember

Row = bytes
SYSTEM_FIELDS = ("id", "createdAt", "updatedAt")
"""Usable in filter and sort; a data field of the same name wins (A5)."""

_COLUMNS_KEPT = 32
_SELECTIONS_KEPT = 8
_INTEGER = re.compile(r"[+-]?\d{1,300}", re.ASCII)
_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,3})?", re.ASCII)

_TEXTS = frozenset({str})
_NUMBERS = frozenset({int, float})

Predicate = Callable[[Any], bool]


class Query(NamedTuple):
    """A list request: ``filters`` and ``sort`` as sent, ``fields`` None for all of them."""

    filters: tuple[str, ...] = ()
    sort: str | None = None
    fields: tuple[str, ...] | None = None
    limit: int = 50
    offset: int = 0


class Column(NamedTuple):
    """One field of every row, None where it is null or missing, and the ``kinds`` of the values."""

    values: list[Any]
    kinds: frozenset[type]


def run(rows: Collection[Row], query: Query) -> tuple[list[Row], int]:
    """The page (each a record's JSON) and the total before paging."""
    if not query.filters and not query.sort:
        page = list(islice(rows, query.offset, query.offset + query.limit))
        total = len(rows)
    else:
        found = remember(
            rows.derived,
            (query.filters, query.sort),
            _SELECTIONS_KEPT,
            lambda: select(rows, query.filters, query.sort),
        )
        page = found[query.offset : query.offset + query.limit]
        total = len(found)
    return (page if query.fields is None else [project(row, query.fields) for row in page]), total


def project(row: Row, fields: Sequence[str]) -> Row:
    """The record with only those fields in its data; its system fields stay (A5)."""
    record = orjson.loads(row)
    data = record["data"]
    record["data"] = {name: data[name] for name in fields if name in data}
    return orjson.dumps(record)


def select(rows: Collection[Row], filters: Iterable[str], sort: str | None) -> list[Row]:
    """All records that pass every filter, in order."""
    conditions = [_Condition(text) for text in filters]
    keys = parse_sort(sort) if sort else []
    needed = {condition.name for condition in conditions} | {name for name, _ in keys}
    found: list[Row] = []
    values: list[list[Any]] = [[] for _ in keys]
    for chunk in rows.chunks:
        columns = derive(chunk, needed)
        picked = _pick(chunk, columns, conditions)
        found.extend(map(cast("tuple[Row, ...]", chunk.rows).__getitem__, picked))
        for (name, _), column in zip(keys, values, strict=True):
            column.extend(map(columns[name].values.__getitem__, picked))
    return _order(found, values, [descending for _, descending in keys])


class _Condition:
    """One filter: over a whole column at once where all its values are of one kind, else value by value."""

    __slots__ = ("_compare", "_number", "_text", "name", "passes")

    def __init__(self, text: str) -> None:
        self.name, name, self._text = text.split(":", 2)
        self.passes = _OPERATORS[name](self._text)
        self._number = _number(self._text)
        self._compare = _COLUMNWISE.get(name)

    def pick(self, column: Column) -> list[int]:
        """The places of the values that pass."""
        values, kinds = column
        bound = self._text if kinds == _TEXTS else self._number if kinds <= _NUMBERS else None
        if self._compare is None or bound is None:
            chosen = map(self.passes, values)
        else:
            chosen = map(self._compare, values, repeat(bound))
        return list(compress(range(len(values)), chosen))


_COLUMNWISE: dict[str, Callable[[Any, Any], bool]] = {
    "eq": operator.eq,
    "ne": operator.ne,
    "gt": operator.gt,
    "lt": operator.lt,
    "gte": operator.ge,
    "lte": operator.le,
}
"""The same as _OPERATORS for a column of strings with a string, or of numbers with a number, several times faster."""


def _pick(chunk: Chunk[Row], columns: dict[str, Column], conditions: list[_Condition]) -> list[int]:
    rows = chunk.rows
    if not conditions:
        return [i for i, row in enumerate(rows) if row is not None]
    first, *others = conditions
    picked = first.pick(columns[first.name])
    for condition in others:
        column, passes = columns[condition.name].values, condition.passes
        picked = [i for i in picked if passes(column[i])]
    return picked if all(rows) else [i for i in picked if rows[i] is not None]


def derive(chunk: Chunk[Row], names: Iterable[str]) -> dict[str, Column]:
    """A column for each name.

    Forks share chunks, so another thread may be here too: what is asked for is answered, not looked up again.
    """
    kept = chunk.columns
    found = {name: column for name in names if (column := kept.get(name)) is not None}
    missing = [name for name in names if name not in found]
    if not missing:
        return found
    records = orjson.loads(b"[%b]" % b",".join([b'{"data":{}}' if row is None else row for row in chunk.rows]))
    made = {name: _column(records, name) for name in missing}
    others = [name for name in list(kept) if name not in found]
    for stale in others[: max(0, len(kept) + len(made) - _COLUMNS_KEPT)]:
        kept.pop(stale, None)
    kept.update(made)
    return found | made


def _column(records: list[dict[str, Any]], name: str) -> Column:
    if name in SYSTEM_FIELDS:
        values = [record["data"].get(name, record.get(name)) for record in records]
    else:
        values = [record["data"].get(name) for record in records]
    return Column(values, frozenset(map(type, values)))


def _order(rows: list[Row], values: list[list[Any]], descending: list[bool]) -> list[Row]:
    """Sorted by the last key first, so that earlier keys prevail; ties keep the order of creation."""
    if not values:
        return rows
    places = list(range(len(rows)))
    for column, down in reversed(list(zip(values, descending, strict=True))):
        places = _sorted(places, column, down=down)
    return [rows[place] for place in places]


def _sorted(places: list[int], column: list[Any], *, down: bool) -> list[int]:
    """Missing values last, whatever the direction."""
    present = [place for place in places if column[place] is not None]
    absent = [place for place in places if column[place] is None]
    kinds = {type(column[place]) for place in present}
    plain = kinds <= {str} or kinds <= {int, float}
    key = column.__getitem__ if plain else lambda place: _rank(column[place])
    return sorted(present, key=key, reverse=down) + absent


def _rank(value: Any) -> tuple[int, Any]:
    """Numbers before strings before booleans before the rest (by its JSON text)."""
    if isinstance(value, bool):
        return 2, value
    if isinstance(value, int | float):
        return 0, value
    return (1, value) if isinstance(value, str) else (3, orjson.dumps(value))


def parse_sort(text: str) -> list[tuple[str, bool]]:
    """``a:desc,b,-c`` as (field, descending); the spec's pattern has refused anything else."""
    keys = []
    for part in text.split(","):
        name, _, direction = part.partition(":")
        keys.append((name[1:], True) if name.startswith("-") else (name, direction == "desc"))
    return keys


def parse_filter(text: str) -> tuple[str, Predicate]:
    """``field:operator:value``, split at the first two colons; the spec's pattern has refused anything else."""
    name, compare, value = text.split(":", 2)
    return name, _OPERATORS[compare](value)


def _number(text: str) -> int | float | None:
    """The number that a body with this text would have stored: whole up to 64 bits, else a double."""
    if _INTEGER.fullmatch(text) and -(2**63) <= int(text) < 2**64:
        return int(text)
    return float(text) if _NUMBER.fullmatch(text) else None


def _equals(text: str) -> Predicate:
    """Typed by the stored value: number, boolean or string."""
    number = _number(text)
    truth = {"true": True, "false": False}.get(text)

    def passes(value: Any) -> bool:
        if isinstance(value, str):
            return value == text
        if isinstance(value, bool):
            return value is truth
        return number is not None and isinstance(value, int | float) and value == number

    return passes


def _compares(compare: Callable[[Any, Any], bool]) -> Callable[[str], Predicate]:
    """Numbers with numbers, strings (so ISO times too) with strings; anything else never passes."""

    def make(text: str) -> Predicate:
        number = _number(text)

        def passes(value: Any) -> bool:
            if isinstance(value, str):
                return compare(value, text)
            if number is None or isinstance(value, bool) or not isinstance(value, int | float):
                return False
            return compare(value, number)

        return passes

    return make


def _not_equals(text: str) -> Predicate:
    """Everything that does not equal, missing and null included (A5)."""
    equals = _equals(text)
    return lambda value: not equals(value)


def _in(text: str) -> Predicate:
    """A comma-separated list, in square brackets or without (A5)."""
    listed = text[1:-1] if text.startswith("[") and text.endswith("]") else text
    members = [_equals(member) for member in listed.split(",")]
    return lambda value: any(equals(value) for equals in members)


def _contains(text: str) -> Predicate:
    """A substring of a string, case-sensitive; a member of an array."""
    equals = _equals(text)

    def passes(value: Any) -> bool:
        if isinstance(value, str):
            return text in value
        return isinstance(value, list) and any(equals(member) for member in value)

    return passes


_OPERATORS: dict[str, Callable[[str], Predicate]] = {
    "eq": _equals,
    "ne": _not_equals,
    "gt": _compares(lambda value, bound: value > bound),
    "lt": _compares(lambda value, bound: value < bound),
    "gte": _compares(lambda value, bound: value >= bound),
    "lte": _compares(lambda value, bound: value <= bound),
    "in": _in,
    "contains": _contains,
}
