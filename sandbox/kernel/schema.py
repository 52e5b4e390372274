"""JSON Schema with answers for people: compiled validators, and one clear sentence for what is wrong.

Patterns run on a linear-time engine and no reference is ever fetched.
"""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import islice
from typing import Any, NamedTuple, TypeVar

import jsonschema_rs

Check = jsonschema_rs.Draft4Validator | jsonschema_rs.Draft202012Validator
C = TypeVar("C")

_PATTERNS = jsonschema_rs.RegexOptions(size_limit=1_048_576, dfa_size_limit=4_194_304)
_TOLD = 500
"""Characters of the validator's own words, which quote the value."""


class Problem(NamedTuple):
    """What is wrong: ``field`` is the dotted path ("" is the whole), ``value`` what was found there.

    ``pattern`` is what that is not written like, None where something else is wrong.
    """

    field: str
    value: Any
    message: str
    pattern: str | None = None


class Broken(NamedTuple):
    """One thing wrong, unworded: a ``keyword`` with the ``facts`` it demands, the ``path`` and what was found there."""

    keyword: str
    facts: Mapping[str, Any]
    path: Sequence[str | int]
    value: Any


class Unusable(ValueError):
    """A schema that is not one; ``error`` says where."""

    def __init__(self, error: jsonschema_rs.ValidationError) -> None:
        super().__init__(error.message)
        self.error = error

    def problem(self, root: str) -> Problem:
        """What is wrong with it, called ``root``."""
        return _problem(self.error, (root,))


def compile_schema(schema: Mapping[str, Any]) -> jsonschema_rs.Draft202012Validator:
    """A validator of JSON Schema 2020-12 that asserts formats. Raises Unusable for a schema that is not one."""
    return _compile(jsonschema_rs.Draft202012Validator, schema)


def compile_openapi(schema: Mapping[str, Any]) -> jsonschema_rs.Draft4Validator:
    """A validator of the Draft 4 dialect that OpenAPI 3.0 schemas translate to. Raises Unusable."""
    return _compile(jsonschema_rs.Draft4Validator, schema)


def _compile(kind: Callable[..., C], schema: Mapping[str, Any]) -> C:
    try:
        return kind(dict(schema), validate_formats=True, pattern_options=_PATTERNS, offline=True)
    except jsonschema_rs.ValidationError as error:
        raise Unusable(error) from None


def first_problem(check: Any, value: Any, root: Sequence[str] = ()) -> Problem | None:
    """The first thing wrong with ``value``, or None. ``root`` goes before its path.

    Only the first is looked for: to list a million wrong items takes seconds and a gigabyte.
    """
    found = first_traced(check, value, root)
    return found and found[0]


def first_traced(check: Any, value: Any, root: Sequence[str] = ()) -> tuple[Problem, list[str | int]] | None:
    """The same, with the path in the schema to the keyword that says so."""
    try:
        check.validate(value)
    except jsonschema_rs.ValidationError as error:
        return _problem(error, root), list(error.schema_path)
    return None


def broken(check: Any, value: Any, limit: int) -> list[Broken]:
    """The first ``limit`` things wrong with ``value``, for whoever words them otherwise."""
    found = islice(check.iter_errors(value), limit)
    return [Broken(error.kind.name, _facts(error), list(error.instance_path), error.instance) for error in found]


def _facts(error: jsonschema_rs.ValidationError) -> dict[str, Any]:
    return {name: fact for name, fact in error.kind.as_dict().items() if name != "name"}


def _problem(error: jsonschema_rs.ValidationError, root: Sequence[str]) -> Problem:
    forms = [form for form in getattr(error.kind, "context", ()) if form]
    if forms and all(_of_another_type(form, error) for form in forms):
        types = sorted({name for form in forms for name in form[0].kind.as_dict()["types"]})
        return explain("type", {"types": types}, [*root, *error.instance_path], error.instance, error.message)
    if forms:
        near = [form for form in forms if not _of_another_type(form, error)]
        least = min(map(_distance, near))
        return _of_the_nearest([form[0] for form in near if _distance(form) == least], root)
    return explain(error.kind.name, _facts(error), [*root, *error.instance_path], error.instance, error.message)


def _of_another_type(form: Sequence[jsonschema_rs.ValidationError], error: jsonschema_rs.ValidationError) -> bool:
    return form[0].kind.name == "type" and form[0].instance_path == error.instance_path


def _of_the_nearest(errors: Sequence[jsonschema_rs.ValidationError], root: Sequence[str]) -> Problem:
    """What is wrong first in equally near forms; of one thing that all of them want, whatever any of them takes."""
    first, path = errors[0], errors[0].instance_path
    if any((error.kind.name, error.instance_path) != (first.kind.name, path) for error in errors):
        return _problem(first, root)
    if first.kind.name == "enum":
        options = _once(option for error in errors for option in _facts(error)["options"])
        return explain("enum", {"options": options}, [*root, *path], first.instance, first.message)
    if first.kind.name == "required":
        members = _once(_facts(error)["property"] for error in errors)
        if len(members) > 1:
            return explain("anyRequired", {"members": members}, [*root, *path], first.instance, first.message)
    return _problem(first, root)


