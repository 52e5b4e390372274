"""The operations of the control specs, read for those that call them: the typed client and the commands."""

import builtins
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from keyword import iskeyword
from typing import Any, Literal

import inflection

from sandbox.kernel.references import resolve

Spec = Mapping[str, Any]
Place = Literal["path", "query", "header", "body"]

_VERBS = ("get", "post", "put", "patch", "delete")
_OURS = "X-Sandbox-Namespace"
JSON = "application/json"


@dataclass(frozen=True, slots=True)
class Parameter:
    """What an operation takes: a parameter, or a member of its body; ``schema`` is resolved one level."""

    name: str
    place: Place
    required: bool
    schema: Spec
    description: str = ""
    example: Any = None

    @property
    def python(self) -> str:
        """Its name in Python."""
        name = re.sub(r"\W", "_", inflection.underscore(self.name))
        return f"{name}_" if iskeyword(name) or hasattr(builtins, name) else name


@dataclass(frozen=True, slots=True)
class Operation:
    """One method and path. ``group`` is its tag; ``body`` the schema of a body that is no object of known members."""

    id: str
    group: str
    name: str
    """What it is called in its group: the operationId in snake case, without the group's own word; ``delete_all`` is
    of all where ``delete`` is of one."""
    method: str
    path: str
    summary: str
    description: str
    parameters: tuple[Parameter, ...] = ()
    body: Spec | None = None
    body_required: bool = False
    sends: str | None = None
    """The media type of the body; None without one."""
    answers: tuple[str, ...] = field(default=())
    """The media types of a success."""
    answer: Spec | None = None
    """The schema of a success in JSON."""
    examples: tuple[Mapping[str, Any], ...] = ()
    """Bodies that the spec shows."""


def operations(spec: Spec) -> list[Operation]:
    """All of a control spec, in its order."""
    prefix = "" if len(spec["servers"]) == 0 else _base(spec)
    read = [_operation(spec, prefix, path, verb) for path, verb in _places(spec)]
    short = [(operation.group, _short(operation)) for operation in read]
    named = []
    for operation, place in zip(read, short, strict=True):
        several = short.count(place) > 1 and _snake(operation.id).endswith(inflection.pluralize(place[0]).lower())
        named.append(replace(operation, name=f"{place[1]}_all" if several else place[1]))
    return named


def _base(spec: Spec) -> str:
    """The path of the first server: the levers' paths follow their mount."""
    found = re.match(r"[a-z]+://[^/]+(/.*)?$", spec["servers"][0]["url"])
    return (found[1] or "").rstrip("/") if found else ""


def _places(spec: Spec) -> Iterator[tuple[str, str]]:
    for path, item in spec["paths"].items():
        yield from ((path, verb) for verb in item if verb in _VERBS)


def _operation(spec: Spec, prefix: str, path: str, verb: str) -> Operation:
    item = spec["paths"][path]
    told = item[verb]
    body = resolve(spec, told.get("requestBody")) or {}
    media = next(iter(body.get("content", {})), None)
    whole = body["content"][media] if media else {}
    schema = _merged(spec, resolve(spec, whole.get("schema"))) if media else None
    is_answer = whole.get("schema", {}).get("$ref") in _answered(spec)
    members = tuple(_members(spec, schema)) if media == JSON and _is_plain(schema) and not is_answer else ()
    success = resolve(spec, next(r for status, r in told["responses"].items() if status.startswith("2")))
    content = success.get("content", {})
    return Operation(
        id=told["operationId"],
        group=told["tags"][0],
        name="",
        method=verb.upper(),
        path=prefix + path,
        summary=told["summary"],
        description=told.get("description", ""),
        parameters=(*_parameters(spec, item, told), *members),
        body=whole.get("schema") if media and not members else None,
        body_required=bool(body.get("required")),
        sends=media,
        answers=tuple(content),
        answer=content.get(JSON, {}).get("schema"),
        examples=tuple(resolve(spec, shown) for shown in whole.get("examples", {}).values()),
    )


def _answered(spec: Spec) -> set[str]:
    """The schemas of answers: what is sent back whole is no list of parameters."""
    successes = [spec["paths"][path][verb]["responses"].items() for path, verb in _places(spec)]
    answers = [resolve(spec, told) for each in successes for status, told in each if status.startswith("2")]
    return {told.get("content", {}).get(JSON, {}).get("schema", {}).get("$ref") for told in answers} - {None}


def _parameters(spec: Spec, item: Spec, told: Spec) -> Iterator[Parameter]:
    for reference in (*item.get("parameters", ()), *told.get("parameters", ())):
        shown = resolve(spec, reference)
        if shown["name"] != _OURS:
            yield Parameter(
                shown["name"],
                shown["in"],
                shown.get("required", False),
                resolve(spec, shown["schema"]),
                shown.get("description", ""),
                shown.get("example"),
            )


def _merged(spec: Spec, schema: Any) -> Any:
    """Of one object or another, an object that may have the members of both."""
    kinds = [resolve(spec, kind) for kind in schema.get("oneOf", ())]
    if not kinds or not all(_is_plain(kind) for kind in kinds):
        return schema
    members: dict[str, Any] = {}
    for kind in kinds:
        for name, member in kind["properties"].items():
            told = members.get(name, member)
            enum = [*told.get("enum", ()), *(v for v in member.get("enum", ()) if v not in told.get("enum", ()))]
            members[name] = {**told, "enum": enum} if enum else told
    required = [name for name in members if all(name in kind.get("required", ()) for kind in kinds)]
    return {"properties": members, "required": required, "additionalProperties": False}


def _is_plain(schema: Spec | None) -> bool:
    """An object of known members and no others."""
    return schema is not None and bool(schema.get("properties")) and schema.get("additionalProperties") is False


def _members(spec: Spec, schema: Any) -> Iterator[Parameter]:
    required = schema.get("required", ())
    ordered = sorted(schema["properties"].items(), key=lambda member: member[0] not in required)
    for name, reference in ordered:
        shown = resolve(spec, reference)
        yield Parameter(name, "body", name in required, reference, shown.get("description", ""), shown.get("example"))


def _snake(operation: str) -> str:
    return inflection.underscore(operation)


def _short(operation: Operation) -> str:
    group = inflection.underscore(operation.group.replace(" ", "_"))
    verb, *words = _snake(operation.id).split("_")
    name = "_".join([verb, *(word for word in words if word not in {group, inflection.singularize(group)})])
    return f"{name}_" if iskeyword(name) else name
