"""A Local as a WSGI and as an ASGI application: what any test client or in-process server can take."""

from collections.abc import Awaitable, Callable, Iterable, Mapping, MutableMapping
from http.client import responses
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from sandbox.kernel.request import Effect, joined
from sandbox.web.effects import CONNECTION, Unreachable, perform

if TYPE_CHECKING:
    from sandbox.testing.local import Local

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]


class Wsgi:
    """A WSGI application; ConnectionAbortedError where a fault loses the answer. Nothing is late."""

    def __init__(self, local: "Local") -> None:
        self._local = local

    def __call__(self, environ: Mapping[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Answer one request."""
        host = environ.get("HTTP_HOST") or environ.get("SERVER_NAME", "sandbox.test")
        headers = {
            name.removeprefix("HTTP_").replace("_", "-"): value
            for name, value in environ.items()
            if name.startswith("HTTP_") or (name in {"CONTENT_TYPE", "CONTENT_LENGTH"} and value)
        }
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        answer = self._local.handle(environ["REQUEST_METHOD"], f"http://{host}{_target(environ)}", headers, body)
        if answer.effect is not None and answer.effect.cut:
            Unreachable().abort()
        phrase = responses.get(answer.status, "")
        told = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in answer.headers]
        start_response(f"{answer.status} {phrase}", [*told, ("content-length", str(len(answer.body)))])
        return [b"" if environ["REQUEST_METHOD"] == "HEAD" else answer.body]


def _target(environ: Mapping[str, Any]) -> str:
    """Path and query as they were sent, where the server tells; WSGI itself has the path decoded."""
    sent = environ.get("REQUEST_URI") or environ.get("RAW_URI") or ""
    if sent.startswith("/"):
        return str(sent)
    path = quote(environ.get("SCRIPT_NAME", "") + environ.get("PATH_INFO", ""), encoding="latin-1")
    return f"{path}?{environ['QUERY_STRING']}" if environ.get("QUERY_STRING") else path


class Asgi:
    """An ASGI application.

    Where a fault loses the answer: ConnectionAbortedError, and nothing is late. Served by ``serve`` both show on the
    connection itself, in real time.
    """

    def __init__(self, local: "Local") -> None:
        self._local = local

    async def __call__(
        self,
        scope: MutableMapping[str, Any],
        receive: Receive,
        send: Send,
    ) -> None:
        """Answer one request; a lifespan is acknowledged."""
        if scope["type"] == "lifespan":
            await _live(receive, send)
            return
        body, more = b"", True
        while more:
            message = await receive()
            if message["type"] == "http.disconnect":
                return
            body += message.get("body", b"")
            more = message.get("more_body", False)
        headers = joined(scope["headers"])
        path = scope.get("raw_path") or quote(scope["path"]).encode()
        query = f"?{scope['query_string'].decode('latin-1')}" if scope.get("query_string") else ""
        url = f"http://{headers.get('host', 'sandbox.test')}{path.decode('latin-1')}{query}"
        answer = self._local.handle(scope["method"], url, headers, body)
        told = [*answer.headers, (b"content-length", b"%d" % len(answer.body))]
        head = {"type": "http.response.start", "status": answer.status, "headers": told}
        payload = b"" if scope["method"] == "HEAD" else answer.body
        if answer.effect is not None:
            await _perform(answer.effect, head, payload, scope, receive, send)
            return
        await send(head)
        await send({"type": "http.response.body", "body": payload})


async def _perform(
    effect: Effect, head: Message, body: bytes, scope: MutableMapping[str, Any], receive: Receive, send: Send
) -> None:
    """An answer that is late, slow or lost, where there is a connection; in process it is lost at once, or comes."""
    waiting = [head]

    async def write(piece: bytes, last: bool) -> None:  # noqa: FBT001  # as perform calls it
        while waiting:
            await send(waiting.pop())
        await send({"type": "http.response.body", "body": piece, "more_body": not last})

    connection = scope.get("extensions", {}).get(CONNECTION)
    if connection is None:
        await perform(effect._replace(delay=0, rate=None), body, write, Unreachable())
        return
    await perform(effect, body, write, connection["transport"])
    while effect.cut and (await receive())["type"] != "http.disconnect":
        pass


async def _live(receive: Receive, send: Send) -> None:
    while True:
        message = await receive()
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return
