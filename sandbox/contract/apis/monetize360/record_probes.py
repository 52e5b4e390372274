"""Directed sequences about records and objects."""

from sandbox.contract.apis.monetize360 import samples
from sandbox.contract.apis.monetize360.making import new_object, new_record
from sandbox.contract.play import Play
from sandbox.contract.steps import Tag


def validation(play: Play) -> None:
    """Records that break the schema, created, set and in bulk: refused, and nothing of them is kept."""
    owner = new_object(play, "checked")
    if owner is None:
        return
    one = new_record(play, owner, samples.RECORDS[0])
    for data in samples.INVALID:
        play.send("createMdata", owner, {"data": data})
        play.send("updateMdata", one, {"data": data})
    play.send("getMdata", one)
    play.send("listMdata", owner)
    for body in samples.BAD_RECORDS:
        play.send("createMdata", owner, body, expect=(400,), rule="A3.9")
        play.send("updateMdata", one, body, expect=(400,), rule="A3.9")
    play.send("createMdata", owner, expect=(400, 415), rule="A3.9")
    play.send("getMdata", one)


def bulk(play: Play) -> None:
    """Valid and invalid items together, none valid, and what is no batch."""
    owner = new_object(play, "bulk")
    if owner is None:
        return
    mixed = [samples.RECORDS[3], samples.INVALID[0], samples.RECORDS[0], samples.RECORDS[3], samples.INVALID[11]]
    for items in (mixed, list(samples.INVALID[:3]), [samples.RECORDS[3]], list(samples.RECORDS[4:6])):
        made = play.send("bulkCreateMdata", owner, {"data": items})
        play.send("listMdata", owner)
        if made.ok and items is mixed:
            play.send("getMdata", owner | {"mdataId": made.ref("data", 1, "id")})
    for body in samples.BAD_BATCHES:
        play.send("bulkCreateMdata", owner, body, expect=(400,), rule="A2.9")
    play.send("listMdata", owner)


def uniqueness(play: Play) -> None:
    """A unique field and object names; a business key names a field; the name stays."""
    owner = new_object(play, "unique")
    if owner is None:
        return
    first = new_record(play, owner, {"kind": "a", "code": "AAAA"})
    second = new_record(play, owner, {"kind": "a", "code": "BBBB"})
    play.send("createMdata", owner, {"data": {"kind": "b", "code": "AAAA"}})
    play.send("updateMdata", second, {"data": {"code": "AAAA"}})
    play.send("updateMdata", first, {"data": {"code": "AAAA", "kind": "same"}})
    play.send("listMdata", owner)
    play.send("deleteMdata", first)
    play.send("updateMdata", second, {"data": {"code": "AAAA"}})
    play.send("createMobject", body=samples.mobject("unique"))
    play.send("createMobject", body=samples.mobject("keyless") | {"businessKey": "nothing"})
    play.send("updateMobject", owner, {"name": Tag("renamed")})
    play.send("updateMobject", owner, {"businessKey": "nothing"})
    play.send("getMobject", owner)


def redefinition(play: Play) -> None:
    """A new schema replaces the old one whole, and counts for what is written then."""
    owner = new_object(play, "redefined", samples.FREE)
    if owner is None:
        return
    kept = [new_record(play, owner, data) for data in ({"a": "x"}, {"a": "x"}, {"b": 1})]
    for properties in ({"a": {"type": "string", "unique": True}}, {"a": {"type": "string", "maxLength": 3}}, {}):
        play.send("updateMobject", owner, {"schema": {"type": "object", "properties": properties}})
        play.send("getMobject", owner)
        play.send("updateMdata", kept[0], {"data": {"a": "long"}})
        play.send("createMdata", owner, {"data": {"a": 5}})
    play.send("updateMobject", owner, {"schema": {"type": "object", "required": ["b"]}})
    play.send("createMdata", owner, {"data": {"a": "x"}})
    play.send("updateMdata", kept[2], {"data": {"c": None}})
    play.send("listMdata", owner)


def linked(play: Play) -> None:
    """A lookup holds the id of a record of the object that it names."""
    target, other = new_object(play, "target", samples.FREE), new_object(play, "other", samples.FREE)
    if target is None or other is None:
        return
    schema = {"type": "object", "properties": {"owner": {"type": "lookup", "mobjectId": target["mobjectId"]}}}
    made = play.send("createMobject", body=samples.mobject("linking", samples.FREE) | {"schema": schema})
    if not made.ok:
        return
    owner = {"mobjectId": made.ref("id")}
    there, elsewhere = new_record(play, target, {"n": 1}), new_record(play, other, {"n": 2})
    one = new_record(play, owner, {"owner": there["mdataId"]})
    for wrong in (elsewhere["mdataId"], Tag("nobody"), 7):
        play.send("createMdata", owner, {"data": {"owner": wrong}})
        play.send("updateMdata", one, {"data": {"owner": wrong}})
    play.send("deleteMdata", there)
    play.send("updateMdata", one, {"data": {"note": "the lookup is not set"}})
    play.send("createMdata", owner, {"data": {"owner": there["mdataId"]}})


def bad_objects(play: Play) -> None:
    """Bodies that make no object and change none."""
    owner = new_object(play, "kept")
    for body in samples.BAD_OBJECTS:
        play.send("createMobject", body=body, expect=(400,), rule="A2.3")
    if owner is not None:
        for body in ({"description": 7}, {"type": "SYSTEM"}, {"auditEnabled": None}, {"schema": []}, [], b"{"):
            play.send("updateMobject", owner, body, expect=(400,), rule="A2.3")
        play.send("getMobject", owner)


def wrong_parent(play: Play) -> None:
    """A record is found under its own object alone."""
    owner, other = new_object(play, "own"), new_object(play, "foreign", samples.FREE)
    if owner is None or other is None:
        return
    one = new_record(play, owner, samples.RECORDS[0])
    astray = one | other
    play.send("getMdata", astray)
    play.send("updateMdata", astray, {"data": {"kind": "z"}})
    play.send("deleteMdata", astray)
    play.send("listMdata", other)
    play.send("getMdata", one)
    nowhere = {"mobjectId": Tag("nowhere"), "mdataId": Tag("nowhere")}
    for operation in ("getMdata", "deleteMdata"):
        play.send(operation, nowhere, expect=(404,), rule="A2.6")
        play.send(operation, owner | {"mdataId": Tag("nowhere")}, expect=(404,), rule="A2.6")
    for operation in ("getMobject", "deleteMobject", "listMdata"):
        play.send(operation, {"mobjectId": Tag("nowhere")}, expect=(404,), rule="A2.3")


def passing_time(play: Play) -> None:
    """An update moves ``updatedAt`` and nothing else; records keep the times they have."""
    owner = new_object(play, "timed")
    if owner is None:
        return
    one = new_record(play, owner, samples.RECORDS[0])
    play.wait(7)
    two = new_record(play, owner, samples.RECORDS[1])
    play.wait(120)
    play.send("updateMdata", one, {"data": {"kind": "z"}})
    play.send("getMdata", one)
    play.send("getMdata", two)
    play.send("updateMobject", owner, {"description": "Later"})
    play.send("getMobject", owner)
    for sort in ("createdAt:desc", "-updatedAt"):
        play.send("listMdata", owner, query=[("sort", sort)])
