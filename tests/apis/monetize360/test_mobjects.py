"""Objects, the data models (A2.3, A3.10, A3.11, A5)."""

from typing import Any

import pytest

from tests.apis.monetize360.driver import MISSING, NOW, Driver, invalid, refused

CODE = {"type": "object", "properties": {"code": {"type": "string"}}}


def test_a_new_object_is_answered_with_what_was_sent(api: Driver) -> None:
    sent = {
        "name": "Coupon",
        "description": "A discount",
        "type": "CUSTOM",
        "businessKey": "code",
        "auditEnabled": True,
        "schema": CODE,
    }
    answer = api.post("/mobjects", sent)
    assert answer.status == 201
    assert answer.json == sent | {"id": answer.json["id"], "createdAt": NOW, "updatedAt": NOW}
    assert api.get(f"/mobjects/{answer.json['id']}").json == answer.json
    assert api.get("/mobjects").json["data"][-1] == answer.json


def test_what_is_left_out_is_at_its_default(api: Driver) -> None:
    made = api.post("/mobjects", {"name": "A", "description": "", "unknown": 1}).json
    assert made == {
        "id": made["id"],
        "name": "A",
        "description": "",
        "type": "PERSISTENT",
        "auditEnabled": False,
        "createdAt": NOW,
        "updatedAt": NOW,
    }


@pytest.mark.parametrize(
    ("change", "field", "value"),
    [
        ({"name": None}, "name", None),
        ({"name": ""}, "name", ""),
        ({"name": 7}, "name", 7),
        ({"description": 7}, "description", 7),
        ({"type": "SYSTEM"}, "type", "SYSTEM"),
        ({"type": "OTHER"}, "type", "OTHER"),
        ({"businessKey": "absent"}, "businessKey", "absent"),
        ({"auditEnabled": "yes"}, "auditEnabled", "yes"),
        ({"schema": []}, "schema", []),
        ({"schema": {"type": "array"}}, "schema.type", "array"),
        ({"schema": {"properties": {"f": {"type": "money"}}}}, "schema.properties.f.type", "money"),
        ({"schema": {"properties": {"f": {"step": 0}}}}, "schema.properties.f.step", 0),
        ({"name": "Note"}, "name", "Note"),
    ],
)
def test_a_wrong_object_is_refused(api: Driver, change: dict[str, Any], field: str, value: Any) -> None:
    body = {"name": "Thing", "description": "x", "schema": CODE}
    assert refused(api.post("/mobjects", body | change)) == invalid(field, value)
    assert api.get("/mobjects").json["pagination"]["total"] == 2


@pytest.mark.parametrize("member", ["name", "description"])
def test_name_and_description_are_required(api: Driver, member: str) -> None:
    body = {"name": "Thing", "description": "x"}
    del body[member]
    assert refused(api.post("/mobjects", body)) == invalid(member, None)


def test_a_business_key_needs_a_schema_that_has_it(api: Driver) -> None:
    body = {"name": "Thing", "description": "x", "businessKey": "code"}
    assert refused(api.post("/mobjects", body)) == invalid("businessKey", "code")
    key = api.post("/mobjects", body | {"schema": CODE}).json["id"]
    assert refused(api.put(f"/mobjects/{key}", {"schema": {"properties": {}}})) == invalid("businessKey", "code")
    assert refused(api.put(f"/mobjects/{key}", {"businessKey": "x"})) == invalid("businessKey", "x")


def test_an_update_merges_the_members_given(api: Driver) -> None:
    key = api.mobject(schema=CODE, businessKey="code")
    before = api.get(f"/mobjects/{key}").json
    api.shift(60)
    answer = api.put(f"/mobjects/{key}", {"description": "New", "type": "TRANSIENT"})
    changed = {"description": "New", "type": "TRANSIENT", "updatedAt": "2024-01-15T10:31:00Z"}
    assert (answer.status, answer.json) == (200, before | changed)
    assert api.get(f"/mobjects/{key}").json == answer.json
    assert api.put(f"/mobjects/{key}", {}).json == answer.json


def test_what_was_read_can_be_sent_back(api: Driver) -> None:
    key = api.mobject(schema=CODE, businessKey="code", auditEnabled=True)
    before = api.get(f"/mobjects/{key}")
    assert api.put(f"/mobjects/{key}", before.json).body == before.body


def test_the_name_never_changes(api: Driver) -> None:
    key = api.mobject("Thing")
    assert refused(api.put(f"/mobjects/{key}", {"name": "Other"})) == invalid("name", "Other")
    assert api.put(f"/mobjects/{key}", {"name": "Thing"}).status == 200


