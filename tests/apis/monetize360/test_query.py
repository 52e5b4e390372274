"""Filter, sort, fields and paging of records (A2.5, A5)."""

from typing import Any
from urllib.parse import quote

import orjson
import pytest

from tests.apis.monetize360.driver import MISSING, NOW, Driver, invalid, refused

ROWS: list[dict[str, Any]] = [
    {"k": "int", "v": 10},
    {"k": "float", "v": 9.5},
    {"k": "true", "v": True},
    {"k": "text", "v": "active"},
    {"k": "digits", "v": "10"},
    {"k": "time", "v": "2024-01-15T10:30:00Z"},
    {"k": "list", "v": ["active", 10]},
    {"k": "object", "v": {"active": 10}},
    {"k": "empty", "v": ""},
    {"k": "null", "v": None},
    {"k": "missing"},
]
ALL = {row["k"] for row in ROWS}


@pytest.fixture
def stocked(api: Driver) -> Driver:
    """``note`` with a record for each type of value."""
    assert api.bulk("note", *ROWS).status == 201
    return api


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("v:eq:10", {"int", "digits"}),
        ("v:eq:10.0", {"int"}),
        ("v:eq:9.5", {"float"}),
        ("v:eq:true", {"true"}),
        ("v:eq:active", {"text"}),
        ("v:eq:Active", set()),
        ("v:eq:", {"empty"}),
        ("v:ne:10", ALL - {"int", "digits"}),
        ("v:ne:true", ALL - {"true"}),
        ("v:gt:9.5", {"int", "text"}),
        ("v:gte:9.5", {"int", "float", "text"}),
        ("v:lt:10", {"float", "empty"}),
        ("v:lte:10", {"int", "float", "digits", "empty"}),
        ("v:gte:2024-01-15T10:30:00Z", {"text", "time"}),
        ("v:lt:active", {"digits", "time", "empty"}),
        ("v:in:10,active", {"int", "digits", "text"}),
        ("v:in:[true,9.5]", {"true", "float"}),
        ("v:in:none", set()),
        ("v:contains:tiv", {"text"}),
        ("v:contains:TIV", set()),
        ("v:contains:active", {"text", "list"}),
        ("v:contains:10", {"digits", "time", "list"}),
        ("v:contains:acti", {"text"}),
        ("v:contains:", {"text", "digits", "time", "empty"}),
        ("absent:eq:10", set()),
        ("absent:ne:10", ALL),
        ("absent:lt:10", set()),
    ],
)
def test_each_operator_compares_by_the_stored_type(stocked: Driver, expression: str, expected: set[str]) -> None:
    answer = stocked.query("note", expression)
    assert {record["data"]["k"] for record in answer.json["data"]} == expected
    assert answer.json["pagination"]["total"] == len(expected)


@pytest.mark.parametrize("number", [10**25, -(10**25), 2**64, 2**64 - 1, 2**63 + 1, 2**53 + 1, -(2**63), 1e25, 0.1])
def test_a_number_is_found_by_the_text_that_it_was_sent_as(api: Driver, number: float) -> None:
    body = b'{"data": {"v": %s}}' % str(number).encode()
    assert api.post("/mobjects/note/mdata", body).status == 201
    assert api.create("note", v=1).status == 201
    assert [row["data"]["v"] for row in api.query("note", f"v:eq:{number}").json["data"]] == [orjson.loads(str(number))]


def test_repeated_filters_must_all_hold(stocked: Driver) -> None:
    assert stocked.found("note", "v:lte:10", "v:gt:9.5") == ["int"]
    assert stocked.found("note", "v:eq:10", "k:eq:digits") == ["digits"]
    assert stocked.found("note", "v:eq:10", "k:eq:float") == []


def test_a_value_may_hold_colons_commas_and_brackets(api: Driver) -> None:
    api.bulk(
        "note", {"k": "a", "v": "x:y:z"}, {"k": "b", "v": "1,2"}, {"k": "c", "v": "[d]"}, {"k": "e", "v": "ü & =+"}
    )
    assert api.found("note", "v:eq:x:y:z") == ["a"]
    assert api.found("note", "v:eq:1,2") == ["b"]
    assert api.found("note", "v:eq:[d]") == ["c"]
    assert api.found("note", "v:eq:ü & =+") == ["e"]
    assert api.found("note", "v:contains::") == ["a"]


def test_a_filter_may_come_unencoded(stocked: Driver) -> None:
    answer = stocked.get("/mobjects/note/mdata?filter=v:gte:2024-01-15T10:30:00Z&filter=k:ne:text")
    assert [record["data"]["k"] for record in answer.json["data"]] == ["time"]


def test_system_fields_can_be_filtered_and_sorted_by(api: Driver) -> None:
    first = api.record("note", k=1)
    api.shift(60)
    api.record("note", k=2)
    assert api.found("note", f"id:eq:{first}") == [1]
    assert api.found("note", "createdAt:gt:2024-01-15T10:30:00Z") == [2]
    api.shift(60)
    api.change("note", first, more=True)
    assert api.found("note", "updatedAt:eq:2024-01-15T10:32:00Z") == [1]
    assert api.found("note", sort="createdAt:desc") == [2, 1]
    assert api.found("note", sort="-updatedAt") == [1, 2]


def test_a_data_field_comes_before_a_system_field_of_its_name(api: Driver) -> None:
    api.record("note", k=1, createdAt="1999")
    api.record("note", k=2)
    assert api.found("note", "createdAt:eq:1999") == [1]
    assert api.found("note", f"createdAt:eq:{NOW}") == [2]
    assert api.found("note", sort="createdAt") == [1, 2]
    api.record("note", k=3, createdAt=None)
    assert api.found("note", f"createdAt:eq:{NOW}") == [2]


