"""Snapshots: states of a namespace to come back to, here or on another machine."""

from typing import Any

from sandbox.control import representations as show
from sandbox.control.desk import Body, Desk
from sandbox.kernel.clock import iso_ms
from sandbox.kernel.errors import Invalid
from sandbox.kernel.request import Reply
from sandbox.kernel.snapshots import Kept


class Snapshots(Desk):
    """Take, restore, export and import them."""

    __slots__ = ()

    def list_snapshots(self) -> Reply:
        return {"snapshots": [self._described(name, kept) for name, kept in self._sandbox.snapshots]}, 200

    def take_snapshot(self, body: Body | None) -> Reply:
        kept = self._sandbox.take(self._namespace)
        name = self._sandbox.snapshots.add((body or {}).get("name"), kept)
        return self._described(name, kept), 201

    def get_snapshot(self, name: str) -> Reply:
        return self._described(name, self._sandbox.snapshots.get(name)), 200

    def delete_snapshot(self, name: str) -> Reply:
        self._sandbox.snapshots.delete(name)
        return {"success": True, "message": "Snapshot deleted successfully"}, 200

    def restore_snapshot(self, name: str) -> Reply:
        self._sandbox.restore(self._namespace, self._sandbox.snapshots.get(name))
        return show.summary(self._namespace), 200

    def export_snapshot(self, name: str) -> Reply:
        return self._sandbox.portable.write([self._sandbox.snapshots.get(name)]), 200

    def export_namespace(self) -> Reply:
        return self._sandbox.portable.write([self._sandbox.take(self._namespace)]), 200

    def import_namespace(self, body: Body) -> Reply:
        self._sandbox.restore(self._namespace, self._chosen(self._sandbox.portable.read(body)))
        return show.summary(self._namespace), 200

    def _chosen(self, states: list[Kept]) -> Kept:
        """The only one of a file, or the one of this namespace's name."""
        if len(states) == 1:
            return states[0]
        for kept in states:
            if kept.namespace == self._namespace.name:
                return kept
        names = ", ".join(kept.namespace for kept in states)
        msg = f"The file holds the namespaces {names}, none of them {self._namespace.name}"
        raise Invalid(msg, field="content.namespaces")

    def _described(self, name: str, kept: Kept) -> dict[str, Any]:
        prefixes = tuple(api.name + "." for api in self._sandbox.vendors)
        return {
            "name": name,
            "namespace": kept.namespace,
            **kept.origin._asdict(),
            "at": iso_ms(kept.state.now),
            "records": kept.records(prefixes),
        }
