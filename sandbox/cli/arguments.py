"""From an operation to the arguments and options of its command, and from those to a request."""

import gzip
import sys
import zlib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from shlex import join
from typing import Any

import click
import orjson

from sandbox.cli.connection import NAMES
from sandbox.kernel.references import resolve
from sandbox.operations import JSON, Operation, Parameter, Spec

FREE = "body"
"""The argument that stands for a body of any members, or of bytes."""
_SCALARS: Mapping[str, click.ParamType[Any]] = {"integer": click.INT, "number": click.FLOAT, "string": click.STRING}


class Json(click.ParamType[Any]):
    """JSON as text, ``@FILE`` or ``-``; with ``loose`` what is no JSON is text."""

    name = "json"

    def __init__(self, *, loose: bool = False) -> None:
        self.loose = loose
        self.name = "value" if loose else "json"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Raises BadParameter for what is no JSON."""
        if not isinstance(value, str):
            return value
        text = value if self.loose else _read(value).decode("utf-8", "replace")
        try:
            return orjson.loads(text)
        except orjson.JSONDecodeError as error:
            return value if self.loose else self.fail(f"{value!r} is not JSON: {error}", param, ctx)


class Pair(click.ParamType[tuple[str, Any]]):
    """``NAME=VALUE``; a value is JSON, or else text."""

    name = "name=value"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, Any]:
        """Raises BadParameter without the equals sign."""
        name, equals, told = str(value).partition("=")
        if not equals:
            self.fail(f"{value!r} is not NAME=VALUE", param, ctx)
        return name, Json(loose=True).convert(told, param, ctx)


def parameters(spec: Spec, operation: Operation) -> list[click.Parameter]:
    """What must be given as arguments, the rest as options."""
    made = [_parameter(spec, parameter) for parameter in operation.parameters]
    if operation.body is not None:
        made.append(_free(spec, operation))
    return sorted(made, key=lambda parameter: isinstance(parameter, click.Option))


def request(operation: Operation, values: Mapping[str, Any]) -> dict[str, Any]:
    """What the client is called with."""
    asked: dict[str, Any] = {"at": {}, "query": {}, "headers": {}}
    if operation.sends == JSON and operation.body is None:
        asked["body"] = {}
    where = {"path": "at", "query": "query", "header": "headers", "body": "body"}
    for parameter in operation.parameters:
        value = values[parameter.python]
        asked[where[parameter.place]][parameter.name] = list(value) or None if isinstance(value, tuple) else value
    if operation.body is not None:
        given = values[FREE]
        asked["body"] = dict(given) if isinstance(given, tuple) else given
        asked["media"] = operation.sends
    return asked


def examples(spec: Spec, operation: Operation) -> Iterator[list[str]]:
    """Arguments as one would write them: for each body that the spec shows, else once."""
    path = [str(p.example) for p in operation.parameters if p.place == "path"]
    whole = operation.body is not None and (operation.sends != JSON or _is_document(spec, operation))
    if not operation.examples or whole:
        asked = [_option(p) + f"={p.example}" for p in operation.parameters if p.place == "query" and p.required]
        yield [*path, *asked, *(["FILE"] if operation.body is not None else [])]
        return
    for shown in operation.examples:
        value = resolve(spec, shown)["value"]
        told = {p.name: p for p in operation.parameters if p.place == "body"}
        firsts = [_word(value[p.name]) for p in told.values() if _is_argument(spec, p) and p.name in value]
        options = [
            word
            for p in told.values()
            if p.name in value and not _is_argument(spec, p)
            for word in _said(p, value[p.name])
        ]
        free = [f"{name}={_word(member)}" for name, member in value.items()] if not told and _is_object(value) else []
        yield [*path, *firsts, *options, *free]


def _said(parameter: Parameter, value: Any) -> list[str]:
    option = _option(parameter)
    if isinstance(value, bool):
        return [option if value else f"--no-{option.removeprefix('--')}"]
    if isinstance(value, list) and not any(isinstance(each, list | dict) for each in value):
        return [word for each in value for word in (option, _word(each))]
    return [option, _word(value)]


def _word(value: Any) -> str:
    return value if isinstance(value, str) else orjson.dumps(value).decode()


def _is_object(value: Any) -> bool:
    return isinstance(value, dict)


def _parameter(spec: Spec, parameter: Parameter) -> click.Parameter:
    schema = resolve(spec, parameter.schema)
    if _is_argument(spec, parameter):
        metavar = None if "enum" in schema else parameter.python.rstrip("_").upper()
        return click.Argument([parameter.python], type=_type(spec, schema), metavar=metavar)
    names = [_option(parameter), parameter.python]
    shown = None if parameter.example is None else f"Such as {_word(parameter.example)}."
    told = " ".join(parameter.description.split("\n\n")[0].split()) or shown
    if schema.get("type") == "boolean":
        names[0] = f"{names[0]}/--no-{names[0].removeprefix('--')}"
        return click.Option(names, help=told, default=None, required=parameter.required)
    many = schema.get("type") == "array" and resolve(spec, schema["items"]).get("type") in _SCALARS
    kind = _type(spec, resolve(spec, schema["items"])) if many else _type(spec, schema)
    return click.Option(names, help=told, type=kind, multiple=many, required=parameter.required)


def _is_argument(spec: Spec, parameter: Parameter) -> bool:
    """Parts of the path, and what a body must have that is said in a word."""
    switched = resolve(spec, parameter.schema).get("type") == "boolean"
    return parameter.place == "path" or (parameter.required and parameter.place == "body" and not switched)


def _option(parameter: Parameter) -> str:
    name = parameter.python.rstrip("_")
    return f"--{'of-' if name in NAMES else ''}{name.replace('_', '-')}"


def _type(spec: Spec, schema: Mapping[str, Any]) -> click.ParamType[Any]:
    """The server checks bounds and patterns; what is checked here is what it takes to write JSON."""
    if schema.get("type") == "string" and "enum" in schema:
        return click.Choice([value for value in schema["enum"] if value is not None])
    kinds = [resolve(spec, kind).get("type") for kind in (*schema.get("oneOf", ()), *schema.get("anyOf", ()))]
    if "type" not in schema:
        return Json(loose=not kinds or "string" in kinds)
    return _SCALARS.get(schema["type"]) or Json()


def _free(spec: Spec, operation: Operation) -> click.Argument:
    required = operation.body_required
    if operation.sends != JSON or _is_document(spec, operation):
        kind = Document() if operation.sends == JSON else Bytes()
        return click.Argument([FREE], metavar="FILE", type=kind, required=required)
    return click.Argument([FREE], metavar="NAME=VALUE...", type=Pair(), nargs=-1, required=required)


class Bytes(click.ParamType[bytes]):
    """The bytes of a file; ``-`` is standard input."""

    name = "file"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> bytes:
        """Raises BadParameter for a file that cannot be read."""
        try:
            return value if isinstance(value, bytes) else _read("-" if value == "-" else f"@{value}")
        except click.BadParameter as error:
            self.fail(error.message, param, ctx)


class Document(Bytes):
    """The JSON of a file; ``-`` is standard input."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Unpacks gzip. Raises BadParameter for a file that cannot be read or is no JSON."""
        try:
            given = super().convert(value, param, ctx)
            return orjson.loads(gzip.decompress(given) if given.startswith(b"\x1f\x8b") else given)
        except (orjson.JSONDecodeError, OSError, EOFError, zlib.error) as error:
            return self.fail(f"{value} is not JSON: {error}", param, ctx)


def _is_document(spec: Spec, operation: Operation) -> bool:
    """A body that is written elsewhere, not word by word."""
    return "properties" in resolve(spec, operation.body)


def _read(value: str) -> bytes:
    """What is meant by ``-``, ``@FILE`` or the text itself. Raises BadParameter."""
    if value == "-":
        return sys.stdin.buffer.read()
    if not value.startswith("@"):
        return value.encode()
    try:
        return Path(value[1:]).read_bytes()
    except OSError as error:
        msg = f"cannot read {value[1:]}: {error.strerror or error}"
        raise click.BadParameter(msg) from None


def line(*words: Sequence[str]) -> str:
    """Words as one would type them."""
    return join([word for part in words for word in part])
