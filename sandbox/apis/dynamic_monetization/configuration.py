"""The settings of the tenant (C2.8, G10). There is one: ``timezone.tolerant``."""

from collections.abc import Iterable, Mapping

from sandbox.apis.dynamic_monetization.records import Configured
from sandbox.apis.dynamic_monetization.state import CONFIGURATION
from sandbox.kernel.clock import HOUR
from sandbox.kernel.world import World

TOLERANT = "timezone.tolerant"
DEFAULTS = {TOLERANT: "false"}
"""Every setting with its default."""


def change(world: World, changes: Iterable[Mapping[str, str]], key_id: str) -> None:
    """Change settings whose names and values the spec has checked; ``key_id`` is whose token asked for it."""
    for one in changes:
        world.store.put(CONFIGURATION, one["name"], Configured(one["value"], world.now, key_id))


def tolerance(world: World) -> int:
    """The span that a line item may be used before its start and after its end (C4.1)."""
    found = world.store.get(CONFIGURATION, TOLERANT)
    return 12 * HOUR if found is not None and found.value == "true" else 0
