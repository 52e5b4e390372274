"""What judges answers by the written rules: an oracle believes what it has seen, and says what does not fit."""

from collections.abc import Iterable, Sequence
from typing import Protocol

from sandbox.contract.findings import Breach
from sandbox.contract.targets import Delivered
from sandbox.contract.wire import Exchange


class Oracle(Protocol):
    """A shadow of one target, built from the exchanges alone, in the order in which they were answered.

    It starts with no belief: what a target held before is unknown, and never a reason to complain. It must bear any
    traffic, not only the kit's own: unknown ids, broken bodies, answers that are no JSON. After it has complained it
    believes what the target said, so that one defect is told once.
    """

    def look(self, exchange: Exchange) -> Iterable[Breach]:
        """What of an answer breaks a rule. Never raises."""
        ...

    def wait(self, seconds: float) -> None:
        """Simulated time has passed."""
        ...

    def hear(self, delivered: Sequence[Delivered]) -> Iterable[Breach]:
        """What of the webhook attempts since the beginning breaks a rule."""
        ...
