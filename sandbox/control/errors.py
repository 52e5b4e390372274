"""The error envelope of the control plane."""

from typing import Any

from sandbox.kernel.errors import Failure

_CODES = {
    401: "UNAUTHORIZED",
    403: "FORBIDDEN",
    404: "NOT_FOUND",
    405: "METHOD_NOT_ALLOWED",
    409: "CONFLICT",
    413: "PAYLOAD_TOO_LARGE",
    415: "UNSUPPORTED_MEDIA_TYPE",
    500: "INTERNAL_ERROR",
    503: "STOPPING",
}


def envelope(failure: Failure, _now: int) -> dict[str, Any]:
    """``{"error": {code, message, details}}``."""
    code = _CODES.get(failure.status, "INVALID_REQUEST")
    return {"error": {"code": code, "message": failure.message, "details": failure.details}}
