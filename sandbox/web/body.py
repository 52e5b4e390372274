"""The body of a request: what an operation reads, and how it says what is wrong with it."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any
from urllib.parse import parse_qsl

import orjson

from sandbox.kernel.errors import Invalid, UnsupportedMediaType
from sandbox.kernel.references import resolve
from sandbox.kernel.request import Request
from sandbox.kernel.schema import Check, Problem, first_problem
from sandbox.web.dialect import compile_body
from sandbox.web.parameters import form_value

JSON = "application/json"
FORM = "application/x-www-form-urlencoded"
DEPTH_LIMIT = 200
"""Levels a JSON body may be nested; what writes and checks JSON gives up at 254."""


class Body:
    """The request body of an operation: which media types it reads and what they must hold."""

    __slots__ = ("_checks", "_decode", "_form", "_spec", "required")

    def __init__(
        self,
        spec: Mapping[str, Any],
        definition: Mapping[str, Any],
        decode: Callable[[Request], Any] | None = None,
    ) -> None:
        """``decode`` reads any body, and what it makes is held to the first media type's schema.

        Raises ValueError for a media type that is not translated.
        """
        self._spec = spec
        self._decode = decode
        self.required = bool(definition.get("required"))
        self._checks: dict[str, Check] = {}
        self._form: Mapping[str, Any] = {}
        for media, content in definition["content"].items():
            if media not in {JSON, FORM}:
                msg = f"request bodies of type {media!r} are not supported"
                raise ValueError(msg)
            self._checks[media] = compile_body(spec, content.get("schema", {}))
            if media == FORM:
                properties = resolve(spec, content.get("schema", {})).get("properties", {})
                self._form = {name: resolve(spec, part) for name, part in properties.items()}

    def read(self, request: Request) -> Any:
        """The decoded and checked body, None when an optional one is absent. Raises Invalid, UnsupportedMediaType."""
        if self._decode is not None:
            media, value = next(iter(self._checks)), self._decode(request)
        elif request.body:
            media = self._media(request.headers.get("content-type"))
            value = self._decode_form(request.body) if media == FORM else _decode_json(request.body)
        elif self.required:
            msg = "A JSON body is required"
            raise Invalid(msg, field="body")
        else:
            return None
        check = self._checks[media]
        if not check.is_valid(value):
            problem = first_problem(check, value)
            if problem:
                failure = Invalid(self._words(problem), field=problem.field or "body", value=problem.value)
                failure.cause = check, value
                raise failure
        return value

    def _words(self, problem: Problem) -> str:
        """With how to write it, where the spec has an example of that pattern: only now is it looked for."""
        if problem.pattern is None:
            return problem.message
        schemas = self._spec.get("components", {}).get("schemas", {})
        example = next((text for pattern, text in _examples(schemas) if pattern == problem.pattern), None)
        if example is None:
            return problem.message
        return f"{problem.field or 'The body'} must be written like {example} ({problem.message})"

    def _media(self, sent: str | None) -> str:
        if sent in self._checks:
            return sent
        if sent is None:
            return next(iter(self._checks))
        media = sent.partition(";")[0].strip().lower()
        if media not in self._checks:
            msg = f"Content-Type {media or '(empty)'} is not read here: send {' or '.join(self._checks)}"
            raise UnsupportedMediaType(msg)
        return media

    def _decode_form(self, body: bytes) -> dict[str, Any]:
        try:
            pairs = parse_qsl(body.decode(), keep_blank_values=True, errors="strict", max_num_fields=10_000)
        except ValueError as error:
            msg = f"The body is not a form: {error}"
            raise Invalid(msg, field="body") from None
        texts: dict[str, list[str]] = {}
        for name, text in pairs:
            texts.setdefault(name, []).append(text)
        return {name: form_value(self._form.get(name, {}), values) for name, values in texts.items()}


def _examples(node: Any) -> Iterator[tuple[str, str]]:
    """Every pattern with an example of it."""
    if isinstance(node, dict):
        if isinstance(node.get("pattern"), str) and isinstance(node.get("example"), str):
            yield node["pattern"], node["example"]
        node = list(node.values())
    if isinstance(node, list):
        for part in node:
            yield from _examples(part)


def _decode_json(body: bytes) -> Any:
    try:
        value = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        msg = f"The body is not JSON: {error.msg} at line {error.lineno}, column {error.colno}"
        raise Invalid(msg, field="body") from None
    if body.count(b"[") + body.count(b"{") > DEPTH_LIMIT and _deeper(value, DEPTH_LIMIT):
        msg = f"The body is nested deeper than {DEPTH_LIMIT} levels"
        raise Invalid(msg, field="body")
    return value


def _deeper(value: Any, limit: int) -> bool:
    """Whether arrays and objects are nested in each other more than ``limit`` times."""
    level = [value]
    for _ in range(limit + 1):
        level = [
            member
            for holder in level
            if isinstance(holder, dict | list)
            for member in (holder.values() if isinstance(holder, dict) else holder)
        ]
        if not level:
            return False
    return True
