"""What must be answered about objects (A2.3, A3.4, A3.10)."""

from typing import Any

from sandbox.contract.apis.monetize360.belief import Case, Json, Mobject, shown, texts
from sandbox.contract.apis.monetize360.schemas import is_plain, unique_fields
from sandbox.contract.apis.monetize360.values import same

RULE = "A2.3"
_ABSENT: Any = type("Absent", (), {"__repr__": lambda _: "nothing"})()
_MEMBERS = ("name", "description", "type", "auditEnabled", "businessKey", "schema")
SIX = ("Save", "Edit", "Delete", "Import", "Export", "Excel Import")


def find(case: Case) -> Mobject | None:
    """The object that the path names, if it is known."""
    return case.tenant.objects.get(case.path["mobjectId"])


def absent(case: Case) -> bool:
    """Whether there is surely no such object: it was deleted, or made by another tenant."""
    wanted = case.path["mobjectId"]
    if wanted in case.tenant.objects:
        return False
    theirs = [wanted in one.gone or getattr(one.objects.get(wanted), "made", False) for one in case.others]
    return wanted in case.tenant.gone or any(theirs)


def must_miss(case: Case) -> bool:
    """Whether the object is surely not there; then 404 is demanded."""
    if not absent(case):
        return False
    if not case.status(RULE, 404, why="there is no such object") and case.answer.ok:
        case.tenant.gone.pop(case.path["mobjectId"], None)
    return True


def doubt(case: Case) -> None:
    """Believe nothing any more of what the request may have changed."""
    known = case.tenant.objects.get(case.path.get("mobjectId", ""))
    if known is not None:
        known.loosen()


def times_of_new(case: Case, item: Json, where: str = "body") -> None:
    """Created and updated at the same, present time (A3.4)."""
    case.demand("A3.4", f"{where}.updatedAt", item.get("createdAt"), item.get("updatedAt"))
    if case.tenant.is_past(item.get("createdAt")):
        case.say("A3.4", f"{where}.createdAt", "the present time", item.get("createdAt"))
    case.present("A3.4", f"{where}.createdAt", item.get("createdAt"))
    case.tenant.saw(item.get("createdAt"))


def times_of_changed(case: Case, old: Json, new: Json) -> None:
    """Created when it was, updated now (A3.4)."""
    case.demand("A3.4", "body.createdAt", old.get("createdAt"), new.get("createdAt"))
    if case.tenant.is_past(new.get("updatedAt")):
        case.say("A3.4", "body.updatedAt", "the present time", new.get("updatedAt"))
    case.present("A3.4", "body.updatedAt", new.get("updatedAt"))
    case.tenant.saw(new.get("updatedAt"))


def compare(case: Case, rule: str, expected: Json, got: Json, where: str = "body") -> None:
    """Say for each member whether it is as it must be."""
    for name in {**expected, **got}:
        wanted, value = expected.get(name, _ABSENT), got.get(name, _ABSENT)
        if not same(wanted, value):
            case.say(rule, f"{where}.{name}", shown(wanted), shown(value))


def create(case: Case) -> None:
    """POST /mobjects."""
    asked, tenant = case.asked, case.tenant
    if case.judged.valid:
        taken = bool(tenant.named(asked["name"]))
        keyless, plain = _lacks_key(asked), "schema" not in asked or is_plain(asked["schema"])
        if taken or keyless:
            names = ("name", asked["name"]) if not keyless else ("businessKey", asked["businessKey"])
            why = "the name is taken" if taken else "the business key names no field"
            case.refusal("A3.10", 400, why, *(names if taken != bool(keyless) and plain else ()))
        elif keyless is False and plain and not _foreign(case):
            case.status(RULE, 201)
    if case.answer.ok and texts(case.body, "id", "name"):
        _made(case)


def _lacks_key(asked: Json) -> bool | None:
    """Whether the business key names no field; None where the rules do not tell."""
    if "businessKey" not in asked:
        return False
    schema = asked.get("schema")
    return asked["businessKey"] not in schema.get("properties", {}) if isinstance(schema, dict) else None


def _foreign(case: Case) -> bool:
    """Whether the name may be taken by an object that was never seen, and of which nothing is known."""
    known = [
        *case.tenant.gone.values(),
        *(str((one.shown or {}).get("name")) for each in case.others for one in each.objects.values()),
    ]
    refused = case.answer.status == 400 and case.details.get("field") == "name"  # noqa: PLR2004  # bad request
    return refused and case.asked["name"] not in known


