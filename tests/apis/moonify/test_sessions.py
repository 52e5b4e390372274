"""Opening sessions: who may, what a body may be, whom it makes (B1, B2.1, B4, B5)."""

import re
from typing import Any

import pytest

from tests.apis.moonify.driver import FORM, NOW, ZEROS, Driver
from tests.client import make_client

# Authentication

INVALID = {"error": "Service ID is invalid"}


@pytest.mark.parametrize(
    "header",
    ["serviceID yourServiceID", "serviceid yourServiceID", "SERVICEID yourServiceID", "serviceID  yourServiceID"],
)
def test_the_scheme_word_is_in_any_case(api: Driver, header: str) -> None:
    assert api.get("/users", headers={"authorization": header}).status == 200


@pytest.mark.parametrize("header", ["Bearer yourServiceID", "serviceID", "serviceID other", "yourServiceID", ""])
def test_a_wrong_header_is_not_rescued(api: Driver, header: str) -> None:
    answer = api.get("/users?serviceID=yourServiceID", headers={"authorization": header})
    assert (answer.status, answer.json) == (401, INVALID)
    assert answer.headers["www-authenticate"] == "serviceID"


def test_no_service_id_is_an_invalid_one(api: Driver) -> None:
    assert (api.get("/users", headers={}).status, api("POST", "/sessions", headers={}).status) == (401, 401)


@pytest.mark.parametrize(
    ("query", "body", "status"),
    [
        ("?serviceID=other", {"serviceID": "yourServiceID"}, 201),
        ("?serviceID=yourServiceID", {"serviceID": "other"}, 401),
        ("?serviceID=yourServiceID", {"serviceID": ""}, 201),
        ("?serviceID=yourServiceID", {"serviceID": None, "userID": "x"}, 201),
        ("?serviceID=yourServiceID", b"{", 400),
        ("", b"{", 401),
        ("", {"serviceID": ["yourServiceID"]}, 401),
        ("", {"serviceID": True}, 401),
        ("", {"serviceID": 42}, 401),
        ("", {"serviceID": "yourServiceID", "userID": True}, 400),
    ],
)
def test_the_body_goes_before_the_query(api: Driver, query: str, body: Any, status: int) -> None:
    assert api("POST", f"/sessions{query}", body, headers={}).status == status


def test_a_setting_turns_401_into_403(api: Driver) -> None:
    api.set("invalidIsForbidden", value=True)
    answer = api.get("/users", headers={"authorization": "serviceID other"})
    assert (answer.status, answer.json) == (403, INVALID)


def test_routes_come_before_authentication_and_that_before_the_rest(api: Driver) -> None:
    assert api.get("/nothing", headers={}).status == 404
    assert api("DELETE", "/users", headers={}).status == 405
    assert api.get("/users?limit=0", headers={}).status == 401
    assert api.get("/users/nobody", headers={}).status == 401
    assert api.get("/groups/no/such/users?limit=0").status == 400


def test_a_namespace_is_found_by_its_own_service_id() -> None:
    api = Driver(make_client("docs"))
    made = api.admin("POST", "/namespaces", {"name": "mine", "scenario": "docs"})
    key = made["credentials"]["moonify"]["serviceID"]
    own = {"authorization": f"serviceID {key}"}
    api.open({"userID": "carl"}, headers=own)
    assert api.get("/users/carl", headers=own).status == 200
    assert api.get("/users/carl").status == 404
    assert api.get(f"/users/carl?serviceID={key}", headers={}).status == 200


# Bodies


@pytest.mark.parametrize("media", [None, FORM, "application/json", "text/plain", "application/json; charset=utf-8"])
def test_json_is_known_by_its_content(api: Driver, media: str | None) -> None:
    api.open(b' \n{"userID" : "carl", "@team" : "blue"}', content_type=media)
    assert api.user("carl", "team/blue")["id"] == "carl"


@pytest.mark.parametrize("media", [None, FORM, FORM + "; charset=utf-8"])
def test_any_other_body_is_a_form(api: Driver, media: str | None) -> None:
    api.open(b"userID=J%C3%BCrgen+K&@team=a%20b", content_type=media)
    assert api.user("J%C3%BCrgen%20K", "team/a%20b")["id"] == "Jürgen K"


