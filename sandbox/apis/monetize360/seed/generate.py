"""The objects of a scenario with their records: those that are written out, and those that are generated."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import orjson

from sandbox.apis.monetize360 import mdata, mobjects
from sandbox.apis.monetize360.records import Mobject
from sandbox.apis.monetize360.seed.defaults import default
from sandbox.apis.monetize360.seed.drafts import Draft, Group, Make, Site, Table, near, span
from sandbox.apis.monetize360.seed.hints import hinted
from sandbox.apis.monetize360.state import MDATA, MOBJECTS
from sandbox.kernel.api import Seeding
from sandbox.kernel.clock import iso, parse_instant
from sandbox.kernel.errors import Invalid, ScenarioError
from sandbox.kernel.ids import derive_uuid
from sandbox.kernel.world import World

ATTEMPTS = 64
"""How often a value of a unique field is made anew before the record's number is added to tell it apart."""

Placed = tuple[str, Mapping[str, Any]]
"""Where something stands in a scenario, and what it says."""


class Plan(NamedTuple):
    """An object to be filled: its table, and each group of generated records with what the scenario says of it."""

    table: Table
    groups: list[tuple[Group, Mapping[str, Any]]]


def load_objects(seeding: Seeding, objects: Sequence[Placed]) -> None:
    """Create the objects with all their records. Raises ScenarioError."""
    plans = [_plan(seeding, where, item) for where, item in objects]
    tables = {plan.table.mobject.name: plan.table for plan in plans}
    for plan in plans:
        plan.table.targets = _targets(plan, tables)
    for plan in plans:
        _compile(seeding, plan, tables)
    for table in tables.values():
        _store(seeding.world, table)
    for table in tables.values():
        _check_lookups(seeding.world, table)


def _plan(seeding: Seeding, where: str, item: Mapping[str, Any]) -> Plan:
    mobject = _create(seeding.world, where, item)
    drafts = _written(seeding.world, where, mobject, item.get("records", ()))
    told = item.get("generate", [])
    listed = (
        [(f"{where}.generate", told)]
        if isinstance(told, Mapping)
        else [(f"{where}.generate.{place}", group) for place, group in enumerate(told)]
    )
    groups = []
    for place, (at, said) in enumerate(listed):
        group = Group(f"{seeding.world.seed}\x1fmonetize360.seed\x1f{mobject.name}\x1f{place}", at)
        group.fields = tuple({**(mobject.schema or {}).get("properties", {}), **said.get("fields", {})})
        count = max(1, round(said["count"] * seeding.scale)) if said["count"] else 0
        drafts += [_draft(group, n, month) for n in range(count) for month in range(said.get("months", 1))]
        groups.append((group, said))
    return Plan(Table(where, mobject, drafts, seeding.walk), groups)


def _draft(group: Group, ordinal: int, month: int) -> Draft:
    return Draft(derive_uuid(group.stream, ordinal, *([month] if month else [])), group, ordinal, month=month)


def _create(world: World, where: str, item: Mapping[str, Any]) -> Mobject:
    key = item.get("id") or derive_uuid(world.seed, "monetize360.seed", item["name"])
    if key in world.store.all(MOBJECTS):
        raise ScenarioError(f"{where}.id", f"must be an id of its own: another object has {key}")
    try:
        return mobjects.create(world, dict(item), key)
    except Invalid as error:
        raise ScenarioError(f"{where}.{error.field}", error.message) from None


def _written(world: World, where: str, mobject: Mobject, records: Sequence[Mapping[str, Any]]) -> list[Draft]:
    """The records that the scenario writes out."""
    drafts, taken = [], set()
    for place, record in enumerate(records):
        at = f"{where}.records.{place}"
        key = record.get("id") or derive_uuid(world.seed, "monetize360.seed", mobject.name, "record", place)
        if key in taken:
            raise ScenarioError(f"{at}.id", f"must be an id of its own: another record has {key}")
        taken.add(key)
        draft = Draft(key, Group("", f"{at}.data"), place, record["data"])
        created = instant_text(world, f"{at}.createdAt", record.get("createdAt"), iso(world.now))
        draft.values["@createdAt"] = created
        draft.values["@updatedAt"] = instant_text(world, f"{at}.updatedAt", record.get("updatedAt"), created)
        drafts.append(draft)
    return drafts


def instant_text(world: World, where: str, value: str | None, otherwise: str) -> str:
    """An instant of a scenario: as it is, or a span before or after the scenario's own. Raises ScenarioError."""
    return otherwise if value is None else iso(instant(world, where, value))


def instant(world: World, where: str, value: str) -> int:
    """``2024-01-15T10:30:00Z``, or ``-P3D`` and ``+P3D`` from the scenario's own instant. Raises ScenarioError."""
    try:
        if value[:1] in {"-", "+"}:
            moved = span(where, value[1:])
            return world.now + (moved if value[0] == "+" else -moved)
        return parse_instant(value)
    except ValueError as error:
        raise ScenarioError(where, f"{error}, or like -P3D for three days before the clock") from None


