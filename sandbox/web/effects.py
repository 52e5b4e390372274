"""What adapters perform: an answer that is late, slow, or lost on its way."""

import asyncio
import contextlib
import socket
import struct
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

from sandbox.kernel.request import Effect

Write = Callable[[bytes, bool], Awaitable[None]]

CONNECTION = "sandbox.connection"
"""The ASGI extension under which an adapter finds the transport of a request's connection."""

_TICK = 0.05
"""Seconds between two pieces of a slow body, where a piece is more than a byte."""
_AT_ONCE = struct.pack("ii", 1, 0)
"""SO_LINGER: on, zero seconds; closing then sends RST and no FIN."""


class Unreachable:
    """Stands for the connection where a server does not tell it: what fails here, that server ends in its own way."""

    def close(self) -> None:
        """Raises ConnectionAbortedError."""
        msg = "a fault of this namespace closes the connection"
        raise ConnectionAbortedError(msg)

    abort = close


async def perform(effect: Effect, body: bytes, write: Write, transport: Any) -> None:
    """Send an answer as its effect says.

    ``write`` sends a piece of the body and whether it is the last; the first time the head goes before it. A cut ends
    with a closed ``transport``.
    """
    if effect.delay:
        await asyncio.sleep(effect.delay / 1_000)
    if effect.cut == "reset":
        _reset(transport)
    elif effect.cut == "empty":
        transport.close()
    elif effect.cut == "truncated" and body:
        await _send(body[: len(body) // 2], effect.rate, write, whole=False)
        transport.close()
    else:
        await _send(body, effect.rate, write, whole=True)


async def _send(body: bytes, rate: int | None, write: Write, *, whole: bool) -> None:
    if rate is None:
        await write(body, whole)
        return
    await write(b"", False)  # noqa: FBT003  # the head goes at once
    sent = 0
    for piece, wait in pieces(body, rate):
        await asyncio.sleep(wait)
        sent += len(piece)
        await write(piece, whole and sent == len(body))


def pieces(body: bytes, rate: int) -> Iterator[tuple[bytes, float]]:
    """A body in pieces, each with the seconds it takes at ``rate`` bytes per second; an empty one is one piece."""
    size = max(1, int(rate * _TICK))
    for at in range(0, len(body) or 1, size):
        piece = body[at : at + size]
        yield piece, len(piece) / rate


def _reset(transport: Any) -> None:
    """Break a connection with RST, whatever the client reads."""
    with contextlib.suppress(OSError, AttributeError):
        transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _AT_ONCE)
    transport.abort()
