"""A Local as a WSGI and as an ASGI application: what any test client or in-process server can take."""

from collections.abc import Awaitable, Callable, Iterable, Mapping, MutableMapping
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

if TYPE_CHECKING:
    from sandbox.testing.local import Local

Message = MutableMapping[str, Any]


class Wsgi:
    """A WSGI application."""

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
        status = HTTPStatus(answer.status)
        told = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in answer.headers]
        start_response(f"{status.value} {status.phrase}", [*told, ("content-length", str(len(answer.body)))])
        return [b"" if environ["REQUEST_METHOD"] == "HEAD" else answer.body]


def _target(environ: Mapping[str, Any]) -> str:
    """Path and query as they were sent, where the server tells; WSGI itself has the path decoded."""
    sent = environ.get("REQUEST_URI") or environ.get("RAW_URI") or ""
    if sent.startswith("/"):
        return str(sent)
    path = quote(environ.get("SCRIPT_NAME", "") + environ.get("PATH_INFO", ""), encoding="latin-1")
    return f"{path}?{environ['QUERY_STRING']}" if environ.get("QUERY_STRING") else path


class Asgi:
    """An ASGI application."""

    def __init__(self, local: "Local") -> None:
        self._local = local

    async def __call__(
        self,
        scope: MutableMapping[str, Any],
        receive: Callable[[], Awaitable[Message]],
        send: Callable[[Message], Awaitable[None]],
    ) -> None:
        """Answer one request; a lifespan is acknowledged."""
        if scope["type"] == "lifespan":
            await _live(receive, send)
            return
        body, more = b"", True
        while more:
            message = await receive()
            body += message.get("body", b"")
            more = message.get("more_body", False)
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        path = scope.get("raw_path") or quote(scope["path"]).encode()
        query = f"?{scope['query_string'].decode('latin-1')}" if scope.get("query_string") else ""
        url = f"http://{headers.get('host', 'sandbox.test')}{path.decode('latin-1')}{query}"
        answer = self._local.handle(scope["method"], url, headers, body)
        told = [*answer.headers, (b"content-length", b"%d" % len(answer.body))]
        await send({"type": "http.response.start", "status": answer.status, "headers": told})
        await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else answer.body})


async def _live(receive: Callable[[], Awaitable[Message]], send: Callable[[Message], Awaitable[None]]) -> None:
    while True:
        message = await receive()
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return
