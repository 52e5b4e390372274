"""The operations of the control plane (openapi/control.yaml), by what they act on."""

import hmac

from sandbox import __version__
from sandbox.control.hooks import Hooks
from sandbox.control.journal import Exchanges
from sandbox.control.namespaces import Namespaces
from sandbox.control.scenarios import Scenarios
from sandbox.control.settings import Settings
from sandbox.control.time import Time
from sandbox.kernel.errors import Unauthorized
from sandbox.kernel.namespace import Namespace
from sandbox.kernel.request import Reply, Request
from sandbox.kernel.sandbox import Sandbox


def authenticate(sandbox: Sandbox, _namespace: Namespace, request: Request) -> None:
    """Nobody is asked on a loopback address; elsewhere the token printed at the start. Raises Unauthorized."""
    if sandbox.admin_token is None:
        return
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not hmac.compare_digest(token.strip().encode(), sandbox.admin_token.encode()):
        msg = "The control plane wants the token printed at the start: send Authorization: Bearer <token>"
        raise Unauthorized(msg)


class Handlers(Time, Namespaces, Scenarios, Exchanges, Settings, Hooks):
    """One method per operationId."""

    __slots__ = ()

    def get_health(self) -> Reply:
        names = [api.name for api in self._sandbox.vendors]
        return {
            "status": "ok",
            "version": __version__,
            "apis": names,
            "namespaces": len(self._sandbox.namespaces),
        }, 200
