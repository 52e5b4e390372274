"""Records: create, read, update, delete, bulk; unique and lookup fields (A2.4 to A2.9, A3.3, A3.4, A3.9, A5)."""

from typing import Any

import pytest

from tests.apis.monetize360.driver import MISSING, NOW, Driver, invalid, refused

NOT_FOUND = (404, "NOT_FOUND", None, None)


def test_a_new_record_is_answered_as_stored(api: Driver) -> None:
    data = {"name": "Ada", "n": 250.00, "deep": {"list": [1, None, {"x": "ü"}]}, "none": None}
    answer = api.create("note", **data)
    record = answer.json
    assert answer.status == 201
    assert record == {"id": record["id"], "mobjectId": "note", "data": data, "createdAt": NOW, "updatedAt": NOW}
    assert api.get(f"/mobjects/note/mdata/{record['id']}").body == answer.body


def test_an_update_merges_one_level_deep(api: Driver) -> None:
    key = api.record("note", name="Ada", tier="premium", deep={"a": 1, "b": 2})
    api.shift(90)
    answer = api.change("note", key, tier="standard", deep={"c": 3}, name=None, new=True)
    assert answer.status == 200
    assert answer.json == {
        "id": key,
        "mobjectId": "note",
        "data": {"name": None, "tier": "standard", "deep": {"c": 3}, "new": True},
        "createdAt": NOW,
        "updatedAt": "2024-01-15T10:31:30Z",
    }
    assert api.get(f"/mobjects/note/mdata/{key}").json == answer.json


def test_an_empty_update_moves_the_time_alone(api: Driver) -> None:
    before = api.create("note", k=1).json
    api.shift(1)
    assert api.change("note", before["id"]).json == before | {"updatedAt": "2024-01-15T10:30:01Z"}


def test_members_named_like_system_fields_are_ordinary_data(api: Driver) -> None:
    record = api.create("note", id="mine", createdAt="never", mobjectId=7).json
    assert record["id"] != "mine"
    assert (record["mobjectId"], record["createdAt"]) == ("note", NOW)
    changed = api.change("note", record["id"], id="other").json
    assert (changed["id"], changed["data"]["id"]) == (record["id"], "other")


def test_a_deleted_record_is_gone(api: Driver) -> None:
    key, other = api.record("note", k=1), api.record("note", k=2)
    answer = api.delete(f"/mobjects/note/mdata/{key}")
    assert (answer.status, answer.json) == (200, {"success": True, "message": "Record deleted successfully"})
    assert refused(api.get(f"/mobjects/note/mdata/{key}")) == NOT_FOUND
    assert refused(api.change("note", key, k=3)) == NOT_FOUND
    assert refused(api.delete(f"/mobjects/note/mdata/{key}")) == NOT_FOUND
    assert api.found("note") == [2]
    assert api.get(f"/mobjects/note/mdata/{other}").status == 200


def test_a_put_never_creates(api: Driver) -> None:
    assert refused(api.change("note", MISSING, k=1)) == NOT_FOUND
    assert api.found("note") == []


def test_a_record_belongs_to_one_object(api: Driver) -> None:
    key, other = api.record("note", k=1), api.mobject()
    for mobject in (other, MISSING):
        assert refused(api.get(f"/mobjects/{mobject}/mdata/{key}")) == NOT_FOUND
        assert refused(api.change(mobject, key, k=2)) == NOT_FOUND
        assert refused(api.delete(f"/mobjects/{mobject}/mdata/{key}")) == NOT_FOUND
    assert api.found("note") == [1]


def test_an_unknown_object_takes_no_records(api: Driver) -> None:
    assert refused(api.create(MISSING, k=1)) == NOT_FOUND
    assert refused(api.bulk(MISSING, {"k": 1})) == NOT_FOUND


@pytest.mark.parametrize(
    ("body", "field", "value"),
    [
        ({}, "data", None),
        ({"data": None}, "data", None),
        ({"data": [1]}, "data", [1]),
        ({"data": "x"}, "data", "x"),
        ([], "body", []),
        (None, "body", None),
    ],
)
def test_the_body_must_hold_the_fields(api: Driver, body: Any, field: str, value: Any) -> None:
    key = api.record("note", k=1)
    assert refused(api.post("/mobjects/note/mdata", body)) == invalid(field, value)
    assert refused(api.put(f"/mobjects/note/mdata/{key}", body)) == invalid(field, value)


