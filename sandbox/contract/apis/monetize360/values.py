"""Values as the written rules compare them: three answers, of which None says that the rules do not tell."""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

_NUMBER = re.compile(r"-?(0|[1-9]\d{0,14})(\.\d{1,6})?")
_NEVER_A_NUMBER = re.compile(r"[^0-9eEinfatyINFATYxXoObB+\-._,\s]")
_SYSTEM = ("id", "createdAt", "updatedAt")

Condition = tuple[str, str, str]
"""Field, operator and value of a filter."""


def is_number(value: Any) -> bool:
    """Whether it is a JSON number."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def same(one: Any, other: Any) -> bool:
    """Whether two JSON values are equal: 250 and 250.0 are (A1), true and 1 are not."""
    if is_number(one) and is_number(other):
        return one == other or float(one) == float(other)
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same(one[name], other[name]) for name in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    return type(one) is type(other) and bool(one == other)


def instant(text: Any) -> float | None:
    """Seconds since 1970 of an RFC 3339 time; None for anything else."""
    try:
        return datetime.fromisoformat(text).timestamp()
    except (TypeError, ValueError):
        return None


def value_of(item: Mapping[str, Any], field: str) -> Any:
    """What filter and sort see of a record: a field of its data, or a system field; None where it has neither."""
    if field in item["data"]:
        return item["data"][field]
    return item.get(field) if field in _SYSTEM else None


def holds(value: Any, operator: str, text: str) -> bool | None:
    """Whether a condition holds for a stored value (A2.5)."""
    if value is None:
        return operator == "ne"
    if operator == "ne":
        equal = _equals(value, text)
        return None if equal is None else not equal
    if operator == "eq":
        return _equals(value, text)
    if operator == "in":
        return _is_in(value, text)
    return _contains(value, text) if operator == "contains" else _compares(value, operator, text)


def _equals(value: Any, text: str) -> bool | None:
    if isinstance(value, str):
        return value == text
    if isinstance(value, bool):
        told = {"true": True, "false": False}.get(text)
        return value is told if told is not None or text.lower() not in ("true", "false") else None
    if is_number(value):
        number = _number(text)
        return None if number is None else number is not False and value == number
    return None


def _number(text: str) -> float | bool | None:
    """The number that a text is; False for none, None where it may be one."""
    if _NUMBER.fullmatch(text):
        return float(text)
    return False if _NEVER_A_NUMBER.search(text) else None


def _is_in(value: Any, text: str) -> bool | None:
    if text.startswith("[") != text.endswith("]"):
        return None
    parts = text.removeprefix("[").removesuffix("]").split(",")
    if any(part != part.strip() or not part for part in parts):
        return None
    return any_of([_equals(value, part) for part in parts])


def _contains(value: Any, text: str) -> bool | None:
    if isinstance(value, str):
        return text in value
    if isinstance(value, list):
        return any_of([_equals(item, text) for item in value if item is not None])
    return None if isinstance(value, dict) else False


def _compares(value: Any, operator: str, text: str) -> bool | None:
    if isinstance(value, str):
        return _is(value, operator, text)
    if not is_number(value):
        return None
    number = _number(text)
    return number if number is None or number is False else _is(value, operator, number)


def _is(one: Any, operator: str, other: Any) -> bool:
    match operator:
        case "gt":
            return bool(one > other)
        case "gte":
            return bool(one >= other)
        case "lt":
            return bool(one < other)
    return bool(one <= other)


def any_of(told: Sequence[bool | None]) -> bool | None:
    """True where one is, else None where one is unknown."""
    return True if True in told else None if None in told else False


def all_of(told: Sequence[bool | None]) -> bool | None:
    """False where one is, else None where one is unknown."""
    return False if False in told else None if None in told else True


def ordered(items: Sequence[dict[str, Any]], keys: Sequence[tuple[str, bool]]) -> list[dict[str, Any]] | None:
    """Records sorted (A2.5) by fields, each with whether it descends; None where the rules do not tell how."""
    current = list(items)
    for field, down in reversed(keys):
        valued = [(value_of(item, field), item) for item in current]
        ranked = [(_rank(value), item) for value, item in valued if value is not None]
        kinds = {rank[0] for rank, _ in ranked}
        lists = [rank for rank, _ in ranked if rank[0] == 3]  # noqa: PLR2004  # lists and objects
        if len(lists) > 1 or (down and len(kinds) > 1):
            return None
        ranked.sort(key=lambda pair: pair[0], reverse=down)
        current = [item for _, item in ranked] + [item for value, item in valued if value is None]
    return current


def _rank(value: Any) -> tuple[int, Any]:
    if is_number(value):
        return 0, value
    if isinstance(value, str):
        return 1, value
    return (2, value) if isinstance(value, bool) else (3, 0)
