"""Directed sequences about webhooks, and about executions over time."""

from typing import Any

from sandbox.contract.apis.monetize360 import samples
from sandbox.contract.apis.monetize360.making import new_object, new_record, six_workflows
from sandbox.contract.methods import NOBODYS
from sandbox.contract.play import Play
from sandbox.contract.steps import Hook, Lever, Tag, Text

_EVENTS = ("mdata.created", "workflow.completed")
_SECRET = "whisper"  # noqa: S105  # of the kit's own webhooks


def webhook(play: Play) -> None:
    """What is created is told once, in order, signed, to whoever asked for it, and to nobody else."""
    owner = new_object(play, "told")
    if owner is None:
        return
    new_record(play, owner, samples.RECORDS[0])
    for name, events, secret in (
        ("both", _EVENTS, _SECRET),
        ("unsigned", _EVENTS[:1], None),
        ("runs", _EVENTS[1:], "ü"),
    ):
        body = {"url": Text((Hook("/"), Tag(name))), "events": list(events)} | (
            {} if secret is None else {"secret": secret}
        )
        play.send("createWebhook", body=body)
    one = new_record(play, owner, samples.RECORDS[1])
    play.send("bulkCreateMdata", owner, {"data": [samples.RECORDS[2], samples.INVALID[0], samples.RECORDS[0]]})
    play.send("createMdata", owner, {"data": samples.INVALID[1]})
    play.send("updateMdata", one, {"data": {"kind": "z"}})
    play.send("deleteMdata", one)
    play.hear()
    six = six_workflows(play, "told")
    if six:
        play.send("executeWorkflow", six[-1], {"data": {"a": 1}})
        play.hear()


_EXTENDED = ("workflow.started", "workflow.failed", "mdata.updated", "mdata.deleted")


def extended(play: Play) -> None:
    """The events that are not documented, once the setting is on: each to whoever names it."""
    if not play.play(Lever("PATCH", "/settings", {"monetize360.extendedEvents": True})).ok:
        return
    for name, events in (("all", (*_EVENTS, *_EXTENDED)), *((one, (one,)) for one in _EXTENDED)):
        body = {"url": Text((Hook("/"), Tag(name))), "events": list(events), "secret": _SECRET}
        play.send("createWebhook", body=body, expect=(201,), rule="A2.10")
    owner = new_object(play, "extended")
    if owner is None:
        return
    one, two = (new_record(play, owner, data) for data in samples.RECORDS[:2])
    play.send("updateMdata", one, {"data": {"kind": "z"}})
    play.send("updateMdata", one, {"data": {"kind": 7}})
    play.hear()
    play.send("deleteMdata", one)
    play.send("deleteMdata", one)
    six = six_workflows(play, "extended")
    for place, data in ((0, samples.INVALID[0]), (0, samples.RECORDS[2]), (3, {})) if six else ():
        play.send("executeWorkflow", six[place], {"data": data})
    play.hear()
    play.send("deleteMobject", owner)
    play.send("getMdata", two)
    play.hear()


def foreign(play: Play) -> None:
    """A webhook hears nothing of another tenant."""
    body = {"url": Text((Hook("/"), Tag("foreign"))), "events": list(_EVENTS)}
    play.send("createWebhook", body=body, identity="second")
    new_object(play, "earlier", samples.FREE)
    owner = new_object(play, "unheard")
    if owner is not None:
        for data in samples.RECORDS[:3]:
            new_record(play, owner, data)
        play.hear()


def bad_webhooks(play: Play) -> None:
    """Bodies that subscribe nothing."""
    for body in samples.BAD_WEBHOOKS:
        play.send("createWebhook", body=body, expect=(400,), rule="A2.10")


FLOWS = tuple(f"{name}workflow-id" for name in ("", "slow-", "failing-", "waiting-", "inactive-"))
"""The workflows of the sandbox's own scenario."""


def executions(play: Play) -> None:
    """Life cycles over time: ended at once, later, after a queue, never, and inactive."""
    for flow in FLOWS:
        play.send("getWorkflow", {"workflowId": flow})
    started = _started(play)
    for seconds in (0, 1, 14, 20, 300, 299, 30, 3600):
        if seconds:
            play.wait(seconds)
        for one in started:
            play.send("getExecution", one)
    for flow in FLOWS:
        for query in ([], [("filter", "status:eq:completed")], [("limit", 1)], [("limit", 1), ("offset", 1)]):
            play.send("listExecutions", {"workflowId": flow}, query=query)


def _started(play: Play) -> list[dict[str, Any]]:
    """An execution of each workflow in both modes."""
    started = []
    for mode in (False, True):
        for flow in FLOWS:
            body = {"data": {"customerId": "c", "period": "2024-01", "amount": 2}, "async": mode}
            made = play.send("executeWorkflow", {"workflowId": flow}, body)
            if made.ok:
                started.append({"workflowId": flow, "executionId": made.ref("executionId")})
    return started


def bad_inputs(play: Play) -> None:
    """Bodies that execute nothing; where an execution would last, of a workflow that is not there."""
    path: dict[str, Any] = {"workflowId": FLOWS[0] if play.can("fresh") else NOBODYS}
    if play.can("permanent") and not play.can("fresh"):
        six = six_workflows(play, "inputs") if new_object(play, "inputs") is not None else []
        path = six[-1] if six else path
    play.send("getWorkflow", path)
    for body in samples.BAD_INPUTS:
        play.send("executeWorkflow", path, body, expect=(400, 404), rule="A5")
