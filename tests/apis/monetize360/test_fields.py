"""What an object's schema demands of its records: field types and keywords (A2.3, A3.9)."""

import json
from typing import Any

import pytest

from tests.apis.monetize360.driver import Driver, invalid, refused

FIELDS: list[tuple[dict[str, Any], list[Any], list[Any]]] = [
    ({"type": "string"}, ["", "x", "ü" * 500], [1, True, [], {}]),
    ({"type": "text", "pattern": "^A"}, ["A", "Ada"], ["b", "", 1]),
    ({"type": "number"}, [0, -1.5, 1e300], ["1", True, []]),
    ({"type": "integer"}, [0, -7, 2.0], [1.5, "1", True]),
    ({"type": "currency", "currencyCode": "USD"}, [250.00, 0], ["250", True]),
    ({"type": "boolean"}, [True, False], [0, "true"]),
    ({"type": "date"}, ["2024-02-29"], ["2023-02-29", "2024-01-15T10:30:00Z", "x", 20240115]),
    ({"type": "picklist", "picklistCategoryId": "c"}, ["anything"], [1]),
    ({"type": "array"}, [[], [1, "x"]], [{}, "x"]),
    ({"type": "array", "items": {"type": "currency"}}, [[1, 2.5]], [["x"], [None]]),
    ({"type": "object"}, [{}, {"a": 1}], [[], "x"]),
    ({"type": "number", "minimum": 0, "maximum": 10}, [0, 10], [-0.1, 10.1]),
    ({"type": "number", "step": 0.25}, [0, 0.75, -1], [0.3]),
    ({"type": "integer", "step": 5}, [0, 15], [7]),
    ({"type": "string", "minLength": 2, "maxLength": 3}, ["ab", "üüü"], ["a", "abcd"]),
    ({"type": "string", "options": [{"value": "a", "label": "A"}, {"value": "b"}]}, ["a", "b"], ["A", "c", ""]),
    ({"options": [{"value": 1}, {"value": True}]}, [1, True], [2, "1", False]),
    ({"type": "array", "options": [{"value": "a"}, {"value": "b"}]}, [[], ["a"], ["b", "a"]], [["c"], "a"]),
    ({"type": "array", "options": [{"value": "a"}], "items": {"type": "string"}}, [["a"]], [["b"]]),
    ({"type": "string", "value": "Fixed"}, ["Fixed"], ["Other", ""]),
    ({"type": "string", "format": "email"}, ["a@example.com"], ["a", "a@"]),
    ({"type": "string", "format": "date-time"}, ["2024-01-15T10:30:00Z"], ["2024-01-15"]),
    ({"type": "string", "format": "uri"}, ["https://x.org/a"], ["x"]),
    ({"type": "string", "format": "uuid"}, ["7f8a2ea8-6d9a-5f3b-b9f7-9f7b6d9a2eb1"], ["7f8a"]),
    ({"enum": [1, "x"]}, [1, "x"], [2]),
    ({"anyOf": [{"type": "integer"}, {"type": "string"}]}, [1, "x"], [1.5]),
    ({"type": "array", "uniqueItems": True, "maxItems": 2}, [[1, 2]], [[1, 1], [1, 2, 3]]),
    ({"label": "Anything", "description": "No type"}, [1, "x", [], {}], []),
]
NAMES = [json.dumps(field) for field, _, _ in FIELDS]


@pytest.mark.parametrize(("field", "good", "bad"), FIELDS, ids=NAMES)
def test_a_field_takes_what_its_schema_allows(
    api: Driver, field: dict[str, Any], good: list[Any], bad: list[Any]
) -> None:
    mobject = api.mobject(fields={"f": field})
    for value in good:
        assert api.create(mobject, f=value).status == 201, value
    key = api.record(mobject)
    for value in bad:
        for answer in (api.create(mobject, f=value), api.change(mobject, key, f=value)):
            status, code, name, told = refused(answer)
            assert (status, code, name.partition(".")[0]) == (400, "VALIDATION_ERROR", "f"), value
            assert told == value or told in value


@pytest.mark.parametrize("field", [field for field, _, _ in FIELDS], ids=NAMES)
def test_a_field_may_be_null_or_missing(api: Driver, field: dict[str, Any]) -> None:
    mobject = api.mobject(fields={"f": field})
    assert api.create(mobject).status == 201
    assert api.create(mobject, f=None).status == 201


