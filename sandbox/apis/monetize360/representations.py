"""From records to JSON: the only place that knows the vendor's member names (MData records are kept as their JSON)."""

from collections.abc import Sequence
from typing import Any

from sandbox.apis.monetize360.records import Execution, Mobject, Token, Workflow
from sandbox.kernel.clock import SECOND, iso
from sandbox.kernel.webhooks import Subscription


def mobject(record: Mobject) -> dict[str, Any]:
    """Members that were never given are left out."""
    body = {
        "id": record.id,
        "name": record.name,
        "description": record.description,
        "type": record.type,
        "businessKey": record.business_key,
        "auditEnabled": record.audit_enabled,
        "schema": record.schema,
        "createdAt": iso(record.created_at),
        "updatedAt": iso(record.updated_at),
    }
    return {name: value for name, value in body.items() if value is not None}


def workflow(record: Workflow) -> dict[str, Any]:
    return {
        "id": record.id,
        "name": record.name,
        "description": record.description,
        "status": record.status,
        "createdAt": iso(record.created_at),
        "updatedAt": iso(record.updated_at),
    }


def workflow_lever(record: Workflow) -> dict[str, Any]:
    """A workflow with what the sandbox makes of it: spans in seconds."""
    return workflow(record) | {
        "queue": record.queue / SECOND,
        "duration": record.duration / SECOND,
        "outcome": record.outcome,
        "output": record.output,
        "error": record.error,
        "secondaryStatus": record.secondary_status,
    }


def execution(record: Execution) -> dict[str, Any]:
    """``startedAt`` once it started; ``completedAt``, and ``output`` or ``error``, once it ended (A3.7)."""
    body: dict[str, Any] = {"executionId": record.id, "workflowId": record.workflow_id, "status": record.status}
    body["secondaryStatus"] = record.secondary_status
    if record.started_at is not None:
        body["startedAt"] = iso(record.started_at)
    body["input"] = record.input
    if record.completed_at is not None:
        body["completedAt"] = iso(record.completed_at)
    return body | _result(record)


def _result(record: Execution) -> dict[str, Any]:
    if record.status == "completed":
        return {"output": record.output}
    return {"error": record.error} if record.status == "failed" else {}


def execution_event(record: Execution) -> dict[str, Any]:
    """The ``data`` of a workflow event (A2.10)."""
    return {"workflowId": record.workflow_id, "executionId": record.id, "status": record.status} | _result(record)


def webhook(record: Subscription) -> dict[str, Any]:
    """Without the secret (A5)."""
    return {
        "id": record.id,
        "url": record.url,
        "events": list(record.events),
        "active": True,
        "createdAt": iso(record.created_at),
    }


def token(record: Token) -> dict[str, Any]:
    return {"token": record.token, "tier": record.tier, "limit": record.limit.most}


def page(items: Sequence[Any], total: int, limit: int, offset: int) -> dict[str, Any]:
    """``{data, pagination}`` (A3.5)."""
    more = offset + len(items) < total
    return {"data": items, "pagination": {"total": total, "limit": limit, "offset": offset, "hasMore": more}}


def mdata_page(rows: Sequence[bytes], total: int, limit: int, offset: int) -> bytes:
    """The same for records, which are joined as they are kept."""
    more = b"true" if offset + len(rows) < total else b"false"
    tail = b'],"pagination":{"total":%d,"limit":%d,"offset":%d,"hasMore":%s}}' % (total, limit, offset, more)
    return b'{"data":[' + b",".join(rows) + tail
