"""Whether a record keeps its object's schema, as far as that can be said for sure (A2.3, A3.9)."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sandbox.contract.apis.monetize360.values import is_number, same

_KINDS = {
    "string": str,
    "text": str,
    "picklist": str,
    "lookup": str,
    "date": str,
    "boolean": bool,
    "array": list,
    "object": dict,
}
_TOLD = frozenset({"label", "description", "currencyCode", "picklistCategoryId", "unique", "required", "mobjectId"})
_CHECKED = frozenset(
    {"type", "minimum", "maximum", "step", "pattern", "minLength", "maxLength", "options", "items", "value"}
)
_KNOWN = _TOLD | _CHECKED | {"properties", "format"}
_PLAIN_PATTERN = re.compile(r"\^?[A-Za-z0-9\[\]{},\-+*? ]*\$?")
_EMAIL = re.compile(r"[a-z0-9]+([._+-][a-z0-9]+)*@[a-z0-9]+(-[a-z0-9]+)*(\.[a-z]{2,6})+")
_DATE = re.compile(r"\d{4}-\d\d-\d\d")

Lookup = Callable[[str, str], bool | None]
"""Whether an object, by its id, has a record of that id."""


@dataclass
class Verdict:
    """What is wrong with a record: fields with the values that are at fault for sure; whether more may be wrong."""

    wrong: dict[str, Any] = field(default_factory=dict)
    unsure: bool = False

    @property
    def valid(self) -> bool | None:
        """None where it cannot be said."""
        return False if self.wrong else None if self.unsure else True


def check(schema: Mapping[str, Any] | None, data: Mapping[str, Any], lookup: Lookup) -> Verdict:
    """What is wrong with the data of a record."""
    verdict = Verdict()
    if schema is None:
        return verdict
    if not schema.keys() <= {"type", "properties", "required"}:
        verdict.unsure = True
    fields = _fields(schema)
    for name in required(schema):
        if name not in data:
            verdict.wrong[name] = None
    for name, told in fields.items():
        if name in data:
            fine = _fits(told, data[name], lookup, required=name in required(schema))
            if fine is None:
                verdict.unsure = True
            elif not fine:
                verdict.wrong[name] = data[name]
    return verdict


def _fields(schema: Mapping[str, Any]) -> Mapping[str, Any]:
    found = schema.get("properties", {})
    return found if isinstance(found, Mapping) else {}


def required(schema: Mapping[str, Any]) -> set[str]:
    """The fields that a record must have."""
    named = schema.get("required")
    marked = {name for name, told in _fields(schema).items() if isinstance(told, dict) and told.get("required") is True}
    return marked | (set(named) if isinstance(named, list) else set())


def unique_fields(schema: Mapping[str, Any] | None) -> list[str]:
    """The fields whose values no two records share."""
    fields = _fields(schema or {})
    return [name for name, told in fields.items() if isinstance(told, dict) and told.get("unique") is True]


def lookups(schema: Mapping[str, Any] | None) -> set[str]:
    """The fields that point to records."""
    fields = _fields(schema or {})
    return {name for name, told in fields.items() if isinstance(told, dict) and told.get("type") == "lookup"}


def is_plain(schema: Any) -> bool:
    """Whether a schema is surely accepted: it has no keyword or pattern whose fate the rules leave open."""
    if not isinstance(schema, dict) or not schema.keys() <= {"type", "properties", "required"}:
        return False
    return all(isinstance(told, dict) and _is_plain_field(told) for told in _fields(schema).values())


def _is_plain_field(told: Mapping[str, Any]) -> bool:
    inner = [told["items"]] if "items" in told else []
    inner += list(told.get("properties", {}).values())
    pattern = told.get("pattern", "")
    return (
        told.keys() <= _KNOWN
        and isinstance(pattern, str)
        and bool(_PLAIN_PATTERN.fullmatch(pattern))
        and ("mobjectId" in told or told.get("type") != "lookup")
        and all(isinstance(one, dict) and _is_plain_field(one) for one in inner)
    )


def _fits(told: Any, value: Any, lookup: Lookup, *, required: bool) -> bool | None:
    if not isinstance(told, dict) or not told.keys() <= _KNOWN:
        return None
    if value is None:
        return True if not required else False if "type" in told else None
    if "type" not in told:
        return None if told.keys() & (_CHECKED | {"format", "properties"}) else True
    kind = told["type"]
    if not isinstance(kind, str) or not _is_of(kind, value):
        return None if not isinstance(kind, str) else False
    answers = list(_checks(told, kind, value, lookup))
    return False if False in answers else None if None in answers else True


def _is_of(kind: str, value: Any) -> bool:
    if kind in ("number", "currency"):
        return is_number(value)
    if kind == "integer":
        return is_number(value) and value == int(value)
    return kind in _KINDS and isinstance(value, _KINDS[kind])


def _checks(told: Mapping[str, Any], kind: str, value: Any, lookup: Lookup) -> Iterator[bool | None]:
    if kind == "lookup":
        yield lookup(told["mobjectId"], value) if isinstance(told.get("mobjectId"), str) else None
    if kind == "date":
        yield _is_date(value)
    if isinstance(value, str):
        yield from _of_text(told, value)
    if is_number(value):
        yield from _of_number(told, value)
    if "value" in told:
        yield same(told["value"], value) if isinstance(told["value"], str) else None
    if "options" in told:
        yield _of_options(told["options"], value)
    if isinstance(value, list) and "items" in told:
        yield from (_fits(told["items"], item, lookup, required=True) for item in value)
    if isinstance(value, dict):
        yield check(_nested(told), value, lookup).valid


def _nested(told: Mapping[str, Any]) -> Mapping[str, Any]:
    names = told.get("required")
    return {"properties": told.get("properties", {}), "required": names if isinstance(names, list) else []}


def _of_text(told: Mapping[str, Any], value: str) -> Iterator[bool | None]:
    if "minLength" in told or "maxLength" in told:
        yield told.get("minLength", 0) <= len(value) <= told.get("maxLength", len(value))
    if "pattern" in told:
        plain = bool(_PLAIN_PATTERN.fullmatch(told["pattern"])) and "\n" not in value
        yield bool(re.search(told["pattern"], value)) if plain else None
    if "format" in told:
        yield _of_format(told["format"], value)


def _of_format(name: str, value: str) -> bool | None:
    if name != "email":
        return None
    return True if _EMAIL.fullmatch(value) else False if "@" not in value else None


def _of_number(told: Mapping[str, Any], value: float) -> Iterator[bool | None]:
    yield told.get("minimum", value) <= value <= told.get("maximum", value)
    if "step" in told:
        whole = isinstance(value, int) and isinstance(told["step"], int)
        yield value % told["step"] == 0 if whole else None


def _of_options(options: Any, value: Any) -> bool | None:
    allowed = [one["value"] for one in options if isinstance(one, dict) and "value" in one]
    chosen = value if isinstance(value, list) else [value]
    return all(any(same(one, other) for other in allowed) for one in chosen)


def _is_date(value: str) -> bool:
    try:
        return bool(_DATE.fullmatch(value)) and bool(date.fromisoformat(value))
    except ValueError:
        return False
