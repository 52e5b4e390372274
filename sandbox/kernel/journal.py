"""The bounded list of exchanges: what was asked, what was answered, and why."""

from collections import deque
from collections.abc import Iterator
from typing import Any, NamedTuple

from sandbox.kernel.request import Request, Response

_OVERHEAD = 1_024


class Exchange(NamedTuple):
    """One request with its answer. ``at`` is an instant of the namespace's clock, ``duration`` real milliseconds."""

    id: int
    at: int
    api: str
    operation: str | None
    request: Request
    response: Response
    duration: float
    reason: str | None
    size: int
    """Bytes it is counted with."""


class Journal:
    """The newest exchanges, at most ``entries`` and at most ``size`` bytes of them; the oldest go first."""

    def __init__(self, entries: int = 1_000, size: int = 16 * 1_048_576) -> None:
        self._entries = entries
        self._size = size
        self._list: deque[tuple[Any, ...]] = deque()
        self._bytes = 0
        self._last = 0

    def __len__(self) -> int:
        return len(self._list)

    def __iter__(self) -> Iterator[Exchange]:
        return map(Exchange._make, tuple(self._list))

    @property
    def bytes(self) -> int:
        """Bytes held now."""
        return self._bytes

    def record(
        self,
        at: int,
        api: str,
        operation: str | None,
        request: Request,
        response: Response,
        duration: float,
        reason: str | None,
    ) -> None:
        """Add one exchange."""
        self._last += 1
        size = _size(request) + len(response.body) + len(reason or "") + _OVERHEAD
        self._list.append((self._last, at, api, operation, request, response, duration, reason, size))
        self._bytes += size
        while len(self._list) > self._entries or self._bytes > self._size:
            self._bytes -= self._list.popleft()[-1]

    def clear(self) -> None:
        """Forget everything; numbering goes on."""
        self._list.clear()
        self._bytes = 0


def _size(request: Request) -> int:
    headers = "".join(request.headers) + "".join(request.headers.values())
    return len(request.path) + len(request.query) + len(headers) + len(request.body)
