"""Simulated time: the only module that reads the real clock.

An instant is an integer of milliseconds since 1970-01-01T00:00:00Z; a span is an integer of milliseconds.
"""

import re
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import TypeGuard

SECOND = 1_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR

FIRST_INSTANT = -62_135_596_800_000
LAST_INSTANT = 253_402_300_799_999
"""0001-01-01T00:00:00Z and 9999-12-31T23:59:59.999Z: what RFC 3339 can write."""

_LAST_START = 32_503_680_000_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_DURATION = re.compile(
    r"P(?:(\d+)W)?(?:(\d+)D)?(?:T(?=\d)(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d{1,3})?)S)?)?",
    re.ASCII,
)


def real_now() -> int:
    """The machine's own time as an instant."""
    return time.time_ns() // 1_000_000


def stopwatch() -> float:
    """Seconds of a steady real clock, to measure how long an answer took."""
    return time.perf_counter()


@dataclass(frozen=True, slots=True)
class Clock:
    """One namespace's clock: frozen at an instant, or running at an offset from the machine's.

    A value: every verb answers a new clock, so forking a namespace copies nothing.
    """

    frozen: int | None = None
    offset: int = 0

    def now(self) -> int:
        """The current instant."""
        return real_now() + self.offset if self.frozen is None else self.frozen

    def freeze(self, at: int | None = None) -> "Clock":
        """Stand still at ``at`` (default: now)."""
        return Clock(frozen=self.now() if at is None else at)

    def run(self, start: int | None = None) -> "Clock":
        """Run on from ``start`` (default: now)."""
        return Clock(offset=(self.now() if start is None else start) - real_now())

    def move_to(self, instant: int) -> "Clock":
        """Jump to ``instant``; stays frozen or running as it was."""
        return self.freeze(instant) if self.frozen is not None else self.run(instant)

    def shift(self, span: int) -> "Clock":
        """Jump by ``span`` milliseconds."""
        return self.move_to(self.now() + span)

    def tick(self, last: int) -> int:
        """The instant of the next transaction: now, but never before ``last`` (the machine's clock may be set back)."""
        return max(last, self.now())

    @property
    def mode(self) -> str:
        """``frozen`` or ``running``."""
        return "running" if self.frozen is None else "frozen"


def parse_clock(text: str) -> Clock:
    """``running``, an ISO instant (frozen there) or ``<instant>+`` (running from there), in the years 1970 to 2999.

    Raises ValueError.
    """
    if text == "running":
        return Clock()
    start = parse_instant(text.removesuffix("+"))
    if not 0 <= start < _LAST_START:
        msg = f"{text!r} is outside the years 1970 to 2999"
        raise ValueError(msg)
    return Clock().run(start) if text.endswith("+") else Clock(frozen=start)


def parse_instant(text: str) -> int:
    """RFC 3339 with a zone, as an instant. Raises ValueError that says what was expected."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None or len(text) < len("2024-01-15T10:30Z"):
        msg = f"{text!r} is not an instant: write it like 2024-01-15T10:30:00Z"
        raise ValueError(msg)
    instant = (moment - _EPOCH) // timedelta(milliseconds=1)
    if not FIRST_INSTANT <= instant <= LAST_INSTANT:
        msg = f"{text!r} is outside the years 1 to 9999"
        raise ValueError(msg)
    return instant


def iso(instant: int) -> str:
    """``2024-01-15T10:30:00Z``: whole seconds, UTC."""
    return _text(instant // SECOND) + "Z"


def iso_ms(instant: int) -> str:
    """``2024-01-15T10:30:00.250Z``; without the fraction when it is a whole second."""
    seconds, ms = divmod(instant, SECOND)
    return f"{_text(seconds)}.{ms:03d}Z" if ms else _text(seconds) + "Z"


@lru_cache(maxsize=1_024)
def _text(seconds: int) -> str:
    return (_EPOCH + timedelta(seconds=seconds)).isoformat()[:19]


def parse_duration(value: str | float) -> int:
    """ISO 8601 (``P1D``, ``PT90S``, weeks to seconds) or a number of seconds, as a span. Raises ValueError."""
    span = value * SECOND if _is_number(value) else _spell(value)
    if not abs(span) <= LAST_INSTANT:
        msg = f"{value!r} is longer than 8,000 years"
        raise ValueError(msg)
    return round(span)


def _is_number(value: object) -> TypeGuard[float]:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _spell(text: object) -> float:
    found = _DURATION.fullmatch(text) if isinstance(text, str) else None
    if found is None or not any(found.groups()):
        msg = f"{text!r} is not a duration: write it like P1D, PT15S or a number of seconds"
        raise ValueError(msg)
    weeks, days, hours, minutes, seconds = (float(part or 0) for part in found.groups())
    return ((weeks * 7 + days) * DAY) + hours * HOUR + minutes * MINUTE + seconds * SECOND
