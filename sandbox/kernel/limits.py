"""Rate limiting in fixed windows of simulated time."""

from typing import NamedTuple

from sandbox.kernel.clock import SECOND


class Limit(NamedTuple):
    """``most`` requests for ``key`` in every window of ``span`` milliseconds."""

    key: str
    most: int
    span: int


class Quota(NamedTuple):
    """Where a key stands: ``reset`` is the instant the window ends, ``allowed`` whether this request fits."""

    limit: int
    remaining: int
    reset: int
    allowed: bool

    def retry_after(self, now: int) -> int:
        """Whole seconds until the window ends, at least 1."""
        return max(1, -((now - self.reset) // SECOND))


class Limiter:
    """The counters of one namespace. A window starts at a whole multiple of its span."""

    __slots__ = ("_windows",)

    def __init__(self) -> None:
        self._windows: dict[str, tuple[int, int]] = {}

    def hit(self, limit: Limit, now: int) -> Quota:
        """Count one request at instant ``now``."""
        key, most, span = limit
        window = now // span
        counted = self._windows.get(key)
        used = counted[1] + 1 if counted is not None and counted[0] == window else 1
        self._windows[key] = window, used
        return Quota(most, max(0, most - used), (window + 1) * span, used <= most)

    def clear(self) -> None:
        """Forget every counter."""
        self._windows.clear()
