"""The sender of webhooks: makes the attempts it is handed, in bounded real time, and tells how each ended."""

import asyncio
from collections.abc import Sequence

import httpx2

from sandbox.kernel.webhooks import Attempt, Outcome

TIMEOUT = 10.0
"""Real seconds one attempt may take."""
AT_ONCE = 20
"""Attempts under way at the same time."""


class Dispatcher:
    """Makes the attempts it is handed.

    Which hosts may be called is decided before; here nothing leads elsewhere: no redirects are followed, no proxies
    taken from the environment.
    """

    def __init__(self) -> None:
        self._client: httpx2.AsyncClient | None = None
        self._slots = asyncio.Semaphore(AT_ONCE)

    async def send(self, attempts: Sequence[Attempt]) -> list[Outcome]:
        """Make all attempts; outcomes in their order. Never raises for a receiver's sake."""
        return await asyncio.gather(*(self._send(attempt) for attempt in attempts))

    async def close(self) -> None:
        """Let go of the connections."""
        if self._client is not None:
            await self._client.aclose()

    async def _send(self, attempt: Attempt) -> Outcome:
        if self._client is None:
            self._client = httpx2.AsyncClient(timeout=TIMEOUT, follow_redirects=False, trust_env=False)
        try:
            async with self._slots, asyncio.timeout(TIMEOUT):
                return await self._post(self._client, attempt)
        except (TimeoutError, httpx2.TimeoutException):
            return Outcome(None, f"no answer within {TIMEOUT:g} s")
        except Exception as error:  # noqa: BLE001  # whatever a receiver does, it must not stop a clock move
            return Outcome(None, f"{type(error).__name__}: {error}")

    async def _post(self, client: httpx2.AsyncClient, attempt: Attempt) -> Outcome:
        """The answer's body is not read: only its status counts."""
        async with client.stream("POST", attempt.url, content=attempt.body, headers=list(attempt.headers)) as answer:
            return Outcome(answer.status_code)
