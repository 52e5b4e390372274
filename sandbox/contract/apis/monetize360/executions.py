"""What must be answered about workflows and their executions (A2.1, A2.2, A3.3, A3.6, A3.7)."""

from collections.abc import Sequence

from sandbox.contract.apis.monetize360 import effects
from sandbox.contract.apis.monetize360.belief import Case, Event, Json, Listing, texts
from sandbox.contract.apis.monetize360.lists import follow, meet_workflow, page
from sandbox.contract.apis.monetize360.objects import compare
from sandbox.contract.apis.monetize360.requests import Query
from sandbox.contract.apis.monetize360.values import all_of, holds, instant

RULE = "A2.1"
_FINAL = ("completed", "failed", "cancelled")
_STAGES = {"pending": 0, "running": 1, "waiting": 2} | dict.fromkeys(_FINAL, 3)
_TOLERANCE = 1.0


def _is_lost(case: Case) -> bool:
    """Whether the workflow went with its object; then 404 is demanded."""
    lost = case.path["workflowId"] in case.tenant.lost_workflows
    if lost:
        case.status("A2.3", 404, why="the workflow went with its object")
    return lost


def get_workflow(case: Case) -> None:
    """GET /workflows/{workflowId}."""
    wanted = case.path["workflowId"]
    if _is_lost(case) or not case.judged.valid:
        return
    if wanted in case.tenant.workflows:
        case.status("A2.2", 200)
    if case.answer.ok and texts(case.body, "id"):
        case.demand("A2.2", "body.id", wanted, case.body["id"])
        meet_workflow(case, case.body, "body")
    elif case.answer.status == 404:  # noqa: PLR2004  # not found
        case.tenant.workflows.pop(wanted, None)


def execute_workflow(case: Case) -> None:
    """POST /workflows/{workflowId}/execute."""
    wanted, tenant = case.path["workflowId"], case.tenant
    if _is_lost(case):
        return
    workflow = tenant.workflows.get(wanted)
    if case.judged.valid and workflow is not None:
        _startable(case, workflow)
    if not case.answer.ok:
        return
    if case.judged.valid and texts(case.body, "executionId", "status"):
        _started(case, workflow)
    else:
        effects.doubt(case)
        tenant.execution_lists.pop(wanted, None)


def _startable(case: Case, workflow: Json) -> None:
    if workflow.get("status") == "inactive":
        if case.refusal("A5", 400, "the workflow is inactive"):
            case.demand("A5", "body.error.code", "WORKFLOW_INACTIVE", case.error.get("code"))
    else:
        case.status("A5", 200)


def _started(case: Case, workflow: Json | None) -> None:
    tenant, told, asked = case.tenant, case.body, case.asked
    case.present(RULE, "body.startedAt", told.get("startedAt"))
    if told["executionId"] in tenant.executions:
        case.say(RULE, "body.executionId", "a new id", told["executionId"])
    known = {"workflowId": case.path["workflowId"], "input": asked.get("data", {})}
    compare(case, RULE, {name: known[name] for name in known if name in told}, {n: told[n] for n in known if n in told})
    if asked.get("async"):
        _asynchronous(case, told)
    else:
        _synchronous(case, told)
    _state(case, told, "body")
    tenant.executions[told["executionId"]] = (
        told | known | {"async": bool(asked.get("async")), "begun": len(tenant.events)}
    )
    listing = tenant.execution_lists.get(case.path["workflowId"])
    if listing is not None and listing.ids is not None:
        listing.ids.insert(0, told["executionId"])
    effects.of_execution(case, workflow, told)
    _completed(case, told["executionId"], told)


def _asynchronous(case: Case, told: Json) -> None:
    if told["status"] not in ("running", "pending"):
        case.say(RULE, "body.status", "running or pending", told["status"])
    if case.tenant.is_past(told.get("startedAt")):
        case.say(RULE, "body.startedAt", "the present time", told["startedAt"])


def _synchronous(case: Case, told: Json) -> None:
    if told["status"] not in (*_FINAL, "waiting"):
        case.say("A3.6", "body.status", "that of its end", told["status"])
    if case.tenant.is_past(told.get("startedAt")):
        case.say(RULE, "body.startedAt", "the present time", told["startedAt"])
    begun, ended = instant(told.get("startedAt")), instant(told.get("completedAt"))
    if begun is not None and ended is not None:
        case.tenant.durations[case.path["workflowId"]] = ended - begun


def _state(case: Case, told: Json, where: str) -> None:
    """The members that go with a status, and no others (A2.2)."""
    status = told["status"]
    wanted = {
        "startedAt": status != "pending",
        "completedAt": status in _FINAL,
        "output": status == "completed",
        "error": status == "failed",
    }
    for name, there in wanted.items():
        if status != "cancelled" and (name in told) != there:
            case.say("A2.2", f"{where}.{name}", f"{'there' if there else 'nothing'}, as it is {status}", told.get(name))
    begun, ended = instant(told.get("startedAt")), instant(told.get("completedAt"))
    if begun is not None and ended is not None and ended < begun:
        case.say(RULE, f"{where}.completedAt", f"not before {told['startedAt']}", told["completedAt"])


