"""The short way of the server: a request that arrives whole is answered from the pipeline at once, in one write.

ASGI costs as much as answering does: a task, a scope, two messages and two writes for each request. This protocol reads
what nearly every client sends. At the first thing that is unusual (a path for Flask, an upgrade, a chunked body,
several requests at once, a broken one) it hands the connection, with every byte that is not answered, to uvicorn's own
protocol, which keeps it: the ASGI application stays the only place that decides about those.
"""

import asyncio
import logging
from collections.abc import Coroutine
from http import HTTPStatus
from typing import Any

import httptools
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from sandbox.kernel.request import Effect, Pending, Request, Response
from sandbox.web.asgi import Adapter
from sandbox.web.effects import CONNECTION, perform

WHOLE_LIMIT = 1_048_576
"""Bytes that a request may have to be answered here."""

_ODD = frozenset({"expect", "transfer-encoding", "upgrade"})
"""Headers whose meaning is uvicorn's to decide."""
_PHRASES = {status.value: status.phrase for status in HTTPStatus}
_STATUS_LINES = {code: f"HTTP/1.1 {code} {_PHRASES.get(code, '')}\r\n".encode() for code in range(100, 600)}
_NO_CONTENT = 204
_log = logging.getLogger("sandbox")


class Wire(asyncio.Protocol):
    """One connection. Between two requests nothing is kept of the first."""

    def __init__(
        self,
        adapter: Adapter,
        config: Any,
        server_state: Any,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        """Takes what uvicorn gives a protocol, and the adapter that answers."""
        self._adapter = adapter
        self._given = config, server_state, app_state, _loop
        self._state = server_state
        self._patience: float = config.timeout_keep_alive
        self._parser = httptools.HttpRequestParser(self)
        self._last = 0.0
        self._watch: asyncio.TimerHandle | None = None
        self._working: asyncio.Task[None] | None = None
        self._late: asyncio.Task[None] | None = None
        self._closing = False
        self._begin()

    def _begin(self) -> None:
        self._data = b""
        self._url = b""
        self._headers: dict[str, str] = {}
        self._body = b""
        self._begun = 0
        self._whole = False
        self._odd = False

    # what uvicorn and the event loop call

    def connection_made(self, transport: Any) -> None:
        """A client is there."""
        self._transport = transport
        self._loop = asyncio.get_running_loop()
        self._state.connections.add(self)

    def connection_lost(self, error: Exception | None) -> None:  # noqa: ARG002  # asyncio's signature
        """The client is gone."""
        self._leave()
        if self._late is not None:
            self._late.cancel()

    def pause_writing(self) -> None:
        """A client that does not read what it asked for must not ask for more."""
        self._transport.pause_reading()

    def resume_writing(self) -> None:
        """It caught up: read on, unless an answer is under way."""
        if self._working is None:
            self._transport.resume_reading()

    def shutdown(self) -> None:
        """The server stops: close now, or after the answer that is under way."""
        if self._late is not None:
            self._transport.close()
        elif self._working is not None:
            self._closing = True
        elif self._data:
            self._hand_over().shutdown()
        else:
            self._transport.close()

    def data_received(self, data: bytes) -> None:
        """Read on; answer as soon as one request is whole."""
        self._data = self._data + data if self._data else data
        if self._working is not None:
            return
        try:
            self._parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade):
            self._odd = True
        if self._odd or self._begun > 1 or len(self._data) > WHOLE_LIMIT:
            self._hand_over()
        elif self._whole:
            self._answer()

    # what the parser calls

    def on_message_begin(self) -> None:
        """Another request begins."""
        self._begun += 1

    def on_url(self, url: bytes) -> None:
        """Its target, or a part of it."""
        self._url += url

    def on_header(self, name: bytes, value: bytes) -> None:
        """One header: names in lower case, one sent twice joined, as the pipeline wants it."""
        key, text = name.decode("latin-1").lower(), value.decode("latin-1")
        headers = self._headers
        headers[key] = f"{headers[key]}, {text}" if key in headers else text
        if key in _ODD or (key == "connection" and text.lower() != "keep-alive"):
            self._odd = True

    def on_body(self, body: bytes) -> None:
        """Its body, or a part of it."""
        self._body += body

    def on_message_complete(self) -> None:
        """It is whole."""
        self._whole = True

    # what follows

    def _answer(self) -> None:
        url = self._url
        if self._parser.get_http_version() != "1.1" or url[:1] != b"/" or url[:2] == b"//" or b"#" in url:
            self._hand_over()
            return
        path, _, query = url.decode("latin-1").partition("?")
        request = Request(self._parser.get_method().decode(), path, query, self._headers, self._body)
        answer = self._adapter.pipeline.handle(request)
        if answer is None:
            self._hand_over()
        elif isinstance(answer, Pending):
            self._work(self._finish(request, answer))
        elif answer.effect is not None:
            self._late = self._work(self._perform(request, answer, answer.effect))
        else:
            self._write(request, answer)

    def _work(self, work: Coroutine[Any, Any, None]) -> "asyncio.Task[None]":
        """What takes its time; nothing more is read meanwhile."""
        self._data = b""
        self._transport.pause_reading()
        self._working = task = self._loop.create_task(work)
        self._state.tasks.add(task)
        task.add_done_callback(self._state.tasks.discard)
        return task

    async def _perform(self, request: Request, answer: Response, effect: Effect) -> None:
        """An answer that is late, slow, or lost on its way."""
        whole = written(request.method, answer)
        head = whole.partition(b"\r\n\r\n")[0] + b"\r\n\r\n"
        waiting = [head]

        async def write(piece: bytes, _last: bool) -> None:  # noqa: FBT001  # as perform calls it
            self._transport.write(b"".join([*waiting, piece]))
            waiting.clear()

        try:
            await perform(effect, whole[len(head) :], write, self._transport)
        finally:
            self._late = self._working = None
            self._transport.resume_reading()
            self._end(request, answer)

    async def _finish(self, request: Request, answer: Pending) -> None:
        """What waits for webhook outcomes; the server cancels it when it stops."""
        work = self._adapter.finish(answer)
        try:
            await asyncio.wait({work})
        except asyncio.CancelledError:
            work.cancel()
        try:
            self._write(request, await work)
        except Exception:  # noqa: BLE001  # nobody else hears of it
            _log.exception("%s %s failed", request.method, request.path)
            self._transport.close()
        self._working = None
        self._transport.resume_reading()

    def _write(self, request: Request, answer: Response) -> None:
        self._transport.write(written(request.method, answer))
        self._end(request, answer)

    def _end(self, request: Request, answer: Response) -> None:
        """Once the answer is out."""
        self._begin()
        self._state.total_requests += 1
        self._adapter.after(request, answer)
        self._last = self._loop.time()
        if self._closing:
            self._transport.close()
        elif self._watch is None:
            self._watch = self._loop.call_later(self._patience, self._check_idle)

    def _check_idle(self) -> None:
        """Close a connection that was not used for a while: looked at now and then, not after each request."""
        left = self._last + self._patience - self._loop.time()
        if left <= 0 and not self._data and self._working is None:
            self._transport.close()
        else:
            self._watch = self._loop.call_later(max(left, 0.1), self._check_idle)

    def _hand_over(self) -> Any:
        """From here on the connection is uvicorn's, with all that is not answered."""
        self._leave()
        other = _Other(*self._given)
        self._transport.set_protocol(other)
        other.connection_made(self._transport)
        other.data_received(self._data)
        return other

    def _leave(self) -> None:
        self._state.connections.discard(self)
        if self._watch is not None:
            self._watch.cancel()


class _Other(HttpToolsProtocol):
    """Uvicorn's own, that tells the application its connection: some faults are done to it."""

    def on_message_begin(self) -> None:
        """Another request begins."""
        super().on_message_begin()
        self.scope["extensions"] = {CONNECTION: {"transport": self.transport}}


def written(method: str, answer: Response) -> bytes:
    """An answer as it goes over the wire. Raises ValueError for a header that would begin another line."""
    body = answer.body
    parts = [_STATUS_LINES[answer.status]]
    for name, value in answer.headers:
        parts += (name, b": ", value, b"\r\n")
    parts.append(b"\r\n" if answer.status == _NO_CONTENT else b"content-length: %d\r\n\r\n" % len(body))
    head = b"".join(parts)
    if head.count(b"\n") != len(answer.headers) + (2 if answer.status == _NO_CONTENT else 3):
        msg = f"a header of this answer has a line break: {answer.headers}"
        raise ValueError(msg)
    return head if method == "HEAD" else head + body
