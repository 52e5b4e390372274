"""Pages of other origins: which of them may call the simulated APIs. The control plane is for none."""

from collections.abc import Iterable

from sandbox.kernel.request import Headers, Pending, Request, Response
from sandbox.kernel.sandbox import Sandbox
from sandbox.web.pipeline import Pipeline

REMEMBERED = 600
"""Seconds for which a browser need not ask again."""
_METHODS = "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"


class OpenPipeline(Pipeline):
    """A Pipeline that tells browsers that pages of the named origins (``*``: of any) may read what it answers.

    A preflight is answered here: it is no request to the API, so it is neither counted nor journalled.
    """

    def __init__(self, sandbox: Sandbox, origins: Iterable[str], *, check_responses: bool = False) -> None:
        super().__init__(sandbox, check_responses=check_responses)
        self._origins = frozenset(origins)

    def handle(self, request: Request) -> Response | Pending | None:
        """As Pipeline does; headers are added where the request says that it comes from such a page."""
        shared = self._shared(request)
        if shared is None:
            return super().handle(request)
        if request.method == "OPTIONS" and "access-control-request-method" in request.headers:
            return Response(204, b"", [*shared, *_permissions(request)])
        answer = super().handle(request)
        if isinstance(answer, Response):
            names = b", ".join(sorted({name for name, _ in answer.headers}))
            answer.headers = [*answer.headers, *shared, (b"access-control-expose-headers", names)]
        return answer

    def _shared(self, request: Request) -> Headers | None:
        """What says that the page may read it; None for a page that may not, and for what is no simulated API."""
        origin = request.headers.get("origin")
        if origin is None or not (self._origins & {"*", origin.lower()}):
            return None
        path = request.path
        found = self._find(request, "/" + path[4:].partition("/")[2] if path.startswith("/ns/") else path)
        if found is None or not found[0].api.vendor:
            return None
        if origin.lower() not in self._origins:
            return [(b"access-control-allow-origin", b"*")]
        return [
            (b"access-control-allow-origin", origin.encode("latin-1")),
            (b"access-control-allow-credentials", b"true"),
            (b"vary", b"Origin"),
        ]


def _permissions(request: Request) -> Headers:
    """Whatever a page wants to do: the API itself says what it allows."""
    wanted = request.headers.get("access-control-request-headers", "")
    return [
        (b"access-control-allow-methods", _METHODS.encode()),
        *([(b"access-control-allow-headers", wanted.encode("latin-1"))] if wanted else []),
        *(
            [(b"access-control-allow-private-network", b"true")]
            if "access-control-request-private-network" in request.headers
            else []
        ),
        (b"access-control-max-age", b"%d" % REMEMBERED),
    ]