@pytest.mark.parametrize("body", [b"", b" \n", b"{}", None])
def test_nothing_opens_an_anonymous_session(api: Driver, body: bytes | None) -> None:
    before = api.users()
    api.open(body, content_type=FORM)
    assert api.users() == before


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b'{"userID": }',
        b"[]",
        b'["a"]',
        b"7",
        b'"text"',
        b"null",
        b"true",
        b"\xff=1",
        b"a=%ff",
        b'{"a":' * 9000,
        b'\xef\xbb\xbf{"userID": "carl"}',
    ],
)
def test_what_is_neither_is_malformed(api: Driver, body: bytes) -> None:
    assert api.refused(body, content_type=FORM).startswith("Malformed request: the body ")


def test_there_may_be_a_thousand_parameters(api: Driver) -> None:
    for count, status in ((1_000, 201), (1_001, 400)):
        names = [f"n{number}" for number in range(count)]
        assert api("POST", "/sessions", dict.fromkeys(names, "x")).status == status
        form = "&".join(f"{name}=x" for name in names).encode()
        assert api("POST", "/sessions", form, content_type=FORM).status == status
        both = dict.fromkeys(names[500:], "x")
        assert api("POST", "/sessions?" + "&".join(f"{name}=x" for name in names[:500]), both).status == status


def test_json_that_is_none_is_malformed(api: Driver) -> None:
    assert "line 1, column 2" in api.refused(b"{]", content_type="application/json")
    assert api.refused(b"userID=carl", content_type="application/json").startswith("Malformed request: ")


def test_a_form_declared_as_something_else_is_not_read(api: Driver) -> None:
    assert api("POST", "/sessions", b"userID=carl", content_type="multipart/form-data; boundary=x").status == 415


# Values


@pytest.mark.parametrize(("value", "user"), [(42, "42"), (-1, "-1"), (1.5, "1.5"), ("7", "7"), ("1.50", "1.50")])
def test_a_number_stands_for_its_text(api: Driver, value: Any, user: str) -> None:
    api.open({"userID": value, "@n": value})
    assert api.user(user, f"n/{user}")["id"] == user


@pytest.mark.parametrize(
    "written",
    ["2.50", "2.5", "1.0", "1e3", "1E+2", "-0", "0", "0.10", "9007199254740993", "123456789012345678901234567890"],
)
def test_a_number_is_the_text_it_is_written_with(api: Driver, written: str) -> None:
    api.open(f'{{"userID": {written}, "@n": {written}}}'.encode())
    path = written.replace("+", "%2B")
    assert api.user(path, f"n/{path}")["id"] == written
    assert len(api.users()) == 3


def test_numbers_beside_what_is_nested_deep_are_refused(api: Driver) -> None:
    nested = b"[" * 1000 + b"]" * 1000
    assert api.refused(b'{"userID": 1, "x": ' + nested + b"}").startswith(("Malformed request", "Invalid parameter"))


@pytest.mark.parametrize("value", [True, False, [], ["x"], {}, {"a": 1}])
@pytest.mark.parametrize("name", ["userID", "deviceID", "serviceID", "@team", "@other", "anything"])
def test_no_other_value_is_taken(api: Driver, name: str, value: Any) -> None:
    assert api.refused({name: value}) == f"Invalid parameter: {name} must be text or a number"


@pytest.mark.parametrize("value", [None, ""])
def test_a_user_may_be_left_empty(api: Driver, value: Any) -> None:
    before = api.users()
    api.open({"userID": value})
    assert api.users() == before


@pytest.mark.parametrize("value", [None, "", "x", 1, 1.5])
def test_device_and_unknown_parameters_are_ignored(api: Driver, value: Any) -> None:
    before = api.users()
    api.open({"deviceID": value, "colour": value, "": value})
    assert api.users() == before


@pytest.mark.parametrize("body", [{"@": "x"}, {"@": ""}, {"@": None}, b"@=x"])
def test_a_group_has_a_name(api: Driver, body: Any) -> None:
    assert api.refused(body, content_type=FORM) == "Invalid parameter: @ is a group without a name"


@pytest.mark.parametrize("body", [{"@x": ""}, {"@x": "", "@y": "1"}, b"@x=", b"@x", b"@x=&@x=1"])
def test_a_group_has_a_value(api: Driver, body: Any) -> None:
    assert api.refused(body, content_type=FORM) == "Invalid parameter: @x is a group without a value"


