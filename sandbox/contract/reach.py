"""Reaching a server: whom to trust, how long to wait for it, and whether it answers at all."""

import os
from collections.abc import Callable, Mapping

import requests

from sandbox.contract.targets import Unreachable

TIMEOUT = (5.0, 30.0)
"""Seconds to connect, and for the target to say something."""
TRIES = 3
_AUTHORITIES = ("REQUESTS_CA_BUNDLE", "SSL_CERT_FILE")


def trusted(environment: Mapping[str, str] = os.environ) -> str | bool:
    """The file or folder of the authorities that certificates may be signed by; True for those of requests."""
    return next((environment[name] for name in _AUTHORITIES if environment.get(name)), True)


def attempt(send: Callable[[], requests.Response], tries: int) -> requests.Response:
    """The response; asked again where the connection fails. Raises Unreachable."""
    error = ""
    for _ in range(tries):
        try:
            return send()
        except requests.RequestException as failed:
            error = type(failed).__name__
            if isinstance(failed, requests.exceptions.SSLError):
                error += ": REQUESTS_CA_BUNDLE names the authority of a certificate of your own"
    raise Unreachable(f"no answer ({error})")
