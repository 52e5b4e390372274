"""The shadow of a Monetize360 server: what its answers must be, by the written rules and by what was answered."""

from collections.abc import Callable, Iterable, Mapping, Sequence

from sandbox.contract.apis.monetize360 import deliveries, executions, lists, objects, records
from sandbox.contract.apis.monetize360.belief import Case, Tenant
from sandbox.contract.apis.monetize360.limits import Window
from sandbox.contract.findings import Breach
from sandbox.contract.targets import Delivered
from sandbox.contract.wire import Exchange

_CODES: Mapping[int, tuple[str, ...]] = {
    400: ("VALIDATION_ERROR",),
    401: ("UNAUTHORIZED",),
    403: ("FORBIDDEN",),
    404: ("NOT_FOUND",),
    405: ("METHOD_NOT_ALLOWED",),
    413: ("PAYLOAD_TOO_LARGE",),
    415: ("UNSUPPORTED_MEDIA_TYPE",),
    429: ("RATE_LIMIT_EXCEEDED",),
    500: ("INTERNAL_ERROR",),
}
_TENANTS: Mapping[str, str] = {"first": "first", "limited": "first", "second": "second"}
_JUDGES: Mapping[str, Callable[[Case], None]] = {
    "listWorkflows": lists.list_workflows,
    "getWorkflow": executions.get_workflow,
    "executeWorkflow": executions.execute_workflow,
    "listExecutions": executions.list_executions,
    "getExecution": executions.get_execution,
    "listMobjects": lists.list_mobjects,
    "createMobject": objects.create,
    "getMobject": objects.get,
    "updateMobject": objects.update,
    "deleteMobject": objects.delete,
    "createMdata": records.create,
    "listMdata": lists.list_mdata,
    "getMdata": records.get,
    "updateMdata": records.update,
    "deleteMdata": records.delete,
    "bulkCreateMdata": records.create_bulk,
    "createWebhook": deliveries.create_webhook,
}
_SERVER_FAULT = 500
_TOO_MANY = 429


class Shadow:
    """Believes in what it saw made, tenant by tenant."""

    def __init__(self) -> None:
        self._tenants = {"first": Tenant(), "second": Tenant()}

    def look(self, exchange: Exchange) -> Iterable[Breach]:
        """What of an answer breaks a rule."""
        whose = _TENANTS.get(exchange.identity or "")
        tenant = Tenant() if whose is None else self._tenants[whose]
        others = [] if whose is None else [one for one in self._tenants.values() if one is not tenant]
        case = Case(exchange, tenant, others)
        if exchange.operation is not None and exchange.identity in ("nobody", "stranger"):
            _unknown(case)
        else:
            _judge(case, exchange.identity if whose else None)
        return case.found

    def wait(self, seconds: float) -> None:
        """Simulated time has passed."""
        for tenant in self._tenants.values():
            tenant.simulated = True
            if tenant.now is not None:
                tenant.now += seconds

    def hear(self, delivered: Sequence[Delivered]) -> Iterable[Breach]:
        """What of the webhook attempts breaks a rule."""
        tenants = list(self._tenants.values())
        return [breach for tenant in tenants for breach in deliveries.hear(tenant, tenants, delivered)]


def _unknown(case: Case) -> None:
    case.status("A3.1", 401, why="no valid token")
    _code(case)
    for name in case.answer.headers:
        if name.startswith("x-ratelimit-") and case.answer.status == 401:  # noqa: PLR2004  # as above
            case.say("A3.2", f"header {name}", "none, as there is no token to count", case.answer.headers[name])


def _judge(case: Case, identity: str | None) -> None:
    status = case.answer.status
    _code(case)
    case.present("A1", "body.error.timestamp", case.error.get("timestamp"))
    if status == 405 and not case.exchange.sent.path.startswith("/__admin"):  # noqa: PLR2004  # method not allowed
        case.demand("A1", "body.error.code", "METHOD_NOT_ALLOWED", case.error.get("code"))
    if status >= _SERVER_FAULT:
        case.say("A1", "status", "no fault of the server", str(status))
    elif identity is not None:
        _limits(case, case.tenant.windows.setdefault(identity, Window()))
        if case.exchange.operation is None or status == _TOO_MANY:
            return
        if status == 401:  # noqa: PLR2004  # unauthorized
            case.say("A3.1", "status", "not 401, as the token is valid", "401")
        elif case.judged.statuses:
            _invalid(case)
        else:
            _JUDGES[case.exchange.operation](case)


def _code(case: Case) -> None:
    status, code = case.answer.status, case.error.get("code")
    allowed = _CODES.get(status, ())
    if status == 400 and case.exchange.operation == "executeWorkflow":  # noqa: PLR2004  # an inactive workflow
        allowed = (*allowed, "WORKFLOW_INACTIVE")
    if allowed and isinstance(code, str) and code not in allowed:
        case.say("A1", "body.error.code", " or ".join(allowed), code)


def _limits(case: Case, window: Window) -> None:
    made = case.body.get("createdAt") if case.answer.status == 201 else None  # noqa: PLR2004  # created
    present = Tenant()
    present.saw(case.error.get("timestamp", made))
    case.tenant.saw(case.error.get("timestamp"))
    for where, expected, got in window.look(case.answer, present.now):
        case.say("A3.2", where, expected, got)


def _is_nobodys(case: Case) -> bool:
    """Whether a workflow that may not be there is not found: that may be looked at before the body."""
    named = case.exchange.path.get("workflowId")
    return case.answer.status == 404 and named is not None and named not in case.tenant.workflows  # noqa: PLR2004  # not found


def _invalid(case: Case) -> None:
    judged = case.judged
    if _is_nobodys(case):
        return
    if not case.status("A3.1", *judged.statuses, why="the request is not valid"):
        objects.doubt(case)
    elif judged.field is not None:
        if judged.value is None:
            case.demand("A1", "body.error.details.field", judged.field, case.details.get("field"))
        else:
            case.refusal("A1", case.answer.status, "", judged.field, judged.value)