def _once(found: Iterable[Any]) -> list[Any]:
    """Without repetitions; what is found need not be hashable."""
    kept: list[Any] = []
    for one in found:
        if one not in kept:
            kept.append(one)
    return kept


def _distance(form: Sequence[jsonschema_rs.ValidationError]) -> tuple[int, ...]:
    """How far a value is from one of several forms: fixed values, then what must not be, say which one was meant."""
    kinds = [error.kind.name for error in form]
    fixed = sum(kind in {"enum", "const"} for kind in kinds)
    return fixed, kinds.count("not"), kinds.count("type"), len(form)


def explain(keyword: str, facts: Mapping[str, Any], path: Sequence[str | int], value: Any, told: str) -> Problem:
    """Say it in words: ``facts`` is what the keyword demands, ``told`` the validator's own words as a last resort."""
    if keyword == "required":
        return Problem(_dotted([*path, facts["property"]]), None, f"{_dotted([*path, facts['property']])} is required")
    if keyword == "additionalProperties":
        name = _dotted([*path, facts["unexpected"][0]])
        return Problem(name, value.get(facts["unexpected"][0]), f"{name} is not a known member")
    if keyword == "format":
        return Problem(_dotted(path), value, _format_words(str(facts["format"])))
    field = _dotted(path)
    words = _WORDS.get(keyword)
    wrong = words(facts, value) if words else f"is not valid: {told[:_TOLD]}"
    return Problem(field, value, f"{field or 'The body'} {wrong}", facts["pattern"] if keyword == "pattern" else None)


def _dotted(path: Sequence[str | int]) -> str:
    return ".".join(map(str, path))


def _format_words(name: str) -> str:
    spoken = {"email": "email address", "uri": "URI", "uuid": "UUID", "date-time": "date and time (RFC 3339)"}
    if name == "regex":
        return "Invalid regular expression, or one with look-around or back-references"
    return f"Invalid {spoken.get(name, name)} format"


def type_name(value: Any) -> str:
    """The JSON name of a value's type."""
    if isinstance(value, bool):
        return "boolean"
    names = {str: "string", int: "integer", float: "number", list: "array", dict: "object", type(None): "null"}
    return names.get(type(value), type(value).__name__)


def _one_of(facts: Mapping[str, Any], _value: Any) -> str:
    return "must be one of " + ", ".join(map(_text, facts["options"]))


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _type(facts: Mapping[str, Any], value: Any) -> str:
    return f"must be of type {' or '.join(facts['types'])}, not {type_name(value)}"


def _bound(words: str) -> Callable[[Mapping[str, Any], Any], str]:
    return lambda facts, _value: f"{words} {facts['limit']}"


def _many(words: str, noun: str) -> Callable[[Mapping[str, Any], Any], str]:
    return lambda facts, _value: f"{words} {facts['limit']} {noun}{'' if facts['limit'] == 1 else 's'}"


def _not(facts: Mapping[str, Any], _value: Any) -> str:
    forbidden = facts.get("schema", {})
    if forbidden.get("required"):
        return f"must not have {' and '.join(forbidden['required'])}"
    pattern = forbidden.get("pattern")
    return f"must not match the pattern {pattern}" if pattern else "has members that do not go together"


_WORDS: dict[str, Callable[[Mapping[str, Any], Any], str]] = {
    "type": _type,
    "enum": _one_of,
    "const": lambda facts, _: f"must be {_text(facts['expected_value'])}",
    "pattern": lambda facts, _: f"does not match the pattern {facts['pattern']}",
    "minimum": _bound("must be at least"),
    "maximum": _bound("must be at most"),
    "exclusiveMinimum": _bound("must be greater than"),
    "exclusiveMaximum": _bound("must be less than"),
    "minLength": _many("must have at least", "character"),
    "maxLength": _many("must have at most", "character"),
    "minItems": _many("must have at least", "item"),
    "maxItems": _many("must have at most", "item"),
    "minProperties": _many("must have at least", "member"),
    "maxProperties": _many("must have at most", "member"),
    "not": _not,
    "falseSchema": lambda *_: "is not allowed",
    "uniqueItems": lambda *_: "must not hold the same item twice",
    "anyRequired": lambda facts, _: f"must have one of {', '.join(facts['members'])}",
    "multipleOf": lambda facts, _: f"must be a multiple of {facts['multiple_of']}",
    "anyOf": lambda *_: "has none of the allowed forms",
    "oneOf": lambda *_: "has none of the allowed forms",
}


class Pointed(NamedTuple):
    """One thing wrong in words, with the ``path`` to it in the value and that of its ``keyword`` in the schema."""

    path: Sequence[str | int]
    schema: Sequence[str | int]
    keyword: str
    message: str


def pointed(check: Any, value: Any, limit: int) -> list[Pointed]:
    """The first ``limit`` things wrong with ``value``, and where the schema says so."""
    found = islice(check.iter_errors(value), limit)
    return [
        Pointed(list(error.instance_path), list(error.schema_path), error.kind.name, _problem(error, ()).message)
        for error in found
    ]