@pytest.mark.parametrize(
    "expression", ["", "v", "v:eq", "v:is:10", ":eq:10", "v:EQ:10", "eq:10", "v eq 10", "v: eq:10"]
)
def test_a_bad_filter_is_refused_whole(api: Driver, expression: str) -> None:
    assert refused(api.query("note", expression)) == invalid("filter", expression)
    assert refused(api.query("note", "v:eq:10", expression)) == invalid("filter", expression)


@pytest.mark.parametrize(
    ("sort", "expected"),
    [
        ("v", ["b", "d", "a", "c", "null", "none"]),
        ("v:asc", ["b", "d", "a", "c", "null", "none"]),
        ("v:desc", ["c", "a", "b", "d", "null", "none"]),
        ("-v", ["c", "a", "b", "d", "null", "none"]),
        ("v,w", ["d", "b", "a", "c", "null", "none"]),
        ("v:asc,-w", ["b", "d", "a", "c", "null", "none"]),
        ("w", ["d", "a", "b", "c", "null", "none"]),
        ("absent", ["a", "b", "c", "d", "null", "none"]),
    ],
)
def test_sorts_by_several_fields_the_missing_last(api: Driver, sort: str, expected: list[str]) -> None:
    rows = [("a", 2, 2), ("b", 1, 2), ("c", 10, 3), ("d", 1, 1), ("null", None, 4)]
    api.bulk("note", *({"k": k, "v": v, "w": w} for k, v, w in rows), {"k": "none"})
    assert api.found("note", sort=sort) == expected


def test_sorts_values_of_several_types(api: Driver) -> None:
    api.bulk("note", *({"k": k, "v": k} for k in (True, "b", 2.5, ["x"], "B", -1, False)))
    ascending = [-1, 2.5, "B", "b", False, True, ["x"]]
    assert api.found("note", sort="v") == ascending
    assert api.found("note", sort="-v") == ascending[::-1]


@pytest.mark.parametrize("sort", ["", "v:up", "v:", ":asc", "v,,w", "-v:desc", "-", "v:asc:desc"])
def test_a_bad_sort_is_refused(api: Driver, sort: str) -> None:
    assert refused(api.query("note", sort=sort)) == invalid("sort", sort)


def test_fields_project_the_data_and_nothing_else(api: Driver) -> None:
    key = api.record("note", k=1, name="Ada", **{"odd name": True})
    whole = api.get(f"/mobjects/note/mdata/{key}").json
    for fields, data in [("name", {"name": "Ada"}), ("name,k,absent", {"name": "Ada", "k": 1}), ("id", {}), ("", {})]:
        (record,) = api.query("note", fields=fields).json["data"]
        assert record == whole | {"data": data}
    (record,) = api.query("note", "name:eq:Ada", fields="odd name", sort="-k").json["data"]
    assert record["data"] == {"odd name": True}


def test_pages_are_counted_after_filtering(stocked: Driver) -> None:
    answer = stocked.query("note", "v:ne:10", limit=4, offset=8)
    assert len(answer.json["data"]) == 1
    assert answer.json["pagination"] == {"total": 9, "limit": 4, "offset": 8, "hasMore": False}


def test_fifty_records_without_a_limit(api: Driver) -> None:
    api.bulk("note", *({"k": number} for number in range(51)))
    answer = api.get("/mobjects/note/mdata")
    assert [record["data"]["k"] for record in answer.json["data"]] == list(range(50))
    assert answer.json["pagination"] == {"total": 51, "limit": 50, "offset": 0, "hasMore": True}
    assert api.found("note", limit=1000) == list(range(51))


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("limit", "0", 0),
        ("limit", "1001", 1001),
        ("limit", "-1", -1),
        ("limit", "ten", "ten"),
        ("limit", "", ""),
        ("limit", "1.5", "1.5"),
        ("offset", "-1", -1),
        ("offset", "x", "x"),
    ],
)
@pytest.mark.parametrize("path", ["/mobjects/note/mdata", "/mobjects", "/workflows", "/workflows/order/executions"])
def test_a_page_out_of_bounds_is_refused_in_every_list(
    api: Driver, path: str, name: str, value: str, told: Any
) -> None:
    assert refused(api.get(f"{path}?{name}={value}")) == invalid(name, told)


def test_a_parameter_given_twice_is_refused(api: Driver) -> None:
    assert refused(api.get("/mobjects/note/mdata?limit=1&limit=2")) == invalid("limit", ["1", "2"])


def test_an_unknown_object_has_no_list(api: Driver) -> None:
    assert refused(api.query(MISSING)) == (404, "NOT_FOUND", None, None)


def test_any_text_is_taken_as_an_id(api: Driver) -> None:
    for text in ("bulk", "%", "ä/ö", "a b", "..", "x" * 500):
        assert refused(api.get(f"/mobjects/{quote(text, safe='')}/mdata")) == (404, "NOT_FOUND", None, None)


def test_what_is_remembered_follows_what_is_written(api: Driver) -> None:
    keys = [api.record("note", k=number) for number in range(3)]
    assert api.found("note", sort="-k") == [2, 1, 0]
    api.change("note", keys[0], k=9)
    assert api.found("note", sort="-k") == [9, 2, 1]
    api.delete(f"/mobjects/note/mdata/{keys[2]}")
    assert api.found("note", sort="-k") == [9, 1]
    api.record("note", k=5)
    assert api.found("note", sort="-k") == [9, 5, 1]
