"""A failure as an answer."""

import orjson

from sandbox.kernel.api import Api
from sandbox.kernel.errors import Failure, MethodNotAllowed, TooManyRequests, Unauthorized
from sandbox.kernel.request import Headers, Response
from sandbox.web.body import JSON

JSON_HEADER = (b"content-type", JSON.encode())


def over(limit: int, mode: str) -> str:
    """What a client over its rate limit is told."""
    frozen = " The clock of this namespace is frozen: move it with POST /__admin/clock/shift."
    return f"More than {limit} requests in this window: wait for the next.{frozen if mode == 'frozen' else ''}"


def failed(api: Api, failure: Failure, now: int, headers: Headers) -> Response:
    """The failure in the API's own envelope."""
    extra: Headers = []
    if isinstance(failure, MethodNotAllowed):
        extra.append((b"allow", ", ".join(failure.allowed).encode()))
    elif isinstance(failure, TooManyRequests):
        extra.append((b"retry-after", b"%d" % failure.retry_after))
    elif isinstance(failure, Unauthorized):
        extra.append((b"www-authenticate", api.challenge.encode()))
    return Response(failure.status, orjson.dumps(api.envelope(failure, now)), [JSON_HEADER, *headers, *extra])
