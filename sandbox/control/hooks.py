"""Webhooks: what was delivered where, and how that went."""

from sandbox.control import representations as show
from sandbox.control.desk import Desk
from sandbox.kernel.request import Reply
from sandbox.kernel.webhooks import DELIVERIES


class Hooks(Desk):
    """Deliveries of a namespace."""

    __slots__ = ()

    def list_deliveries(self, after: int, limit: int) -> Reply:
        found = [d for d in self._world.store.all(DELIVERIES) if int(d.id) > after]
        shown = [show.delivery(d, self._namespace.signature(d)) for d in found[:limit]]
        return {"deliveries": shown, "cursor": int(found[limit - 1].id) if len(found) > limit else None}, 200
