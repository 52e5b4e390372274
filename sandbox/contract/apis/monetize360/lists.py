"""What lists must hold: arithmetic of pages, filter, sort, projection, and what is known to be there (A2.5, A3.5)."""

from collections.abc import Sequence

from sandbox.contract.apis.monetize360.belief import Case, Json, Listing, Mobject, is_record, texts
from sandbox.contract.apis.monetize360.objects import SIX, compare, find, met, must_miss
from sandbox.contract.apis.monetize360.records import compare_records
from sandbox.contract.apis.monetize360.requests import Query, query
from sandbox.contract.apis.monetize360.values import all_of, holds, ordered, same, value_of

RULE = "A2.5"
_FEW = 6


def page(case: Case, key: str) -> tuple[Query, list[Json], int] | None:
    """What a list was asked for, its items and its total, once its arithmetic is right; None where it is not."""
    asked, before = query(case.exchange.sent), len(case.found)
    items, told = case.body.get("data"), case.body.get("pagination")
    if not isinstance(items, list) or not isinstance(told, dict):
        return None
    if not all(isinstance(one, dict) and texts(one, key) for one in items) or type(told.get("total")) is not int:
        return None
    total = told["total"]
    case.demand("A3.5", "body.pagination.limit", asked.limit, told.get("limit"))
    case.demand("A3.5", "body.pagination.offset", asked.offset, told.get("offset"))
    length = min(asked.limit, max(0, total - asked.offset))
    if len(items) != length:
        case.say("A3.5", "body.data", f"{length} of {total} items", f"{len(items)} items")
    case.demand("A3.5", "body.pagination.hasMore", asked.offset + length < total, told.get("hasMore"))
    if len({one[key] for one in items}) < len(items):
        case.say(RULE, "body.data", "each item once", "an item several times")
    return None if len(case.found) > before else (asked, items, total)


def follow(case: Case, listing: Listing, ids: Sequence[str], asked: Query, total: int) -> None:
    """Compare a page of a list whose order never changes with the complete list that was seen before."""
    known = listing.ids
    if known is not None and len(known) == total:
        expected = known[asked.offset : asked.offset + asked.limit]
        if list(ids) != expected:
            case.say(RULE, "body.data", _few(expected), _few(ids))
            listing.ids = None
    else:
        listing.ids = list(ids) if asked.whole and len(ids) == total else None


def _few(ids: Sequence[str]) -> str:
    return f"{len(ids)} items: {', '.join(ids[:_FEW])}{' …' if len(ids) > _FEW else ''}"


def in_order(case: Case, wanted: Sequence[str], got: Sequence[str], what: str) -> None:
    """What is known to exist is in a complete list, in that order."""
    places = {name: place for place, name in enumerate(got)}
    missing = [name for name in wanted if name not in places]
    if missing:
        case.say(RULE, "body.data", f"{what} {missing[0]} among the items", "it is not there")
    elif [name for name in got if name in set(wanted)] != list(wanted):
        case.say(RULE, "body.data", f"{what}s in the order of creation: {_few(wanted)}", "another order")


def list_mobjects(case: Case) -> None:
    """GET /mobjects."""
    found = page(case, "id") if case.judged.valid and case.status("A3.5", 200) else None
    if found is None:
        return
    asked, items, total = found
    tenant, ids = case.tenant, [one["id"] for one in items]
    _never(case, ids, set(tenant.gone), "deleted")
    theirs = {name for other in case.others for name, one in other.objects.items() if one.made}
    _never(case, ids, theirs - tenant.objects.keys(), "made by another tenant")
    for one in items:
        if one["id"] in tenant.objects and texts(one, "name"):
            met(case, one["id"], one, "body.data")
    if asked.whole and len(items) == total:
        in_order(case, [one.id for one in tenant.objects.values() if one.made], ids, "object")
    follow(case, tenant.mobject_list, ids, asked, total)


def _never(case: Case, ids: Sequence[str], banned: set[str], why: str) -> None:
    for one in ids:
        if one in banned:
            case.say(RULE, "body.data", f"no item that was {why}", one)
            return


def list_workflows(case: Case) -> None:
    """GET /workflows."""
    found = page(case, "id") if case.judged.valid and case.status("A3.5", 200) else None
    if found is None:
        return
    asked, items, total = found
    tenant = case.tenant
    _never(case, [one["id"] for one in items], tenant.lost_workflows, "deleted with its object")
    for one in items:
        meet_workflow(case, one, "body.data")
    if asked.whole and len(items) == total:
        made = [str(one.shown["name"]) for one in tenant.objects.values() if one.made and one.shown]
        _six(case, made, [str(one.get("name")) for one in items])
    follow(case, tenant.workflow_list, [one["id"] for one in items], asked, total)


def _six(case: Case, made: Sequence[str], names: Sequence[str]) -> None:
    """Each object has its six workflows, and what is deleted has none (A3.11)."""
    there = set(names)
    for name in made:
        for wanted in (f"{verb} {name}" for verb in SIX):
            if wanted not in there:
                case.say("A3.11", "body.data", f"a workflow {wanted}", "none")
                return
    for name in set(case.tenant.gone.values()) - set(made) - {""}:
        if f"Excel Import {name}" in there:
            case.say("A3.11", "body.data", f"no workflows of {name}, which was deleted", f"Excel Import {name}")
            return


