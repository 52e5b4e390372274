"""Why a request was answered as it was: worked out when somebody asks, from what the journal kept."""

from typing import Any

from sandbox.control import facts
from sandbox.control.case import Case, bare
from sandbox.control.curl import curl
from sandbox.control.exchanges import redaction
from sandbox.control.nearest import nearest
from sandbox.control.operations import Operation, operations
from sandbox.control.redaction import Redaction
from sandbox.kernel.errors import Invalid
from sandbox.kernel.journal import FAILED, SKIPPED, Exchange
from sandbox.kernel.namespace import Namespace
from sandbox.kernel.references import escaped
from sandbox.kernel.rehearsal import ANSWER, AUTHENTICATION, ROUTE, RULE, VALIDATION
from sandbox.kernel.sandbox import Sandbox
from sandbox.kernel.schema import Pointed, pointed

PROBLEMS = 20
"""Things wrong with a body that are told."""
FAULT, LIMIT, CRASH = "fault", "limit", "crash"

_ERROR, _UNAUTHORIZED, _FORBIDDEN, _LIMITED, _CRASHED = 400, 401, 403, 429, 500


def explain(sandbox: Sandbox, namespace: Namespace, one: Exchange) -> dict[str, Any]:
    """Where it was decided, by what, and the facts behind it."""
    redact = redaction(sandbox, one)
    operation = _operation(sandbox, one)
    case = Case(sandbox, namespace, one)
    decided = stage(one)
    return {
        "id": one.id,
        "stage": decided,
        "reason": one.reason,
        "operation": None if operation is None else operation.shown() | {"pointer": operation.pointer},
        "fault": None if one.response.effect is None else one.response.effect.reason,
        "problems": _problems(case, operation, redact) if decided == VALIDATION else [],
        "limit": facts.limit(case) if decided == LIMIT else None,
        "facts": [] if decided == FAULT else facts.behind(case),
        "nearest": _nearest(sandbox, one) if decided == ROUTE else [],
        "curl": curl(sandbox.url, one, redact),
    }


def stage(one: Exchange) -> str:
    """What decided about the answer."""
    status = one.response.status
    if one.response.effect is not None:
        return FAULT
    if one.operation is None:
        return ANSWER if status < _ERROR else ROUTE
    for decided, statuses in ((AUTHENTICATION, {_UNAUTHORIZED}), (LIMIT, {_LIMITED}), (CRASH, {_CRASHED})):
        if status in statuses:
            return decided
    if one.validation == FAILED:
        return VALIDATION
    if one.validation == SKIPPED and status == _FORBIDDEN:
        return AUTHENTICATION
    return RULE if status >= _ERROR else ANSWER


def _operation(sandbox: Sandbox, one: Exchange) -> Operation | None:
    if one.api is None or one.operation is None:
        return None
    return next(found for found in operations(sandbox.apis[one.api]) if found.operation_id == one.operation)


def _nearest(sandbox: Sandbox, one: Exchange) -> list[dict[str, Any]]:
    apis = sandbox.vendors if one.api is None else [sandbox.apis[one.api]]
    return nearest(apis, one.request.method, bare(one.request.path))


def _problems(case: Case, operation: Operation | None, redact: Redaction) -> list[dict[str, Any]]:
    """All that is wrong with it, each with the place in the spec that says so."""
    refused = case.unasked.failure if case.unasked else None
    if not isinstance(refused, Invalid) or operation is None:
        return []
    if refused.cause is None:
        pointer = operation.body() if refused.field in {"", "body"} else operation.parameter(refused.field)
        return [{"field": refused.field, "pointer": pointer, "keyword": None, "message": refused.message}]
    return [_problem(found, operation, redact) for found in pointed(*refused.cause, PROBLEMS)]


def _problem(found: Pointed, operation: Operation, redact: Redaction) -> dict[str, Any]:
    field = ".".join(map(str, found.path))
    hidden = any(redact.hides(str(part)) for part in found.path)
    shared = found.schema[0] == "components"
    steps = ["#", *map(escaped, found.schema)] if shared else [operation.body(), *map(escaped, found.schema[2:])]
    return {
        "field": field,
        "pointer": "/".join(steps),
        "keyword": found.keyword,
        "message": f"{field} is not as it must be" if hidden else found.message,
    }
