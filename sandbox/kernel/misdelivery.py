"""Faults of webhooks, as data of a namespace: what goes wrong with the next deliveries."""

from dataclasses import dataclass, replace

from sandbox.kernel.clock import HOUR, MINUTE
from sandbox.kernel.store import Table
from sandbox.kernel.world import World

DROP = "drop"
DELAY = "delay"
DUPLICATE = "duplicate"
REORDER = "reorder"
WRONG_SIGNATURE = "wrongSignature"
STALE_TIME = "staleTime"

SPANS = {DROP: 0, DELAY: MINUTE, DUPLICATE: 0, REORDER: MINUTE, WRONG_SIGNATURE: 0, STALE_TIME: HOUR}
"""Every effect with the span in ms it has unless told otherwise: how long a delivery waits, how long it is held back
at most for the one after it, or how old its event claims to be; 0 where time plays no part."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault: strikes deliveries of ``api`` and ``event`` (None for any), ``left`` more of them (None: all)."""

    effect: str
    span: int
    left: int | None = None
    api: str | None = None
    event: str | None = None
    applied: int = 0

    def strikes(self, api: str, event: str) -> bool:
        """Whether such a delivery is meant, and it is not spent."""
        return self.left != 0 and self.api in {None, api} and self.event in {None, event}

    def struck(self) -> "Fault":
        """After one more delivery."""
        return replace(self, applied=self.applied + 1, left=None if self.left is None else self.left - 1)


FAULTS: Table[Fault] = Table("webhooks.faults")


def put_faults(world: World, faults: list[Fault]) -> None:
    """These and no others, in this order."""
    world.store.load(FAULTS, ((str(number), fault) for number, fault in enumerate(faults)))


def strike(world: World, api: str, event: str, *, spared: str | None = None) -> dict[str, int]:
    """What goes wrong with a delivery that is made now: spans by effect, the first of each effect; they are counted.

    ``spared`` is an effect that does not strike. A dropped delivery suffers nothing else.
    """
    faults = world.store.all(FAULTS)
    if not len(faults):
        return {}
    found: dict[str, tuple[str, Fault]] = {}
    for number, fault in enumerate(faults):
        if fault.effect != spared and fault.strikes(api, event):
            found.setdefault(fault.effect, (str(number), fault))
    if DROP in found:
        found = {DROP: found[DROP]}
    for key, fault in found.values():
        world.store.put(FAULTS, key, fault.struck())
    return {effect: fault.span for effect, (_, fault) in found.items()}
