"""The sandbox at a port of this process, for what speaks HTTP itself."""

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from sandbox.contract.inprocess import NAMESPACE, InProcess, Wrap
from sandbox.contract.steps import Identity
from sandbox.kernel.request import Request, Response
from sandbox.testing.local import Local
from sandbox.testing.served import serve

_CUT_OFF = frozenset({"receiver"})
"""What the sandbox in this process can, and this one cannot: its webhooks reach nobody."""


@dataclass(frozen=True)
class Endpoint:
    """One API at a server: ``url`` is its base URL, ``headers`` are the credentials by identity.

    ``can`` is what the target offers, as that of a Site. ``now`` is where its clock stands still, in ms since 1970.
    """

    url: str
    headers: Mapping[Identity, Mapping[str, str]]
    can: frozenset[str]
    now: int | None = None


class Loopback(InProcess):
    """One API of the sandbox, each request as it came over the wire: who sent it is told by its credentials alone."""

    @property
    def headers(self) -> dict[Identity, Mapping[str, str]]:
        """The credentials by identity."""
        return dict(self._headers)

    def endpoint(self, url: str) -> Endpoint:
        """This API where the sandbox is served at a URL."""
        return Endpoint(url + self._base, self.headers, self.can - _CUT_OFF, self.now())

    def local(self) -> "_Wired":
        """What can be served."""
        return _Wired(self)


class _Wired(Local):
    """Leaves the choice of the namespace to the credentials."""

    def __init__(self, site: Loopback) -> None:
        super().__init__(site._pipeline, site._sandbox.get("default"))  # noqa: SLF001  # made for it alone
        self._site = site

    def answer(self, method: str, path: str, query: str, headers: dict[str, str], body: bytes) -> Response:
        """The answer to a request in its parts; a header that would choose otherwise is chance, and not heeded."""
        headers.pop(NAMESPACE, None)
        answer = self._site.answer(Request(method, path, query, headers, body))
        return answer or super().answer(method, path, query, headers, body)


@contextmanager
def looped(api: str, wrap: Wrap | None = None) -> Iterator[Endpoint]:
    """An API of the sandbox with two fresh tenants, on a free port of 127.0.0.1 while the block lasts.

    ``wrap`` is put between, as in ``InProcess``. The clock stands still.
    """
    site = Loopback(api, wrap, name="loopback")
    site.begin()
    told = logging.getLogger("uvicorn.error")
    told.addFilter(_expected)
    try:
        with serve(site.local()) as served:
            yield site.endpoint(served.url)
    finally:
        told.removeFilter(_expected)


def _expected(record: logging.LogRecord) -> bool:
    """Schemathesis asks first what a server makes of a request that is none: that is no news."""
    return record.getMessage() != "Invalid HTTP request received."
