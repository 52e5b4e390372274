"""requests without a network: a session whose adapter asks a Local."""

from typing import TYPE_CHECKING, Any

import requests
from requests.adapters import HTTPAdapter
from requests.structures import CaseInsensitiveDict
from requests.utils import get_encoding_from_headers
from urllib3 import HTTPResponse
from urllib3.exceptions import ProtocolError, ReadTimeoutError

from sandbox.testing.urllib3 import answered, asked, texts

if TYPE_CHECKING:
    from sandbox.testing.local import Local


class Adapter(HTTPAdapter):
    """For ``session.mount(…)``; nothing is tried again.

    What a fault does to an answer appears as an error of requests: ReadTimeout for one that is later than the read
    timeout (nothing waits for it), ConnectionError, ChunkedEncodingError.
    """

    def __init__(self, local: "Local") -> None:
        super().__init__()
        self._local = local

    def send(
        self,
        request: requests.PreparedRequest,
        stream: bool = False,  # noqa: FBT001, FBT002  # as requests has it
        timeout: Any = None,
        *_options: Any,
        **_more: Any,
    ) -> requests.Response:
        """Answer one request."""
        method, body = request.method or "GET", asked(request.body)
        answer = self._local.handle(method, request.url or "", texts(request.headers), body)
        try:
            raw = answered(answer, method, preload=False, timeout=timeout)
        except ReadTimeoutError as error:
            raise requests.ReadTimeout(error, request=request) from error
        except ProtocolError as error:
            raise requests.ConnectionError(error, request=request) from error
        if answer.effect is not None or stream:
            return self.build_response(request, raw)
        return self._whole(request, raw, b"" if method == "HEAD" else answer.body)

    def _whole(self, request: requests.PreparedRequest, raw: HTTPResponse, body: bytes) -> requests.Response:
        """What ``build_response`` makes of an answer that sets no cookies, with its body read: in half the time."""
        made = requests.Response()
        made.status_code, made.reason, made.url = raw.status, raw.reason or "", request.url or ""
        made.headers = CaseInsensitiveDict(raw.headers)
        made.encoding = get_encoding_from_headers(made.headers)
        made.raw, made.request, made.connection = raw, request, self
        made._content, made._content_consumed = body, True  # noqa: SLF001  # no public way leads there
        return made


def make_session(local: "Local") -> requests.Session:
    """A session that reaches nothing but the sandbox."""
    session = requests.Session()
    session.trust_env = False
    for scheme in ("http://", "https://"):
        session.mount(scheme, Adapter(local))
    return session
