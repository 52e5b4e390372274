"""Directed sequences about credentials, tenants, media types and rate limits."""

from typing import Any

from sandbox.contract.apis.monetize360 import samples
from sandbox.contract.apis.monetize360.making import new_object, new_record
from sandbox.contract.methods import NOBODYS
from sandbox.contract.play import Play
from sandbox.contract.steps import NOTHING, Hook, Tag, Text

_STANDARD = 100
"""Requests a minute of the lowest documented tier."""


def credentials(play: Play) -> None:
    """Nothing without a valid token, whatever is asked."""
    owner = new_object(play, "guarded")
    if owner is None:
        return
    one = new_record(play, owner, samples.RECORDS[0])
    for identity in ("nobody", "stranger"):
        for operation, path, body in _everything(owner, one):
            play.send(operation, path, body, identity=identity, expect=(401,), rule="A3.1")
    play.send("getMobject", owner)
    play.send("getMdata", one)
    play.send("listMdata", owner)


def _everything(owner: dict[str, Any], one: dict[str, Any]) -> list[tuple[str, dict[str, Any], Any]]:
    """A request of each operation on an object and a record, and of those without an id."""
    return [
        ("listMobjects", {}, NOTHING),
        ("listWorkflows", {}, NOTHING),
        ("createMobject", {}, samples.mobject("intruder")),
        ("createWebhook", {}, {"url": Text((Hook("/"), Tag("intruder"))), "events": ["mdata.created"]}),
        ("getMobject", owner, NOTHING),
        ("updateMobject", owner, {"description": "intruder"}),
        ("listMdata", owner, NOTHING),
        ("createMdata", owner, {"data": {"kind": "intruder"}}),
        ("bulkCreateMdata", owner, {"data": [{"kind": "intruder"}]}),
        ("getMdata", one, NOTHING),
        ("updateMdata", one, {"data": {"kind": "intruder"}}),
        ("deleteMdata", one, NOTHING),
        ("deleteMobject", owner, NOTHING),
        ("getWorkflow", {"workflowId": Tag("flow")}, NOTHING),
        ("listExecutions", {"workflowId": Tag("flow")}, NOTHING),
        ("executeWorkflow", {"workflowId": NOBODYS}, {"data": {}}),
        ("getExecution", {"workflowId": Tag("flow"), "executionId": Tag("run")}, NOTHING),
    ]


def tenants(play: Play) -> None:
    """What one tenant has another does not see, read or change; each may use the same name."""
    new_object(play, "before", samples.FREE)
    owner = new_object(play, "private")
    if owner is None:
        return
    new_record(play, owner, samples.RECORDS[0])
    one = new_record(play, owner, samples.RECORDS[1])
    play.send("listMobjects", query=[("limit", 1000)], identity="second")
    play.send("listWorkflows", query=[("limit", 1000)], identity="second")
    for operation, path, body in _everything(owner, one):
        if path is owner or path is one:
            play.send(operation, path, body, identity="second")
    play.send("getMobject", owner)
    play.send("getMdata", one)
    play.send("listMdata", owner)
    play.send("createMobject", body=samples.mobject("private"), identity="second")


def media(play: Play) -> None:
    """A body that is not declared as JSON is 415."""
    owner = new_object(play, "media")
    if owner is None:
        return
    one = new_record(play, owner, samples.RECORDS[0])
    for operation, path, body in _everything(owner, one):
        if body is not NOTHING and (path is owner or path is one or not path):
            more: dict[str, Any] = {"media": "text/plain", "expect": (415,), "rule": "A3.1"}
            play.send(operation, path, body, **more)
    play.send("getMobject", owner)
    play.send("getMdata", one)
    play.send("listMdata", owner)


def windows(play: Play) -> None:
    """The headers within a window, and in the next ones."""
    for pause in (0, 20, 20, 20, 59, 1, 600):
        if pause:
            play.wait(pause)
        for _ in range(3):
            play.send("listMobjects", query=[("limit", 1)])
        play.send("getMobject", {"mobjectId": Tag("nowhere")}, expect=(404,), rule="A2.3")


def burst(play: Play) -> None:
    """More requests than a minute of the standard tier has: then 429, to no effect, until the window ends."""
    owner = new_object(play, "burst", samples.FREE)
    if owner is None:
        return
    for _ in range(_STANDARD):
        play.send("getMobject", owner, identity="limited")
    play.send("createMdata", owner, {"data": {"n": 1}}, identity="limited", expect=(429,), rule="A3.2")
    play.send("getMobject", owner, identity="limited", expect=(429,), rule="A3.2")
    play.send("listMdata", owner)
    play.wait(60)
    play.send("getMobject", owner, identity="limited", expect=(200,), rule="A3.2")
