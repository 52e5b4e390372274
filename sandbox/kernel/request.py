"""What goes in and what comes out of ``handle``: plain values, whoever carries them."""

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

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


def joined(raw: Iterable[tuple[bytes, bytes]]) -> dict[str, str]:
    """Headers as they came, as a Request has them."""
    headers: dict[str, str] = {}
    for raw_name, raw_value in raw:
        name, value = raw_name.decode("latin-1").lower(), raw_value.decode("latin-1")
        headers[name] = f"{headers[name]}, {value}" if name in headers else value
    return headers


Cut = Literal["empty", "reset", "truncated"]
"""How an answer is lost on its way."""


class Effect(NamedTuple):
    """What becomes of an answer on its way: the adapter performs it, ``reason`` goes into the journal.

    ``delay`` is in real milliseconds, ``rate`` in bytes of the body per second. ``cut`` loses the answer: ``empty``
    closes the connection without a word, ``reset`` breaks it, ``truncated`` closes it in the middle of the body.
    """

    reason: str
    delay: int = 0
    rate: int | None = None
    cut: Cut | None = None


class Response:
    """One answer. ``attempts`` are webhook attempts that the adapter makes once the answer is out.

    ``effect`` is what becomes of it on its way, nearly always None.
    """

    __slots__ = ("attempts", "body", "effect", "headers", "status")

    def __init__(self, status: int, body: bytes, headers: Headers, attempts: "Sequence[Attempt]" = ()) -> None:
        self.status = status
        self.body = body
        self.headers = headers
        self.attempts = attempts
        self.effect: Effect | None = None


class Pending(NamedTuple):
    """An answer that waits: the adapter makes the attempts and calls ``resume`` with their outcomes, in order.

    Without attempts it waits for the outcomes of those that were handed out before, for the same ``namespace``. An
    adapter that cannot wait any longer calls ``stop``: what was done by then stays done.
    """

    namespace: str
    attempts: "Sequence[Attempt]"
    resume: "Callable[[Sequence[Outcome]], Response | Pending]"
    stop: "Callable[[], Response]"


Reply = tuple[Any, int] | tuple[Any, int, Headers]
"""What a handler method answers: body (bytes go out as they are, anything else as JSON), status, headers."""
