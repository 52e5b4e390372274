"""An authority of the sandbox's own, and certificates for the names it answers to."""

import re
import ssl
from collections.abc import Sequence
from fnmatch import fnmatchcase
from functools import lru_cache
from pathlib import Path

import trustme

_LABEL = "[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
_HOST = re.compile(rf"(?=.{{1,253}}\Z){_LABEL}([.]{_LABEL})+")
_KEPT = 64
"""Certificates remembered: clients choose the names that a pattern lets through."""


class Authority:
    """Made at the start and gone with the process. ``hosts`` are patterns, where ``*`` stands for anything."""

    def __init__(self, hosts: Sequence[str]) -> None:
        self._hosts = hosts
        self._ca = trustme.CA(organization_name="Monetization Sandbox")
        self._named = lru_cache(_KEPT)(self._issue)

    def write(self, path: Path) -> None:
        """What clients are told to trust. Raises OSError."""
        self._ca.cert_pem.write_to_path(str(path))

    def context(self) -> ssl.SSLContext:
        """For a listener: a certificate for this machine, or for the vendor's host that the client names."""
        plain = [host for host in self._hosts if "*" not in host]
        context = self._issue("localhost", "127.0.0.1", "::1", *plain)
        context.sni_callback = self._choose
        return context

    def _issue(self, *names: str) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.set_alpn_protocols(["http/1.1"])
        self._ca.issue_cert(*names).configure_cert(context)
        return context

    def _choose(self, connection: ssl.SSLObject | ssl.SSLSocket, name: str | None, _first: ssl.SSLContext) -> None:
        host = (name or "").lower()
        if _HOST.fullmatch(host) and any(fnmatchcase(host, pattern) for pattern in self._hosts if "*" in pattern):
            connection.context = self._named(host)
