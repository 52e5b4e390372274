"""Who comes in: the checks that every request to the control plane and to the levers passes, and no other."""

import hmac
from urllib.parse import urlsplit

from sandbox.kernel.errors import Forbidden, Unauthorized
from sandbox.kernel.namespace import Namespace
from sandbox.kernel.request import Request
from sandbox.kernel.sandbox import Sandbox

_OWN = frozenset({"same-origin", "none"})
_READING = frozenset({"GET", "HEAD", "OPTIONS"})


def authenticate(sandbox: Sandbox, _namespace: Namespace, request: Request) -> None:
    """Under this server's own names, from its own pages, with the token if there is one, to read if that is all it may.

    Raises Forbidden, Unauthorized.
    """
    _check_host(sandbox, request.headers)
    _check_origin(request.headers)
    _check_token(sandbox, request.headers)
    if sandbox.door.read_only and request.method not in _READING:
        msg = "The control plane is read-only here: the server was started with --read-only-admin"
        raise Forbidden(msg)


def _check_host(sandbox: Sandbox, headers: dict[str, str]) -> None:
    """A browser always sends Host: without one no page of the web is behind it."""
    host = headers.get("host", "")
    if host and not sandbox.door.known(host):
        msg = f"The control plane does not answer as {host!r}: start the server with --allow-host for that name"
        raise Forbidden(msg)


def _check_origin(headers: dict[str, str]) -> None:
    """A browser says where a request comes from, by one header or the other; everybody else says nothing."""
    origin, site = headers.get("origin"), headers.get("sec-fetch-site", "none")
    if (origin is not None and _authority(origin) != headers.get("host", "").lower()) or site not in _OWN:
        whence = site if origin is None else repr(origin)
        msg = f"The control plane does not answer pages of another origin ({whence})"
        raise Forbidden(msg)


def _authority(origin: str) -> str | None:
    try:
        return urlsplit(origin).netloc.lower() or None
    except ValueError:
        return None


def _check_token(sandbox: Sandbox, headers: dict[str, str]) -> None:
    """Nobody is asked on a loopback address; elsewhere the token printed at the start."""
    if sandbox.admin_token is None:
        return
    scheme, _, token = headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not hmac.compare_digest(token.strip().encode(), sandbox.admin_token.encode()):
        msg = "The control plane wants the token given or printed at the start: send Authorization: Bearer <token>"
        raise Unauthorized(msg)
