"""The arithmetic of the rate-limit headers (A1, A3.2)."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from sandbox.contract.wire import Answer

_MINUTE = 60
_TOO_MANY = 429
_ENOUGH = 5
"""Falls in a row that show how a server counts: fewer may be due to others that use the same token."""

Complaint = tuple[str, str, str]
"""Where, what was expected, what was there."""


@dataclass
class Window:
    """What the headers said last, for one token, and by how much ``remaining`` fell from answer to answer."""

    limit: int | None = None
    remaining: int = 0
    reset: int = 0
    falls: list[int] = field(default_factory=list)

    def look(self, answer: Answer, now: float | None) -> Iterator[Complaint]:
        """What does not fit, of an answer given at ``now`` (seconds since 1970, None where it is not known)."""
        told = [_number(answer, name) for name in ("limit", "remaining", "reset")]
        if None in told:
            return
        limit, remaining, reset = (one or 0 for one in told)
        yield from _alone(answer, limit, remaining, reset, now)
        if self.limit is not None:
            yield from self._after(answer, limit, remaining, reset)
        self.limit, self.remaining, self.reset = limit, remaining, reset

    def _after(self, answer: Answer, limit: int, remaining: int, reset: int) -> Iterator[Complaint]:
        if limit != self.limit:
            yield "header X-RateLimit-Limit", f"{self.limit}, as before", str(limit)
        if reset == self.reset:
            yield from self._within(answer, remaining)
        elif reset < self.reset + _MINUTE:
            yield "header X-RateLimit-Reset", f"{self.reset}, or a minute or more later", str(reset)
        elif 0 < remaining == self.remaining - 1 and remaining < limit - 1:
            yield "header X-RateLimit-Remaining", f"{limit - 1}, as a new window has begun", str(remaining)

    def _within(self, answer: Answer, remaining: int) -> Iterator[Complaint]:
        if self.remaining == 0:
            if answer.status != _TOO_MANY:
                yield "status", "429, as none was left", str(answer.status)
            return
        self.falls.append(self.remaining - remaining)
        last = self.falls[-_ENOUGH:]
        if last[-1] < 1:
            yield "header X-RateLimit-Remaining", f"{self.remaining - 1}, one less than before", str(remaining)
        elif len(last) == _ENOUGH and len(set(last)) == 1 and last[0] > 1:
            yield "header X-RateLimit-Remaining", "to fall by one", f"it fell by {last[0]} five times in a row"
        elif answer.status == _TOO_MANY and len(self.falls) > _ENOUGH and set(self.falls) == {1}:
            yield "status", f"not 429, as {self.remaining} were left", str(answer.status)


def _alone(answer: Answer, limit: int, remaining: int, reset: int, now: float | None) -> Iterator[Complaint]:
    if remaining >= limit:
        yield "header X-RateLimit-Remaining", f"less than {limit}", str(remaining)
    if now is not None and not now - 1 < reset <= now + _MINUTE + 1:
        yield "header X-RateLimit-Reset", f"within a minute after {now:.0f}", str(reset)
    if answer.status == _TOO_MANY:
        if remaining:
            yield "header X-RateLimit-Remaining", "0", str(remaining)
        after = answer.headers.get("retry-after", "")
        if now is not None and after.isdecimal() and abs(int(after) - (reset - now)) > 1:
            yield "header Retry-After", f"{reset - now:.0f}, until the window ends", after


def _number(answer: Answer, name: str) -> int | None:
    text = answer.headers.get(f"x-ratelimit-{name}", "")
    return int(text) if text.isdecimal() and text.isascii() else None
