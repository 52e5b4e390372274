"""Parameters compiled from the spec: from text to typed values, refused with the field and value that were wrong."""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any
from urllib.parse import unquote, unquote_plus

from connexion.decorators.parameter import pythonic

from sandbox.kernel.errors import Invalid
from sandbox.kernel.references import resolve
from sandbox.kernel.schema import Problem, first_traced
from sandbox.web.dialect import compile_body

_INTEGER = re.compile(r"-?\d{1,18}", re.ASCII)
"""What fits 64 bits, as in a JSON body: longer ones stay text, which no schema takes for an integer."""
_LONG = re.compile(r"-?\d{19,}", re.ASCII)
_NUMBER = re.compile(r"-?\d{1,400}(\.\d{1,400})?([eE][+-]?\d{1,3})?", re.ASCII)
_BOOLEANS = {"true": True, "false": False}


def argument_name(name: str) -> str:
    """A parameter's name as Connexion writes an argument: ``mobjectId`` → ``mobject_id``, ``filter`` → ``filter_``."""
    return str(pythonic(name))


def _integer(text: str) -> Any:
    return int(text) if _INTEGER.fullmatch(text) else text


def _number(text: str) -> Any:
    return float(text) if _NUMBER.fullmatch(text) else text


_CONVERT: dict[str, Callable[[str], Any]] = {
    "integer": _integer,
    "number": _number,
    "boolean": lambda text: _BOOLEANS.get(text.lower(), text),
    "string": lambda text: text,
}


class Parameter:
    """One parameter: ``read`` turns the texts it was sent with into its value."""

    __slots__ = (
        "_check",
        "_convert",
        "_example",
        "_plain",
        "_split",
        "argument",
        "array",
        "default",
        "has_default",
        "name",
        "required",
    )

    def __init__(self, spec: Mapping[str, Any], definition: Mapping[str, Any]) -> None:
        """Raises ValueError for a definition that is not translated (content, object values, other styles)."""
        if "schema" not in definition:
            msg = f"parameter {definition['name']!r} has no schema (content is not supported)"
            raise ValueError(msg)
        schema = resolve(spec, definition["schema"])
        if not isinstance(schema.get("type"), str):
            msg = f"parameter {definition['name']!r} needs a schema with one type"
            raise ValueError(msg)  # noqa: TRY004  # a wrong spec, not a wrong type
        self.name: str = definition["name"]
        self.argument = argument_name(self.name)
        self.required = bool(definition.get("required"))
        self.has_default = "default" in schema
        self.default = schema.get("default")
        self.array = schema["type"] == "array"
        self._split = self.array and not _explodes(definition)
        self._convert = _converter(self.name, resolve(spec, schema.get("items", {})) if self.array else schema)
        self._plain = set(schema) <= {"type", "description", "example", "minLength", "x-sandbox-source"} and (
            schema["type"] == "string" and schema.get("minLength", 0) <= 1
        )
        self._check = compile_body(spec, schema)
        self._example = _example(definition, schema)

    def read(self, texts: Sequence[str]) -> Any:
        """The typed value. Raises Invalid."""
        if len(texts) > 1 and (self._split or not self.array):
            msg = f"{self.name} must be given once, not {len(texts)} times"
            raise Invalid(msg, field=self.name, value=list(texts))
        if self._split:
            texts = texts[0].split(",")
        convert = self._convert
        value: Any = [convert(text) for text in texts] if self.array else convert(texts[0])
        if not self._check.is_valid(value):
            self._refuse(value)
        return value

    def read_path(self, segment: str) -> Any:
        """The typed value of a path segment as sent. Raises Invalid."""
        if self._plain and "%" not in segment:
            return segment
        return self.read([decode(segment, self.name)])

    def missing(self) -> Invalid:
        """What to raise when it is required and was not sent."""
        return Invalid(f"{self.name} is required", field=self.name)

    def _refuse(self, value: Any) -> None:
        traced = first_traced(self._check, value, (self.name,))
        if traced is None:
            return
        problem, trace = traced
        raise Invalid(self._words(problem, str(trace[-1])), field=self.name, value=problem.value)

    def _words(self, problem: Problem, keyword: str) -> str:
        if problem.pattern is not None and self._example:
            return f"{self.name} must be written like {self._example} ({problem.message})"
        if keyword == "type" and self._convert is _integer and _LONG.fullmatch(str(problem.value)):
            return f"{self.name} must not have as many digits"
        return f"{problem.message}; for example {self._example}" if self._example else problem.message


def _example(definition: Mapping[str, Any], schema: Mapping[str, Any]) -> str:
    """How to write it: the spec's example, empty without one."""
    named: Mapping[str, Any] = next(iter(definition.get("examples", {}).values()), {})
    example = definition.get("example", named.get("value", schema.get("example")))
    if example is None:
        return ""
    one = example[0] if isinstance(example, list) and example else example
    return one if isinstance(one, str) else json.dumps(one)


def decode(text: str, field: str, *, plus: bool = False) -> str:
    """Percent-decoded UTF-8 (``plus`` also turns + into a blank). Raises Invalid for bytes that are not UTF-8."""
    try:
        return (unquote_plus if plus else unquote)(text, errors="strict")
    except UnicodeDecodeError:
        msg = f"{field} is not percent-encoded UTF-8"
        raise Invalid(msg, field=field, value=text) from None


def parse_query(query: str) -> dict[str, list[str]]:
    """Names and values in the order sent. Raises Invalid for bytes that are not UTF-8."""
    found: dict[str, list[str]] = {}
    for pair in query.split("&"):
        if not pair:
            continue
        name, _, value = pair.partition("=")
        if "%" in name or "+" in name:
            name = decode(name, "query", plus=True)
        if "%" in value or "+" in value:
            value = decode(value, name, plus=True)
        found.setdefault(name, []).append(value)
    return found


def refuse_unknown(sent: Mapping[str, Sequence[str]], known: Sequence[Parameter]) -> None:
    """Raises Invalid that names the first query parameter that is none of those known, and these."""
    names = [parameter.name for parameter in known]
    for name, texts in sent.items():
        if name not in names:
            there = f"are {', '.join(names)}" if names else "is none"
            msg = f"There is no query parameter {name!r} here; there {there}"
            raise Invalid(msg, field=name or "query", value=texts[0])


def _explodes(definition: Mapping[str, Any]) -> bool:
    style = definition.get("style", "form" if definition["in"] in {"query", "cookie"} else "simple")
    if style not in {"form", "simple"}:
        msg = f"parameter {definition['name']!r}: style {style!r} is not supported"
        raise ValueError(msg)
    return bool(definition.get("explode", style == "form")) and definition["in"] == "query"


def _converter(name: str, schema: Mapping[str, Any]) -> Callable[[str], Any]:
    convert = _CONVERT.get(schema.get("type", ""))
    if convert is None:
        msg = f"parameter {name!r}: type {schema.get('type')!r} is not supported"
        raise ValueError(msg)
    return convert


def form_value(schema: Mapping[str, Any], texts: Sequence[str]) -> Any:
    """A form field's value by its property schema: the last text, or all of them for an array."""
    if schema.get("type") == "array":
        convert = _CONVERT.get(schema.get("items", {}).get("type", "string"), _CONVERT["string"])
        return [convert(text) for text in texts]
    return _CONVERT.get(schema.get("type", "string"), _CONVERT["string"])(texts[-1])
