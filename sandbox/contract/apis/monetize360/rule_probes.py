"""Directed sequences about read-only objects, ids, sizes, tokens, and what requests may say besides."""

from typing import Any

from sandbox.contract.apis.monetize360 import samples
from sandbox.contract.apis.monetize360.making import new_object, new_record
from sandbox.contract.play import Play
from sandbox.contract.steps import NOTHING, Lever, Tag, Text

_SYSTEM = {"mobjectId": "system-mobject-id"}
"""The SYSTEM object of the sandbox's own scenario: none can be made through the API."""

_RIGHT = {"code": "CHF", "name": "Swiss franc", "decimals": 2}
_MOST = 10 << 20
"""The bytes that a body may have."""


def read_only(play: Play) -> None:
    """A SYSTEM object can be read, and neither it nor its records changed, by whichever way."""
    if not play.send("getMobject", _SYSTEM).ok:
        return
    listed = play.send("listMdata", _SYSTEM)
    one = _SYSTEM | {"mdataId": listed.ref("data", 0, "id")}
    refuse: dict[str, Any] = {"expect": (403,), "rule": "A3.10"}
    for body in ({"description": "changed"}, {"type": "CUSTOM"}, {"schema": {"type": "object"}}, {}):
        play.send("updateMobject", _SYSTEM, body, **refuse)
    for data in (_RIGHT, {"code": 1}):
        play.send("createMdata", _SYSTEM, {"data": data}, **refuse)
        play.send("bulkCreateMdata", _SYSTEM, {"data": [data]}, **refuse)
        play.send("updateMdata", one, {"data": data}, **refuse)
    play.send("deleteMdata", one, **refuse)
    play.send("deleteMobject", _SYSTEM, **refuse)
    play.send("createMdata", _SYSTEM, {}, expect=(400,), rule="A3.1")
    play.send("getMdata", one, expect=(200,), rule="A3.10")
    for query in ((), (("sort", "-code"),), (("filter", "decimals:gt:0"), ("fields", "name"))):
        play.send("listMdata", _SYSTEM, query=query)
    _by_workflows(play, listed.ref("data", 0, "id"))
    play.send("getMdata", one, expect=(200,), rule="A3.10")
    play.send("listMdata", _SYSTEM)
    play.send("getMobject", _SYSTEM)


def _by_workflows(play: Play, record: Any) -> None:
    """Those of the object, which come last in the scenario's list: each fails."""
    flows = play.send("listWorkflows", query=[("limit", 1000)])
    if flows.ok:
        for place, data in ((-6, _RIGHT), (-5, {"id": record, "name": "changed"}), (-4, {"id": record})):
            flow = {"workflowId": flows.ref("data", place, "id")}
            play.send("getWorkflow", flow)
            play.send("executeWorkflow", flow, {"data": data})


def odd_ids(play: Play) -> None:
    """Any text is an id in a path; one that names nothing is 404."""
    owner = new_object(play, "odd", samples.FREE)
    if owner is None:
        return
    gone: dict[str, Any] = {"expect": (404,), "rule": "A1"}
    for text in ("a b", "ü", "a/b", "a:b", "%41", "'\"", "0", "null", "A" * 300, "mobject-id-"):
        name = Text((Tag("odd"), text))
        play.send("getMobject", {"mobjectId": name}, **gone)
        play.send("listMdata", {"mobjectId": name}, **gone)
        play.send("getMdata", owner | {"mdataId": name}, **gone)
        play.send("getWorkflow", {"workflowId": name}, **gone)
        play.send("listExecutions", {"workflowId": name}, **gone)
        play.send("getExecution", {"workflowId": name, "executionId": name}, **gone)
    missing = {"mobjectId": Tag("nowhere")}
    play.send("createMdata", missing, {"data": {}}, **gone)
    play.send("bulkCreateMdata", missing, {"data": [{}]}, **gone)
    play.send("updateMobject", missing, {}, **gone)
    play.send("updateMdata", owner | {"mdataId": Tag("nowhere")}, {"data": {"a": 1}}, **gone)
    play.send("listMdata", owner)


