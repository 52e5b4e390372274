"""What a request to Moonify carries: JSON text under any content type, a form with raw ``@``, query, or nothing.

B4.5: a body whose first non-blank byte is ``{`` is JSON, anything else a form. Query parameters come first and those of
the body after them, in the order sent (B5); that order decides which group was declared last.
"""

from typing import Any
from urllib.parse import parse_qsl

import orjson

from sandbox.kernel.errors import Invalid
from sandbox.kernel.request import Request

MALFORMED = "Malformed request"
_MOST = 1_000


class Parameters(dict[str, Any]):
    """Parameters by name, the last of a name; ``pairs`` has every one in the order declared."""

    def __init__(self, pairs: list[tuple[str, Any]]) -> None:
        super().__init__(pairs)
        self.pairs = pairs


def parameters(request: Request) -> Parameters:
    """Raises Invalid for a body that is neither."""
    pairs: list[tuple[str, Any]] = list(_form(request.query, "query")) if request.query else []
    body = request.body.strip()
    if not body:
        return Parameters(pairs)
    if body[:1] in {b"{", b"["}:
        return Parameters([*pairs, *_json(body)])
    try:
        text = body.decode()
    except UnicodeDecodeError:
        msg = f"{MALFORMED}: the body is not UTF-8"
        raise Invalid(msg, field="body") from None
    return Parameters([*pairs, *_form(text, "body")])


def _json(body: bytes) -> list[tuple[str, Any]]:
    try:
        value = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        msg = f"{MALFORMED}: the body is not JSON, {error.msg} at line {error.lineno}, column {error.colno}"
        raise Invalid(msg, field="body") from None
    if not isinstance(value, dict):
        msg = f"{MALFORMED}: the body must be a JSON object or a form"
        raise Invalid(msg, field="body")
    return list(value.items())


def _form(text: str, where: str) -> list[tuple[str, str]]:
    try:
        return parse_qsl(text, keep_blank_values=True, errors="strict", max_num_fields=_MOST)
    except ValueError as error:
        msg = f"{MALFORMED}: the {where} is not a form: {error}"
        raise Invalid(msg, field=where) from None
