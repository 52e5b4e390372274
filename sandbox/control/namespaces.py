"""Namespaces: the only operations that speak of several."""

from sandbox.control.desk import Body, Desk, checked, start_of
from sandbox.kernel.request import Reply
from sandbox.kernel.sandbox import DEFAULT


class Namespaces(Desk):
    """Make, show and forget them."""

    __slots__ = ()

    def list_namespaces(self) -> Reply:
        named = sorted(self._sandbox.namespaces.values(), key=lambda n: (n.name != DEFAULT, n.name))
        return {"namespaces": [self._show(namespace) for namespace in named]}, 200

    def create_namespace(self, body: Body) -> Reply:
        name = body["name"]
        if "from" in body:
            made = self._sandbox.fork(name, self._sandbox.get(body["from"]))
        else:
            made = checked(lambda: self._sandbox.create(name, start_of(self._sandbox.start, body)))
        credentials = self._sandbox.credentials(made)
        return {"namespace": self._show(made), "credentials": credentials, "urls": self._sandbox.urls(name)}, 201

    def get_namespace(self, name: str) -> Reply:
        return self._show(self._sandbox.get(name)), 200

    def delete_namespace(self, name: str) -> Reply:
        self._sandbox.delete(name)
        return {"success": True, "message": "Namespace deleted successfully"}, 200