def besides(play: Play) -> None:
    """Members of a request that are not known are ignored, and change nothing that is the server's own."""
    foreign = {"id": "mine", "mobjectId": "mine", "createdAt": "then", "updatedAt": "then", "unknown": {"a": [1]}}
    made = play.send("createMobject", body=samples.mobject("besides") | foreign, expect=(201,), rule="A1")
    if not made.ok:
        return
    owner = {"mobjectId": made.ref("id")}
    play.send("updateMobject", owner, {"description": "d"} | foreign, expect=(200,), rule="A1")
    play.send("getMobject", owner)
    kept = {"kind": "a"} | foreign
    record = play.send("createMdata", owner, {"data": kept} | foreign, expect=(201,), rule="A1")
    one = owner | {"mdataId": record.ref("id")}
    play.send("updateMdata", one, {"data": {"createdAt": "later", "id": "other"}} | foreign, expect=(200,), rule="A1")
    play.send("getMdata", one)
    play.send("bulkCreateMdata", owner, {"data": [kept]} | foreign, expect=(201,), rule="A1")
    for query in (("filter", "id:eq:other"), ("filter", "createdAt:eq:then"), ("sort", "-id"), ("fields", "id")):
        play.send("listMdata", owner, query=[query])


def large(play: Play) -> None:
    """A body over 10 MiB is 413, and to no effect; one that is not over is read."""
    owner = new_object(play, "large", samples.FREE)
    if owner is not None:
        text = b'{"data":{"n":1}}'
        play.send("createMdata", owner, text.rjust(_MOST + 1), expect=(413,), rule="A1")
        play.send("createMdata", owner, text.rjust(_MOST), expect=(201,), rule="A1")
        play.send("listMdata", owner)


def schemes(play: Play) -> None:
    """A token counts with the scheme Bearer alone, and whole."""
    told = play.play(Lever("GET", "/environment"))
    if not told.ok:
        return
    token = told.ref("variables", "MONETIZE360_TOKEN")
    where = {"x-sandbox-namespace": told.ref("variables", "MSANDBOX_NAMESPACE")}
    cases: tuple[tuple[tuple[Any, ...], int], ...] = (
        (("Bearer ", token), 200),
        (("Basic ", token), 401),
        (("Token ", token), 401),
        ((token,), 401),
        (("Bearer ", token, "x"), 401),
        (("Bearer",), 401),
    )
    for parts, status in cases:
        headers = where | {"authorization": Text(parts)}
        for operation in ("listMobjects", "listWorkflows"):
            play.send(operation, identity="own", headers=headers, expect=(status,), rule="A1")
    for operation, body in (("listMobjects", NOTHING), ("createMobject", samples.mobject("forged"))):
        play.send(operation, body=body, identity="forged", expect=(401,), rule="A1")


def bulk_is_no_record(play: Play) -> None:
    """``bulk`` is never taken for a record's id."""
    owner = new_object(play, "bulky", samples.FREE)
    if owner is not None:
        new_record(play, owner, {"a": 1})
        for method in ("GET", "PUT", "DELETE"):
            play.send("bulkCreateMdata", owner, method=method, expect=(405,), rule="A4.2")
        play.send("listMdata", owner)


def order_of_checks(play: Play) -> None:
    """Who may ask at all comes first, then whether the request is valid, then what it is about."""
    nowhere, wrong = {"mobjectId": Tag("nowhere")}, [("limit", 0)]
    for identity in ("nobody", "stranger"):
        play.send("listMdata", nowhere, query=wrong, identity=identity, expect=(401,), rule="A3.1")
        play.send("createMdata", nowhere, b"{", identity=identity, expect=(401,), rule="A3.1")
    play.send("listMdata", nowhere, query=wrong, expect=(400,), rule="A3.1")
    play.send("createMdata", nowhere, {"data": []}, expect=(400,), rule="A3.1")
    play.send("createMdata", nowhere, {"data": {}}, media="text/plain", expect=(415,), rule="A3.1")
    play.send(
        "createMobject", body={"name": Tag("x"), "description": 1}, identity="stranger", expect=(401,), rule="A3.1"
    )
