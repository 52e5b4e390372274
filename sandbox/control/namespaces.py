"""Namespaces: the only operations that speak of several."""

from sandbox.control.desk import Body, Desk, checked, start_of
from sandbox.kernel.namespace import Namespace
from sandbox.kernel.request import Reply
from sandbox.kernel.sandbox import DEFAULT


class Namespaces(Desk):
    """Make, show and forget them."""

    __slots__ = ()

    def list_namespaces(self) -> Reply:
        named = sorted(self._sandbox.namespaces.values(), key=lambda n: (n.name != DEFAULT, n.name))
        return {"namespaces": [self._show(namespace) for namespace in named]}, 200

    def create_namespace(self, body: Body) -> Reply:
        made = self._made(body)
        credentials, urls = self._sandbox.credentials(made), self._sandbox.urls(made.name)
        return {"namespace": self._show(made), "credentials": credentials, "urls": urls}, 201

    def _made(self, body: Body) -> Namespace:
        sandbox, name = self._sandbox, body["name"]
        if "from" in body:
            return sandbox.fork(name, sandbox.get(body["from"]))
        if "snapshot" in body:
            return sandbox.revive(name, sandbox.snapshots.get(body["snapshot"]))
        return checked(lambda: sandbox.create(name, start_of(sandbox.start, body)))

    def get_namespace(self, name: str) -> Reply:
        return self._show(self._sandbox.get(name)), 200

    def delete_namespace(self, name: str) -> Reply:
        self._sandbox.delete(name)
        return {"success": True, "message": "Namespace deleted successfully"}, 200
