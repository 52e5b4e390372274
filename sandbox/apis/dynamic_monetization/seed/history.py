"""Sessions of a scenario: each is opened at its instant, and lives through every charge and heartbeat since."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from operator import attrgetter
from typing import Any, NamedTuple

from sandbox.apis.dynamic_monetization import sessions
from sandbox.apis.dynamic_monetization.amounts import amount
from sandbox.apis.dynamic_monetization.metering import DESCRIPTIONS, GRANTED, UNDECIDED
from sandbox.apis.dynamic_monetization.records import Requester, Wanted
from sandbox.apis.dynamic_monetization.state import NAME, SESSIONS
from sandbox.kernel.errors import ScenarioError
from sandbox.kernel.timeline import Agents, catch_up
from sandbox.kernel.world import World

_AGENTS: Agents = {
    (NAME, sessions.CHARGE): sessions.on_charge,
    (NAME, sessions.HEARTBEAT): sessions.on_silence,
    (NAME, sessions.IDLE): sessions.on_idle_end,
}


class Opening(NamedTuple):
    """A session to be opened at instant ``at``; with ``sure``, a denial of its items is a mistake of the scenario."""

    where: str
    at: int
    id: str
    instance: str
    told: Mapping[str, Any]
    sure: bool


def live_through(world: World, openings: Iterable[Opening]) -> None:
    """Open the sessions in the order of time, and let what falls due happen up to now, as a clock move would.

    What is due at this very instant is left to the first request. Raises ScenarioError.
    """
    now = world.now
    for one in sorted(openings, key=attrgetter("at")):
        catch_up(world, _AGENTS, min(one.at, now - 1))
        world.now = one.at
        _open(world, one)
    catch_up(world, _AGENTS, now - 1)
    world.now = now


def _open(world: World, one: Opening) -> None:
    session = sessions.create(world, one.instance, one.id)
    if one.told.get("kept"):
        session = replace(session, kept=True)
        world.store.put(SESSIONS, session.id, session)
    wanted = [Wanted(told["item"], told.get("version"), amount(told["count"])) for told in one.told.get("items", ())]
    if not wanted:
        return
    who = one.told["requester"]
    requester = Requester(who["type"], who["value"], who.get("dictionary", {}))
    _, results = sessions.request(world, session, requester, wanted, rollback=True)
    for place, result in enumerate(results):
        if one.sure and result.code not in {GRANTED, UNDECIDED}:
            raise ScenarioError(f"{one.where}.items.{place}", f"cannot be had: {DESCRIPTIONS[result.code]}")
