"""Directed sequences about what executions tell webhooks, and what a workflow's output quotes."""

from typing import Any

from sandbox.contract.apis.monetize360 import samples
from sandbox.contract.apis.monetize360.event_probes import FLOWS
from sandbox.contract.apis.monetize360.making import new_object, six_workflows
from sandbox.contract.play import Play
from sandbox.contract.steps import Hook, Lever, Tag, Text

_INPUT = {"customerId": "c", "amount": 2.5, "action": {"list": [1, None, "ü"]}, "period": None}


def subscribe(play: Play, name: str, *events: str, secret: str | None = None) -> None:
    """A webhook of the kit's own receiver."""
    body: dict[str, Any] = {"url": Text((Hook("/"), Tag(name))), "events": list(events)}
    play.send("createWebhook", body=body if secret is None else body | {"secret": secret})


def announced(play: Play) -> None:
    """A run that completed is told once, when it did; one that failed, waits, or cannot start is not."""
    subscribe(play, "ended", "workflow.completed", secret="quiet")  # noqa: S106  # of the kit's own webhook
    subscribe(play, "made", "mdata.created")
    started = []
    for mode in (False, True):
        for flow in FLOWS:
            path = {"workflowId": flow}
            made = play.send("executeWorkflow", path, {"data": _INPUT, "async": mode})
            if made.ok:
                started.append(path | {"executionId": made.ref("executionId")})
    for seconds in (0, 2, 13, 30, 600):
        if seconds:
            play.wait(seconds)
        for one in started:
            play.send("getExecution", one)
        play.hear()


def acting(play: Play) -> None:
    """What the workflows of an object do is told as what the operations do; what they cannot do fails."""
    subscribe(play, "acted", "workflow.completed", "mdata.created", secret="loud")  # noqa: S106  # the same
    owner = new_object(play, "acting")
    six = six_workflows(play, "acting") if owner is not None else []
    if owner is None or not six:
        return
    save, edit, delete, *others = six
    play.send("executeWorkflow", save, {"data": {"kind": "a", "code": "AAAA", "detail": {"note": "n", "more": 1}}})
    listed = play.send("listMdata", owner)
    if not listed.ok:
        return
    named = {"id": listed.ref("data", 0, "id")}
    for flow, data in (
        (save, samples.INVALID[0]),
        (save, {"kind": "b", "code": "AAAA"}),
        (save, {}),
        (edit, named | {"kind": 7}),
        (edit, {"id": "nobody", "kind": "b"}),
        (edit, {"kind": "b"}),
        (delete, {"id": "nobody"}),
        (delete, {}),
        (edit, named | {"detail": {"other": 2}, "label": None}),
    ):
        play.send("executeWorkflow", flow, {"data": data})
        play.send("listMdata", owner)
    for flow in others:
        play.send("executeWorkflow", flow, {"data": named})
    play.send("executeWorkflow", delete, {"data": named})
    play.send("listMdata", owner)
    for flow in six:
        play.send("listExecutions", flow)
    play.hear()


def quoting(play: Play) -> None:
    """A text of the output that is one quotation becomes that value; within a longer one it becomes words."""
    output = {
        "whole": "{{data.a.b}}",
        "spaced": "{{ data.text }}",
        "missing": "{{data.no.where}}",
        "words": "<{{data.text}}|{{data.n}}|{{data.flag}}|{{data.nothing}}|{{data.missing}}>",
        "deep": [{"n": "{{data.n}}"}, "{{data.list}}", "{{data.flag}}"],
        "plain": ["data.text", 7, None, "{{other.text}}"],
    }
    path = {"workflowId": "contract-quoting"}
    for duration in (0, 60):
        made = play.play(Lever("PUT", "/monetize360/workflows/contract-quoting", _flow(output, duration)))
        if not made.ok:
            return
        play.send("getWorkflow", path)
        for data in ({"a": {"b": [1, {"c": None}]}, "text": "ü", "n": 2.5, "flag": False, "list": []}, {"n": 7}, {}):
            done = play.send("executeWorkflow", path, {"data": data})
            play.send("getExecution", path | {"executionId": done.ref("executionId")})
        play.wait(1)
    play.send("listExecutions", path, query=[("limit", 3)])


def _flow(output: Any, duration: int) -> dict[str, Any]:
    return {"name": "Quoting", "description": "Quotes its input", "duration": duration, "output": output}