def test_other_members_of_the_body_are_ignored(api: Driver) -> None:
    answer = api.post("/mobjects/note/mdata", {"data": {"k": 1}, "id": "x", "more": True})
    assert (answer.status, answer.json["data"]) == (201, {"k": 1})


def test_bulk_creates_in_the_order_of_the_request(api: Driver) -> None:
    answer = api.bulk("note", *({"k": number} for number in range(1000)))
    body = answer.json
    assert answer.status == 201
    assert body.keys() == {"success", "totalProcessed", "created", "failed", "data"}
    assert (body["success"], body["totalProcessed"], body["created"], body["failed"]) == (True, 1000, 1000, 0)
    assert [record["data"]["k"] for record in body["data"]] == list(range(1000))
    assert api.query("note", limit=1000).json["data"] == body["data"]


def test_bulk_stores_what_is_valid_and_reports_the_rest(api: Driver) -> None:
    fields = {"email": {"type": "string", "format": "email", "required": True, "unique": True}}
    mobject = api.mobject(fields=fields)
    rows = [{"email": "a@x.org"}, {"email": "no"}, {}, {"email": "b@x.org"}, {"email": "a@x.org"}]
    answer = api.bulk(mobject, *rows)
    body = answer.json
    assert answer.status == 201
    assert (body["success"], body["totalProcessed"], body["created"], body["failed"]) == (False, 5, 2, 3)
    assert [record["data"] for record in body["data"]] == [rows[0], rows[3]]
    assert [(error["index"], error["field"], error["value"]) for error in body["errors"]] == [
        (1, "email", "no"),
        (2, "email", None),
        (4, "email", "a@x.org"),
    ]
    assert body["errors"][0]["message"] == "Invalid email address format"
    assert api.query(mobject).json["data"] == body["data"]


def test_bulk_with_nothing_valid_is_200(api: Driver) -> None:
    mobject = api.mobject(fields={"n": {"type": "number", "required": True}})
    answer = api.bulk(mobject, {"n": "x"}, {})
    assert answer.status == 200
    assert (answer.json["success"], answer.json["created"], answer.json["failed"]) == (False, 0, 2)
    assert answer.json["data"] == []


@pytest.mark.parametrize("data", [[], [{}] * 1001, {}, None, "x"])
def test_bulk_takes_1_to_1000_objects(api: Driver, data: Any) -> None:
    assert refused(api.post("/mobjects/note/mdata/bulk", {"data": data})) == invalid("data", data)
    assert api.found("note") == []


def test_bulk_refuses_what_is_no_object(api: Driver) -> None:
    assert refused(api.bulk("note", {}, 7)) == invalid("data.1", 7)  # type: ignore[arg-type]  # the mistake
    assert api.found("note") == []


@pytest.fixture
def unique(api: Driver) -> str:
    return api.mobject(fields={"code": {"unique": True}})


def test_a_unique_value_is_taken_once(api: Driver, unique: str) -> None:
    for value in ("A", 1, True, {"x": [1], "y": 2}, ""):
        assert api.create(unique, code=value).status == 201
        assert refused(api.create(unique, code=value)) == invalid("code", value)
    assert api.create(unique, code="a").status == 201
    assert api.create(unique, code="1").status == 201
    assert refused(api.create(unique, code=1.0)) == invalid("code", 1)
    assert refused(api.create(unique, code={"y": 2, "x": [1]})) == invalid("code", {"x": [1], "y": 2})


@pytest.mark.parametrize("value", [1e22, 2.0**64, -1e300, 2.0**64 - 2048, -(2.0**63)])
def test_a_unique_number_may_be_of_any_size(api: Driver, unique: str, value: float) -> None:
    assert api.create(unique, code=value).status == 201
    assert refused(api.create(unique, code=value)) == invalid("code", value)