def _made(case: Case) -> None:
    body, tenant = case.body, case.tenant
    if body["id"] in tenant.objects or body["id"] in tenant.gone:
        case.say(RULE, "body.id", "a new id", body["id"])
    if case.judged.valid:
        asked = {"type": "PERSISTENT", "auditEnabled": False} | case.asked
        expected = {name: asked[name] for name in _MEMBERS if name in asked}
        compare(case, RULE, expected, {name: body[name] for name in _MEMBERS if name in body})
        times_of_new(case, body)
    tenant.objects[body["id"]] = Mobject(body["id"], body, made=True, whole=True)
    tenant.gone.pop(body["id"], None)
    tenant.workflow_list.ids = None
    if tenant.mobject_list.ids is not None:
        tenant.mobject_list.ids.append(body["id"])


def get(case: Case) -> None:
    """GET /mobjects/{mobjectId}."""
    wanted, known = case.path["mobjectId"], find(case)
    if must_miss(case) or not case.judged.valid:
        return
    if known is not None and known.made:
        case.status(RULE, 200)
    if case.answer.ok and texts(case.body, "id", "name"):
        case.demand(RULE, "body.id", wanted, case.body["id"])
        met(case, wanted, case.body)
    elif case.answer.status == 404 and known is not None:  # noqa: PLR2004  # not found
        lost(case, wanted)


def met(case: Case, wanted: str, told: Json, where: str = "body") -> None:
    """An object was shown: compare it with what is known of it."""
    known = case.tenant.objects.setdefault(wanted, Mobject(wanted))
    if known.made and known.shown is not None:
        compare(case, RULE, known.shown, told, where)
    known.shown = told


def lost(case: Case, wanted: str) -> None:
    """An object is gone, with its records and workflows."""
    tenant = case.tenant
    known = tenant.objects.pop(wanted, None)
    name = str((known.shown or {}).get("name", "")) if known is not None else ""
    tenant.gone[wanted] = name
    six = {f"{verb} {name}" for verb in SIX}
    for workflow, told in list(tenant.workflows.items()):
        if name and told.get("name") in six:
            del tenant.workflows[workflow]
            tenant.lost_workflows.add(workflow)
    tenant.workflow_list.ids = None
    if tenant.mobject_list.ids is not None and wanted in tenant.mobject_list.ids:
        tenant.mobject_list.ids.remove(wanted)


def update(case: Case) -> None:
    """PUT /mobjects/{mobjectId}."""
    known = find(case)
    if must_miss(case) or not case.judged.valid:
        return
    if known is None or known.shown is None:
        if case.answer.ok and texts(case.body, "id"):
            case.tenant.objects[case.path["mobjectId"]] = Mobject(case.path["mobjectId"], case.body, made=True)
        return
    if known.read_only:
        case.status("A3.10", 403, why="a SYSTEM object")
        return
    if known.made:
        _changed(case, known, known.shown)
    if case.answer.ok and texts(case.body, "id"):
        known.shown, known.made = case.body, True
        case.tenant.objects.setdefault(known.id, known)


def _changed(case: Case, known: Mobject, old: Json) -> None:
    asked = {name: value for name, value in case.asked.items() if name in _MEMBERS}
    merged = old | asked
    clash, plain = _clashes(known, merged.get("schema")), "schema" not in asked or is_plain(asked["schema"])
    if asked.get("name", old["name"]) != old["name"]:
        fault = ("name", asked["name"]) if not _lacks_key(merged) and clash is False and plain else ()
        case.refusal("A3.10", 400, "the name never changes", *fault)
    elif _lacks_key(merged):
        keyed = ("businessKey",) if clash is False and plain else ()
        case.refusal("A3.10", 400, "the business key names no field", *keyed)
    elif clash:
        case.refusal(RULE, 400, "two records agree in a unique field")
    elif _lacks_key(merged) is False and clash is False and plain:
        case.status(RULE, 200)
    if case.answer.ok:
        times_of_changed(case, old, case.body)
        ignored = {"createdAt", "updatedAt"}
        expected = {name: value for name, value in merged.items() if name not in ignored}
        compare(case, RULE, expected, {name: value for name, value in case.body.items() if name not in ignored})


def _clashes(known: Mobject, schema: Any) -> bool | None:
    """Whether two records agree in a field that the schema makes unique; None where it is not known."""
    fields = unique_fields(schema) if isinstance(schema, dict) else []
    for field in fields:
        values = [one["data"][field] for one in known.records.values() if one["data"].get(field) is not None]
        if any(same(one, other) for place, one in enumerate(values) for other in values[:place]):
            return True
    return False if known.whole or not fields else None


def delete(case: Case) -> None:
    """DELETE /mobjects/{mobjectId}."""
    wanted, known = case.path["mobjectId"], find(case)
    if must_miss(case) or not case.judged.valid:
        return
    if known is not None and known.read_only:
        case.status("A3.10", 403, why="a SYSTEM object")
    elif known is not None and known.made:
        case.status(RULE, 200)
    if case.answer.ok:
        case.demand("A5", "body.message", "Object deleted successfully", case.body.get("message"))
        lost(case, wanted)
