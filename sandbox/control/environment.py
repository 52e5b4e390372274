"""Environment variables that lead a program here, with credentials that work."""

from sandbox.control.desk import Desk
from sandbox.kernel.namespace import Namespace
from sandbox.kernel.request import Reply
from sandbox.kernel.sandbox import Sandbox


def variables(sandbox: Sandbox, namespace: Namespace) -> dict[str, str]:
    """For each simulated API ``<NAME>_URL`` and its credentials, and where the control plane is."""
    named = {"MSANDBOX_URL": sandbox.url, "MSANDBOX_NAMESPACE": namespace.name}
    for api, url in sandbox.urls(namespace.name).items():
        own = _issued(sandbox, namespace, api)
        told = {"URL": url, **sandbox.apis[api].variables(namespace.world, own)}
        named |= {f"{api.upper()}_{name}": value for name, value in told.items()}
    return named


def _issued(sandbox: Sandbox, namespace: Namespace, api: str) -> list[str]:
    """The credentials of an Api that belong to the namespace alone."""
    return [key for (of, key), owner in sandbox.issued.items() if (of, owner) == (api, namespace.name)]


class Environment(Desk):
    """That of a program that uses a namespace."""

    __slots__ = ()

    def get_environment(self) -> Reply:
        return {"variables": variables(self._sandbox, self._namespace)}, 200