def test_a_required_field_must_have_a_value(api: Driver) -> None:
    by_field = api.mobject("A", {"f": {"type": "string", "required": True}})
    schema = {"type": "object", "properties": {"f": {"type": "string"}}, "required": ["f"]}
    by_schema = api.mobject("B", schema=schema)
    for mobject in (by_field, by_schema):
        assert refused(api.create(mobject, other=1)) == invalid("f", None)
        assert refused(api.create(mobject, f=None)) == invalid("f", None)
        key = api.record(mobject, f="")
        assert refused(api.change(mobject, key, f=None)) == invalid("f", None)
        assert api.change(mobject, key, other=1).status == 200


def test_the_schema_may_require_a_field_that_it_does_not_describe(api: Driver) -> None:
    mobject = api.mobject(schema={"required": ["f"]})
    assert refused(api.create(mobject)) == invalid("f", None)
    assert api.create(mobject, f=None).status == 201
    assert api.create(mobject, f=[1]).status == 201


@pytest.mark.parametrize(
    "nested",
    [
        {"type": "object", "properties": {"city": {"type": "text", "required": True}}},
        {"type": "object", "properties": {"city": {"type": "text"}}, "required": ["city"]},
        {"properties": {"city": {"type": "text"}}, "required": ["city"]},
    ],
)
def test_a_nested_object_requires_by_either_form(api: Driver, nested: dict[str, Any]) -> None:
    mobject = api.mobject(fields={"address": nested, "addresses": {"type": "array", "items": nested}})
    assert api.create(mobject, address={"city": "Rome"}, addresses=[{"city": "Rome"}]).status == 201
    assert api.create(mobject).status == 201
    assert refused(api.create(mobject, address={})) == invalid("address.city", None)
    assert refused(api.create(mobject, addresses=[{}])) == invalid("addresses.0.city", None)
    assert refused(api.create(mobject, address={"city": 1})) == invalid("address.city", 1)


def test_a_nested_object_itself_can_be_required(api: Driver) -> None:
    address = {"type": "object", "required": True, "properties": {"city": {"type": "string"}}}
    mobject = api.mobject(fields={"address": address})
    assert refused(api.create(mobject)) == invalid("address", None)
    assert api.create(mobject, address={}).status == 201


def test_fields_that_the_schema_does_not_name_are_stored(api: Driver) -> None:
    mobject = api.mobject(fields={"f": {"type": "string"}})
    assert api.create(mobject, f="x", g=[1]).json["data"] == {"f": "x", "g": [1]}


def test_a_schema_may_forbid_what_it_does_not_name(api: Driver) -> None:
    mobject = api.mobject(schema={"properties": {"f": {}}, "additionalProperties": False})
    assert api.create(mobject, f=1).status == 201
    assert refused(api.create(mobject, g=1)) == invalid("g", 1)


def test_what_is_wrong_with_a_record_as_a_whole_is_said_of_its_data(api: Driver) -> None:
    answer = api.create(api.mobject(schema={"minProperties": 2}), f=1)
    assert refused(answer) == invalid("data", {"f": 1})
    assert answer.json["error"]["message"] == "data must have at least 2 members"


def test_a_schema_may_refer_to_its_own_parts(api: Driver) -> None:
    schema = {"$defs": {"code": {"pattern": "^[A-Z]+$"}}, "properties": {"f": {"$ref": "#/$defs/code"}}}
    mobject = api.mobject(schema=schema)
    assert api.create(mobject, f="AB").status == 201
    assert refused(api.create(mobject, f="ab")) == invalid("f", "ab")


def doubled(keyword: str) -> dict[str, Any]:
    """A schema of 40 parts, each of which applies the next one twice."""
    parts: dict[str, Any] = {f"d{n}": {keyword: [{"$ref": f"#/$defs/d{n + 1}"}] * 2} for n in range(40)}
    return {"$defs": parts | {"d40": {}}, "properties": {"f": {"$ref": "#/$defs/d0"}}}


def leftovers(times: int) -> dict[str, Any]:
    """A schema in which what is left over is looked for in what is left over."""
    part: dict[str, Any] = {}
    for _ in range(times):
        part = {"if": part, "unevaluatedProperties": False}
    return part


