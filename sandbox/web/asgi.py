"""The ASGI adapter: reads a request, lets the pipeline answer, sends, and performs what the answer asks for."""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Sequence
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sandbox.kernel.request import Effect, Pending, Request, Response, joined
from sandbox.kernel.webhooks import Attempt, Outcome
from sandbox.web.dispatcher import Dispatcher
from sandbox.web.effects import CONNECTION, Unreachable, perform
from sandbox.web.passage import BODY_LIMIT
from sandbox.web.pipeline import Pipeline
from sandbox.web.unmatched import Unmatched

DRAIN_LIMIT = 10 * BODY_LIMIT
"""Bytes of an over-long body that are read and thrown away, so that the client hears the refusal."""

_IDLE = 1.0
_PAUSE = 0.02
_log = logging.getLogger("sandbox")


class Adapter:
    """One for the application: ``answer`` for each request, ``lifespan`` around them all."""

    def __init__(self, pipeline: Pipeline) -> None:
        self.pipeline = pipeline
        self._dispatcher = Dispatcher()
        self._delivering: dict[asyncio.Task[None], str] = {}
        """Webhook attempts under way, with the namespace they are made for."""
        self._finishing: set[asyncio.Task[Response]] = set()
        self._changed = asyncio.Event()

    @contextlib.asynccontextmanager
    async def lifespan(self, _app: Any) -> AsyncIterator[None]:
        """Runs what comes due in running namespaces while the server is up; finishes what is under way at the end."""
        ticker = asyncio.create_task(self._tick())
        try:
            yield
        finally:
            ticker.cancel()
            tasks = [*self._delivering, *self._finishing]
            for task in tasks:
                task.cancel()
            await asyncio.gather(ticker, *tasks, return_exceptions=True)
            await self._dispatcher.close()

    async def answer(self, scope: Scope, receive: Receive, send: Send, other: ASGIApp) -> None:
        """Answer one HTTP request, or hand it to ``other`` when it is for no Api."""
        headers = joined(scope["headers"])
        has_body = "content-length" in headers or "transfer-encoding" in headers
        body = await _read_while_serving(receive) if has_body else b""
        if body is None:
            return
        request = Request(
            scope["method"], scope["raw_path"].decode("latin-1"), scope["query_string"].decode("latin-1"), headers, body
        )
        answer = self.pipeline.handle(request)
        if answer is None:
            await other(scope, _replay(body), Unmatched(self.pipeline, request, send))
            return
        if isinstance(answer, Pending):
            answer = await asyncio.shield(self.finish(answer))
        try:
            if answer.effect is None:
                await _send(send, request.method, answer)
            else:
                await _perform(answer.effect, answer, scope, receive, send)
        finally:
            self.after(request, answer)

    def after(self, request: Request, answer: Response) -> None:
        """Once the answer is out: make the webhook attempts it leads to, look at what is due."""
        if answer.attempts:
            self._deliver(answer.attempts)
        if request.method != "GET":
            self._changed.set()

    def finish(self, answer: Pending) -> "asyncio.Task[Response]":
        """To the end, even if the client leaves: time does not stop half-way. Cancelled, it tells where it came to."""
        work = asyncio.create_task(self._finish(answer))
        self._finishing.add(work)
        work.add_done_callback(self._finishing.discard)
        return work

    async def _finish(self, answer: Pending) -> Response:
        while True:
            try:
                following = answer.resume(await self._outcomes(answer))
            except asyncio.CancelledError:
                return answer.stop()
            if isinstance(following, Response):
                return following
            answer = following

    async def _outcomes(self, answer: Pending) -> Sequence[Outcome]:
        """Make the attempts an answer waits for."""
        if not answer.attempts:  # it waits for those that are under way already
            under_way = [task for task, name in self._delivering.items() if name == answer.namespace]
            await asyncio.gather(*under_way, return_exceptions=True)
        return await self._dispatcher.send(answer.attempts)

    def _deliver(self, attempts: Sequence[Attempt]) -> None:
        """Make attempts in the background, each namespace's by itself."""
        for name in {attempt.namespace for attempt in attempts}:
            task = asyncio.create_task(self._send_and_settle([a for a in attempts if a.namespace == name]))
            self._delivering[task] = name
            task.add_done_callback(self._delivering.pop)

    async def _send_and_settle(self, attempts: Sequence[Attempt]) -> None:
        outcomes = await self._dispatcher.send(attempts)
        for attempt, outcome in zip(attempts, outcomes, strict=True):
            self.pipeline.sandbox.settle(attempt, outcome)
        self._changed.set()

    async def _tick(self) -> None:
        while True:
            try:
                attempts, wait = self.pipeline.run_due()
            except Exception:  # noqa: BLE001  # whatever goes wrong must not stop time
                _log.exception("running what is due failed")
                attempts, wait = [], None
            self._deliver(attempts)
            self._changed.clear()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_IDLE if wait is None else min(_IDLE, wait / 1_000)):
                    await self._changed.wait()  # not wait_for: before Python 3.12 it may swallow a cancellation
            await asyncio.sleep(_PAUSE)


async def _read_while_serving(receive: Receive) -> bytes | None:
    """The same, and None when the server stops before the end: nobody is to blame."""
    try:
        return await _read(receive)
    except asyncio.CancelledError:
        return None


async def _read(receive: Receive) -> bytes | None:
    """The whole body; None when the client left before its end. Of an over-long one, one byte more than the limit."""
    message = await receive()
    if not message.get("more_body") and message["type"] == "http.request":
        return bytes(message.get("body", b""))[: BODY_LIMIT + 1]
    parts, size = [], 0
    while True:
        if message["type"] == "http.disconnect":
            return None
        part = message.get("body", b"")
        size += len(part)
        if size - len(part) <= BODY_LIMIT:
            parts.append(part)
        if not message.get("more_body") or size > DRAIN_LIMIT:
            return b"".join(parts)[: BODY_LIMIT + 1]
        message = await receive()


def _replay(body: bytes) -> Receive:
    async def receive() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    return receive


async def _send(send: Send, method: str, answer: Response) -> None:
    await send(_head(answer))
    await send({"type": "http.response.body", "body": b"" if method == "HEAD" else answer.body})


def _head(answer: Response) -> Message:
    headers = answer.headers
    if answer.status != 204:  # noqa: PLR2004  # No Content has no length either
        headers = [*headers, (b"content-length", b"%d" % len(answer.body))]
    return {"type": "http.response.start", "status": answer.status, "headers": headers}


async def _perform(effect: Effect, answer: Response, scope: Scope, receive: Receive, send: Send) -> None:
    """An answer that is late, slow, or lost on its way; given up when the client leaves."""
    waiting = [_head(answer)]

    async def write(piece: bytes, last: bool) -> None:  # noqa: FBT001  # as perform calls it
        while waiting:
            await send(waiting.pop())
        await send({"type": "http.response.body", "body": piece, "more_body": not last})

    transport = scope.get("extensions", {}).get(CONNECTION, {}).get("transport", Unreachable())
    body = b"" if scope["method"] == "HEAD" else answer.body
    left = asyncio.create_task(_left(receive))
    work = asyncio.create_task(perform(effect, body, write, transport))
    try:
        await asyncio.wait({left, work}, return_when=asyncio.FIRST_COMPLETED)
        if work.done():
            work.result()
            await left  # what was closed is closed only then; a complete answer ends it at once
    finally:
        left.cancel()
        work.cancel()


async def _left(receive: Receive) -> None:
    """Until the client has left, or its connection was closed."""
    while (await receive())["type"] != "http.disconnect":
        pass
