"""Which URLs the sandbox calls: loopback, and hosts that were explicitly allowed."""

import re
from collections.abc import Sequence
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

from sandbox.kernel.settings import Setting

_HOST = re.compile(r"[^\s/?#@*]+")
_PORTS = {"http": 80, "https": 443}


def _bad_hosts(value: list[Any]) -> str | None:
    wrong = [host for host in value if not isinstance(host, str) or not _HOST.fullmatch(host)]
    return f"{wrong[0]!r} is not a host or host:port" if wrong else None


ALLOWED: Setting[list[Any]] = Setting("webhooks.allow", [], "hosts (or host:port) called besides loopback", _bad_hosts)


def callable_target(url: str, allowed: Sequence[str]) -> bool:
    """Whether the sandbox may call that URL: http(s) to loopback, or to a host that was explicitly allowed.

    An allowed host is written as in a URL, with or without a port; case and a dot at the end do not matter.
    """
    try:
        parts = urlsplit(url)
        host, port = (parts.hostname or "").rstrip("."), parts.port
    except ValueError:
        return False
    if parts.scheme not in _PORTS or not host:
        return False
    if host == "localhost" or is_loopback(host):
        return True
    written = f"[{host}]" if ":" in host else host
    with_port = f"{written}:{_PORTS[parts.scheme] if port is None else port}"
    return any(entry.lower().rstrip(".") in {written, with_port} for entry in allowed)


def is_loopback(host: str) -> bool:
    """Whether that is a loopback address; a name never is."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def reachable(name: str, address: str) -> bool:
    """Whether a name that may be called may mean that address.

    ``localhost`` means loopback alone; no allowed name leads to a link-local address (where clouds keep their
    secrets), to a multicast or an unspecified one. Those can only be allowed as they are.
    """
    found = ip_address(address)
    found = getattr(found, "ipv4_mapped", None) or found
    bare = name.rstrip(".").lower()
    if bare == "localhost" or is_loopback(bare):
        return found.is_loopback
    return not (found.is_link_local or found.is_multicast or found.is_unspecified)
