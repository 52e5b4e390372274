"""Single values as JSON, and back: nothing is lost, and nothing is taken that is not of the kind.

JSON lacks most of what Python tells apart. Where a type is known (see codec.py) a text stands for it; where it is not,
an object with one member that starts with ``$`` says what the value is. Reading never executes or imports anything.
"""

import math
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterable
from decimal import Decimal, InvalidOperation
from functools import partial
from typing import Any

import orjson

EXACT = 2**53
"""Integers beyond it are written as digits: other readers of JSON would round them."""
DEEPEST = 256
"""Levels that a plain value may be nested: as many as can be answered."""
_LEVELS = 64
"""Levels of JSON after which the next are one text, so that any reader of JSON takes an export."""
_DEEPEST_READ = DEEPEST + DEEPEST // _LEVELS
_DIGITS = 1_000
_NOT_FINITE = ("nan", "inf", "-inf")


class Unfit(Exception):
    """A value that is not what belongs there: ``path`` leads to it from where reading began."""

    def __init__(self, expected: str) -> None:
        super().__init__(expected)
        self.expected = expected
        self.path: tuple[str, ...] = ()

    def below(self, name: object) -> "Unfit":
        """The same, seen from one level up."""
        self.path = (str(name), *self.path)
        return self


def write_plain(value: Any, level: int = 0) -> Any:
    """Raises TypeError for what is no plain value, ValueError for one that is nested too deep."""
    if value is None or isinstance(value, str | bool):
        return value
    if isinstance(value, int | float):
        told = write_number(value)
        return {"$number": told} if isinstance(told, str) else told
    if isinstance(value, Decimal):
        return {"$decimal": str(value)}
    if isinstance(value, bytes):
        return {"$bytes": write_bytes(value)}
    if level == DEEPEST:
        raise ValueError(f"a value is nested deeper than {DEEPEST} levels")
    if level % _LEVELS == _LEVELS - 1:
        return {"$json": orjson.dumps(_write_members(value, level)).decode()}
    return _write_members(value, level)


def _write_members(value: Any, level: int) -> Any:
    write = partial(write_plain, level=level + 1)
    if isinstance(value, list):
        return list(map(write, value))
    if isinstance(value, tuple):
        return {"$tuple": list(map(write, value))}
    if not isinstance(value, dict):
        raise TypeError(f"{type(value).__name__} is no plain value")
    if all(isinstance(key, str) for key in value) and not _is_marked(value):
        return dict(zip(value, map(write, value.values()), strict=True))
    return {"$pairs": list(map(list, zip(map(write, value), map(write, value.values()), strict=True)))}


def _is_marked(value: dict[Any, Any]) -> bool:
    return len(value) == 1 and str(next(iter(value))).startswith("$")


def read_plain(value: Any, level: int = 0) -> Any:
    """Raises Unfit."""
    if level > _DEEPEST_READ:
        raise Unfit(f"must not be nested deeper than {DEEPEST} levels")
    if isinstance(value, list):
        return _read_members(range(len(value)), value, level)
    if not isinstance(value, dict):
        return value
    if not _is_marked(value):
        return dict(zip(value, _read_members(value, value.values(), level), strict=True))
    ((mark, marked),) = value.items()
    read = _MARKS.get(mark)
    if read is None:
        raise Unfit(f"must not have a single member {mark!r}: known are {', '.join(_MARKS)}")
    try:
        return read(marked, level)
    except Unfit as wrong:
        raise wrong.below(mark) from None


def _read_members(names: Iterable[object], values: Iterable[Any], level: int) -> list[Any]:
    read: list[Any] = []
    name: object = None
    try:
        for name, value in zip(names, values, strict=True):  # noqa: B007  # it is told when one is unfit
            read.append(read_plain(value, level + 1))
    except Unfit as wrong:
        raise wrong.below(name) from None
    return read


def _read_json(value: Any, level: int) -> Any:
    try:
        parsed = orjson.loads(read_text(value))
    except orjson.JSONDecodeError:
        raise Unfit("must be JSON text") from None
    return read_plain(parsed, level + 1)


def _read_tuple(value: Any, level: int) -> Any:
    return tuple(_read_members(range(len(read_list(value))), value, level))


def _read_pairs(value: Any, level: int) -> Any:
    try:
        keys, values = zip(*read_list(value), strict=True) if read_list(value) else ((), ())
        members = _read_members(range(len(keys)), values, level)
        return dict(zip(_read_members(range(len(keys)), keys, level), members, strict=True))
    except (TypeError, ValueError):
        raise Unfit("must be a list of [key, value]") from None


def write_number(value: float) -> Any:
    """A number, or text for one that JSON cannot hold."""
    return value if math.isfinite(value) and (type(value) is float or abs(value) <= EXACT) else str(value)


def read_number(value: Any) -> Any:
    """An integer or a float, as it was. Raises Unfit."""
    if isinstance(value, str) and value in _NOT_FINITE:
        return float(value)
    return value if type(value) is float else read_int(value)


def read_int(value: Any) -> int:
    """Raises Unfit."""
    if type(value) is int:
        return value
    digits = value.removeprefix("-") if isinstance(value, str) else ""
    if not (digits.isascii() and digits.isdigit() and len(digits) <= _DIGITS):
        raise Unfit("must be a number")
    return int(value)


def read_text(value: Any) -> str:
    """Raises Unfit."""
    if type(value) is not str:
        raise Unfit("must be a text")
    return value


def read_bool(value: Any) -> bool:
    """Raises Unfit."""
    if type(value) is not bool:
        raise Unfit("must be true or false")
    return value


def read_null(value: Any) -> None:
    """Raises Unfit."""
    if value is not None:
        raise Unfit("must be null")


def read_list(value: Any) -> list[Any]:
    """Raises Unfit."""
    if type(value) is not list:
        raise Unfit("must be a list")
    return value


def read_object(value: Any) -> dict[str, Any]:
    """Raises Unfit."""
    if type(value) is not dict:
        raise Unfit("must be an object")
    return value


def read_decimal(value: Any) -> Decimal:
    """Raises Unfit."""
    try:
        return Decimal(read_text(value))
    except InvalidOperation:
        raise Unfit("must be a decimal number in a text") from None


def write_bytes(value: bytes) -> Any:
    """Its text, or base64 where it is none."""
    try:
        return value.decode()
    except UnicodeDecodeError:
        return {"base64": b64encode(value).decode()}


def read_bytes(value: Any) -> bytes:
    """Raises Unfit."""
    if type(value) is str:
        return value.encode()
    if read_object(value).keys() != {"base64"}:
        raise Unfit("must be a text, or an object with the member base64")
    try:
        return b64decode(read_text(value["base64"]), validate=True)
    except ValueError:
        raise Unfit("must be base64").below("base64") from None


_MARKS: dict[str, Callable[[Any, int], Any]] = {
    "$number": lambda value, _: read_number(value),
    "$decimal": lambda value, _: read_decimal(value),
    "$bytes": lambda value, _: read_bytes(value),
    "$tuple": _read_tuple,
    "$pairs": _read_pairs,
    "$json": _read_json,
}
