"""What a request to Moonify carries: JSON text under any content type, a form with raw ``@``, query, or nothing.

B4.5: the content decides, not its declared type. Query parameters come first and those of the body after them, in the
order sent (B5); that order decides which group was declared last.
"""

import json
from codecs import BOM_UTF8
from typing import Any
from urllib.parse import parse_qsl

import orjson

from sandbox.kernel.errors import Invalid, UnsupportedMediaType
from sandbox.kernel.request import Request

JSON = "application/json"
FORM = "application/x-www-form-urlencoded"
_MOST = 1_000
"""Parameters that a request may have."""


class Parameters(dict[str, Any]):
    """Parameters by name, the last of a name; ``pairs`` has every one in the order declared."""

    def __init__(self, pairs: list[tuple[str, Any]]) -> None:
        super().__init__(pairs)
        self.pairs = pairs


def parameters(request: Request) -> Parameters:
    """All of them, each a text or null. Raises Invalid, UnsupportedMediaType."""
    given = Parameters([*query(request), *body(request)])
    if len(given.pairs) > _MOST:
        raise _malformed(f"there are more than {_MOST} parameters")
    for name, value in given.pairs:
        _check(name, value)
    return given


def query(request: Request) -> list[tuple[str, Any]]:
    """Raises Invalid for bytes that are not UTF-8."""
    return _form(request.query, "query") if request.query else []


def body(request: Request) -> list[tuple[str, Any]]:
    """Raises Invalid for a body that is neither a JSON object nor a form, UnsupportedMediaType for one declared so."""
    sent = request.body.strip()
    media = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if not sent:
        return []
    if media == JSON or sent[:1] in {b"{", b"["} or sent.startswith(BOM_UTF8):
        return _json(sent)
    if media not in {"", FORM}:
        msg = f"Content-Type {media} is not read here: send {JSON} or {FORM}"
        raise UnsupportedMediaType(msg)
    if b"=" not in sent and _is_json(sent):
        raise _malformed("the body must be a JSON object or a form")
    try:
        return _form(sent.decode(), "body")
    except UnicodeDecodeError:
        raise _malformed("the body is not UTF-8") from None


def text(value: Any) -> str | None:
    """Text as it is; null and empty are not given (B5)."""
    return value if isinstance(value, str) and value else None


def _json(sent: bytes) -> list[tuple[str, Any]]:
    try:
        value = orjson.loads(sent)
    except orjson.JSONDecodeError as error:
        raise _malformed(f"the body is not JSON, {error.msg} at line {error.lineno}, column {error.colno}") from None
    if not isinstance(value, dict):
        raise _malformed("the body must be a JSON object or a form")
    return list((_written(sent) if any(isinstance(one, int | float) for one in value.values()) else value).items())


def _written(sent: bytes) -> dict[str, Any]:
    """A JSON object with every number as the text it is written with: ids are not rounded (B5)."""
    try:
        members: dict[str, Any] = json.loads(sent.decode(), parse_int=str, parse_float=str)
    except RecursionError:
        raise _malformed("the body is nested too deep") from None
    return members


def _is_json(sent: bytes) -> bool:
    try:
        orjson.loads(sent)
    except orjson.JSONDecodeError:
        return False
    return True


def _form(sent: str, where: str) -> list[tuple[str, Any]]:
    if sent.count("&") >= _MOST:
        raise _malformed(f"there are more than {_MOST} parameters")
    try:
        return list(parse_qsl(sent, keep_blank_values=True, errors="strict"))
    except ValueError as error:
        raise _malformed(f"the {where} is not a form, {error}") from None


def _malformed(reason: str) -> Invalid:
    return Invalid(f"Malformed request: {reason}", field="body")


def _check(name: str, value: Any) -> None:
    """B5: forms can only send text, and a group without name or value could not be addressed."""
    if isinstance(value, bool | dict | list):
        raise _invalid(name, value, "must be text or a number")
    if name == "@":
        raise _invalid(name, value, "is a group without a name")
    if name.startswith("@") and value == "":
        raise _invalid(name, value, "is a group without a value")


def _invalid(name: str, value: Any, reason: str) -> Invalid:
    return Invalid(f"{name} {reason}", field=name, value=value)
