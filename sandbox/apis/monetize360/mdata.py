"""What may happen to records (MData). A record is kept as the exact bytes of its JSON, ready to be answered."""

from collections.abc import Iterable
from typing import Any

import orjson

from sandbox.apis.monetize360.events import announce, wanted
from sandbox.apis.monetize360.records import Mobject
from sandbox.apis.monetize360.state import MDATA, MOBJECTS, UNIQUE
from sandbox.kernel.clock import iso
from sandbox.kernel.errors import Forbidden, Invalid, NotFound
from sandbox.kernel.world import World

_KIND = "monetize360.mdata"


def write(mobject_id: str, key: str, data: dict[str, Any], created: str, updated: str) -> bytes:
    """A record's JSON, as bytes of exactly its size: what orjson returns is over-allocated, and would stay so."""
    record = {"id": key, "mobjectId": mobject_id, "data": data, "createdAt": created, "updatedAt": updated}
    return bytes(memoryview(orjson.dumps(record)))


def find(world: World, mobject_id: str, key: str) -> bytes:
    """The record's JSON. Raises NotFound for an unknown object, or a record that is not that object's (A3.3)."""
    row = world.store.get(MDATA.of(mobject_id), key)
    if row is None:
        what = "record" if mobject_id in world.store.all(MOBJECTS) else "object"
        msg = f"There is no {what} {key!r} of this object" if what == "record" else f"There is no object {mobject_id!r}"
        raise NotFound(msg)
    return row


def create(world: World, mobject: Mobject, data: dict[str, Any]) -> bytes:
    """Validate and store a new record; announces ``mdata.created``. Raises Invalid, Forbidden."""
    _writable(mobject)
    mobject.fields.validate(data)
    _check_lookups(world, mobject, data)
    keys = _unique_keys(mobject, data)
    _check_unique(world, mobject, keys, None)
    key = world.new_uuid(_KIND)
    now = iso(world.now)
    row = write(mobject.id, key, data, now, now)
    world.store.put(MDATA.of(mobject.id), key, row)
    for field, text in keys:
        world.store.put(UNIQUE.of(f"{mobject.id}/{field}"), text, key)
    _announce(world, "mdata.created", row)
    return row


def update(world: World, mobject: Mobject, key: str, changes: dict[str, Any]) -> bytes:
    """Merge top-level fields into a record (A5); ``null`` sets null. Raises NotFound, Invalid, Forbidden."""
    _writable(mobject)
    record = orjson.loads(find(world, mobject.id, key))
    data = record["data"] | changes
    mobject.fields.validate(data)
    _check_lookups(world, mobject, changes)
    before, after = _unique_keys(mobject, record["data"]), _unique_keys(mobject, data)
    _check_unique(world, mobject, after, key)
    row = write(mobject.id, key, data, record["createdAt"], iso(world.now))
    world.store.put(MDATA.of(mobject.id), key, row)
    _move_unique(world, mobject, key, before, after)
    _announce(world, "mdata.updated", row)
    return row


def delete(world: World, mobject: Mobject, key: str) -> None:
    """Remove a record. Raises NotFound, Forbidden."""
    _writable(mobject)
    row = find(world, mobject.id, key)
    world.store.delete(MDATA.of(mobject.id), key)
    if mobject.fields.unique:
        _move_unique(world, mobject, key, _unique_keys(mobject, orjson.loads(row)["data"]), [])
    _announce(world, "mdata.deleted", row)


def create_many(
    world: World, mobject: Mobject, rows: Iterable[dict[str, Any]]
) -> tuple[list[bytes], list[dict[str, Any]]]:
    """Store the valid rows, tell what is wrong with the others (A4.9). Raises Forbidden."""
    _writable(mobject)
    created, errors = [], []
    for index, data in enumerate(rows):
        try:
            created.append(create(world, mobject, data))
        except Invalid as error:
            errors.append({"index": index, "field": error.field, "value": error.value, "message": error.message})
    return created, errors


def rebuild_unique(world: World, mobject: Mobject, before: Mobject | None = None) -> None:
    """Index the records anew for a changed schema. Raises Invalid when records already share a unique value."""
    for field in before.fields.unique if before else ():
        world.store.drop(UNIQUE.of(f"{mobject.id}/{field}"))
    held: dict[str, dict[str, str]] = {field: {} for field in mobject.fields.unique}
    for row in world.store.all(MDATA.of(mobject.id)) if held else ():
        record = orjson.loads(row)
        for field, text in _unique_keys(mobject, record["data"]):
            if held[field].setdefault(text, record["id"]) != record["id"]:
                msg = f"{field} must be unique: another {mobject.name} has this value"
                raise Invalid(msg, field=field, value=orjson.loads(text))
    for field, keys in held.items():
        world.store.load(UNIQUE.of(f"{mobject.id}/{field}"), keys.items())


def _writable(mobject: Mobject) -> None:
    if mobject.system:
        msg = f"{mobject.name} is a SYSTEM object: its records are read-only"
        raise Forbidden(msg)


def _unique_keys(mobject: Mobject, data: dict[str, Any]) -> list[tuple[str, str]]:
    """(field, value as JSON text) of every unique field that has a value."""
    unique = mobject.fields.unique
    return [(field, _text(data[field])) for field in unique if data.get(field) is not None] if unique else []


def _text(value: Any) -> str:
    return orjson.dumps(_alike(value), option=orjson.OPT_SORT_KEYS).decode()


def _alike(value: Any) -> Any:
    """The same with each number in one form: 250.0 is 250 (A5), within lists and objects too."""
    if isinstance(value, float):
        return int(value) if value.is_integer() and -(2**63) <= value < 2**64 else value
    if isinstance(value, list):
        return [_alike(item) for item in value]
    return {name: _alike(member) for name, member in value.items()} if isinstance(value, dict) else value


def _check_unique(world: World, mobject: Mobject, keys: list[tuple[str, str]], own: str | None) -> None:
    for field, text in keys:
        holder = world.store.get(UNIQUE.of(f"{mobject.id}/{field}"), text)
        if holder is not None and holder != own:
            msg = f"{field} must be unique: another {mobject.name} has this value"
            raise Invalid(msg, field=field, value=orjson.loads(text))


def _move_unique(
    world: World, mobject: Mobject, key: str, before: list[tuple[str, str]], after: list[tuple[str, str]]
) -> None:
    for field, text in before:
        if (field, text) not in after:
            world.store.delete(UNIQUE.of(f"{mobject.id}/{field}"), text)
    for field, text in after:
        if (field, text) not in before:
            world.store.put(UNIQUE.of(f"{mobject.id}/{field}"), text, key)


def _check_lookups(world: World, mobject: Mobject, data: dict[str, Any]) -> None:
    """A lookup's target must exist (A3.9)."""
    for field, target in mobject.fields.lookups:
        key = data.get(field)
        if key is not None and (not isinstance(key, str) or world.store.get(MDATA.of(target), key) is None):
            msg = f"{field} must name an existing record of object {target}"
            raise Invalid(msg, field=field, value=key)


def _announce(world: World, event: str, row: bytes) -> None:
    if wanted(world, event):
        announce(world, event, orjson.loads(row))


def decode(row: bytes) -> dict[str, Any]:
    """The record's JSON as values."""
    record: dict[str, Any] = orjson.loads(row)
    return record
