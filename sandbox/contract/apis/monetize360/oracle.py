"""The shadow of a Monetize360 server: what its answers must be, by the written rules and by what was answered."""

from collections.abc import Iterable, Sequence
from typing import Any

from sandbox.contract.findings import Breach
from sandbox.contract.targets import Delivered
from sandbox.contract.wire import Exchange


class Shadow:
    """Believes in the records it saw made."""

    def __init__(self) -> None:
        self._mobjects: dict[str, Any] = {}

    def look(self, exchange: Exchange) -> Iterable[Breach]:
        """What of an answer breaks a rule."""
        if exchange.operation == "createMobject" and exchange.answer.ok:
            self._mobjects[exchange.answer.json["id"]] = exchange.answer.json
            if exchange.answer.json["name"] != exchange.sent.json["name"]:
                yield Breach(
                    "A3", "createMobject", "body.name", exchange.sent.json["name"], exchange.answer.json["name"]
                )
        known = exchange.operation == "getMobject" and exchange.path["mobjectId"] in self._mobjects
        if known and not exchange.answer.ok:
            yield Breach("A3", "getMobject", "status", "200", str(exchange.answer.status))

    def wait(self, seconds: float) -> None:
        """Simulated time has passed."""

    def hear(self, delivered: Sequence[Delivered]) -> Iterable[Breach]:  # noqa: ARG002  # to be written
        """What of the webhooks breaks a rule."""
        return []
