"""What an Object's schema demands of its records: the vendor's types and keywords as JSON Schema (A2.3)."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from sandbox.apis.monetize360.effort import TooMuch, check_effort
from sandbox.kernel.errors import Invalid
from sandbox.kernel.schema import Check, Unusable, compile_schema, first_problem

_TYPES: dict[str, dict[str, Any]] = {
    "currency": {"type": "number"},
    "text": {"type": "string"},
    "picklist": {"type": "string"},
    "lookup": {"type": "string"},
    "date": {"type": "string", "format": "date"},
}
"""The vendor's types that JSON Schema does not have."""

_OWN = frozenset({"label", "unique", "options", "step", "value", "currencyCode", "picklistCategoryId", "mobjectId"})


class Fields(NamedTuple):
    """``unique`` and ``lookups`` (field → mobject id) need the other records, so the rules check them."""

    check: Check | None
    unique: tuple[str, ...] = ()
    lookups: tuple[tuple[str, str], ...] = ()
    names: frozenset[str] = frozenset()
    required: frozenset[str] = frozenset()

    def validate(self, data: dict[str, Any]) -> None:
        """Raises Invalid with the first field that breaks its rule, and its value (A3.9).

        A null is a field without a value, so only a required field minds it (A5: ``null`` sets null).
        """
        if self.check is None:
            return
        if None in data.values():
            data = {name: value for name, value in data.items() if value is not None or name in self.required}
        problem = first_problem(self.check, data)
        if problem and not problem.field:
            problem = first_problem(self.check, data, ("data",))
        if problem:
            raise Invalid(problem.message, field=problem.field, value=problem.value)


FREE = Fields(None)
"""No schema: record data is free-form (A5)."""


def compile_fields(schema: Mapping[str, Any] | None) -> Fields:
    """Raises Invalid (a field in ``schema``) for one that cannot be used: a bad pattern, a remote reference, no end."""
    if schema is None:
        return FREE
    properties = {name: part for name, part in schema.get("properties", {}).items() if isinstance(part, Mapping)}
    translated = _object(schema)
    try:
        check_effort(translated)
        check = compile_schema(translated)
    except TooMuch as error:
        msg = f"schema cannot be used: {error}"
        raise Invalid(msg, field="schema") from None
    except Unusable as error:
        field, value, told, _ = error.problem("schema")
        msg = f"schema is not a usable JSON Schema: {told}"
        raise Invalid(msg, field=field, value=value) from None
    return Fields(
        check,
        tuple(name for name, part in properties.items() if part.get("unique") is True),
        tuple((name, part["mobjectId"]) for name, part in properties.items() if _is_lookup(part)),
        frozenset(properties),
        frozenset(translated.get("required", ())),
    )


def _is_lookup(part: Mapping[str, Any]) -> bool:
    return part.get("type") == "lookup" and isinstance(part.get("mobjectId"), str)


def _object(schema: Mapping[str, Any]) -> dict[str, Any]:
    """An object schema: members translated, those it lists as required joined with those that say so themselves."""
    properties = schema.get("properties", {})
    out = {key: value for key, value in schema.items() if key not in {"$schema", "$id", "properties", "required"}}
    if properties:
        out["properties"] = {name: _field(part) for name, part in properties.items()}
    listed = schema.get("required")
    required = [*(listed if isinstance(listed, list) else ())]
    required += [n for n, part in properties.items() if isinstance(part, Mapping) and part.get("required") is True]
    if required:
        out["required"] = sorted(set(required))
    return out


def _field(part: Any) -> Any:
    """One field's schema."""
    if not isinstance(part, Mapping):
        return part
    translated = _object({key: value for key, value in part.items() if key not in _OWN})
    translated.update(_TYPES.get(str(part.get("type")), {}))
    if "items" in part:
        translated["items"] = _field(part["items"])
    if "step" in part:
        translated["multipleOf"] = part["step"]
    if "value" in part:
        translated["const"] = part["value"]
    _apply_options(part, translated)
    return translated


def _apply_options(part: Mapping[str, Any], translated: dict[str, Any]) -> None:
    """``options`` restrict a Select to one of them, a MultiSelect to any of them."""
    options = part.get("options")
    if not isinstance(options, list) or not options:
        return
    values = [option.get("value") if isinstance(option, Mapping) else option for option in options]
    if part.get("type") == "array":
        translated["items"] = {"enum": values}
    else:
        translated["enum"] = values
