"""Tours: every operation, with success."""

from typing import Any

from sandbox.contract.apis.monetize360 import samples
from sandbox.contract.apis.monetize360.making import new_object, new_record, six_workflows
from sandbox.contract.play import Play
from sandbox.contract.steps import Tag


def reading(play: Play) -> None:
    """What is there already, read only."""
    play.send("listMobjects")
    objects = play.send("listMobjects", query=[("limit", 1)])
    if objects.ok:
        owner = {"mobjectId": objects.ref("data", 0, "id")}
        play.send("getMobject", owner)
        records = play.send("listMdata", owner, query=[("limit", 5)])
        play.send("getMdata", owner | {"mdataId": records.ref("data", 0, "id")})


def reading_workflows(play: Play) -> None:
    """Workflows and executions that are there already."""
    workflows = play.send("listWorkflows")
    play.send("listWorkflows", query=[("limit", 2), ("offset", 1)])
    if workflows.ok:
        flow = {"workflowId": workflows.ref("data", 0, "id")}
        play.send("getWorkflow", flow)
        executions = play.send("listExecutions", flow)
        play.send("getExecution", flow | {"executionId": executions.ref("data", 0, "executionId")})


def tour(play: Play) -> None:
    """Every operation on objects and records, each with success."""
    owner = new_object(play, "tour")
    if owner is None:
        return
    for body in ({"description": "Changed"}, {"name": Tag("tour"), "auditEnabled": False, "type": "STANDARD"}):
        play.send("getMobject", owner)
        play.send("updateMobject", owner, body)
    play.send("listMobjects", query=[("limit", 1000)])
    kept = [new_record(play, owner, data) for data in samples.RECORDS[:3]]
    for one in kept:
        play.send("getMdata", one)
    change = {"amount": -1, "label": None, "tags": ["z"], "added": {"a": [1, 2.5, "x", None, True]}}
    play.send("updateMdata", kept[0], {"data": change})
    play.send("getMdata", kept[0])
    play.send("bulkCreateMdata", owner, {"data": list(samples.RECORDS[4:7])})
    play.send("listMdata", owner)
    play.send("deleteMdata", kept[1])
    for operation in ("getMdata", "deleteMdata"):
        play.send(operation, kept[1])
    play.send("updateMdata", kept[1], {"data": {"kind": "a"}})
    play.send("listMdata", owner)
    play.send("deleteMobject", owner)
    _gone(play, owner, kept[0])


def _gone(play: Play, owner: dict[str, Any], record: dict[str, Any]) -> None:
    """Nothing is left of a deleted object, and its name is free."""
    for operation in ("getMobject", "deleteMobject", "listMdata"):
        play.send(operation, owner)
    play.send("getMdata", record)
    play.send("createMdata", owner, {"data": {"kind": "a"}})
    play.send("listMobjects", query=[("limit", 1000)])
    again = new_object(play, "tour")
    if again is not None:
        play.send("listMdata", again)


def workflow_tour(play: Play) -> None:
    """Every operation on workflows, with those of an object of ours, and what they do to its records."""
    owner = new_object(play, "flows")
    six = six_workflows(play, "flows") if owner is not None else []
    if owner is None or not six:
        return
    save, edit, delete, *_, last = six
    for one in six:
        play.send("getWorkflow", one)
    done = play.send("executeWorkflow", last, {"data": {"a": [1, None, "ü"]}, "async": False})
    play.send("executeWorkflow", last)
    play.send("getExecution", last | {"executionId": done.ref("executionId")})
    play.send("getExecution", save | {"executionId": done.ref("executionId")})
    play.send("executeWorkflow", save, {"data": samples.RECORDS[0]})
    listed = play.send("listMdata", owner)
    if listed.ok:
        named = {"id": listed.ref("data", 0, "id")}
        play.send("executeWorkflow", edit, {"data": named | {"kind": "edited", "label": None}})
        play.send("getMdata", owner | {"mdataId": named["id"]})
        play.send("executeWorkflow", save, {"data": samples.INVALID[0]})
        play.send("executeWorkflow", delete, {"data": named})
        play.send("getMdata", owner | {"mdataId": named["id"]})
        play.send("executeWorkflow", delete, {"data": named})
    for query in ([], [("filter", "status:eq:failed")], [("filter", "status:ne:failed"), ("limit", 1)]):
        for one in (save, delete, last):
            play.send("listExecutions", one, query=query)
    play.send("deleteMobject", owner)
    play.send("getWorkflow", save)
    play.send("executeWorkflow", save, {"data": {"kind": "a"}})
    play.send("listWorkflows", query=[("limit", 1000)])
