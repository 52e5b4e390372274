"""What goes in and what comes out of ``handle``: plain values, whoever carries them."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from sandbox.kernel.webhooks import Attempt, Outcome

Headers = list[tuple[bytes, bytes]]


class Request:
    """One request: ``path`` as sent (percent-encoded), ``query`` without the question mark, header names in lower case.

    A header sent twice is joined with a comma and a blank, as RFC 9110 says.
    """

    __slots__ = ("body", "headers", "method", "path", "query")

    def __init__(self, method: str, path: str, query: str, headers: dict[str, str], body: bytes) -> None:
        self.method = method
        self.path = path
        self.query = query
        self.headers = headers
        self.body = body


class Response:
    """One answer. ``attempts`` are webhook attempts that the adapter makes once the answer is out."""

    __slots__ = ("attempts", "body", "headers", "status")

    def __init__(self, status: int, body: bytes, headers: Headers, attempts: "Sequence[Attempt]" = ()) -> None:
        self.status = status
        self.body = body
        self.headers = headers
        self.attempts = attempts


class Pending(NamedTuple):
    """An answer that waits: the adapter makes the attempts and calls ``resume`` with their outcomes, in order.

    Without attempts it waits for the outcomes of those that were handed out before, for the same ``namespace``.
    """

    namespace: str
    attempts: "Sequence[Attempt]"
    resume: "Callable[[Sequence[Outcome]], Response | Pending]"


Reply = tuple[Any, int] | tuple[Any, int, Headers]
"""What a handler method answers: body (bytes go out as they are, anything else as JSON), status, headers."""
