"""What may be asked of a target: which host, which paths, which methods, and of those only what is the run's own."""

import re
from collections.abc import Iterable, Mapping
from ipaddress import ip_address
from typing import Any, Literal
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from sandbox.contract.contracts import Contract, Operation
from sandbox.contract.creations import content, of_request, values
from sandbox.contract.ledger import Creation, Ledger
from sandbox.contract.targets import Refused

Mode = Literal["read-only", "own", "any"]
"""What may be sent: only what reads; also what creates, and changes to that; or everything to the API."""

ALLOW_WRITES = "CONTRACT_ALLOW_WRITES"
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_PORTS = {"http": 80, "https": 443}
_DOTS = re.compile(r"(^|/)\.{1,2}(;[^/]*)?(/|$)")
_OVERRIDES = frozenset({"x-http-method", "x-http-method-override", "x-method-override"})
_MADE_UP = re.compile(r"0{8}-0{4}-4000-8000-[0-9a-f]{12}")
"""Ids that no server draws: the kit asks for them where it needs what is not there."""


def is_loopback(url: str) -> bool:
    """Whether a URL names this machine itself."""
    host = urlsplit(url).hostname or ""
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def decide(url: str, environment: Mapping[str, str], *, write: bool | None = None) -> Mode:
    """The mode for a target: ``write`` is what was asked for, None where nothing was.

    This machine may be written to unless that is refused; another host only where it is asked for and the environment
    names it. Raises Refused.
    """
    if write is False or (write is None and not is_loopback(url)):
        return "read-only"
    host = urlsplit(url).hostname or ""
    if not is_loopback(url) and environment.get(ALLOW_WRITES) != host:
        raise Refused(f"writing to {host} needs, besides the flag, the environment variable {ALLOW_WRITES}={host}")
    return "own"


class Permission:
    """What may be sent to an API at the base URL ``url``.

    ``permanent`` permits to create what can never be deleted. Without a ledger nothing can be written but in the mode
    ``any``.
    """

    def __init__(  # all that it depends on
        self,
        contract: Contract,
        creations: Mapping[str, Creation],
        url: str,
        mode: Mode,
        ledger: Ledger | None = None,
        *,
        permanent: bool = False,
    ) -> None:
        self.url, self.mode, self.permanent = url, mode, permanent
        self._contract, self._creations, self._ledger = contract, creations, ledger
        self._base = urlsplit(url.rstrip("/"))
        self._parameters = frozenset(name for one in creations.values() for name in one.parameters)

    def why_not(self, method: str, url: str, headers: Mapping[str, str] | None = None, body: bytes = b"") -> str | None:
        """Why a request must not be sent; None where it may. Nothing is counted."""
        asked = urlsplit(url)
        path = self.below(asked)
        if path is None:
            return f"only what is below {self.url} may be asked"
        if any(name.lower() in _OVERRIDES for name in headers or ()):
            return "a header would make it another method"
        if self.mode == "any" or method in SAFE:
            return None
        if self.mode == "read-only":
            return "the target is read-only"
        return self._change(method, path, asked.query, content(headers or {}, body))

    def below(self, asked: SplitResult) -> str | None:
        """The path below the base URL; None where it is elsewhere."""
        if (asked.scheme, asked.hostname, _port(asked)) != (self._base.scheme, self._base.hostname, _port(self._base)):
            return None
        if "@" in asked.netloc or "\\" in asked.netloc:
            return None
        base = self._base.path
        path = asked.path or "/"
        meant = unquote(unquote(path))  # some servers decode twice
        if (path != base and not path.startswith(f"{base}/")) or _DOTS.search(meant) or "\\" in meant:
            return None
        return path[len(base) :]

    def ever(self, operation: Operation) -> bool:
        """Whether an operation is permitted of anything at all."""
        if self.mode == "any" or operation.method in SAFE:
            return True
        if self.mode == "read-only" or self._ledger is None:
            return False
        creation = self._creations.get(operation.id)
        if creation is None:
            return self.permanent or operation.method != "POST" or "{" in operation.path
        return self.permanent or creation.undo is not None

    def of_nothing(self, operation: Operation) -> bool:
        """Whether an operation is permitted of what is not there, and of nothing else: it has nothing to make."""
        creation = self._creations.get(operation.id)
        if creation is None or self.mode != "own" or self._ledger is None or self.ever(operation):
            return False
        return "{" in operation.path and creation.id[:1] not in {("path",), ("request",)}

    def _change(self, method: str, path: str, query: str, body: Any) -> str | None:
        found = self._contract.match(method, path)
        if found is None:
            return "it is no operation of the contract"
        if self._ledger is None:
            return "there is no ledger to write down what it makes"
        operation, named = found
        creation = self._creations.get(operation.id)
        if creation is None:
            return self._plain(operation, named, query)
        nothing = self.of_nothing(operation) and all(_MADE_UP.fullmatch(value) for value in named.values())
        if creation.undo is None and not self.permanent and not nothing:
            return "what it makes can never be deleted again"
        foreign = None if creation.anywhere else self._foreign(named.items())
        return self._chosen(operation, creation, body) if foreign is None else foreign

    def _plain(self, operation: Operation, named: Mapping[str, str], query: str) -> str | None:
        """Why not, for what creates nothing that is known."""
        if named:
            return self._foreign(named.items())
        if operation.method == "POST":
            return None if self.permanent else "nothing says how what it makes is taken back"
        return self._unnamed(query)

    def _foreign(self, named: Iterable[tuple[str, str]]) -> str | None:
        others = (f"{name} {value}" for name, value in named if not self._owns(name, value))
        return next((f"{one} is not the run's own" for one in others), None)

    def _owns(self, name: str, value: str) -> bool:
        own = self._ledger is not None and self._ledger.owns(name, value)
        return own or _MADE_UP.fullmatch(value) is not None

    def _unnamed(self, query: str) -> str | None:
        """Why not, for what is changed by its query."""
        named = [(name, value) for name, value in parse_qsl(query) if name in self._parameters]
        if not named:
            return "it does not name anything that is the run's own"
        return self._foreign(named)

    def _chosen(self, operation: Operation, creation: Creation, body: Any) -> str | None:
        """Why not, for what the request's body names: what is to be made, and what it belongs to."""
        within = [
            (name, str(value)) for name, place in creation.within.items() for value in values(body, of_request(place))
        ]
        foreign = self._foreign(within)
        if creation.id[:1] != ("request",) or foreign is not None:
            return foreign
        ids = [str(one) for one in values(body, creation.id[1:])]
        if not ids and operation.method == "PUT" and "{" not in operation.path:
            return "its body does not say what it makes"
        called = [name for name, source in creation.parameters.items() if source == "id"] or ["id"]
        others = (one for one in ids if not any(self._owns(name, one) for name in called))
        return next((f"{one} does not begin with the run's prefix" for one in others), None)


def _port(url: SplitResult) -> int | None:
    try:
        return url.port or _PORTS.get(url.scheme)
    except ValueError:
        return None
