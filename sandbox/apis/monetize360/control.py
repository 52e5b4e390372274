"""The test levers of Monetize360 (openapi/monetize360.control.yaml): what no vendor operation does."""

from typing import Any

from sandbox.apis.monetize360 import representations as show
from sandbox.apis.monetize360 import tokens, workflows
from sandbox.apis.monetize360.records import Execution, Workflow
from sandbox.apis.monetize360.state import EXECUTIONS, NAME, TOKENS, WORKFLOWS
from sandbox.kernel.clock import DAY, parse_duration
from sandbox.kernel.errors import Invalid, NotFound
from sandbox.kernel.request import Reply
from sandbox.kernel.webhooks import SUBSCRIPTIONS, unsubscribe
from sandbox.kernel.world import World

Body = dict[str, Any]

LONGEST = 400 * DAY
"""What a queue or duration may be, in ms: as far as one move of the clock goes."""


class Levers:
    """One method per operationId."""

    __slots__ = ("_world",)

    def __init__(self, world: World) -> None:
        self._world = world

    def start_execution(self, workflow_id: str, body: Body | None) -> Reply:
        given = body or {}
        workflow = workflows.find(self._world, workflow_id)
        started = workflows.execute(self._world, workflow, given.get("data", {}), later=True)
        secondary = given.get("secondaryStatus", started.secondary_status)
        return show.execution(workflows.hold(self._world, started, secondary)), 201

    def complete_execution(self, execution_id: str, body: Body | None) -> Reply:
        workflow, execution = self._find(execution_id)
        output = (body or {}).get("output")
        if output is None:
            output = workflows.render(workflow.output, execution.input)
        return show.execution(workflows.complete(self._world, execution, output, self._world.now)), 200

    def fail_execution(self, execution_id: str, body: Body | None) -> Reply:
        workflow, execution = self._find(execution_id)
        error = (workflow.error or {}) | (body or {})
        return show.execution(workflows.fail(self._world, execution, error, self._world.now)), 200

    def hold_execution(self, execution_id: str, body: Body | None) -> Reply:
        _, execution = self._find(execution_id)
        given = body or {}
        secondary = given.get("secondaryStatus", execution.secondary_status)
        return show.execution(workflows.hold(self._world, execution, secondary)), 200

    def put_workflow(self, workflow_id: str, body: Body) -> Reply:
        before = self._world.store.get(WORKFLOWS, workflow_id)
        _check_spans(body)
        made = describe(self._world, workflow_id, body, before)
        self._world.store.put(WORKFLOWS, workflow_id, made)
        return show.workflow_lever(made), 201 if before is None else 200

    def delete_workflow(self, workflow_id: str) -> Reply:
        workflows.delete(self._world, workflows.find(self._world, workflow_id))
        return {"success": True, "message": "Workflow deleted successfully"}, 200

    def list_webhooks(self) -> Reply:
        own = [s for s in self._world.store.all(SUBSCRIPTIONS) if s.api == NAME]
        return {"webhooks": [show.webhook(subscription) for subscription in own]}, 200

    def delete_webhook(self, webhook_id: str) -> Reply:
        found = self._world.store.get(SUBSCRIPTIONS, webhook_id)
        if found is None or found.api != NAME:
            msg = f"There is no webhook {webhook_id!r}"
            raise NotFound(msg)
        unsubscribe(self._world, found)
        return {"success": True, "message": "Webhook deleted successfully"}, 200

    def list_tokens(self) -> Reply:
        return {"tokens": [show.token(token) for token in self._world.store.all(TOKENS)]}, 200

    def put_token(self, token: str, body: Body) -> Reply:
        before = self._world.store.get(TOKENS, token)
        made = tokens.put(self._world, token, body["tier"], body.get("limit"))
        return show.token(made), 201 if before is None else 200

    def delete_token(self, token: str) -> Reply:
        if self._world.store.get(TOKENS, token) is None:
            msg = "There is no such token"
            raise NotFound(msg)
        self._world.store.delete(TOKENS, token)
        return {"success": True, "message": "Token deleted successfully"}, 200

    def _find(self, key: str) -> tuple[Workflow, Execution]:
        """An execution by its id alone, with its workflow. Raises NotFound."""
        for workflow in self._world.store.all(WORKFLOWS):
            execution = self._world.store.get(EXECUTIONS.of(workflow.id), key)
            if execution is not None:
                return workflow, execution
        msg = f"There is no execution {key!r}"
        raise NotFound(msg)


def describe(world: World, key: str, body: Body, before: Workflow | None = None) -> Workflow:
    """A workflow as a body or a scenario describes it: what is left out is at its default.

    Raises ValueError for a queue or duration that is none, or over 400 days.
    """
    return Workflow(
        id=key,
        name=body["name"],
        description=body.get("description", ""),
        status=body.get("status", "active"),
        created_at=world.now if before is None else before.created_at,
        updated_at=world.now,
        queue=_span(body, "queue"),
        duration=_span(body, "duration"),
        outcome=body.get("outcome", "completed"),
        output=body.get("output", {}),
        error={"details": {}, **body["error"]} if "error" in body else None,
        secondary_status=body.get("secondaryStatus"),
        action=None if before is None else before.action,
    )


def _check_spans(body: Body) -> None:
    for member in ("queue", "duration"):
        try:
            _span(body, member)
        except ValueError as error:
            raise Invalid(str(error), field=member, value=body[member]) from None


def _span(body: Body, member: str) -> int:
    span = parse_duration(body.get(member, 0))
    if span > LONGEST:
        msg = f"{member} must be at most {LONGEST // DAY} days"
        raise ValueError(msg)
    return span