def meet_workflow(case: Case, told: Json, where: str) -> None:
    """A workflow was shown: as long as it was not updated it is as it was."""
    known = case.tenant.workflows.get(told["id"])
    if known is not None and known.get("updatedAt") == told.get("updatedAt"):
        compare(case, "A2.2", known, told, where)
    case.tenant.workflows[told["id"]] = told


# Records


def list_mdata(case: Case) -> None:
    """GET /mobjects/{mobjectId}/mdata."""
    if must_miss(case) or not case.judged.valid:
        return
    known = find(case)
    if known is not None and known.made and not case.status("A2.5", 200):
        return
    found = page(case, "id") if case.answer.ok else None
    if found is None or not all(is_record(one) for one in found[1]):
        return
    asked, items, total = found
    before = len(case.found)
    owners = {one.get("mobjectId") for one in items} - {case.path["mobjectId"]}
    if owners:
        case.say(RULE, "body.data.mobjectId", case.path["mobjectId"], owners.pop())
    if known is not None:
        _never(case, [one["id"] for one in items], known.gone, "deleted")
        _contents(case, known, asked, items)
    if asked.fields is None:
        _selection(case, asked, items)
    if known is not None and known.whole:
        _exactly(case, known, asked, items, total)
    if known is not None and len(case.found) > before:
        known.loosen()
    elif known is not None and known.made and not known.whole and _all(asked, items, total):
        _learn(case, known, items)


def _all(asked: Query, items: Sequence[Json], total: int) -> bool:
    """Whether a page is the whole list, in the order of creation."""
    return asked == Query(limit=asked.limit) and len(items) == total


def _contents(case: Case, known: Mobject, asked: Query, items: Sequence[Json]) -> None:
    for one in items:
        believed = known.records.get(one["id"])
        if believed is not None:
            expected = believed
            if asked.fields is not None:
                expected = believed | {"data": _projected(believed["data"], asked.fields)}
            before = len(case.found)
            if _sure(asked.fields):
                compare_records(case, expected, one, "body.data", RULE)
            if len(case.found) > before:
                return


def _sure(fields: Sequence[str] | None) -> bool:
    return fields is None or all(name and name == name.strip() and "." not in name for name in fields)


def _projected(data: Json, fields: Sequence[str]) -> Json:
    return {name: value for name, value in data.items() if name in fields}


def meets(item: Json, asked: Query) -> bool | None:
    """Whether a record meets every condition; None where the rules do not tell."""
    return all_of(
        [None if "." in name else holds(value_of(item, name), how, text) for name, how, text in asked.filters]
    )


def _selection(case: Case, asked: Query, items: Sequence[Json]) -> None:
    """What each page shows by itself: items that meet the filter, sorted."""
    for one in items:
        if meets(one, asked) is False:
            case.say(RULE, "body.data", f"records for which {_words(asked)}", {"id": one["id"], "data": one["data"]})
            return
    if asked.sort and not any("." in name for name, _ in asked.sort):
        wanted = ordered(items, asked.sort)
        if wanted is not None and [one["id"] for one in wanted] != [one["id"] for one in items]:
            _misplaced(case, asked, wanted, items)


def _words(asked: Query) -> str:
    return " and ".join(":".join(one) for one in asked.filters)


def _misplaced(case: Case, asked: Query, wanted: Sequence[Json], items: Sequence[Json]) -> None:
    names = [name for name, _ in asked.sort]
    by = ", ".join(f"{name} {'down' if down else 'up'}" for name, down in asked.sort) or "creation"
    place = next((n for n, (a, b) in enumerate(zip(wanted, items, strict=False)) if a["id"] != b["id"]), 0)
    told = [{"id": one["id"], **{name: value_of(one, name) for name in names}} for one in (wanted[place], items[place])]
    case.say(RULE, "body.data", f"sorted by {by}, so at {place}: {told[0]}", told[1])


def _exactly(case: Case, known: Mobject, asked: Query, items: Sequence[Json], total: int) -> None:
    """All of an object's records are known: the page is determined."""
    judged = [(one, meets(one, asked)) for one in known.records.values()]
    named = {name for name, _ in asked.sort} | {name for name, _, _ in asked.filters}
    edited = any(one["updatedAt"] is None for one in known.records.values())
    if any(told is None for _, told in judged) or any("." in name for name in named):
        return
    if edited and "updatedAt" in named:
        return
    matching = [one for one, told in judged if told]
    if not case.demand("A3.5", "body.pagination.total", len(matching), total):
        return
    wanted = ordered(matching, asked.sort)
    if wanted is None:
        return
    wanted = wanted[asked.offset : asked.offset + asked.limit]
    if {one["id"] for one in wanted} != {one["id"] for one in items}:
        shown = f"{len(items)} records, not those: {_few([one['id'] for one in items])}"
        case.say(RULE, "body.data", f"offset {asked.offset}: {_few([one['id'] for one in wanted])}", shown)
    elif [one["id"] for one in wanted] != [one["id"] for one in items]:
        _misplaced(case, asked, wanted, items)


def _learn(case: Case, known: Mobject, items: Sequence[Json]) -> None:
    """A complete list of an object of ours: these are its records, and among them what workflows stored."""
    there = [one["id"] for one in items]
    if known.saved:
        in_order(case, list(known.records), there, "record")
        stored = [one["data"] for one in items if one["id"] not in known.records]
        if not same(stored, known.saved):
            case.say("A2.2", "body.data", f"the records that were saved: {known.saved}", stored)
        known.saved = []
    known.records = {one["id"]: one for one in items}
    known.whole = True
    for one in items:
        case.tenant.owners[one["id"]] = known.id
