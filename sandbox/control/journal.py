"""The journal: what was asked and answered."""

from sandbox.control import representations as show
from sandbox.control.desk import Desk
from sandbox.kernel.request import Reply


class Exchanges(Desk):
    """The requests of a namespace to the simulated APIs."""

    __slots__ = ()

    def list_requests(
        self, after: int, limit: int, status: int | None = None, operation_id: str | None = None
    ) -> Reply:
        found = [
            exchange
            for exchange in self._namespace.journal
            if exchange.id > after
            and status in {None, exchange.response.status}
            and operation_id in {None, exchange.operation}
        ]
        apis = self._sandbox.apis
        shown = [show.exchange(e, self._namespace.name, apis[e.api]) for e in found[:limit]]
        return {"requests": shown, "cursor": found[limit - 1].id if len(found) > limit else None}, 200