def test_a_refused_session_makes_nothing(api: Driver) -> None:
    before = api.client.world.snapshot()
    api.refused({"userID": "carl", "@team": "blue", "@kind": ""})
    assert api.client.world.snapshot().tables == before.tables


def test_a_group_that_is_null_is_not_given(api: Driver) -> None:
    api.open({"userID": "carl", "@team": "blue", "@kind": None})
    assert api.user("carl", "team/blue")["score"] == 0


# Groups


@pytest.mark.parametrize(
    ("body", "last"),
    [
        ({"@b": "1", "@a": "1"}, "a/1"),
        ({"@a": "1", "userID": "carl", "@b": "1"}, "b/1"),
        (b"@b=1&@a=1", "a/1"),
        (b"@a=1&@b=1&@a=2", "a/2"),
        (b"@a=2&@a=1", "a/1"),
    ],
)
def test_the_last_declared_group_counts(api: Driver, body: Any, last: str) -> None:
    token = api.open(body, content_type=FORM)
    session = api.admin("GET", f"/moonify/sessions/{token}")
    assert "{name}/{value}".format(**session["group"]) == last


def test_groups_before_the_last_exist_without_the_user(api: Driver) -> None:
    api.open({"userID": "carl", "@team": "blue", "@kind": "paladin"})
    assert api.group("team/blue") == {"name": "team", "value": "blue", **ZEROS, "updated": NOW}
    answer = api.get("/groups/team/blue/users/carl")
    assert (answer.status, answer.json) == (404, {"error": "User not found"})
    assert api.user("carl", "kind/paladin") == {"id": "carl", **ZEROS, "updated": NOW}


def test_both_values_of_a_name_are_groups(api: Driver) -> None:
    api.open(b"userID=carl&@team=red&@team=blue", content_type=FORM)
    assert (api.users(group="team/red"), list(api.users(group="team/blue"))) == ({}, ["carl"])


def test_the_query_is_declared_first_and_the_body_wins(api: Driver) -> None:
    api("POST", "/sessions?userID=dora&@team=red&@zone=1", b"userID=carl&@team=blue", content_type=FORM)
    assert api.get("/users/dora").status == 404
    assert list(api.users(group="team/blue")) == ["carl"]
    assert (api.users(group="team/red"), api.users(group="zone/1")) == ({}, {})


def test_the_query_alone_will_do(api: Driver) -> None:
    api("POST", "/sessions?userID=dora&@team=red")
    assert list(api.users(group="team/red")) == ["dora"]


def test_groups_are_told_apart_whatever_they_are_made_of(api: Driver) -> None:
    api.open({"userID": "one", "@a b": "c"})
    api.open({"userID": "two", "@a": "b c"})
    api.open({"userID": "three", "@a/b": "c"})
    api.open({"userID": "four", "@a": "b/c"})
    groups = ("a%20b/c", "a/b%20c", "a%2Fb/c", "a/b%2Fc")
    assert [list(api.users(group=group)) for group in groups] == [["one"], ["two"], ["three"], ["four"]]


# Tokens and users


def test_each_session_has_a_token_of_its_own(api: Driver) -> None:
    tokens = [api.open({"userID": "ann"}) for _ in range(3)]
    assert len(set(tokens)) == 3
    assert all(re.fullmatch("[0-9a-f]{32}", token) for token in tokens)


def test_the_same_history_gives_the_same_tokens(api: Driver) -> None:
    first = [api.open(), api.open({"userID": "ann"})]
    api.admin("POST", "/reset")
    assert [api.open(), api.open({"userID": "ann"})] == first


def test_a_new_user_can_be_read_at_once(api: Driver) -> None:
    api.open({"userID": "carl"})
    assert api.user("carl") == {"id": "carl", **ZEROS, "updated": NOW}


def test_a_known_user_stays_as_it_is(api: Driver) -> None:
    before = api.user("ann")
    api.open({"userID": "ann", "@team": "blue"})
    assert api.user("ann") == before


def test_tokens_do_not_expire(api: Driver) -> None:
    token = api.open({"userID": "ann"})
    api.shift("P399D")
    assert api.earn(token, 5)["user"]["score"] == 15
