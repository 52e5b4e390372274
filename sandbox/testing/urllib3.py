"""urllib3 without a network: a pool manager whose connections ask a Local."""

from collections.abc import Mapping
from http.client import IncompleteRead, responses
from io import BytesIO
from typing import TYPE_CHECKING, Any

import urllib3
from urllib3.exceptions import ProtocolError
from urllib3.util import Timeout, parse_url

from sandbox.kernel.request import Response
from sandbox.testing.effects import raise_as_urllib3

if TYPE_CHECKING:
    from sandbox.testing.local import Local


def answered(answer: Response, method: str, *, preload: bool, timeout: Any = None) -> urllib3.HTTPResponse:
    """The same answer as urllib3 has it.

    Where a fault loses it: raises ReadTimeoutError for one later than the read timeout (nothing waits for it), or
    ProtocolError.
    """
    torn = answer.effect is not None and answer.effect.cut == "truncated"
    try:
        raise_as_urllib3(answer, None, "", read_timeout(timeout))
    except ProtocolError:
        if not torn:  # which shows when the body is read
            raise
    headers = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in answer.headers]
    headers.append(("content-length", str(len(answer.body))))
    return urllib3.HTTPResponse(
        body=_Torn(answer.body) if torn else BytesIO(b"" if method == "HEAD" else answer.body),
        headers=urllib3.HTTPHeaderDict(headers),
        status=answer.status,
        reason=responses.get(answer.status),
        preload_content=preload,
        request_method=method,
        version=11,
        version_string="HTTP/1.1",
    )


def read_timeout(timeout: Any) -> float | None:
    """Seconds that a caller waits for an answer: of a number, a pair, a Timeout; None for as long as it takes."""
    if isinstance(timeout, Timeout):
        timeout = timeout.read_timeout
    elif isinstance(timeout, tuple):
        timeout = timeout[1]
    return float(timeout) if isinstance(timeout, int | float) else None


class _Torn(BytesIO):
    """A body that breaks off in its middle."""

    def __init__(self, body: bytes) -> None:
        half = len(body) // 2
        super().__init__(body[:half])
        self._lost = len(body) - half

    def read(self, size: int | None = -1) -> bytes:
        """Raises IncompleteRead once what there is was read."""
        piece = super().read(size)
        if size is None or size < 0 or not piece:
            raise IncompleteRead(piece, self._lost)
        return piece


def asked(body: Any) -> bytes:
    """A body as bytes, whatever urllib3 lets it be."""
    if body is None:
        return b""
    if isinstance(body, str):
        return body.encode()
    if isinstance(body, bytes | bytearray | memoryview):
        return bytes(body)
    return bytes(body.read()) if hasattr(body, "read") else b"".join(map(asked, body))


def texts(headers: Mapping[Any, Any]) -> dict[str, str]:
    """Headers as texts; requests and urllib3 take bytes too."""
    return {
        name: value.decode("latin-1") if isinstance(value, bytes) else str(value) for name, value in headers.items()
    }


class Pools(urllib3.PoolManager):
    """Every request is for the sandbox, whatever its host; nothing is tried again.

    What a fault does to an answer appears as an error of urllib3: ReadTimeoutError, ProtocolError.
    """

    def __init__(self, local: "Local", **options: Any) -> None:
        super().__init__(**options)
        self._local = local

    def urlopen(  # type: ignore[override]  # urllib3 writes redirect out; it is nothing here
        self, method: str, url: str, *_redirect: bool, **options: Any
    ) -> urllib3.BaseHTTPResponse:
        """Answer one request."""
        headers = {**self.headers, **(options.get("headers") or {})}
        answer = self._local.handle(method, parse_url(url).url, texts(headers), asked(options.get("body")))
        preload = options.get("preload_content", True)
        return answered(answer, method.upper(), preload=preload, timeout=options.get("timeout"))
