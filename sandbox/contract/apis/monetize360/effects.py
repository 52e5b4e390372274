"""What the workflows of an object do to its records (A2.2)."""

from sandbox.contract.apis.monetize360.belief import Case, Event, Json, Mobject, is_record
from sandbox.contract.apis.monetize360.records import verdict

_ACTING = ("Save", "Edit", "Delete")


def doubt(case: Case) -> None:
    """A workflow of which nothing is known may have changed any record."""
    for known in case.tenant.objects.values():
        known.loosen()


def of_execution(case: Case, workflow: Json | None, told: Json) -> None:
    """Believe what an execution did; where it cannot be known, believe nothing of the records it may have changed."""
    if workflow is None:
        doubt(case)
        return
    verb, _, name = str(workflow.get("name")).partition(" ")
    for known in case.tenant.named(name) if verb in _ACTING else ():
        data = case.asked.get("data", {})
        if known.read_only and not case.asked.get("async"):
            _ended(case, told, "its object is a SYSTEM object", expected=False)
        elif case.asked.get("async") or not known.whole:
            known.loosen()
        elif verb == "Save":
            _saved(case, known, data, told)
        elif verb == "Edit":
            _edited(case, known, data, told)
        else:
            _deleted(case, known, data, told)


def _ended(case: Case, told: Json, why: str, *, expected: bool | None) -> bool:
    """Whether it completed; said where that is not as it must be."""
    done = bool(told["status"] == "completed")
    if expected is not None and done is not expected:
        case.say("A2.2", "body.status", f"{'completed' if expected else 'failed'}, as {why}", told["status"])
    return done


def _saved(case: Case, known: Mobject, data: Json, told: Json) -> None:
    found = verdict(case.tenant, known, data, [one["data"] for one in known.records.values()])
    if _ended(case, told, "creating the record would be", expected=found.valid):
        known.saved.append(data)
        known.whole = False
        made, tenant = told.get("output"), case.tenant
        if is_record(made) and isinstance(made, dict):
            tenant.events.append(Event("mdata.created", str(made["id"]), made, len(tenant.events)))


def _edited(case: Case, known: Mobject, data: Json, told: Json) -> None:
    believed = known.records.get(str(data.get("id")))
    given = {name: value for name, value in data.items() if name != "id"}
    if believed is None:
        _ended(case, told, "there is no such record", expected=False)
        return
    merged = believed["data"] | given
    others = [one["data"] for one in known.records.values() if one is not believed]
    found = verdict(case.tenant, known, merged, others, given)
    if _ended(case, told, "updating the record would be", expected=found.valid):
        known.records[believed["id"]] = believed | {"data": merged, "updatedAt": None}


def _deleted(case: Case, known: Mobject, data: Json, told: Json) -> None:
    wanted = str(data.get("id"))
    if _ended(case, told, "deleting the record would be", expected=wanted in known.records):
        known.records.pop(wanted, None)
        known.gone.add(wanted)
