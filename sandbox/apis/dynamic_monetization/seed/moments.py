"""Instants of a scenario, and what is done as of one."""

from collections.abc import Iterator
from contextlib import contextmanager

from sandbox.kernel.clock import LAST_INSTANT, iso, parse_duration, parse_instant
from sandbox.kernel.errors import ScenarioError
from sandbox.kernel.world import World


def instant(world: World, where: str, value: str) -> int:
    """``2024-01-15T10:30:00Z``, or ``-P3D`` and ``+P3D`` from the scenario's own instant. Raises ScenarioError.

    A span reaches no further than 1970 and 9999, so that a scenario loads at whatever instant its clock is set to.
    """
    try:
        if value[:1] in {"-", "+", "P"}:
            return min(max(0, world.now + _span(value)), LAST_INSTANT)
        found = parse_instant(value)
    except ValueError as error:
        raise ScenarioError(where, f"{error}, or like -P3D for three days before the clock") from None
    if not 0 <= found <= LAST_INSTANT:
        raise ScenarioError(where, "must lie in the years 1970 to 9999")
    return found


def past(world: World, where: str, value: str) -> int:
    """The same, where it must not be later than the clock."""
    found = instant(world, where, value)
    if found > world.now:
        raise ScenarioError(where, f"must not be later than the clock, {iso(world.now)}")
    return found


def _span(value: str) -> int:
    span = parse_duration(value.lstrip("+-"))
    return -span if value[0] == "-" else span


@contextmanager
def as_of(world: World, at: int) -> Iterator[None]:
    """What is done inside is done at that instant."""
    now, world.now = world.now, at
    try:
        yield
    finally:
        world.now = now
