"""One API's spec as the kit reads it: which operation a request belongs to, and what its answer must look like."""

import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any
from urllib.parse import unquote

from sandbox import assets
from sandbox.contract.findings import Breach
from sandbox.contract.wire import MISSING, Answer, Exchange
from sandbox.kernel.references import resolve
from sandbox.kernel.schema import Check, first_problem
from sandbox.web.dialect import compile_body

_METHODS = ("get", "put", "post", "delete", "patch")
_MAYBE = frozenset({"HEAD", "OPTIONS"})
"""Methods that a server may have besides."""
_KEPT = 300


@dataclass(frozen=True)
class Operation:
    """One operation: ``path`` is the template, ``pattern`` finds it, ``spec`` is its node of the document."""

    id: str
    method: str
    path: str
    pattern: re.Pattern[str]
    spec: Mapping[str, Any]

    def fill(self, values: Mapping[str, str]) -> str:
        """The path with percent-encoded values."""
        return re.sub(r"{(\w+)}", lambda found: values[found[1]], self.path)


@dataclass(frozen=True)
class _Expected:
    """An answer that is documented: its media types, with a check of each, and its headers."""

    media: Mapping[str, Check | None]
    headers: Mapping[str, tuple[bool, Check]]


class Contract:
    """The spec of one API. Raises KeyError for an API that there is none of."""

    def __init__(self, api: str) -> None:
        self.api = api
        self.document: Mapping[str, Any] = assets.spec(api)
        self.sha256 = hashlib.sha256(assets.spec_text(api).encode()).hexdigest()
        self.operations = {operation.id: operation for operation in self._read()}
        self._expected: dict[tuple[str, int], _Expected | None] = {}

    def _read(self) -> Iterator[Operation]:
        for path, item in self.document["paths"].items():
            pattern = re.compile(re.sub(r"{(\w+)}", r"(?P<\1>[^/]+)", path))
            for method in _METHODS:
                if method in item:
                    yield Operation(item[method]["operationId"], method.upper(), path, pattern, item[method])

    def match(self, method: str, path: str) -> tuple[Operation, dict[str, str]] | None:
        """The operation of a request, and the parameters in its path, decoded. A path without parameters goes first."""
        found = [
            (operation, {name: unquote(value) for name, value in hit.groupdict().items()})
            for operation in self.operations.values()
            if operation.method == method and (hit := operation.pattern.fullmatch(path))
        ]
        return min(found, key=lambda one: len(one[1]), default=None)

    def at(self, path: str) -> list[Operation]:
        """The operations at a path, whatever their methods. A path without parameters goes first."""
        found = [
            (len(hit.groupdict()), one) for one in self.operations.values() if (hit := one.pattern.fullmatch(path))
        ]
        return [one for number, one in found if number == min(found, key=lambda pair: pair[0])[0]]

    def breaches(self, exchange: Exchange) -> list[Breach]:
        """Where an answer is not as the spec documents it: status, media type, headers, body."""
        if exchange.operation is None:
            return list(_allowed(self.at(exchange.sent.path), exchange.answer))
        status = exchange.answer.status
        expected = self._answer(exchange.operation, status)
        if expected is None:
            documented = ", ".join(self.operations[exchange.operation].spec["responses"])
            return [Breach("spec", exchange.operation, "status", f"one of {documented}", str(status))]
        return [
            Breach("spec", exchange.operation, where, wanted, got)
            for where, wanted, got in (*_headers(expected, exchange.answer), *_body(expected, exchange))
        ]

    def _answer(self, operation: str, status: int) -> _Expected | None:
        place = operation, status
        if place not in self._expected:
            responses = self.operations[operation].spec["responses"]
            told = responses.get(str(status)) or responses.get("default")
            self._expected[place] = None if told is None else self._compile(resolve(self.document, told))
        return self._expected[place]

    def _compile(self, told: Mapping[str, Any]) -> _Expected:
        media = {
            name: compile_body(self.document, one["schema"], response=True) if "schema" in one else None
            for name, one in told.get("content", {}).items()
        }
        headers = {}
        for name, reference in told.get("headers", {}).items():
            header = resolve(self.document, reference)
            check = compile_body(self.document, header.get("schema", {}), response=True)
            headers[name] = bool(header.get("required")), check
        return _Expected(media, headers)


def _allowed(operations: list[Operation], answer: Answer) -> Iterator[Breach]:
    """A method that the path does not have is refused with those that it has."""
    if operations and answer.status == 405:  # noqa: PLR2004  # method not allowed
        declared = sorted(one.method for one in operations)
        told = answer.headers.get("allow")
        listed = {one.strip() for one in (told or "").split(",")}
        if told is None or listed - _MAYBE != set(declared) - _MAYBE:
            yield Breach(
                "HTTP", operations[0].id, "header Allow", ", ".join(declared), "nothing" if told is None else told
            )


def _headers(expected: _Expected, answer: Answer) -> Iterator[tuple[str, str, str]]:
    for name, (required, check) in expected.headers.items():
        value = answer.headers.get(name.lower())
        if value is None:
            if required:
                yield f"header {name}", "to be there", "nothing"
        elif (error := _wrong(check, int(value) if re.fullmatch(r"-?\d{1,18}", value) else value)) is not None:
            yield f"header {name}", error, value


def _body(expected: _Expected, exchange: Exchange) -> Iterator[tuple[str, str, str]]:
    answer = exchange.answer
    if exchange.sent.method == "HEAD":
        return
    if not expected.media:
        if answer.body:
            yield "body", "nothing", _short(answer.body)
        return
    media = answer.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media not in expected.media:
        yield "header Content-Type", " or ".join(expected.media), media or "nothing"
        return
    check = expected.media[media]
    if check is None:
        return
    if answer.json is MISSING:
        yield "body", "JSON", _short(answer.body)
    elif (error := _wrong(check, answer.json)) is not None:
        yield "body", error, _short(answer.body)


def _wrong(check: Check, value: Any) -> str | None:
    """What a value should have been; None where it is right."""
    problem = first_problem(check, value)
    return None if problem is None else problem.message


def _short(body: bytes) -> str:
    text = body.decode("utf-8", "replace")
    return text if len(text) <= _KEPT else f"{text[:_KEPT]}…"


@cache
def contract(api: str) -> Contract:
    """The spec of an API, read once. Raises KeyError."""
    return Contract(api)
