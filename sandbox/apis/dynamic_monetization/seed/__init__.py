"""Starting data of Dynamic Monetization: keys, settings, rate tables, instances, and sessions with their charges."""

from collections.abc import Callable, Hashable, Mapping
from typing import Any

from sandbox.apis.dynamic_monetization import configuration, keys, rate_tables, tokens
from sandbox.apis.dynamic_monetization.records import Role
from sandbox.apis.dynamic_monetization.seed.generate import generated
from sandbox.apis.dynamic_monetization.seed.history import Opening, live_through
from sandbox.apis.dynamic_monetization.seed.instances import instance_id, put_instance
from sandbox.apis.dynamic_monetization.seed.moments import as_of, instant
from sandbox.apis.dynamic_monetization.seed.schema import SCENARIO
from sandbox.apis.dynamic_monetization.state import NAME, SIGNERS
from sandbox.kernel.api import Seeding
from sandbox.kernel.errors import Invalid, ScenarioError
from sandbox.kernel.world import World

__all__ = ["SCENARIO", "seed"]

Told = Mapping[str, Any]
Placed = tuple[str, Told]
"""Where something stands in a scenario, and what it says."""

_ROLES = {"administration-key": Role.ADMIN, "client-key": Role.CLIENT}


def seed(seeding: Seeding) -> None:
    """Fill the World from the sections of a scenario. Raises ScenarioError.

    What a later section names again replaces what an earlier one said of it. Line items stand as the scenario says
    before the first session begins; the sessions live from their start to now by the rules.
    """
    world = seeding.world
    tokens.seed_keys(world)
    for where, told in _gather(seeding, "keys", lambda told: (told["type"], told["id"])):
        _put_key(world, where, told)
    _configure(seeding)
    for where, told in _gather(seeding, "rateTables", lambda told: (told.get("series", ""), told["version"])):
        _put_rate_table(world, where, told)
    _check_defaults(seeding)
    openings: dict[str, Opening] = {}
    for where, told in _gather(seeding, "instances", lambda told: instance_id(world, told)):
        _open(openings, put_instance(world, where, told, sure=True))
    for where, told in _generators(seeding):
        for made in generated(seeding, where, told):
            _open(openings, put_instance(world, where, made, sure=False))
    live_through(world, openings.values())


def _gather(seeding: Seeding, kind: str, key: Callable[[Told], Hashable]) -> list[Placed]:
    """The items of all sections, each with where it stands."""
    found: dict[Hashable, Placed] = {}
    for label, section in seeding.sections:
        seen: set[Hashable] = set()
        for place, told in enumerate(section.get(kind, ())):
            where, name = f"{label}: {NAME}.{kind}.{place}", key(told)
            if name in seen:
                raise ScenarioError(where, "must be given once: the same stands above already")
            seen.add(name)
            found[name] = where, told
    return list(found.values())


def _check_defaults(seeding: Seeding) -> None:
    """An account has one default instance; a later file may choose another. Raises ScenarioError."""
    for label, section in seeding.sections:
        seen = set()
        for place, told in enumerate(section.get("instances", ())):
            if told.get("default") and told["accountId"] in seen:
                where = f"{label}: {NAME}.instances.{place}.default"
                raise ScenarioError(
                    where, f"must be given once: the default of {told['accountId']} stands above already"
                )
            seen |= {told["accountId"]} if told.get("default") else set()


def _put_key(world: World, where: str, told: Told) -> None:
    """Uploaded so long ago that it counts now."""
    try:
        with as_of(world, max(0, world.now - keys.DELAY)):
            keys.upload(world, _ROLES[told["type"]], [told])
    except Invalid as error:
        raise ScenarioError(f"{where}.{error.field.removeprefix('0.')}", error.message) from None


def _configure(seeding: Seeding) -> None:
    world = seeding.world
    signer = world.store.get(SIGNERS, Role.ADMIN)
    for section in seeding.sections:
        for name, value in section.data.get("configuration", {}).items():
            change = {"name": name, "value": "true" if value else "false"}
            configuration.change(world, [change], signer.key_id if signer else "")


def _put_rate_table(world: World, where: str, told: Told) -> None:
    """One that is in effect was made when it took effect."""
    effective = instant(world, f"{where}.effectiveFrom", told["effectiveFrom"])
    with as_of(world, min(effective, world.now)):
        rate_tables.create(world, {**told, "effectiveFrom": effective})


def _generators(seeding: Seeding) -> list[Placed]:
    """The last section that has instances made up."""
    found = [(f"{label}: {NAME}.generate", data["generate"]) for label, data in seeding.sections if "generate" in data]
    return found[-1:]


def _open(openings: dict[str, Opening], more: list[Opening]) -> None:
    for one in more:
        if one.id in openings:
            raise ScenarioError(f"{one.where}.id", f"must be an id of its own: another session has {one.id}")
        openings[one.id] = one
