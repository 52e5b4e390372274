"""The door of the control plane: under which names it is reached, and what may be done there."""

from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import urlsplit

from sandbox.kernel.targets import is_loopback


@dataclass(frozen=True, slots=True)
class Door:
    """What opens it.

    ``token`` is wanted of whoever comes in (None: of nobody), ``bound`` is the host the server listens on, ``names``
    are further ones it may be called by. With ``read_only`` nothing can be changed. A token that was ``made_up`` has
    yet to be told.
    """

    token: str | None = None
    bound: str = "127.0.0.1"
    names: tuple[str, ...] = ()
    read_only: bool = False
    made_up: bool = False

    def known(self, header: str) -> bool:
        """Whether a Host header (or the authority of an Origin) names this server.

        A name that anybody can let resolve to this machine does not, so no page of the web comes in by one. An
        address does where the server listens on all of them.
        """
        host = bare_host(header)
        if host in {bare_host_of(self.bound), *map(bare_host, self.names)} - {""}:
            return True
        if host == "localhost" or host.endswith(".localhost") or is_loopback(host):
            return True
        return _is_address(host) and _is_anywhere(self.bound)


def bare_host(header: str) -> str:
    """The host of a Host header, in lower case, without port, brackets and a dot at the end; "" if it is none."""
    if "@" in header or "/" in header:
        return ""
    try:
        return (urlsplit(f"//{header}").hostname or "").rstrip(".")
    except ValueError:
        return ""


def bare_host_of(address: str) -> str:
    """The same of a host as it is bound, an IPv6 address without brackets."""
    return bare_host(f"[{address}]" if ":" in address else address)


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def _is_anywhere(host: str) -> bool:
    return not host or (_is_address(host) and ip_address(host).is_unspecified)
