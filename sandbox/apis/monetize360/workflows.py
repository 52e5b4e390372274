"""Workflows and their executions: A2.1, A2.2, A3.6, A3.7, A5.

A sync execution is final (or waiting) at once, its ``completedAt`` lying ``duration`` ahead; an async one lives
through pending → running → waiting | completed | failed on the namespace's agenda.
"""

import re
from dataclasses import replace
from typing import Any

import orjson

from sandbox.apis.monetize360 import mdata
from sandbox.apis.monetize360.errors import code_of
from sandbox.apis.monetize360.events import announce
from sandbox.apis.monetize360.records import Execution, Mobject, Workflow
from sandbox.apis.monetize360.representations import execution_event
from sandbox.apis.monetize360.state import EXECUTIONS, MDATA, MOBJECTS, NAME, WORKFLOWS
from sandbox.kernel.agenda import Due
from sandbox.kernel.errors import Conflict, Failure, Invalid, NotFound
from sandbox.kernel.ids import derive_uuid
from sandbox.kernel.world import World

START, FINISH = "execution.start", "execution.finish"
HAPPENS = ("execution.running", "execution.completed", "execution.failed", "execution.waiting")
OWN = ("Save", "Edit", "Delete", "Import", "Export", "Excel Import")
"""The workflows every Object gets (A2.2, A3.11); the first three act on its records."""

_QUOTE = re.compile(r"\{\{\s*data((?:\.[^{}.\s]+)*)\s*\}\}")


def find(world: World, key: str) -> Workflow:
    """Raises NotFound."""
    workflow = world.store.get(WORKFLOWS, key)
    if workflow is None:
        msg = f"There is no workflow {key!r}"
        raise NotFound(msg)
    return workflow


def find_execution(world: World, workflow_id: str, key: str) -> Execution:
    """An execution of that workflow. Raises NotFound."""
    find(world, workflow_id)
    execution = world.store.get(EXECUTIONS.of(workflow_id), key)
    if execution is None:
        msg = f"There is no execution {key!r} of this workflow"
        raise NotFound(msg)
    return execution


def execute(world: World, workflow: Workflow, data: dict[str, Any], *, later: bool) -> Execution:
    """Start a run. Raises Invalid with the code WORKFLOW_INACTIVE (A5)."""
    if workflow.status != "active":
        msg = f"Workflow {workflow.id} is inactive"
        raise Invalid(msg, field="workflowId", value=workflow.id, code="WORKFLOW_INACTIVE")
    key = "exec-" + world.new_hex("monetize360.execution", 12)
    execution = Execution(key, workflow.id, "pending", data, secondary_status=workflow.secondary_status)
    if later and workflow.queue:
        world.schedule(world.now + workflow.queue, NAME, START, key, workflow.id)
        return _store(world, execution)
    execution = _begin(world, execution)
    if not later:
        return _finish(world, workflow, execution, world.now + workflow.duration)
    world.schedule(world.now + workflow.duration, NAME, FINISH, key, workflow.id)
    return execution


def on_start(world: World, item: Due) -> None:
    """Agenda: a pending execution starts."""
    execution = world.store.get(EXECUTIONS.of(item.data), item.subject)
    workflow = world.store.get(WORKFLOWS, item.data)
    if execution is None or workflow is None or execution.status != "pending":
        return
    _begin(world, execution)
    world.note("execution.running", execution.id, workflowId=workflow.id)
    world.schedule(world.now + workflow.duration, NAME, FINISH, execution.id, workflow.id)


def on_finish(world: World, item: Due) -> None:
    """Agenda: a running execution has taken its time."""
    execution = world.store.get(EXECUTIONS.of(item.data), item.subject)
    workflow = world.store.get(WORKFLOWS, item.data)
    if execution is None or workflow is None or execution.status != "running":
        return
    done = _finish(world, workflow, execution, world.now)
    world.note(f"execution.{done.status}", done.id, workflowId=workflow.id)


def _begin(world: World, execution: Execution) -> Execution:
    started = _store(world, replace(execution, status="running", started_at=world.now))
    announce(world, "workflow.started", execution_event(started))
    return started


def _finish(world: World, workflow: Workflow, execution: Execution, at: int) -> Execution:
    """What the workflow comes to: its own effect or its scenario's outcome."""
    if workflow.action and workflow.outcome == "completed":
        return _act(world, workflow.action, execution, at)
    if workflow.outcome == "waiting":
        return _store(world, replace(execution, status="waiting"))
    if workflow.outcome == "failed":
        return fail(world, execution, workflow.error or {}, at)
    return complete(world, execution, render(workflow.output, execution.input), at)


def complete(world: World, execution: Execution, output: Any, at: int) -> Execution:
    """End a run well at instant ``at``; announces ``workflow.completed``. Raises Conflict when it has ended."""
    freed = _release(world, execution)
    done = _store(world, replace(freed, status="completed", completed_at=at, output=output))
    announce(world, "workflow.completed", execution_event(done))
    return done