def get_execution(case: Case) -> None:
    """GET /workflows/{workflowId}/executions/{executionId}."""
    if _is_lost(case) or not case.judged.valid:
        return
    tenant, wanted = case.tenant, case.path["executionId"]
    known = tenant.executions.get(wanted)
    if known is None:
        if any(wanted in other.executions for other in case.others):
            case.status("A1", 404, why="an execution of another tenant")
        return
    if known["workflowId"] != case.path["workflowId"]:
        case.status("A3.3", 404, why="an execution of another workflow")
        return
    case.status("A2.2", 200)
    if case.answer.ok and texts(case.body, "executionId", "status"):
        case.demand("A2.2", "body.executionId", wanted, case.body["executionId"])
        _again(case, known, case.body, "body")
    elif case.answer.status == 404:  # noqa: PLR2004  # not found
        del tenant.executions[wanted]


def _again(case: Case, known: Json, told: Json, where: str) -> None:
    """An execution that was started here is shown: it may only have gone on (A3.7)."""
    for name in ("workflowId", "input", "secondaryStatus"):
        if name not in told:
            case.say("A2.2", f"{where}.{name}", "always there", "nothing")
    _state(case, told, where)
    before, after = _STAGES.get(known["status"], 0), _STAGES.get(told["status"], 0)
    if after < before:
        case.say("A3.7", f"{where}.status", f"not before {known['status']}", told["status"])
    kept = [name for name in known if name not in ("async", "begun", "status", "secondaryStatus")]
    if known["status"] in _FINAL:
        kept += ["status"]
    compare(case, "A3.7", {n: known[n] for n in kept}, {n: told[n] for n in kept if n in told}, where)
    if known["async"]:
        _on_time(case, told, where)
    case.tenant.executions[known["executionId"]] = told | {n: known[n] for n in ("async", "begun")}
    _completed(case, known["executionId"], told)


def _on_time(case: Case, told: Json, where: str) -> None:
    """It ends when the workflow's duration has passed; to be seen only where time is moved (A2.1)."""
    tenant = case.tenant
    begun, ended = instant(told.get("startedAt")), instant(told.get("completedAt"))
    lasts = tenant.durations.get(told.get("workflowId", ""))
    if not tenant.simulated or begun is None or lasts is None:
        return
    if ended is not None:
        if abs(ended - begun - lasts) > _TOLERANCE:
            case.say(
                RULE, f"{where}.completedAt", f"{lasts:.0f} seconds after {told['startedAt']}", told["completedAt"]
            )
    elif tenant.now is not None and told["status"] == "running" and tenant.now > begun + lasts + _TOLERANCE:
        case.say(RULE, f"{where}.status", f"ended, {lasts:.0f} seconds after its start", told["status"])


def _completed(case: Case, name: str, told: Json) -> None:
    """What completed is told to webhooks."""
    tenant = case.tenant
    if told["status"] == "completed" and not any(one.key == name for one in tenant.events):
        members = {"workflowId": case.path["workflowId"], "executionId": name}
        data = members | {n: told.get(n) for n in ("status", "output")}
        tenant.events.append(Event("workflow.completed", name, data, tenant.executions[name]["begun"]))


def list_executions(case: Case) -> None:
    """GET /workflows/{workflowId}/executions."""
    if _is_lost(case) or not case.judged.valid:
        return
    owner, tenant = case.path["workflowId"], case.tenant
    if owner in tenant.workflows:
        case.status("A2.2", 200)
    found = page(case, "executionId") if case.answer.ok else None
    if found is None:
        return
    asked, items, total = found
    for one in items:
        _listed(case, asked, one)
    if asked.whole and len(items) == total:
        _present(case, [one["executionId"] for one in items])
    if not asked.filters:
        ids = [one["executionId"] for one in items]
        follow(case, tenant.execution_lists.setdefault(owner, Listing()), ids, asked, total)


def _listed(case: Case, asked: Query, one: Json) -> None:
    owner, tenant = case.path["workflowId"], case.tenant
    if one.get("workflowId", owner) != owner:
        case.say("A3.3", "body.data.workflowId", owner, one["workflowId"])
    elif one["executionId"] in tenant.executions and texts(one, "status"):
        _again(case, tenant.executions[one["executionId"]], one, "body.data")
    elif one["executionId"] not in tenant.executions and any(one["executionId"] in x.executions for x in case.others):
        case.say("A1", "body.data", "no execution of another tenant", one["executionId"])
    fits = [None if "." in name else holds(one.get(name), how, text) for name, how, text in asked.filters]
    if all_of(fits) is False:
        case.say("A2.5", "body.data", " and ".join(":".join(told) for told in asked.filters), one)


def _present(case: Case, ids: Sequence[str]) -> None:
    """What was started here is there, newest first."""
    owner = case.path["workflowId"]
    known = [name for name, one in case.tenant.executions.items() if one["workflowId"] == owner]
    seen = [name for name in ids if name in case.tenant.executions]
    if seen != known[::-1]:
        case.say("A2.2", "body.data", f"newest first: {', '.join(known[::-1])}", ", ".join(seen))
