"""The error catalogue and envelope of Monetize360 (A1, A5)."""

from typing import Any

from sandbox.kernel.clock import iso
from sandbox.kernel.errors import Failure

_CODES = {
    400: "VALIDATION_ERROR",
    401: "UNAUTHORIZED",
    403: "FORBIDDEN",
    404: "NOT_FOUND",
    405: "METHOD_NOT_ALLOWED",
    413: "PAYLOAD_TOO_LARGE",
    414: "VALIDATION_ERROR",
    415: "UNSUPPORTED_MEDIA_TYPE",
    429: "RATE_LIMIT_EXCEEDED",
    431: "VALIDATION_ERROR",
}


def code_of(failure: Failure) -> str:
    """The vendor's code for a failure: its own, else that of its status."""
    return failure.code or _CODES.get(failure.status, "INTERNAL_ERROR")


def envelope(failure: Failure, now: int) -> dict[str, Any]:
    """``{"error": {code, message, details, timestamp}}``."""
    told = {"code": code_of(failure), "message": failure.message, "details": failure.details}
    return {"error": {**told, "timestamp": iso(now)}}
