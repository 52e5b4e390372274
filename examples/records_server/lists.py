"""Filter, sort, fields and paging."""

import re
from collections.abc import Callable, Iterable
from typing import Any

import orjson
from problems import invalid
from schemas import Json

FILTER = re.compile(r"([^:]+):(eq|ne|gt|gte|lt|lte|in|contains):(.*)", re.DOTALL)
SORT = re.compile(r"-[^:,]+|[^:,-][^:,]*(:(asc|desc))?")
INTEGER = re.compile(r"[+-]?\d{1,300}", re.ASCII)
NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,3})?", re.ASCII)
BESIDE_DATA = frozenset({"id", "createdAt", "updatedAt"})
COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "gt": lambda one, other: one > other,
    "gte": lambda one, other: one >= other,
    "lt": lambda one, other: one < other,
    "lte": lambda one, other: one <= other,
}

Condition = tuple[str, str, str]


def conditions(texts: Iterable[str]) -> list[Condition]:
    """Field, operator and text of each filter."""
    found = []
    for text in texts:
        if (parts := FILTER.fullmatch(text)) is None:
            invalid("filter", text, "filter must be field:operator:value")
        found.append((parts[1], parts[2], parts[3]))
    return found


def meets(record: Json, condition: Condition) -> bool:
    """Whether a record is to be listed."""
    name, operator, text = condition
    return holds(value_of(record, name), operator, text)


def value_of(record: Json, name: str) -> Any:
    """A field; where the record has none of that name, what is beside its fields."""
    return record["data"].get(name, record[name] if name in BESIDE_DATA else None)


def holds(value: Any, operator: str, text: str) -> bool:
    """Whether a value meets a condition."""
    match operator:
        case "eq":
            return equals(value, text)
        case "ne":
            return not equals(value, text)
        case "in":
            listed = text[1:-1] if text.startswith("[") and text.endswith("]") else text
            return any(equals(value, one) for one in listed.split(","))
        case "contains":
            return text in value if isinstance(value, str) else any(equals(one, text) for one in _items(value))
    if isinstance(value, str):
        return COMPARE[operator](value, text)
    bound = number(text)
    return bound is not None and is_number(value) and COMPARE[operator](value, bound)


def equals(value: Any, text: str) -> bool:
    """Whether the text says that value."""
    if isinstance(value, bool):
        return text == ("true" if value else "false")
    return value == number(text) if is_number(value) else isinstance(value, str) and value == text


def is_number(value: Any) -> bool:
    """Whether it is one; true and false are none."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def number(text: str) -> float | None:
    """What a text says, None where it is no number."""
    if INTEGER.fullmatch(text):
        return int(text)
    return float(text) if NUMBER.fullmatch(text) else None


def _items(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def order(text: str | None) -> list[tuple[str, bool]]:
    """The fields to sort by, and whether each is descending."""
    parts = [] if text is None else text.split(",")
    if not all(map(SORT.fullmatch, parts)):
        invalid("sort", text, "sort must be field:asc, field:desc, field or -field")
    return [(part.removeprefix("-").partition(":")[0], part[0] == "-" or part.endswith(":desc")) for part in parts]


def arranged(records: Iterable[Json], by: list[tuple[str, bool]], *, as_text: bool) -> list[Json]:
    """The records in order; ``as_text`` takes numbers for text."""
    found = list(records)
    for name, down in reversed(by):
        valued = [(rank(value, as_text=as_text), one) for one in found if (value := value_of(one, name)) is not None]
        without = [one for one in found if value_of(one, name) is None]
        found = [one for _, one in sorted(valued, key=lambda pair: pair[0], reverse=down)] + without
    return found


def rank(value: Any, *, as_text: bool) -> tuple[int, Any]:
    """Numbers, then text, then true and false, then the rest, whose order is left open: here by their JSON."""
    if is_number(value):
        return 0, str(value) if as_text else value
    if isinstance(value, bool):
        return 2, value
    return (1, value) if isinstance(value, str) else (3, orjson.dumps(value))


def bounded(name: str, text: str | None, bounds: range, default: int) -> int:
    """A whole number."""
    if text is None:
        return default
    value = int(text) if re.fullmatch(r"-?\d{1,18}", text, re.ASCII) else text
    if isinstance(value, str) or value not in bounds:
        invalid(name, value, f"{name} must be a whole number from {bounds[0]} to {bounds[-1]}")
    return value


def page(items: list[Json], limit: int, offset: int) -> Json:
    """One page of a list."""
    part = items[offset : offset + limit]
    more = offset + len(part) < len(items)
    return {"data": part, "pagination": {"total": len(items), "limit": limit, "offset": offset, "hasMore": more}}


def only(record: Json, names: str | None) -> Json:
    """A record with those of its fields that are named, separated by commas; all of them for None."""
    if names is None:
        return record
    return record | {"data": {name: record["data"][name] for name in names.split(",") if name in record["data"]}}
