"""The sender of webhooks: makes the attempts it is handed, in bounded real time, and tells how each ended."""

import asyncio
import socket
from collections.abc import Awaitable, Callable, Sequence
from ipaddress import ip_address

import httpx2

from sandbox.kernel.targets import reachable
from sandbox.kernel.webhooks import Attempt, Outcome

AT_ONCE = 20
"""Attempts under way at the same time."""

Resolve = Callable[[str, int], Awaitable[Sequence[str]]]
"""The addresses of a name."""


class Elsewhere(Exception):
    """A name leads where the sandbox does not go."""


async def resolve(name: str, port: int) -> list[str]:
    """The addresses of a name, as this machine knows them. Raises OSError."""
    found = await asyncio.get_running_loop().getaddrinfo(name, port, type=socket.SOCK_STREAM)
    return [str(address[0]) for *_, address in found]


class Dispatcher:
    """Makes the attempts it is handed.

    Which hosts may be called is decided before; here nothing leads elsewhere: no redirects are followed, no proxies
    taken from the environment, and a name is resolved once, its address checked, and that very address connected to.
    """

    def __init__(self, resolve: Resolve = resolve) -> None:
        self._client: httpx2.AsyncClient | None = None
        self._slots = asyncio.Semaphore(AT_ONCE)
        self._resolve = resolve

    async def send(self, attempts: Sequence[Attempt]) -> list[Outcome]:
        """Make all attempts, turn by turn; outcomes in their order. Never raises for a receiver's sake."""
        outcomes: dict[int, Outcome] = {}
        for turn in sorted({attempt.turn for attempt in attempts}):
            places = [place for place, attempt in enumerate(attempts) if attempt.turn == turn]
            ended = await asyncio.gather(*(self._send(attempts[place]) for place in places))
            outcomes.update(zip(places, ended, strict=True))
        return [outcomes[place] for place in range(len(attempts))]

    async def close(self) -> None:
        """Let go of the connections."""
        if self._client is not None:
            await self._client.aclose()

    async def _send(self, attempt: Attempt) -> Outcome:
        if self._client is None:
            # one timeout is over all; a connection kept from before may be one that its receiver has just given up
            limits = httpx2.Limits(max_keepalive_connections=0)
            self._client = httpx2.AsyncClient(timeout=None, limits=limits, follow_redirects=False, trust_env=False)
        try:
            async with self._slots, asyncio.timeout(attempt.timeout):
                return await self._post(self._client, attempt)
        except (TimeoutError, httpx2.TimeoutException):
            return Outcome(None, f"no answer within {attempt.timeout:g} s")
        except Elsewhere as error:
            return Outcome(None, str(error))
        except Exception as error:  # noqa: BLE001  # whatever a receiver does, it must not stop a clock move
            return Outcome(None, f"{type(error).__name__}: {error}")

    async def _post(self, client: httpx2.AsyncClient, attempt: Attempt) -> Outcome:
        """The answer's body is not read: only its status counts."""
        request = client.build_request("POST", attempt.url, content=attempt.body, headers=list(attempt.headers))
        named, addresses = request.url, await self._addresses(request.url)
        request.extensions["sni_hostname"] = named.host  # the certificate is the name's
        for left, address in zip(range(len(addresses) - 1, -1, -1), addresses, strict=True):
            request.url = named.copy_with(host=address)  # the header Host keeps the name
            try:
                answer = await client.send(request, stream=True)
                await answer.aclose()
                return Outcome(answer.status_code)
            except httpx2.ConnectError:
                if not left:
                    raise
        msg = f"{named.host} leads to no address"
        raise Elsewhere(msg)

    async def _addresses(self, url: httpx2.URL) -> Sequence[str]:
        """Where a host is, if all of that is where its name may lead. Raises Elsewhere, OSError."""
        if _is_address(url.host):
            return [url.host]
        found = await self._resolve(url.host, url.port or (443 if url.scheme == "https" else 80))
        wrong = [address for address in found if not reachable(url.host, address)]
        if wrong:
            msg = f"{url.host} leads to {', '.join(wrong)}, which is never called"
            raise Elsewhere(msg)
        return found


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True
