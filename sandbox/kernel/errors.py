"""What can go wrong with a request.

    Failure
    ├── Invalid              400   what the client sent breaks a rule; names field and value
    ├── Unauthorized         401
    ├── Forbidden            403
    ├── NotFound             404
    ├── MethodNotAllowed     405   carries the allowed methods
    ├── Conflict             409
    ├── TooLarge             413   (UriTooLong 414, HeadersTooLarge 431 are its kin)
    ├── UnsupportedMediaType 415
    ├── TooManyRequests      429   carries the seconds to wait
    ├── Crash                500   a defect of the sandbox itself
    └── Stopping             503   the server ends before the answer was ready

    ScenarioError                  a scenario file is wrong (never an answer to a vendor's request)

Each Api turns a Failure into its own envelope; nothing else words an error answer.
"""

from collections.abc import Sequence
from typing import Any


class Failure(Exception):
    """A refused request. ``code`` overrides the API's own code for the status, ``details`` is free data.

    ``operation`` is the operationId of what was asked, None where nothing was found.
    """

    status = 500
    operation: str | None = None

    def __init__(self, message: str, *, code: str | None = None, details: dict[str, Any] | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.code = code
        self.details = details or {}


class Invalid(Failure):
    """400: ``field`` is the dotted name of what is wrong, ``value`` what was sent (None when it is missing).

    ``cause`` is the validator and the body it refused, for an API whose envelope lists everything that is wrong.
    """

    status = 400
    cause: tuple[Any, Any] | None = None

    def __init__(self, message: str, *, field: str = "", value: Any = None, code: str | None = None) -> None:
        super().__init__(message, code=code, details={"field": field, "value": value} if field else None)
        self.field = field
        self.value = value


class Unauthorized(Failure):
    """401: no credential, or none that is known."""

    status = 401


class Forbidden(Failure):
    """403: the credential is known, the act is not allowed."""

    status = 403


class NotFound(Failure):
    """404: no such route, namespace or resource."""

    status = 404


class MethodNotAllowed(Failure):
    """405: the path exists, the method does not; ``allowed`` becomes the Allow header."""

    status = 405

    def __init__(self, message: str, allowed: Sequence[str]) -> None:
        super().__init__(message)
        self.allowed = tuple(allowed)


class Conflict(Failure):
    """409: the state forbids the act."""

    status = 409


class TooLarge(Failure):
    """413: the body is over the limit."""

    status = 413


class UriTooLong(TooLarge):
    """414: path and query are over the limit."""

    status = 414


class HeadersTooLarge(TooLarge):
    """431: the headers are over the limit."""

    status = 431


class UnsupportedMediaType(Failure):
    """415: the body's content type is not one the operation reads."""

    status = 415


class TooManyRequests(Failure):
    """429: ``retry_after`` is in whole seconds of simulated time."""

    status = 429

    def __init__(self, message: str, retry_after: int) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class Crash(Failure):
    """500: the sandbox itself failed; the cause is in the journal."""

    status = 500


class Stopping(Failure):
    """503: the server ends before the answer was ready."""

    status = 503


class ScenarioError(Exception):
    """A scenario is wrong: ``where`` is ``file: path``, ``expected`` says what belongs there."""

    def __init__(self, where: str, expected: str) -> None:
        super().__init__(f"{where}: {expected}")
        self.where = where
        self.expected = expected
