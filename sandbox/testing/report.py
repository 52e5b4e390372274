"""What a test asked the sandbox, for whoever reads why it failed; secrets are never shown."""

from sandbox.control.curl import curl
from sandbox.control.exchanges import redaction, target
from sandbox.kernel.door import bare_host
from sandbox.kernel.journal import Exchange
from sandbox.kernel.request import Request
from sandbox.testing.local import HOST, Local
from sandbox.web.plan import NAMESPACE_HEADER

_SHOWN = 20
"""Exchanges that are told."""
_BODY = 500
"""Characters of an answer that are."""
_ELSEWHERE = "http://127.0.0.1:4010"
"""Where the requests can be repeated: a sandbox at the default port."""
_OWN_HOSTS = frozenset({HOST, "127.0.0.1"})


def told(local: Local) -> str:
    """The last exchanges of a Local: each answer, why it was so, and a line of curl to ask again."""
    return "\n\n".join(_told(local, one) for one in local.exchanges[-_SHOWN:]) or "nothing"


def _told(local: Local, one: Exchange) -> str:
    redact = redaction(local.pipeline.sandbox, one)
    lines = [f"{one.request.method} {target(one, redact)} → {one.response.status}"]
    if one.reason:
        lines.append(f"  because {one.reason}")
    lines.append(f"  {redact.body(one.response.body).decode(errors='replace')[:_BODY]}")
    lines.append(f"  {curl(_ELSEWHERE, _without_own(local, one), redact)}")
    return "\n".join(lines)


def _without_own(local: Local, one: Exchange) -> Exchange:
    """The same without what names this sandbox and this namespace; a vendor's host says which API is meant."""
    came, headers = one.request, dict(one.request.headers)
    if bare_host(headers.get("host", "")) in _OWN_HOSTS:
        del headers["host"]
    if headers.get(NAMESPACE_HEADER.lower()) == local.namespace.name:
        del headers[NAMESPACE_HEADER.lower()]
    return one._replace(request=Request(came.method, came.path, came.query, headers, came.body))
