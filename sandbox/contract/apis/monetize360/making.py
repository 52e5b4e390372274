"""What the directed sequences begin with."""

from typing import Any

from sandbox.contract.apis.monetize360 import samples
from sandbox.contract.apis.monetize360.objects import SIX
from sandbox.contract.play import Play, Result
from sandbox.contract.steps import Tag, Text


def new_object(play: Play, name: str, shape: str = samples.STRICT) -> dict[str, Any] | None:
    """The path of a new object; None where it could not be made."""
    made = play.send("createMobject", body=samples.mobject(name, shape))
    return {"mobjectId": made.ref("id")} if made.ok else None


def new_record(play: Play, owner: dict[str, Any], data: samples.Json) -> dict[str, Any]:
    """The path of a new record."""
    made = play.send("createMdata", owner, {"data": data})
    return owner | {"mdataId": made.ref("id")}


def fill(play: Play, owner: dict[str, Any], records: tuple[samples.Json, ...] = samples.RECORDS) -> Result:
    """All records in one request, or one by one where the target cannot do that."""
    made = play.send("bulkCreateMdata", owner, {"data": list(records)})
    if not made.ok and "bulkCreateMdata" in play.left_out:
        for one in records:
            made = play.send("createMdata", owner, {"data": one})
    return made


def six_workflows(play: Play, name: str) -> list[dict[str, Any]]:
    """The workflows of the object that was made with a name: Save, Edit, Delete, Import, Export, Excel Import.

    They are known by their names: others' may stand anywhere among them. None where the target does not list them all.
    """
    listed = play.send("listWorkflows", query=[("limit", 1000)])
    six = [{"workflowId": listed.item("data", "name", Text((f"{verb} ", Tag(name))), "id")} for verb in SIX]
    if listed.ok and play.leads(six):
        return six
    play.give_up(f"the workflows of the object made for it are not listed: {', '.join(SIX)}")
    return []
