"""httpx without a network: transports that ask a Local. httpx2 has the same classes, so ``library`` may be either."""

from typing import TYPE_CHECKING, Any

import httpx

from sandbox.kernel.request import joined
from sandbox.testing.effects import raise_as_httpx

if TYPE_CHECKING:
    from sandbox.testing.local import Local


def ask(local: "Local", request: Any, library: Any = httpx) -> Any:
    """The answer to a request whose body was read, or the library's own error where a fault loses it."""
    path, _, query = request.url.raw_path.decode("ascii").partition("?")
    answer = local.answer(request.method, path, query, joined(request.headers.raw), request.content)
    raise_as_httpx(library, answer, request)
    headers = [*answer.headers, (b"content-length", b"%d" % len(answer.body))]
    body = library.ByteStream(b"" if request.method == "HEAD" else answer.body)
    return library.Response(answer.status, headers=headers, stream=body, request=request)


class Transport(httpx.BaseTransport):
    """For ``httpx.Client(transport=…)``.

    What a fault does to an answer appears as an error of httpx: ReadTimeout for one that is later than the client's
    read timeout (nothing waits for it), ReadError, RemoteProtocolError.
    """

    def __init__(self, local: "Local") -> None:
        self._local = local

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Answer one request."""
        request.read()
        answer: httpx.Response = ask(self._local, request)
        return answer


class AsyncTransport(httpx.AsyncBaseTransport):
    """For ``httpx.AsyncClient(transport=…)``; faults appear as with Transport."""

    def __init__(self, local: "Local") -> None:
        self._local = local

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Answer one request."""
        await request.aread()
        answer: httpx.Response = ask(self._local, request)
        return answer
