"""Directed sequences about lists."""

from sandbox.contract.apis.monetize360 import samples
from sandbox.contract.apis.monetize360.making import fill, new_object, new_record
from sandbox.contract.play import Play
from sandbox.contract.steps import Text


def list_matrix(play: Play) -> None:
    """Each operator, direction, projection and page over records that tell them apart."""
    owner = new_object(play, "matrix")
    if owner is None or not fill(play, owner).ok:
        return
    for condition in samples.CONDITIONS:
        play.send("listMdata", owner, query=[("filter", condition)])
    for sort in samples.SORTS:
        play.send("listMdata", owner, query=[("sort", sort)])
    for fields in samples.FIELD_LISTS:
        play.send("listMdata", owner, query=[("fields", fields)])
    for page in samples.PAGES:
        play.send("listMdata", owner, query=page)
    for pair in (("kind:eq:a", "amount:lt:8"), ("amount:gt:0", "kind:in:b,c", "count:ne:3")):
        query = [*(("filter", one) for one in pair), ("sort", "-amount"), ("limit", 2), ("fields", "kind")]
        play.send("listMdata", owner, query=query)
        play.send("listMdata", owner, query=[*query, ("offset", 1)])


def many(play: Play) -> None:
    """More records than a page has without a limit."""
    owner = new_object(play, "many", samples.FREE)
    if owner is None:
        return
    numbered = [{"number": place, "name": f"r{place}"} for place in range(53)]
    if not fill(play, owner, tuple(numbered)).ok:
        return
    for page in ((), (("offset", 50),), (("offset", 3),), (("limit", 52),), (("limit", 53),), (("limit", 11),)):
        play.send("listMdata", owner, query=page)
    for sort in ("number:desc", "name", "-name"):
        play.send("listMdata", owner, query=[("sort", sort), ("limit", 12), ("offset", 2)])


def thousand(play: Play) -> None:
    """As many records as a batch and a page can have, and one more."""
    owner = new_object(play, "thousand", samples.FREE)
    if owner is None:
        return
    if not fill(play, owner, tuple({"n": place % 7, "m": place} for place in range(1000))).ok:
        return
    new_record(play, owner, {"n": 7})
    for page in ((1000, 0), (101, 0), (999, 1), (500, 499), (1000, 1000)):
        play.send("listMdata", owner, query=[("limit", page[0]), ("offset", page[1])])
    play.send("listMdata", owner, query=[("limit", 300), ("sort", "-n"), ("filter", "m:gte:100"), ("fields", "m")])


def object_lists(play: Play) -> None:
    """Pages of objects, of every type, and of workflows against the complete lists."""
    for kind in ("PERSISTENT", "TRANSIENT", "STANDARD", "CUSTOM"):
        body = samples.mobject(f"listed {kind}", samples.FREE) | {"type": kind}
        made = play.send("createMobject", body=body, expect=(201,), rule="A2.3")
        play.send("getMobject", {"mobjectId": made.ref("id")})
    for operation in ("listMobjects", "listWorkflows"):
        play.send(operation, query=[("limit", 1000)])
        for page in ([], [("limit", 2)], [("offset", 1)], [("limit", 3), ("offset", 2)], [("offset", 100000)]):
            play.send(operation, query=page)


def kinds(play: Play) -> None:
    """Values of all kinds in one field: sorted by kind first, compared only with their like."""
    owner = new_object(play, "kinds", samples.FREE)
    values = ("b", True, 10, None, "10", 9, False, "B", -1.5, "", 9.0, "true", 0, "a", 100)
    records: list[samples.Json] = [{"n": place, "v": value} for place, value in enumerate(values)]
    records += [{"n": 99}, {"n": 98, "v": [1]}]
    if owner is None or not fill(play, owner, tuple(records)).ok:
        return
    for sort in ("v", "v:asc,n:desc", "n:desc", "-n,v"):
        play.send("listMdata", owner, query=[("sort", sort)])
    for text in ("10", "9", "9.0", "0", "true", "false", "b", "B", "", "a:b", "-1.5", "[1]"):
        for operator in ("eq", "ne", "gt", "gte", "lt", "lte", "in", "contains"):
            play.send("listMdata", owner, query=[("filter", f"v:{operator}:{text}"), ("limit", 20)])


def system_fields(play: Play) -> None:
    """What the server sets can be asked for, and what data says under the same name comes first.

    In which order ids are is each server's own: two that do not begin alike are not asked for it.
    """
    owner = new_object(play, "fields", samples.FREE)
    if owner is None:
        return
    alike = len(play.sides) == 1 or play.can("fresh")
    made = [play.send("createMdata", owner, {"data": data}) for data in ({"a": 1}, {"a": 2}, {"a": 3, "id": "mine"})]
    if not all(one.ok for one in made):
        return
    play.send("updateMdata", owner | {"mdataId": made[0].ref("id")}, {"data": {"a": 4}})
    for operator in ("eq", "ne", "gt", "gte", "lt", "lte", "in", "contains"):
        for name in ("id", "createdAt", "updatedAt"):
            if name != "id" or alike or operator not in {"gt", "gte", "lt", "lte"}:
                play.send("listMdata", owner, query=[("filter", Text((f"{name}:{operator}:", made[1].ref(name))))])
    for sort in (*(("id", "-id") if alike else ()), "-createdAt", "updatedAt:desc,a", "-a"):
        play.send("listMdata", owner, query=[("sort", sort)])
    for fields in ("id", "createdAt,a", "mobjectId"):
        play.send("listMdata", owner, query=[("fields", fields)])


def bad_queries(play: Play) -> None:
    """Parameters that are 400 whatever there is."""
    owner = new_object(play, "bad", samples.FREE)
    for query in samples.BAD_QUERIES if owner is not None else ():
        play.send("listMdata", owner, query=query, expect=(400,), rule="A2.5")
    for operation in ("listMobjects", "listWorkflows"):
        for value in (("limit", 0), ("limit", 1001), ("offset", -1)):
            play.send(operation, query=[value], expect=(400,), rule="A2.5")
