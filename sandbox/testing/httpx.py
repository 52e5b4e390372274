"""httpx without a network: transports that ask a Local."""

from typing import TYPE_CHECKING

import httpx

from sandbox.kernel.request import Response

if TYPE_CHECKING:
    from sandbox.testing.local import Local


def answered(answer: Response, request: httpx.Request) -> httpx.Response:
    """The same answer as httpx has it."""
    body = b"" if request.method == "HEAD" else answer.body
    return httpx.Response(answer.status, headers=[*answer.headers, _length(answer)], content=body, request=request)


def _length(answer: Response) -> tuple[bytes, bytes]:
    return b"content-length", b"%d" % len(answer.body)


class Transport(httpx.BaseTransport):
    """For ``httpx.Client(transport=…)``."""

    def __init__(self, local: "Local") -> None:
        self._local = local

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Answer one request."""
        headers = dict(request.headers)
        return answered(self._local.handle(request.method, str(request.url), headers, request.read()), request)


class AsyncTransport(httpx.AsyncBaseTransport):
    """For ``httpx.AsyncClient(transport=…)``."""

    def __init__(self, local: "Local") -> None:
        self._local = local

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Answer one request."""
        headers, body = dict(request.headers), await request.aread()
        return answered(self._local.handle(request.method, str(request.url), headers, body), request)
