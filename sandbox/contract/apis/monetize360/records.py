"""What must be answered about single records and bulk creation (A2.4, A2.6 to A2.9)."""

from collections.abc import Iterable, Mapping
from typing import Any

from sandbox.contract.apis.monetize360.belief import Case, Event, Json, Mobject, Tenant, is_record
from sandbox.contract.apis.monetize360.objects import compare, find, must_miss, times_of_changed, times_of_new
from sandbox.contract.apis.monetize360.schemas import Verdict, check, lookups, unique_fields
from sandbox.contract.apis.monetize360.values import same


def verdict(
    tenant: Tenant, known: Mobject, data: Json, others: Iterable[Json], given: Iterable[str] | None = None
) -> Verdict:
    """What is wrong with the data of a record beside ``others``; only lookups that are ``given`` are followed."""
    schema = known.schema
    if known.shown is None or not known.made:
        return Verdict(unsure=True)
    followed = lookups(schema) if given is None else set(given)
    found = check(
        schema, {name: value for name, value in data.items() if name not in lookups(schema) - followed}, _seek(tenant)
    )
    for name in lookups(schema) - followed:
        found.wrong.pop(name, None)
    for name in unique_fields(schema):
        value = data.get(name)
        if value is not None and any(same(value, one.get(name)) for one in others):
            found.wrong.setdefault(name, value)
        elif value is not None and not known.whole:
            found.unsure = True
    return found


def _seek(tenant: Tenant) -> Any:
    def seek(mobject: str, record: str) -> bool | None:
        known = tenant.objects.get(mobject)
        if known is None:
            return None
        if record in known.records:
            return True
        return False if known.whole or record in known.gone else None

    return seek


def _refused(case: Case, found: Verdict) -> None:
    """A record that breaks its schema is refused, with the field and its value."""
    why = f"{', '.join(found.wrong)} breaks the schema"
    named: tuple[Any, ...] = ()
    if len(found.wrong) == 1 and not found.unsure:
        ((name, value),) = found.wrong.items()
        named = (name,) if value is None else (name, value)
    case.refusal("A3.9", 400, why, *named)


def create(case: Case) -> None:
    """POST /mobjects/{mobjectId}/mdata."""
    if must_miss(case):
        return
    known = find(case)
    if case.judged.valid and known is not None:
        if known.read_only:
            case.status("A3.10", 403, why="a SYSTEM object")
        else:
            found = verdict(case.tenant, known, case.asked["data"], [one["data"] for one in known.records.values()])
            if found.valid is False:
                _refused(case, found)
            elif found.valid:
                case.status("A2.4", 201)
    if case.answer.ok and is_record(case.body):
        data = case.asked["data"] if case.judged.valid else case.body["data"]
        _made(case, case.body, data, "body", "A2.4")


def _made(case: Case, record: Json, data: Json, where: str, rule: str) -> None:
    tenant, owner = case.tenant, case.path["mobjectId"]
    if record["id"] in tenant.owners:
        case.say(rule, f"{where}.id", "a new id", record["id"])
    case.demand(rule, f"{where}.mobjectId", owner, record.get("mobjectId"))
    compare(case, rule, data, record["data"], f"{where}.data")
    times_of_new(case, record, where)
    known = tenant.objects.setdefault(owner, Mobject(owner))
    known.records[record["id"]] = record
    known.gone.discard(record["id"])
    tenant.owners[record["id"]] = owner
    tenant.events.append(Event("mdata.created", record["id"], record, len(tenant.events)))


def _missing(case: Case) -> bool:
    """Whether the record is surely not there; then 404 is demanded."""
    tenant, known = case.tenant, find(case)
    owner, wanted = case.path["mobjectId"], case.path["mdataId"]
    if must_miss(case):
        return True
    if known is not None and wanted in known.records:
        return False
    elsewhere = tenant.owners.get(wanted, owner) != owner
    theirs = wanted not in tenant.owners and any(wanted in one.owners for one in case.others)
    if elsewhere:
        case.status("A3.3", 404, why="a record of another object")
    elif known is not None and (wanted in known.gone or known.whole or (theirs and known.made)):
        case.status("A2.6", 404, why="there is no such record")
    else:
        return False
    if case.answer.ok and known is not None:
        known.loosen()
    return True


def get(case: Case) -> None:
    """GET /mobjects/{mobjectId}/mdata/{mdataId}."""
    if _missing(case) or not case.judged.valid:
        return
    owner, wanted = case.path["mobjectId"], case.path["mdataId"]
    known = find(case)
    believed = known.records.get(wanted) if known is not None else None
    if believed is not None:
        case.status("A2.6", 200)
    if case.answer.ok and is_record(case.body):
        case.demand("A2.6", "body.id", wanted, case.body["id"])
        case.demand("A2.6", "body.mobjectId", owner, case.body.get("mobjectId"))
        if believed is not None and known is not None:
            compare_records(case, believed, case.body, "body", "A2.6")
            known.records[wanted] = case.body
    elif believed is not None and known is not None:
        _forget(case, known)


def compare_records(case: Case, expected: Json, got: Json, where: str, rule: str) -> None:
    """Say where a record is not as it was answered before."""
    compare(case, rule, expected["data"], got["data"], f"{where}.data")
    for name in ("id", "createdAt", "updatedAt"):
        if expected[name] is not None:
            case.demand(rule, f"{where}.{name}", expected[name], got[name])


