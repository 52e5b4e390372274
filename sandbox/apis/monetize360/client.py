"""The typed client of this API's levers. Written from openapi/monetize360.control.yaml by tools/write_client.py."""

from collections.abc import Callable, Mapping
from typing import Any, Literal, NotRequired, TypedDict


class Deletion(TypedDict):
    """That something was deleted."""

    success: bool
    message: str


class ExecutionError(TypedDict):
    """The member error of Execution."""

    code: str
    message: str
    details: dict[str, Any]


class Execution(TypedDict):
    """An execution, as the API itself answers it."""

    executionId: str
    workflowId: NotRequired[str]
    status: Literal["pending", "running", "waiting", "completed", "failed", "cancelled"]
    secondaryStatus: NotRequired[str | None]
    startedAt: NotRequired[str]
    completedAt: NotRequired[str]
    input: NotRequired[dict[str, Any]]
    output: NotRequired[dict[str, Any]]
    error: NotRequired[ExecutionError]


class WorkflowError(TypedDict):
    """The member error of Workflow."""

    code: str
    message: str
    details: dict[str, Any]


class Workflow(TypedDict):
    """The API's own workflow, and how its executions go."""

    id: str
    name: str
    description: str
    status: Literal["active", "inactive"]
    duration: float
    queue: float
    outcome: Literal["completed", "failed", "waiting"]
    output: dict[str, Any]
    error: WorkflowError | None
    secondaryStatus: str | None
    createdAt: str
    updatedAt: str


class Webhook(TypedDict):
    """Webhook."""

    id: str
    url: str
    events: list[str]
    active: bool
    createdAt: str


class WebhookList(TypedDict):
    """Webhook list."""

    webhooks: list[Webhook]


class Token(TypedDict):
    """Token."""

    token: str
    tier: Literal["standard", "premium", "enterprise"]
    limit: int


class TokenList(TypedDict):
    """Token list."""

    tokens: list[Token]


class Levers:
    """The test levers of one API: ``Control.levers(Levers)`` makes it."""

    def __init__(self, call: Callable[..., Any]) -> None:
        self._call = call

    def complete_execution(self, execution_id: str, *, output: Mapping[str, Any] | None = None) -> Execution:
        """Complete an execution.

        Ends an unfinished execution with success, now, whatever its workflow says. Subscribers of `workflow.completed`
        are told. An execution that has ended is 409.
        """
        answer: Execution = self._call(
            "POST",
            "/__admin/monetize360/executions/{executionId}/complete",
            at={"executionId": execution_id},
            body={"output": output},
        )
        return answer

    def fail_execution(
        self,
        execution_id: str,
        *,
        code: str | None = None,
        message: str | None = None,
        details: Mapping[str, Any] | None = None,
    ) -> Execution:
        """Fail an execution.

        Ends an unfinished execution with an error, now, whatever its workflow says. Subscribers of `workflow.failed`
        are told. An execution that has ended is 409.
        """
        answer: Execution = self._call(
            "POST",
            "/__admin/monetize360/executions/{executionId}/fail",
            at={"executionId": execution_id},
            body={"code": code, "message": message, "details": details},
        )
        return answer

    def hold_execution(self, execution_id: str, *, secondary_status: str | None = None) -> Execution:
        """Hold an execution.

        Puts an unfinished execution into `waiting`, where it stays until it is completed or failed by hand, as if it
        waited for a person. An execution that has ended is 409.
        """
        answer: Execution = self._call(
            "POST",
            "/__admin/monetize360/executions/{executionId}/hold",
            at={"executionId": execution_id},
            body={"secondaryStatus": secondary_status},
        )
        return answer

    def put_workflow(  # noqa: PLR0913  # one for each thing it takes
        self,
        workflow_id: str,
        name: str,
        *,
        description: str | None = None,
        status: Literal["active", "inactive"] | None = None,
        duration: float | str | None = None,
        queue: float | str | None = None,
        outcome: Literal["completed", "failed", "waiting"] | None = None,
        output: Mapping[str, Any] | None = None,
        error: Mapping[str, Any] | None = None,
        secondary_status: str | None = None,
    ) -> Workflow:
        """Create or change a workflow.

        The workflow is afterwards as the body says; what the body leaves out is at its default. An execution under way
        ends when it was due, and as the workflow then says. A workflow that belongs to an object still acts on its
        records when its outcome is `completed`. A queue or duration of more than 400 days is 400.
        """
        answer: Workflow = self._call(
            "PUT",
            "/__admin/monetize360/workflows/{workflowId}",
            at={"workflowId": workflow_id},
            body={
                "name": name,
                "description": description,
                "status": status,
                "duration": duration,
                "queue": queue,
                "outcome": outcome,
                "output": output,
                "error": error,
                "secondaryStatus": secondary_status,
            },
        )
        return answer

    def delete_workflow(self, workflow_id: str) -> Deletion:
        """Delete a workflow. Deletes a workflow with its executions; those under way never end, and nobody is told."""
        answer: Deletion = self._call(
            "DELETE", "/__admin/monetize360/workflows/{workflowId}", at={"workflowId": workflow_id}
        )
        return answer

    def start_execution(
        self, workflow_id: str, *, data: Mapping[str, Any] | None = None, secondary_status: str | None = None
    ) -> Execution:
        """Start an execution and hold it.

        Starts an execution that is `waiting` at once, whatever its workflow says, until it is completed or failed by
        hand. An inactive workflow is 400.
        """
        answer: Execution = self._call(
            "POST",
            "/__admin/monetize360/workflows/{workflowId}/executions",
            at={"workflowId": workflow_id},
            body={"data": data, "secondaryStatus": secondary_status},
        )
        return answer

    def list_webhooks(self) -> WebhookList:
        """List the webhooks.

        Every webhook of the namespace, oldest first, without its secret. The API itself has no such list.
        """
        answer: WebhookList = self._call("GET", "/__admin/monetize360/webhooks")
        return answer

    def delete_webhook(self, webhook_id: str) -> Deletion:
        """Delete a webhook. Deletes a webhook; what waits to be delivered to it is not tried again and has failed."""
        answer: Deletion = self._call(
            "DELETE", "/__admin/monetize360/webhooks/{webhookId}", at={"webhookId": webhook_id}
        )
        return answer

    def list_tokens(self) -> TokenList:
        """List the tokens.

        Every API token of the namespace with its tier. They are the sandbox's own and open no real account.
        """
        answer: TokenList = self._call("GET", "/__admin/monetize360/tokens")
        return answer

    def put_token(
        self, token: str, tier: Literal["standard", "premium", "enterprise"], *, limit: int | None = None
    ) -> Token:
        """Create or change a token.

        The token is afterwards of the tier named, in this namespace. Standard has 100 requests a minute, premium 1,000,
        enterprise its `limit`, else 1,000,000.
        """
        answer: Token = self._call(
            "PUT", "/__admin/monetize360/tokens/{token}", at={"token": token}, body={"tier": tier, "limit": limit}
        )
        return answer

    def delete_token(self, token: str) -> Deletion:
        """Delete a token. Deletes a token; a request with it is 401 from then on."""
        answer: Deletion = self._call("DELETE", "/__admin/monetize360/tokens/{token}", at={"token": token})
        return answer
