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
        self._varies: Headers = [(b"vary", b"Origin")] if self._origins - {"*"} else []

    def handle(self, request: Request) -> Response | Pending | None:
        """As Pipeline does; headers are added to what a simulated API answers."""
        if not self._is_open(request):
            return super().handle(request)
        shared = self._shared(request.headers.get("origin"))
        if shared and request.method == "OPTIONS" and "access-control-request-method" in request.headers:
            return Response(204, b"", [*shared, *self._varies, *_permissions(request)])
        answer = super().handle(request)
        if isinstance(answer, Response):
            if shared:
                names = b", ".join(sorted({name for name, _ in answer.headers}))
                shared.append((b"access-control-expose-headers", names))
            answer.headers = [*answer.headers, *shared, *self._varies]
        return answer

    def _is_open(self, request: Request) -> bool:
        path = request.path
        found = self._find(request, "/" + path[4:].partition("/")[2] if path.startswith("/ns/") else path)
        return found is not None and found[0].api.vendor

    def _shared(self, origin: str | None) -> Headers:
        """What says that a page of that origin may read the answer; nothing for one that may not."""
        if origin is None or not (self._origins & {"*", origin.lower()}):
            return []
        if origin.lower() not in self._origins:
            return [(b"access-control-allow-origin", b"*")]
        return [
            (b"access-control-allow-origin", origin.encode("latin-1")),
            (b"access-control-allow-credentials", b"true"),
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
