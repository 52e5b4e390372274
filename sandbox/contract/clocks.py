"""The clocks of running sandboxes, moved through their control planes."""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

import requests
from requests.adapters import HTTPAdapter

from sandbox.contract.reach import TIMEOUT, attempt, trusted
from sandbox.contract.targets import Unreachable
from sandbox.kernel.clock import parse_instant


class _Plain(HTTPAdapter):
    """Sends as requests does: a run of Schemathesis puts a guard of the target in the place of that."""

    send = HTTPAdapter.send


def shift(urls: Sequence[str], seconds: float) -> None:
    """Move the clock of each sandbox (the URL of a namespace ends in ``/ns/NAME``). Raises Unreachable."""
    for url in urls:
        _command(url, "POST", "/clock/shift", {"by": seconds})


def now(url: str) -> int:
    """What a sandbox's clock says, in milliseconds. Raises Unreachable."""
    return parse_instant(_command(url, "GET", "/clock")["now"])


def _command(url: str, method: str, path: str, body: Mapping[str, Any] | None = None) -> Any:
    """What a control plane answers. Raises Unreachable."""
    with requests.Session() as control:
        control.trust_env = False
        control.verify = trusted()
        control.mount("http://", _Plain())
        control.mount("https://", _Plain())
        place = f"{url.rstrip('/')}/__admin{path}"
        told = attempt(lambda: control.request(method, place, json=body, timeout=TIMEOUT, allow_redirects=False), 1)
    if told.status_code != HTTPStatus.OK:
        raise Unreachable(f"the control plane answered {told.status_code}")
    return told.json()
