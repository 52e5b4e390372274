"""requests without a network: a session whose adapter asks a Local."""

from typing import TYPE_CHECKING, Any

import requests
from requests.adapters import HTTPAdapter
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
        stream: bool = False,  # noqa: ARG002, FBT001, FBT002  # as requests has it
        timeout: Any = None,
        *_options: Any,
        **_more: Any,
    ) -> requests.Response:
        """Answer one request."""
        method, body = request.method or "GET", asked(request.body)
        answer = self._local.handle(method, request.url or "", texts(request.headers), body)
        try:
            return self.build_response(request, answered(answer, method, preload=False, timeout=timeout))
        except ReadTimeoutError as error:
            raise requests.ReadTimeout(error, request=request) from error
        except ProtocolError as error:
            raise requests.ConnectionError(error, request=request) from error


def make_session(local: "Local") -> requests.Session:
    """A session that reaches nothing but the sandbox."""
    session = requests.Session()
    session.trust_env = False
    for scheme in ("http://", "https://"):
        session.mount(scheme, Adapter(local))
    return session
