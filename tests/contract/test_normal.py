"""What two targets' answers come to, where others keep things there too."""

from typing import Any

import orjson
import pytest

from sandbox.contract.contracts import contract
from sandbox.contract.headers import FOREIGN
from sandbox.contract.normal import Instant, Keyed, Normal, pages
from sandbox.contract.wire import Answer, Exchange, Sent

PREFIX = "kit-n1-"
OTHERS = [{"series": f"s{number}", "rate": number} for number in range(3)]
OWN = {"series": f"{PREFIX}a", "items": [{"name": "x", "rate": 1}]}


def shared() -> Normal:
    return Normal(PREFIX, whole=False, pages={"listUsers": 3})


def read(normal: Normal, body: Any, operation: str = "listUsers", path: str = "/x") -> Any:
    answer = Answer(200, {}, orjson.dumps(body))
    return normal.of(Exchange(operation, {}, "first", Sent("GET", path), answer))["body"]


def users(*names: str) -> dict[str, Any]:
    return {"users": {name: {"id": name} for name in names}}


def test_what_has_no_id_is_own_by_its_name_alone() -> None:
    assert read(shared(), [*OTHERS, OWN], "getRateTables") == [
        {"series": "<run>-a", "items": [{"name": "x", "rate": 1}]}
    ]
    normal = shared()
    normal.own.add("d-1")
    assert read(normal, [*OTHERS, {"of": "d-1"}], "getRateTables") == [{"of": "d-1"}]
    assert len(read(Normal(PREFIX, whole=True), OTHERS, "getRateTables")) == 3


def test_a_page_that_others_may_have_filled_is_not_compared() -> None:
    assert read(shared(), users("a", "b", "c")) == {"users": FOREIGN}
    assert read(shared(), users("a", f"{PREFIX}b")) == {"users": [{"id": "<id 0.0>"}]}
    assert read(shared(), users(f"{PREFIX}a", f"{PREFIX}b", f"{PREFIX}c"))["users"] != FOREIGN
    assert read(shared(), {"data": [{"id": name} for name in "abc"], "next": 0})["data"] == []


def test_an_id_counts_from_where_it_can_be_compared() -> None:
    alone, crowded = shared(), shared()
    for normal in (alone, crowded):
        for normal.step, path in enumerate(("/x", "/x"), 1):
            others = () if normal is alone or normal.step > 1 else ("b", "c")
            shown = read(normal, users(f"{PREFIX}a", *others), path=path)
            if normal.step == 1:
                normal.forget(shown)
        assert shown == {"users": [{"id": "<id 2.0>"}]}
    paged, answer = shared(), Answer(200, {}, orjson.dumps(users(f"{PREFIX}a")))
    asked = Exchange("listUsers", {}, "first", Sent("GET", "/x", "limit=1"), answer)
    assert paged.of(asked)["body"]["users"] is FOREIGN
    assert paged.ids == {}


def test_what_others_left_empty_is_of_the_same_kind() -> None:
    emptied, full = read(shared(), users("a")), read(shared(), users(f"{PREFIX}a"))
    assert emptied == {"users": Keyed()}
    assert type(emptied["users"]) is type(full["users"]) is Keyed


def test_how_far_a_refused_field_leads_is_each_servers_own() -> None:
    def refused(normal: Normal, field: str, value: Any) -> Any:
        body = {"error": {"code": "VALIDATION_ERROR", "details": {"field": field, "value": value}}}
        answer = Answer(400, {}, orjson.dumps(body))
        return normal.of(Exchange("createMobject", {}, "first", Sent("POST", "/x"), answer))["body"]

    deep, flat = ("schema.properties.a.pattern", "(?=a)b"), ("schema", None)
    assert refused(shared(), *deep) == refused(shared(), *flat) != refused(shared(), "name", None)
    assert refused(Normal(PREFIX, whole=True), *deep) != refused(Normal(PREFIX, whole=True), *flat)


def test_pages_are_as_the_spec_says() -> None:
    assert pages(contract("moonify")) == {"listUsers": 100, "listGroupUsers": 100}
    assert "getRateTables" not in pages(contract("dynamic_monetization"))


@pytest.mark.parametrize(
    ("one", "other", "alike"), [(1, 1.0, True), (1, True, False), (0, False, False), (1, 1.5, False)]
)
def test_numbers_are_what_they_are_worth(one: Any, other: Any, *, alike: bool) -> None:
    ours, theirs = (read(Normal(PREFIX, whole=True), {"rate": value})["rate"] for value in (one, other))
    assert ((ours, type(ours)) == (theirs, type(theirs))) is alike


def test_a_reader_is_told_which_id_and_when() -> None:
    normal = Normal(PREFIX, whole=True)
    for normal.step, names in enumerate((["a", "b"], ["c"]), 1):
        shown = read(normal, [{"id": name} for name in names])
    assert normal.tell(shown) == [{"id": "the id first seen in step 2"}]
    assert normal.tell({"of": "<id 1.1>, <id 7>"}) == {"of": "id 2 of those first seen in step 1, <id 7>"}
    assert normal.tell([Instant("milliseconds", "1705314600000")]) == ["2024-01-15T10:30:00Z"]


@pytest.mark.parametrize("body", [{"error": "Not found"}, {"errors": ["$.end: too early", "$.start: too late"]}])
def test_how_a_refusal_is_worded_is_not_compared_with_anothers(body: dict[str, Any]) -> None:
    def refused(told: Any, *, whole: bool = False) -> Any:
        exchange = Exchange("listUsers", {}, "first", Sent("GET", "/x"), Answer(400, {}, orjson.dumps(told)))
        return Normal(PREFIX, whole=whole).of(exchange)["body"]

    other = {name: "said otherwise" if isinstance(said, str) else ["otherwise"] for name, said in body.items()}
    assert refused(body) == refused(other)
    assert refused(body) != refused({name: {"code": 1} for name in body})
    assert refused(body, whole=True) != refused(other, whole=True)


def test_an_empty_body_has_no_media_type() -> None:
    empty, full = (
        Exchange("x", {}, "first", Sent("GET", "/x"), Answer(200, {"content-type": "text/html"}, body))
        for body in (b"", b"a")
    )
    assert shared().of(empty)["header"] == {}
    assert shared().of(full)["header"] == {"content-type": "text/html"}


def test_lists_by_the_times_of_each_server_are_not_compared() -> None:
    items = [{"id": f"{PREFIX}{number}", "createdAt": "2024-01-15T10:30:00Z", "n": number} for number in range(2)]

    def listed(query: str, *, whole: bool = False) -> Any:
        normal = Normal(PREFIX, whole=whole)
        normal.own |= {one["id"] for one in items}
        told = Answer(200, {}, orjson.dumps({"data": items}))
        return normal.of(Exchange("listMdata", {}, "first", Sent("GET", "/x", query), told))["body"]["data"]

    assert listed("sort=n%2CcreatedAt") is listed("filter=createdAt%3Aeq%3A1") is FOREIGN
    assert len(listed("filter=n%3Aeq%3A1")) == len(listed("sort=createdAt", whole=True)) == 2
