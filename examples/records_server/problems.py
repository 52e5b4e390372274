"""What can be wrong with a request."""

from typing import Any, NoReturn

CODES = {
    400: "VALIDATION_ERROR",
    401: "UNAUTHORIZED",
    403: "FORBIDDEN",
    404: "NOT_FOUND",
    405: "METHOD_NOT_ALLOWED",
    413: "PAYLOAD_TOO_LARGE",
    415: "UNSUPPORTED_MEDIA_TYPE",
    429: "RATE_LIMIT_EXCEEDED",
}


class Problem(Exception):
    """A request that is refused with ``status``: ``field`` names what is at fault, and ``value`` is what it was."""

    def __init__(self, status: int, message: str, field: str | None = None, value: Any = None) -> None:
        super().__init__(message)
        self.status, self.message, self.field, self.value = status, message, field, value

    def told(self, at: str) -> dict[str, Any]:
        """The body of the answer."""
        details = {} if self.field is None else {"field": self.field, "value": self.value}
        code = CODES.get(self.status, "INTERNAL_ERROR")
        return {"error": {"code": code, "message": self.message, "details": details, "timestamp": at}}


def invalid(field: str, value: Any, message: str) -> NoReturn:
    """Refuse a field or a parameter."""
    raise Problem(400, message, field, value)