def _forget(case: Case, known: Mobject) -> None:
    known.records.pop(case.path["mdataId"], None)
    known.gone.add(case.path["mdataId"])


def update(case: Case) -> None:
    """PUT /mobjects/{mobjectId}/mdata/{mdataId}."""
    known = find(case)
    if known is not None and known.read_only and case.judged.valid:
        case.status("A3.10", 403, 404, why="a SYSTEM object")
        return
    if _missing(case):
        return
    believed = known.records.get(case.path["mdataId"]) if known is not None else None
    if known is None or believed is None or not case.judged.valid:
        if known is not None and case.answer.ok and not case.judged.valid:
            known.loosen()
        return
    _merged(case, known, believed)
    if case.answer.ok and is_record(case.body):
        known.records[case.path["mdataId"]] = case.body
    elif case.answer.status == 404:  # noqa: PLR2004  # not found
        _forget(case, known)


def _merged(case: Case, known: Mobject, believed: Json) -> None:
    given: Json = case.asked["data"]
    merged = believed["data"] | given
    others = [one["data"] for name, one in known.records.items() if name != believed["id"]]
    found = verdict(case.tenant, known, merged, others, given)
    if found.valid is False:
        _refused(case, found)
    elif found.valid:
        case.status("A2.7", 200)
    if case.answer.ok and is_record(case.body):
        compare(case, "A2.7", merged, case.body["data"], "body.data")
        case.demand("A2.7", "body.id", believed["id"], case.body["id"])
        case.demand("A2.7", "body.mobjectId", known.id, case.body.get("mobjectId"))
        times_of_changed(case, believed, case.body)


def delete(case: Case) -> None:
    """DELETE /mobjects/{mobjectId}/mdata/{mdataId}."""
    known = find(case)
    if known is not None and known.read_only and case.judged.valid:
        case.status("A3.10", 403, 404, why="a SYSTEM object")
        return
    if _missing(case) or not case.judged.valid:
        return
    if known is not None and case.path["mdataId"] in known.records:
        case.status("A2.8", 200)
    if case.answer.ok:
        case.demand("A2.8", "body.message", "Record deleted successfully", case.body.get("message"))
    if known is not None and case.answer.status in (200, 404):
        _forget(case, known)


# Bulk


def create_bulk(case: Case) -> None:
    """POST /mobjects/{mobjectId}/mdata/bulk."""
    if must_miss(case):
        return
    known = find(case)
    if known is not None and known.read_only and case.judged.valid:
        case.status("A3.10", 403, why="a SYSTEM object")
        return
    if case.judged.valid and (known is not None and known.made):
        case.status("A2.9", 200, 201)
    if not case.answer.ok:
        return
    created = [one for one in _list(case, "data") if is_record(one)]
    if not case.judged.valid:
        if known is not None:
            known.loosen()
        return
    _counts(case, len(created))
    failures = _failures(case)
    items: list[Json] = case.asked["data"]
    if len(created) + len(failures) != len(items) or not failures.keys() <= set(range(len(items))):
        case.say("A2.9", "body.data", f"{len(items) - len(failures)} records", f"{len(created)} records")
        if known is not None:
            known.loosen()
        return
    _items(case, items, failures, created)


def _list(case: Case, name: str) -> list[Any]:
    told = case.body.get(name)
    return told if isinstance(told, list) else []


def _counts(case: Case, created: int) -> None:
    body, total = case.body, len(case.asked["data"])
    errors = _list(case, "errors")
    case.demand("A2.9", "body.totalProcessed", total, body.get("totalProcessed"))
    case.demand("A2.9", "body.created", created, body.get("created"))
    case.demand("A2.9", "body.failed", total - created, body.get("failed"))
    case.demand("A2.9", "body.success", not errors, body.get("success"))
    case.status("A4.12", 201 if created else 200, why=f"{created} records were created")


def _failures(case: Case) -> dict[int, Json]:
    errors = [one for one in _list(case, "errors") if isinstance(one, dict) and isinstance(one.get("index"), int)]
    found = {one["index"]: one for one in errors}
    if list(found) != sorted(found) or len(found) != len(errors):
        case.say("A2.9", "body.errors", "one for each failure, in order", [one["index"] for one in errors])
    return found


def _items(case: Case, items: list[Json], failures: Mapping[int, Json], created: list[Json]) -> None:
    owner = case.path["mobjectId"]
    known = case.tenant.objects.setdefault(owner, Mobject(owner))
    made = iter(created)
    for index, data in enumerate(items):
        found = verdict(case.tenant, known, data, [one["data"] for one in known.records.values()])
        if index in failures:
            if found.valid:
                case.say("A2.9", "body.errors", f"none for item {index}, which is valid", failures[index])
            elif len(found.wrong) == 1 and not found.unsure:
                _fault(case, found.wrong, failures[index])
        else:
            if found.valid is False:
                case.say("A2.9", "body.errors", f"one for item {index}: {', '.join(found.wrong)} is wrong", "none")
            _made(case, next(made), data, "body.data", "A2.9")


def _fault(case: Case, wrong: Json, told: Json) -> None:
    ((name, value),) = wrong.items()
    if told.get("field") == name:
        if value is not None:
            case.demand("A2.9", "body.errors.value", value, told.get("value"))
    elif not str(told.get("field")).startswith(f"{name}."):
        case.say("A2.9", "body.errors.field", name, told.get("field"))
