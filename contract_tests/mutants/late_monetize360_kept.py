"""Monetize360 with more mistakes, one each: what is kept."""

from dataclasses import replace
from typing import Any

import orjson

from contract_tests.mutants.making import Maker
from sandbox.apis.monetize360 import mobjects
from sandbox.apis.monetize360.state import MDATA, MOBJECTS

make = Maker("monetize360")

_BARE = {"schema": None, "businessKey": None}


def _written(world: Any, mobject: Any, row: bytes, **members: Any) -> bytes:
    """The record stored and answered with other members."""
    record = orjson.loads(row) | members
    told: bytes = orjson.dumps(record)
    world.store.put(MDATA.of(mobject.id), record["id"], told)
    return told


@make.replaces("persistence", "mdata.update")
def null_removes_the_field(was: Any) -> Any:
    """An update with null removes the field instead of setting null, as a merge patch."""

    def update(world: Any, mobject: Any, key: str, changes: dict[str, Any]) -> Any:
        row = was(world, mobject, key, changes)
        data = orjson.loads(row)["data"].items()
        left = {name: value for name, value in data if value is not None or name not in changes}
        return _written(world, mobject, row, data=left)

    return update


@make.replaces("persistence", "mdata.update")
def update_moves_the_creation(was: Any) -> Any:
    """createdAt of a record is when it was last changed."""

    def update(world: Any, mobject: Any, key: str, changes: dict[str, Any]) -> Any:
        row = was(world, mobject, key, changes)
        return _written(world, mobject, row, createdAt=orjson.loads(row)["updatedAt"])

    return update


@make.replaces("persistence", "mobjects.update")
def time_of_a_changed_object_stays(was: Any) -> Any:
    """updatedAt of an object stays what it was at its creation."""

    def update(world: Any, key: str, body: dict[str, Any]) -> Any:
        before = mobjects.find(world, key)
        after = replace(was(world, key, body), updated_at=before.updated_at)
        world.store.put(MOBJECTS, key, after)
        return after

    return update


@make.replaces("persistence", "mobjects.update")
def object_loses_the_schema_it_does_not_name(was: Any) -> Any:
    """An update of an object without schema removes it, with businessKey: records are free-form from then on."""
    return lambda world, key, body: was(world, key, body if "schema" in body else {**body, **_BARE})


@make.replaces("persistence", "workflows.delete_for")
def workflows_of_a_deleted_object_stay(_was: Any) -> Any:
    """The six workflows of an object are there after it was deleted."""
    return lambda _world, _mobject: None


@make.replaces("persistence", "mdata._move_unique")
def deleted_records_keep_their_unique_values(was: Any) -> Any:
    """What a deleted record had as a unique value cannot be used again, as the row is only marked as deleted."""

    def move(world: Any, mobject: Any, key: str, before: Any, after: Any) -> None:
        if world.store.get(MDATA.of(mobject.id), key) is not None:
            was(world, mobject, key, before, after)

    return move
