"""What may happen to Objects (data models): A2.3, A3.10, A5."""

from dataclasses import replace
from typing import Any

from sandbox.apis.monetize360 import mdata, workflows
from sandbox.apis.monetize360.fields import Fields, compile_fields
from sandbox.apis.monetize360.records import Mobject
from sandbox.apis.monetize360.state import MDATA, MOBJECT_NAMES, MOBJECTS, UNIQUE
from sandbox.kernel.errors import Forbidden, Invalid, NotFound
from sandbox.kernel.world import World


def find(world: World, key: str) -> Mobject:
    """Raises NotFound."""
    mobject = world.store.get(MOBJECTS, key)
    if mobject is None:
        msg = f"There is no object {key!r}"
        raise NotFound(msg)
    return mobject


def create(world: World, body: dict[str, Any], key: str | None = None) -> Mobject:
    """A new Object with its six workflows (A3.11). Raises Invalid for a taken name, a bad schema or business key."""
    name = body["name"]
    if world.store.get(MOBJECT_NAMES, name) is not None:
        msg = f"An object named {name} exists already"
        raise Invalid(msg, field="name", value=name)
    fields = compile_fields(body.get("schema"))
    _check_business_key(body.get("businessKey"), fields)
    made = Mobject(
        id=key or world.new_uuid("monetize360.mobject"),
        name=name,
        description=body["description"],
        type=body.get("type", "PERSISTENT"),
        business_key=body.get("businessKey"),
        audit_enabled=body.get("auditEnabled", False),
        schema=body.get("schema"),
        created_at=world.now,
        updated_at=world.now,
        fields=fields,
    )
    world.store.put(MOBJECTS, made.id, made)
    world.store.put(MOBJECT_NAMES, name, made.id)
    workflows.create_for(world, made)
    return made


def update(world: World, key: str, body: dict[str, Any]) -> Mobject:
    """Merge the given members; ``schema`` is replaced whole, ``name`` cannot change (A5).

    Raises NotFound, Forbidden for a SYSTEM object, Invalid.
    """
    before = find(world, key)
    _editable(before)
    if body.get("name", before.name) != before.name:
        msg = "name cannot change after creation"
        raise Invalid(msg, field="name", value=body["name"])
    schema = body.get("schema", before.schema)
    fields = compile_fields(schema) if "schema" in body else before.fields
    business_key = body.get("businessKey", before.business_key)
    _check_business_key(business_key, fields)
    after = replace(
        before,
        description=body.get("description", before.description),
        type=body.get("type", before.type),
        business_key=business_key,
        audit_enabled=body.get("auditEnabled", before.audit_enabled),
        schema=schema,
        fields=fields,
        updated_at=world.now,
    )
    if fields is not before.fields:
        mdata.rebuild_unique(world, after, before)
    world.store.put(MOBJECTS, key, after)
    return after


def delete(world: World, key: str) -> None:
    """Remove an Object with its records and workflows (A5). Raises NotFound, Forbidden for a SYSTEM object."""
    mobject = find(world, key)
    _editable(mobject)
    world.store.delete(MOBJECTS, key)
    world.store.delete(MOBJECT_NAMES, mobject.name)
    world.store.drop(MDATA.of(key))
    for field in mobject.fields.unique:
        world.store.drop(UNIQUE.of(f"{key}/{field}"))
    workflows.delete_for(world, mobject)


def _editable(mobject: Mobject) -> None:
    if mobject.system:
        msg = f"{mobject.name} is a SYSTEM object: it cannot be changed"
        raise Forbidden(msg)


def _check_business_key(name: str | None, fields: Fields) -> None:
    if name is not None and name not in fields.names:
        msg = f"businessKey must name a field of the schema, {name!r} is none"
        raise Invalid(msg, field="businessKey", value=name)