def test_a_schema_is_replaced_whole(api: Driver) -> None:
    key = api.mobject(fields={"a": {"type": "string"}, "b": {"type": "string"}})
    api.record(key, a="x", b="x")
    schema = {"properties": {"a": {"type": "number"}}}
    assert api.put(f"/mobjects/{key}", {"schema": schema}).json["schema"] == schema
    assert refused(api.create(key, a="x")) == invalid("a", "x")
    assert api.create(key, a=1, b=1).status == 201
    stored = api.query(key).json["data"][0]
    assert refused(api.change(key, stored["id"], b=2)) == invalid("a", "x")
    assert api.change(key, stored["id"], a=2).status == 200


def test_a_schema_may_make_a_field_unique_where_the_records_allow(api: Driver) -> None:
    unique = {"schema": {"properties": {"code": {"unique": True}}}}
    key = api.mobject()
    first, second = api.record(key, code="A"), api.record(key, code="A")
    assert refused(api.put(f"/mobjects/{key}", unique)) == invalid("code", "A")
    assert "schema" not in api.get(f"/mobjects/{key}").json
    api.change(key, second, code="B")
    assert api.put(f"/mobjects/{key}", unique).status == 200
    assert refused(api.create(key, code="B")) == invalid("code", "B")
    assert api.put(f"/mobjects/{key}", {"schema": {}}).status == 200
    assert api.create(key, code="B").status == 201
    assert refused(api.put(f"/mobjects/{key}", unique)) == invalid("code", "B")
    assert api.change(key, first, code="B").status == 200


def test_values_from_when_a_field_was_unique_before_are_forgotten(api: Driver) -> None:
    unique: dict[str, Any] = {"schema": {"properties": {"code": {"unique": True}}}}
    key = api.mobject(**unique)
    record = api.record(key, code="A")
    api.put(f"/mobjects/{key}", {"schema": {}})
    api.delete(f"/mobjects/{key}/mdata/{record}")
    assert api.put(f"/mobjects/{key}", unique).status == 200
    assert api.create(key, code="A").status == 201


def test_a_system_object_cannot_be_changed(api: Driver) -> None:
    before = api.get("/mobjects/plan").json
    assert before["type"] == "SYSTEM"
    assert refused(api.put("/mobjects/plan", {"description": "x"})) == (403, "FORBIDDEN", None, None)
    assert refused(api.delete("/mobjects/plan")) == (403, "FORBIDDEN", None, None)
    assert api.get("/mobjects/plan").json == before


def test_objects_are_listed_in_the_order_of_creation(api: Driver) -> None:
    made = [api.mobject(name) for name in ("C", "A", "B")]
    assert [row["id"] for row in api.get("/mobjects?offset=2").json["data"]] == made
    page = api.get("/mobjects?limit=2&offset=1").json
    assert [row["id"] for row in page["data"]] == ["plan", made[0]]
    assert page["pagination"] == {"total": 5, "limit": 2, "offset": 1, "hasMore": True}
    assert api.get("/mobjects?limit=3&offset=2").json["pagination"]["hasMore"] is False


def test_an_unknown_object_is_not_found(api: Driver) -> None:
    for answer in (api.get(f"/mobjects/{MISSING}"), api.put(f"/mobjects/{MISSING}", {}), api.delete("/mobjects/x")):
        assert refused(answer) == (404, "NOT_FOUND", None, None)


def test_an_object_comes_with_six_workflows(api: Driver) -> None:
    api.mobject("Coupon")
    names = [workflow["name"] for workflow in api.get("/workflows?limit=1000").json["data"]][-6:]
    assert names == [f"{verb} Coupon" for verb in ("Save", "Edit", "Delete", "Import", "Export", "Excel Import")]


def test_a_deleted_object_takes_everything_along(api: Driver) -> None:
    before = api.admin("GET", "/namespaces/default")["records"]
    key = api.mobject("Coupon", {"code": {"unique": True}})
    record = api.record(key, code="A")
    save = api.own_workflow("Save", "Coupon")
    run = api.execute(save, {"code": "B"}, later=True)
    answer = api.delete(f"/mobjects/{key}")
    assert (answer.status, answer.json) == (200, {"success": True, "message": "Object deleted successfully"})
    for path in (
        f"/mobjects/{key}",
        f"/mobjects/{key}/mdata",
        f"/mobjects/{key}/mdata/{record}",
        f"/workflows/{save}",
        f"/workflows/{save}/executions",
        f"/workflows/{save}/executions/{run['executionId']}",
    ):
        assert refused(api.get(path)) == (404, "NOT_FOUND", None, None)
    assert api.admin("GET", "/namespaces/default")["records"] == before
    assert api.admin("GET", "/clock")["due"] == 0
    again = api.mobject("Coupon", {"code": {"unique": True}})
    assert again != key
    assert api.create(again, code="A").status == 201
