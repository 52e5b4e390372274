"""What the control plane shows of one exchange; secrets are never shown."""

from typing import Any

from sandbox.control.redaction import Redaction
from sandbox.kernel.clock import iso_ms
from sandbox.kernel.journal import Exchange
from sandbox.kernel.request import Headers
from sandbox.kernel.sandbox import Sandbox

SHOWN_BODY = 65_536
"""Characters of a body that the journal shows."""


def redaction(sandbox: Sandbox, shown: Exchange) -> Redaction:
    """What its Api never shows; of a request for no Api, what none of them does."""
    apis = sandbox.vendors if shown.api is None else [sandbox.apis[shown.api]]
    return Redaction(name for api in apis for name in api.secrets)


def exchange(shown: Exchange, owner: str, redact: Redaction) -> dict[str, Any]:
    """``owner`` is the namespace's name."""
    request, response = shown.request, shown.response
    return {
        "id": shown.id,
        "at": iso_ms(shown.at),
        "wall": iso_ms(shown.wall),
        "api": shown.api,
        "operationId": shown.operation,
        "namespace": owner,
        "method": request.method,
        "path": target(shown, redact),
        "status": response.status,
        "durationMs": round(shown.duration, 3),
        "request": {"headers": dict(redact.headers(request.headers.items())), "body": _body(request.body, redact)},
        "response": {
            "headers": dict(redact.headers(decoded(response.headers))),
            "body": _body(response.body, redact),
        },
        "validation": shown.validation,
        "reason": shown.reason,
    }


def target(shown: Exchange, redact: Redaction) -> str:
    """Its path as it was asked for, with the query."""
    query = shown.request.query
    return f"{shown.request.path}?{redact.query(query)}" if query else shown.request.path


def decoded(headers: Headers) -> list[tuple[str, str]]:
    """Headers of an answer as text."""
    return [(name.decode("latin-1"), value.decode("latin-1")) for name, value in headers]


def _body(body: bytes, redact: Redaction) -> str | None:
    if not body:
        return None
    return redact.body(body)[: 4 * SHOWN_BODY].decode("utf-8", "replace")[:SHOWN_BODY]
