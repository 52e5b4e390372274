"""A Local at a real port, for clients that live in other processes."""

import asyncio
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from sandbox.testing.apps import Asgi
from sandbox.web.effects import CONNECTION

if TYPE_CHECKING:
    from sandbox.testing.local import Local


@dataclass(frozen=True, slots=True)
class Served:
    """``url`` is where it listens, ``urls`` the base URL of each API there; ``local`` is the sandbox itself."""

    url: str
    urls: dict[str, str]
    local: "Local"


@contextmanager
def serve(local: "Local") -> Iterator[Served]:
    """Listen on a free port of 127.0.0.1 while the block lasts."""
    config = uvicorn.Config(
        Asgi(local), port=0, log_level="warning", access_log=False, lifespan="off", http=_Connection
    )
    server = _Server(config)
    thread = threading.Thread(target=lambda: asyncio.run(server.serve()), daemon=True)
    thread.start()
    server.listening.wait()
    try:
        url = f"http://127.0.0.1:{server.port}"
        sandbox = local.pipeline.sandbox
        urls = {api.name: f"{url}{api.mount.prefix}{api.mount.base}" for api in sandbox.vendors}
        yield Served(url, urls, local)
    finally:
        server.should_exit = True
        thread.join()


class _Connection(HttpToolsProtocol):
    """Shows itself to the application, which closes it where a fault says so."""

    def on_message_begin(self) -> None:
        """A request begins."""
        super().on_message_begin()
        self.scope["extensions"] = {CONNECTION: {"transport": self.transport}}


class _Server(uvicorn.Server):
    """Tells when it listens, and where."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.listening = threading.Event()
        self.port = 0

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listen, then tell."""
        await super().startup(sockets)
        if self.started:
            self.port = self.servers[0].sockets[0].getsockname()[1]
        self.listening.set()
