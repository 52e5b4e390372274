"""The server while it runs: what it does once it listens, and how it ends."""

import asyncio
import contextlib
import signal
import socket
import ssl
from collections.abc import Awaitable, Callable, Iterator
from types import FrameType

import uvicorn

Errand = Callable[[], Awaitable[None]]


class Server(uvicorn.Server):
    """Greets once it listens; ends with exit code 0 on SIGINT and SIGTERM.

    ``secure`` is a second listener, with its TLS. ``errand`` is run while the server is up, which ends with it; signals
    are its own to answer.
    """

    def __init__(
        self,
        config: uvicorn.Config,
        greet: Callable[[], None],
        *,
        secure: tuple[socket.socket, ssl.SSLContext] | None = None,
        errand: Errand | None = None,
    ) -> None:
        super().__init__(config)
        self._greet = greet
        self._secure = secure
        self._errand = errand
        self._working: asyncio.Task[None] | None = None

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listen, then greet."""
        await super().startup(sockets)
        if not self.started:
            return
        if self._secure:
            listener, context = self._secure
            loop = asyncio.get_running_loop()
            self.servers.append(await loop.create_server(self._protocol, sock=listener, ssl=context))
        self._greet()
        if self._errand:
            self._working = asyncio.create_task(self._run(self._errand))

    def _protocol(self) -> asyncio.Protocol:
        """As uvicorn makes it for the first listener."""
        make: Callable[..., asyncio.Protocol] = self.config.http_protocol_class
        return make(config=self.config, server_state=self.server_state, app_state=self.lifespan.state)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:  # noqa: ARG002  # uvicorn's signature
        """Stop; asked once more, it stops in no other way, for it takes seconds at most."""
        self.should_exit = True

    async def _run(self, errand: Errand) -> None:
        try:
            await errand()
        finally:
            self.should_exit = True

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Unlike uvicorn's own, does not raise the signal once more after a clean stop."""
        if self._errand:
            yield
            return
        before = {number: signal.signal(number, self.handle_exit) for number in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)