def fail(world: World, execution: Execution, error: dict[str, Any], at: int) -> Execution:
    """End a run badly (A3.7: ``error`` in the common shape). Raises Conflict when it has ended."""
    told = {"code": "WORKFLOW_FAILED", "message": "The workflow failed", "details": {}} | error
    freed = _release(world, execution)
    done = _store(world, replace(freed, status="failed", completed_at=at, error=told))
    announce(world, "workflow.failed", execution_event(done))
    return done


def hold(world: World, execution: Execution, secondary: str | None) -> Execution:
    """Wait for a person, until it is completed or failed by hand. Raises Conflict when it has ended."""
    freed = _release(world, execution)
    return _store(world, replace(freed, status="waiting", secondary_status=secondary))


def _release(world: World, execution: Execution) -> Execution:
    """Take an unfinished run off the agenda; one that was pending starts now. Raises Conflict when it has ended."""
    if execution.final:
        msg = f"Execution {execution.id} is {execution.status} already"
        raise Conflict(msg)
    world.cancel(NAME, START, execution.id)
    world.cancel(NAME, FINISH, execution.id)
    return execution if execution.started_at is not None else _begin(world, execution)


def _store(world: World, execution: Execution) -> Execution:
    world.store.put(EXECUTIONS.of(execution.workflow_id), execution.id, execution)
    return execution


def _act(world: World, action: tuple[str, str], execution: Execution, at: int) -> Execution:
    """An Object's own workflow: Save creates a record, Edit changes and Delete removes the one that ``id`` names."""
    verb, mobject_id = action
    mobject = world.store.get(MOBJECTS, mobject_id)
    try:
        if mobject is None:
            msg = f"There is no object {mobject_id!r}"
            raise NotFound(msg)
        with world.transaction():
            output = _effect(world, verb, mobject, execution.input)
    except Failure as failure:
        error = {"code": code_of(failure), "message": failure.message, "details": failure.details}
        return fail(world, execution, error, at)
    return complete(world, execution, output, at)


def _effect(world: World, verb: str, mobject: Mobject, data: dict[str, Any]) -> Any:
    if verb == "Save":
        return mdata.decode(mdata.create(world, mobject, data))
    if verb not in {"Edit", "Delete"}:
        return {"status": "success", "records": len(world.store.all(MDATA.of(mobject.id)))}
    key = data.get("id")
    if not isinstance(key, str):
        msg = "id is required: the record to act on"
        raise Invalid(msg, field="id", value=key)
    if verb == "Edit":
        return mdata.decode(mdata.update(world, mobject, key, {k: v for k, v in data.items() if k != "id"}))
    mdata.delete(world, mobject, key)
    return {"id": key, "status": "success"}


def render(template: Any, data: dict[str, Any]) -> Any:
    """``{{data.a.b}}`` in a template becomes what the input holds there.

    As it is when it is the whole text (null for what the input lacks), within a longer one as text (nothing for null).
    """
    if isinstance(template, dict):
        return {key: render(value, data) for key, value in template.items()}
    if isinstance(template, list):
        return [render(value, data) for value in template]
    if not isinstance(template, str):
        return template
    whole = _QUOTE.fullmatch(template)
    if whole:
        return _quoted(whole, data)
    return _QUOTE.sub(lambda found: _text(_quoted(found, data)), template)


def _quoted(found: re.Match[str], data: Any) -> Any:
    for name in found[1].split(".")[1:]:
        data = data.get(name) if isinstance(data, dict) else None
    return data


def _text(value: Any) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else orjson.dumps(value).decode()


def create_for(world: World, mobject: Mobject) -> None:
    """An Object's own six workflows; their ids follow from the Object's."""
    for verb in OWN:
        key = derive_uuid(world.seed, "monetize360.workflow", mobject.id, verb)
        about = f"{verb} records of {mobject.name}"
        made = Workflow(key, f"{verb} {mobject.name}", about, "active", world.now, world.now, action=(verb, mobject.id))
        world.store.put(WORKFLOWS, key, made)


def delete_for(world: World, mobject: Mobject) -> None:
    """Remove an Object's own workflows with their executions."""
    for workflow in list(world.store.all(WORKFLOWS)):
        if workflow.action and workflow.action[1] == mobject.id:
            delete(world, workflow)


def delete(world: World, workflow: Workflow) -> None:
    """Remove a workflow with its executions, unfinished ones too."""
    for execution in world.store.all(EXECUTIONS.of(workflow.id)):
        if not execution.final:
            world.cancel(NAME, START, execution.id)
            world.cancel(NAME, FINISH, execution.id)
    world.store.drop(EXECUTIONS.of(workflow.id))
    world.store.delete(WORKFLOWS, workflow.id)
