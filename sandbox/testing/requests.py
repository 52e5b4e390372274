"""requests without a network: a session whose adapter asks a Local."""

from typing import TYPE_CHECKING, Any

import requests
from requests.adapters import HTTPAdapter

from sandbox.testing.urllib3 import answered, asked

if TYPE_CHECKING:
    from sandbox.testing.local import Local


class Adapter(HTTPAdapter):
    """For ``session.mount(…)``."""

    def __init__(self, local: "Local") -> None:
        super().__init__()
        self._local = local

    def send(self, request: requests.PreparedRequest, *_options: Any, **_more: Any) -> requests.Response:
        """Answer one request."""
        method, headers = request.method or "GET", {name: str(value) for name, value in request.headers.items()}
        answer = self._local.handle(method, request.url or "", headers, asked(request.body))
        return self.build_response(request, answered(answer, method, preload=False))


def make_session(local: "Local") -> requests.Session:
    """A session that reaches nothing but the sandbox."""
    session = requests.Session()
    session.trust_env = False
    for scheme in ("http://", "https://"):
        session.mount(scheme, Adapter(local))
    return session