@pytest.mark.parametrize(
    "schema",
    [
        doubled("allOf"),
        doubled("anyOf"),
        {"properties": {"f": {"contains": {"$ref": "#"}, "items": {"$ref": "#"}}}, "$ref": "#/properties/f"},
        {"properties": {"f": {"anyOf": [{"$ref": "#"}, {"$ref": "#"}]}}},
        {"$ref": "#"},
        {"$defs": {"a": {"not": {"$ref": "#/$defs/a"}}}, "properties": {"f": {"$ref": "#/$defs/a"}}},
        {"properties": {f"f{n}": {} for n in range(5_000)}},
        leftovers(30),
    ],
    ids=["all", "any", "items", "again", "itself", "never", "long", "rest"],
)
def test_a_schema_that_would_be_checked_forever_is_refused(api: Driver, schema: dict[str, Any]) -> None:
    answer = api.post("/mobjects", {"name": "Thing", "description": "x", "schema": schema})
    assert refused(answer) == invalid("schema", None)


@pytest.mark.parametrize(
    "field",
    [
        {"type": "array", "items": {"$ref": "#"}},
        {"type": "object", "properties": {"left": {"$ref": "#"}, "right": {"$ref": "#"}}},
        {"anyOf": [{"type": "array", "items": {"$ref": "#"}}, {"additionalProperties": {"$ref": "#"}}]},
        {"oneOf": [{"properties": {name: {"$ref": "#"}}, "required": [name]} for name in ("and", "or", "not")]},
        {"prefixItems": [{"$ref": "#"}, {"$ref": "#"}]},
        {"$ref": "#/properties/g%20h"},
        {"$ref": "#/anyOf/0"},
    ],
    ids=["list", "tree", "value", "expression", "pair", "encoded", "indexed"],
)
def test_a_schema_may_refer_to_itself_where_that_comes_to_an_end(api: Driver, field: dict[str, Any]) -> None:
    schema = {"properties": {"f": field, "g h": {}}, "anyOf": [{"type": "object"}]}
    answer = api.post("/mobjects", {"name": "Thing", "description": "x", "schema": schema})
    assert answer.status == 201


def test_a_pattern_that_would_backtrack_forever_is_answered_at_once(api: Driver) -> None:
    mobject = api.mobject(fields={"f": {"type": "string", "pattern": "^(a+)+$"}})
    assert refused(api.create(mobject, f="a" * 5000 + "!")) == invalid("f", "a" * 5000 + "!")


@pytest.mark.parametrize(
    ("field", "place", "value", "told"),
    [
        ({"pattern": "^(?=a)"}, ".properties.f.pattern", "^(?=a)", "look-around"),
        ({"items": {"pattern": r"(a)\1"}}, ".properties.f.items.pattern", r"(a)\1", "back-references"),
        ({"multipleOf": 0}, ".properties.f.multipleOf", 0, "must be greater than 0"),
        ({"oneOf": [{"type": "date"}]}, ".properties.f.oneOf.0.type", "date", "must be one of array, boolean"),
        ({"$ref": "#/nowhere"}, "", None, "'#/nowhere' leads nowhere"),
    ],
)
def test_an_unusable_schema_is_told_where_it_is_wrong(
    api: Driver, field: dict[str, Any], place: str, value: Any, told: str
) -> None:
    answer = api.post("/mobjects", {"name": "Thing", "description": "x", "schema": {"properties": {"f": field}}})
    assert refused(answer) == invalid(f"schema{place}", value)
    assert told in answer.json["error"]["message"]


@pytest.mark.parametrize(
    "field",
    [
        {"type": "string", "pattern": "^(?=a)"},
        {"type": "string", "pattern": r"(a)\1"},
        {"type": "string", "pattern": "("},
        {"$ref": "https://example.com/schema.json"},
        {"$ref": "http://127.0.0.1:9/schema.json#/a"},
        {"$ref": "file:///etc/hostname"},
        {"$ref": "#/nowhere"},
        {"$ref": "#/properties/f/items/x", "items": []},
        {"$ref": "https://json-schema.org/draft/2020-12/schema"},
        {"$ref": "#name", "items": {"$anchor": "name"}},
        {"$dynamicRef": "#name"},
        {"anyOf": [{"$id": "a", "$ref": "#/anyOf/0"}]},
        {"enum": "x"},
        {"type": "string", "allOf": [{"type": "currency"}]},
    ],
)
def test_an_unusable_schema_is_refused(api: Driver, field: dict[str, Any]) -> None:
    body = {"name": "Thing", "description": "x", "schema": {"properties": {"f": field}}}
    answer = api.post("/mobjects", body)
    assert answer.status == 400
    assert answer.json["error"]["details"]["field"].startswith("schema")
    assert api.post("/mobjects", body | {"schema": {}}).status == 201
    key = api.get("/mobjects").json["data"][-1]["id"]
    assert api.put(f"/mobjects/{key}", {"schema": body["schema"]}).status == 400
    assert api.get(f"/mobjects/{key}").json["schema"] == {}