@pytest.mark.parametrize(("value", "same"), [([1], [1.0]), ({"x": [{"y": 2.0}]}, {"x": [{"y": 2}]})])
def test_a_number_within_a_unique_value_is_the_same_in_either_form(
    api: Driver, unique: str, value: Any, same: Any
) -> None:
    assert api.create(unique, code=value).status == 201
    assert refused(api.create(unique, code=same)) == invalid("code", same)


def test_records_without_the_value_do_not_clash(api: Driver, unique: str) -> None:
    for data in ({}, {}, {"code": None}, {"code": None}):
        assert api.create(unique, **data).status == 201


def test_a_unique_value_is_free_again_after_update_and_delete(api: Driver, unique: str) -> None:
    first, second = api.record(unique, code="A"), api.record(unique, code="B")
    assert refused(api.change(unique, second, code="A")) == invalid("code", "A")
    assert api.change(unique, first, code="A", more=1).status == 200
    assert api.change(unique, first, code="C").status == 200
    assert api.change(unique, second, code="A").status == 200
    assert api.delete(f"/mobjects/{unique}/mdata/{second}").status == 200
    assert api.create(unique, code="A").status == 201
    assert api.change(unique, first, code=None).status == 200
    assert api.create(unique, code="C").status == 201


def test_a_refused_update_frees_nothing(api: Driver) -> None:
    mobject = api.mobject(fields={"a": {"unique": True}, "b": {"unique": True}})
    api.record(mobject, a=1, b=1)
    key = api.record(mobject, a=2, b=2)
    assert refused(api.change(mobject, key, a=3, b=1)) == invalid("b", 1)
    assert refused(api.create(mobject, a=2)) == invalid("a", 2)
    assert api.create(mobject, a=3).status == 201


def test_objects_do_not_share_unique_values(api: Driver, unique: str) -> None:
    other = api.mobject("Other", {"code": {"unique": True}})
    assert [api.create(mobject, code="A").status for mobject in (unique, other)] == [201, 201]


def test_a_lookup_names_an_existing_record_of_its_object(api: Driver) -> None:
    owner = api.record("note", k=1)
    mobject = api.mobject(fields={"owner": {"type": "lookup", "mobjectId": "note"}})
    key = api.record(mobject, owner=owner)
    assert api.create(mobject, owner=None).status == 201
    for wrong in (MISSING, key):
        assert refused(api.create(mobject, owner=wrong)) == invalid("owner", wrong)
        assert refused(api.change(mobject, key, owner=wrong)) == invalid("owner", wrong)
    assert refused(api.create(mobject, owner=7)) == invalid("owner", 7)


def test_a_lookup_is_checked_when_it_is_set(api: Driver) -> None:
    owner = api.record("note", k=1)
    mobject = api.mobject(fields={"owner": {"type": "lookup", "mobjectId": "note"}})
    key = api.record(mobject, owner=owner)
    api.delete(f"/mobjects/note/mdata/{owner}")
    assert api.change(mobject, key, more=1).status == 200
    assert refused(api.change(mobject, key, owner=owner)) == invalid("owner", owner)


def test_a_system_objects_records_can_only_be_read(api: Driver) -> None:
    forbidden = (403, "FORBIDDEN", None, None)
    assert api.get("/mobjects/plan/mdata/free").status == 200
    assert refused(api.create("plan", name="x")) == forbidden
    assert refused(api.bulk("plan", {"name": "x"})) == forbidden
    assert refused(api.change("plan", "free", name="x")) == forbidden
    assert refused(api.delete("/mobjects/plan/mdata/free")) == forbidden
    assert [record["data"] for record in api.query("plan").json["data"]] == [{"name": "Free"}]


def test_a_refused_request_takes_no_id(api: Driver) -> None:
    mobject = api.mobject(fields={"n": {"type": "number"}})
    api.admin("POST", "/reset")
    api.mobject(fields={"n": {"type": "number"}})
    first = api.record(mobject, n=1)
    api.admin("POST", "/reset")
    api.mobject(fields={"n": {"type": "number"}})
    assert api.create(mobject, n="x").status == 400
    assert api.record(mobject, n=1) == first
