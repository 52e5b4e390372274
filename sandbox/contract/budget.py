"""How much a run may ask of a target: calls, seconds and a rate. The kit's only place that waits in real time."""

import time
from collections.abc import Callable, Mapping
from email.utils import parsedate_to_datetime
from threading import Lock
from typing import Any

from sandbox.contract.targets import Refused
from sandbox.kernel.clock import stopwatch

LONGEST = 600.0
"""Seconds that are waited at a target's wish where a run has no end of its own; for more, it ends."""
SILENT = 8
"""So many calls in a row without any answer end a run: each may take half a minute."""
_LATER = frozenset({429, 503})


class Spent(Refused):
    """Nothing may be sent any more: the words say which limit is reached."""


class Budget:
    """Limits for all that shares it: ``calls`` in all, ``seconds`` from now on, ``rate`` in calls a second.

    None is no limit. A second's worth of calls may go out at once. ``wait`` are the seconds that the target has asked
    to wait before. ``clock`` reads seconds, ``sleep`` waits them.
    """

    def __init__(
        self,
        calls: int | None = None,
        seconds: float | None = None,
        rate: float | None = None,
        *,
        wait: float = 0,
        clock: Callable[[], float] = stopwatch,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.calls, self.seconds, self.rate = calls, seconds, rate
        self.used = 0
        self._unheard = 0
        self.spent = ""
        """Which limit was reached, in words; empty while there is more to send."""
        self.hopeless = False
        """Whether it was none of the run's own limits, but that the target lets nobody in."""
        self._clock, self._sleep, self._lock = clock, sleep, Lock()
        self._filled = clock()
        self._not_before = self._filled + wait
        self._end = None if seconds is None else self._filled + seconds
        self._tokens = self._most = max(1.0, rate or 1.0)

    def take(self, keep: int = 0) -> None:
        """Wait until a call may be made, and count it. ``keep`` calls are left for later. Raises Spent."""
        with self._lock:
            if self.hopeless:
                raise Spent(self.spent)
            if self.calls is not None and self.used + keep >= self.calls:
                kept = f", {keep} of them kept for cleaning up" if keep else ""
                raise self._end_with(f"the budget of {self.calls} calls is spent{kept}")
            if self._unheard >= SILENT:
                raise self._end_with(f"the target gave no answer {SILENT} times in a row")
            self._may_wait()
            wait = self._wait()
            if self._end is not None and self._clock() + wait >= self._end:
                raise self._end_with(f"the budget of {self.seconds:g} seconds is spent")
            self.used += 1
        if wait > 0:
            self._sleep(wait)

    def _end_with(self, told: str) -> Spent:
        self.spent = self.spent or told
        return Spent(told)

    def give_up(self, told: str) -> Spent:
        """Let nothing more be sent, since the target lets nobody in: an error that says so."""
        with self._lock:
            self.hopeless = True
            return self._end_with(told)

    def _may_wait(self) -> None:
        """Raises Spent where the target asks for a longer wait than there is time for."""
        wait = self.waits
        most = LONGEST if self._end is None else self._end - self._clock()
        if wait > most > 0:
            self.hopeless = self._end is None
            left = f"a run without a limit of seconds waits {most:g}" if self._end is None else f"{most:.0f} are left"
            raise self._end_with(f"the target asks to wait {wait:.0f} seconds (Retry-After), and {left}")

    @property
    def waits(self) -> float:
        """Seconds that the target asks to wait before the next call."""
        return max(0.0, self._not_before - self._clock())

    def _wait(self) -> float:
        """Seconds until the next call; it is taken from the bucket, which may owe some."""
        now, wait = self._clock(), self.waits
        if self.rate is not None:
            self._tokens = min(self._most, self._tokens + (now - self._filled) * self.rate)
            self._filled = now
            self._tokens -= 1
            wait = max(wait, -self._tokens / self.rate)
        return wait

    def hear(self, *, answered: bool) -> None:
        """Learn whether a call had an answer, whatever it was."""
        with self._lock:
            self._unheard = 0 if answered else self._unheard + 1

    def heed(self, status: int, headers: Mapping[str, str]) -> float | None:
        """Obey Retry-After of a 429 or 503: the next call waits for it. Answers seconds; None where nothing asks to.

        Header names are in any case where the mapping says so, else in lower case.
        """
        asked = asked_to_wait(status, headers)
        if asked is not None:
            self.hold(asked)
        return asked

    def hold(self, seconds: float) -> None:
        """Make the next call wait so long."""
        with self._lock:
            self._not_before = max(self._not_before, self._clock() + seconds)

    def extend(self, seconds: float) -> None:
        """Leave at least so much time from now on: what was made must be taken back."""
        with self._lock:
            if self._end is not None:
                self._end = max(self._end, self._clock() + seconds)

    def left(self) -> dict[str, float | None]:
        """What is left, as settings for one who has it while nobody else asks."""
        return self.share(1)[0]

    def share(self, parts: int) -> list[dict[str, float | None]]:
        """What is left, divided among so many who ask at the same time: settings for each."""
        calls = None if self.calls is None else max(0, self.calls - self.used)
        seconds = None if self._end is None else max(0.0, self._end - self._clock())
        rate = None if self.rate is None else self.rate / parts
        return [
            {
                "calls": None if calls is None else calls // parts + (part < calls % parts),
                "seconds": seconds,
                "rate": rate,
                "wait": self.waits,
            }
            for part in range(parts)
        ]

    def spend(self, calls: int) -> None:
        """Count what another used of a share."""
        with self._lock:
            self.used += calls

    @classmethod
    def from_settings(cls, settings: Mapping[str, Any]) -> "Budget":
        """One from a share."""
        return cls(settings.get("calls"), settings.get("seconds"), settings.get("rate"), wait=settings.get("wait") or 0)


def asked_to_wait(status: int, headers: Mapping[str, str]) -> float | None:
    """Seconds of a 429's or 503's Retry-After: a number, or a date that is compared with that of the answer."""
    if status not in _LATER:
        return None
    text = headers.get("retry-after", "").strip()
    if text.isascii() and text.isdigit():
        return float(text)
    try:
        until, now = parsedate_to_datetime(text), parsedate_to_datetime(headers.get("date", ""))
        return max(0.0, (until - now).total_seconds())
    except (TypeError, ValueError):
        return None
