"""urllib3 without a network: a pool manager whose connections ask a Local."""

from io import BytesIO
from typing import TYPE_CHECKING, Any

import urllib3
from urllib3.util import parse_url

from sandbox.kernel.request import Response

if TYPE_CHECKING:
    from sandbox.testing.local import Local


def answered(answer: Response, method: str, *, preload: bool) -> urllib3.HTTPResponse:
    """The same answer as urllib3 has it."""
    headers = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in answer.headers]
    headers.append(("content-length", str(len(answer.body))))
    return urllib3.HTTPResponse(
        body=BytesIO(b"" if method.upper() == "HEAD" else answer.body),
        headers=urllib3.HTTPHeaderDict(headers),
        status=answer.status,
        preload_content=preload,
        request_method=method,
        version=11,
        version_string="HTTP/1.1",
    )


def asked(body: Any) -> bytes:
    """A body as bytes, whatever urllib3 lets it be."""
    if body is None:
        return b""
    if isinstance(body, str):
        return body.encode()
    if isinstance(body, bytes | bytearray | memoryview):
        return bytes(body)
    return bytes(body.read()) if hasattr(body, "read") else b"".join(map(asked, body))


class Pools(urllib3.PoolManager):
    """Every request is for the sandbox, whatever its host."""

    def __init__(self, local: "Local", **options: Any) -> None:
        super().__init__(**options)
        self._local = local

    def urlopen(  # type: ignore[override]  # urllib3 writes redirect out; it is nothing here
        self, method: str, url: str, *_redirect: bool, **options: Any
    ) -> urllib3.BaseHTTPResponse:
        """Answer one request."""
        headers = {**self.headers, **(options.get("headers") or {})}
        answer = self._local.handle(method, parse_url(url).url, headers, asked(options.get("body")))
        return answered(answer, method, preload=options.get("preload_content", True))