def _targets(plan: Plan, tables: Mapping[str, Table]) -> dict[str, Table]:
    """Which table each lookup field points to, by its schema or by a hint."""
    table = plan.table
    by_id = {other.mobject.id: other for other in tables.values()}
    found = {}
    for field, key in table.mobject.fields.lookups:
        if key not in by_id:
            where = f"{table.where}.schema.properties.{field}.mobjectId"
            raise ScenarioError(
                where, f"must be the id of an object of the scenario, {key!r} is none{near(key, by_id)}"
            )
        found[field] = by_id[key]
    for _, said in plan.groups:
        for field, hint in said.get("fields", {}).items():
            if hint.get("lookup") in tables:
                found.setdefault(field, tables[hint["lookup"]])
    return found


def _compile(seeding: Seeding, plan: Plan, tables: Mapping[str, Table]) -> None:
    """Give each group a maker for each of its fields."""
    mobject = plan.table.mobject
    properties = (mobject.schema or {}).get("properties", {})
    taken = {name: _taken(plan.table, name) for name in mobject.fields.unique}
    for group, said in plan.groups:
        site = Site("", "", {}, group.stream, plan.table, tables, seeding.fakes, seeding.world.now)
        hints = said.get("fields", {})
        for name in group.fields:
            at = site._replace(where=f"{group.where}.fields.{name}", field=name, part=properties.get(name, {}))
            if properties and name not in properties:
                raise at.wrong(f"is not a field of the schema{near(name, properties)}")
            make = hinted(at, hints[name]) if name in hints else default(at)
            group.makers[name] = _unique(at, make, taken[name]) if name in taken else make
        for name in ("createdAt", "updatedAt"):
            at = site._replace(where=f"{group.where}.{name}", field=f"@{name}", part=_MOMENT)
            made = _time(at, said.get(name), "@createdAt" if name == "updatedAt" else None)
            group.makers[at.field] = _monthly(at, made) if name == "createdAt" and "months" in said else made


def _monthly(site: Site, make: Make) -> Make:
    """A month after another."""
    return lambda draft, attempt: site.later(site.instant(make(draft, attempt)), draft.month)


_MOMENT = {"type": "string", "format": "date-time"}
_MOMENTS = frozenset({"within", "ahead", "since", "from"})
"""Sources that make a moment in any case."""


def _time(site: Site, hint: Mapping[str, Any] | None, other: str | None) -> Make:
    """One of a record's own times: by its hint, else the other one, else now."""
    now = iso(site.now)
    if hint is None:
        return lambda draft, _: draft.get(other) if other else now
    make = hinted(site, hint)
    if _MOMENTS.isdisjoint(hint):
        return lambda draft, attempt: now if (made := make(draft, attempt)) is None else site.moment(site.instant(made))
    return lambda draft, attempt: make(draft, attempt) or now


def _taken(table: Table, field: str) -> set[bytes]:
    """What the records that are written out hold in a unique field."""
    taken: set[bytes] = set()
    for draft in table.drafts:
        if draft.fields is None:
            continue
        value = draft.values.get(field)
        key = orjson.dumps(value)
        if value is not None and key in taken:
            raise ScenarioError(f"{draft.group.where}.{field}", f"must be unique: another record has {value!r}")
        taken.add(key)
    return taken


def _unique(site: Site, make: Make, taken: set[bytes]) -> Make:
    """Made anew until no other record has it; then text is told apart by the record's number."""

    def made(draft: Draft, _attempt: int) -> Any:
        for attempt in range(ATTEMPTS):
            value = make(draft, attempt)
            key = orjson.dumps(value)
            if value is None or key not in taken:
                taken.add(key)
                return value
        if not isinstance(value, str):
            raise site.wrong(f"must be unique, and there are too few values: {value!r} came up again and again")
        name, at, domain = value.partition("@")
        taken.add(orjson.dumps(told := f"{name}-{draft.place}{at}{domain}"))
        return told

    return made


def _store(world: World, table: Table) -> None:
    """Write a table's records, each checked against the object's schema."""
    mobject = table.mobject
    rows = []
    for draft in table.settle():
        data = draft.data()
        try:
            mobject.fields.validate(data)
        except Invalid as error:
            raise _refused(draft, error) from None
        rows.append(
            (draft.id, mdata.write(mobject.id, draft.id, data, draft.get("@createdAt"), draft.get("@updatedAt")))
        )
    if not rows:
        return
    world.store.load(MDATA.of(mobject.id), rows)
    try:
        mdata.rebuild_unique(world, mobject)
    except Invalid as error:
        raise ScenarioError(
            f"{table.where}.schema.properties.{error.field}", f"{error.message}, {error.value!r}"
        ) from None


def _refused(draft: Draft, error: Invalid) -> ScenarioError:
    if draft.fields is not None:
        return ScenarioError(f"{draft.group.where}.{error.field}", error.message)
    told = f"{error.message}: {error.value!r} was generated, give the field a hint that fits its schema"
    return ScenarioError(f"{draft.group.where}.fields.{error.field}", told)


def _check_lookups(world: World, table: Table) -> None:
    """A lookup's target must exist (A3.9)."""
    for field, key in table.mobject.fields.lookups:
        known = world.store.all(MDATA.of(key))
        for draft in table.drafts:
            value = draft.get(field)
            if value is not None and value not in known:
                message = f"must be the id of a record of {table.targets[field].mobject.name}, {value!r} is none"
                raise _refused(draft, Invalid(message, field=field, value=value))
