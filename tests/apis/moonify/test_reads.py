"""Reads: single ones are live, lists are as of the last 5-minute boundary (B2.2, B3.6, B3.7, B4, B5)."""

from collections.abc import Iterable
from typing import Any

import pytest

from tests.apis.moonify.driver import NOW, ZEROS, Driver

# Paths and answers


@pytest.mark.parametrize(
    "path",
    ["/users", "/users/betty", "/groups/team/blue", "/groups/team/blue/users", "/groups/team/blue/users/gerald"],
)
def test_a_slash_at_the_end_means_nothing(docs: Driver, path: str) -> None:
    plain, slashed = docs.get(path), docs.get(path + "/")
    assert (plain.status, slashed.status) == (200, 200)
    assert plain.body == slashed.body
    assert plain.headers["content-type"] == "application/json"


@pytest.mark.parametrize(
    ("path", "told"),
    [
        ("/users/nobody", "User not found"),
        ("/users/Betty", "User not found"),
        ("/groups/team/red", "Group not found"),
        ("/groups/Team/blue", "Group not found"),
        ("/groups/team/red/users", "Group not found"),
        ("/groups/team/red/users/gerald", "Group not found"),
        ("/groups/team/blue/users/betty", "User not found"),
    ],
)
def test_what_is_unknown_is_not_found(docs: Driver, path: str, told: str) -> None:
    answer = docs.get(path)
    assert (answer.status, answer.json) == (404, {"error": told})


@pytest.mark.parametrize("path", ["/app?tokenID=x", "/groups", "/groups/team", "/sessions/x"])
def test_there_are_no_other_paths(docs: Driver, path: str) -> None:
    answer = docs.get(path)
    assert answer.status == 404
    assert answer.json["error"].startswith("Not found: ")


def test_there_is_no_other_version(docs: Driver) -> None:
    assert docs.client.get("/moonify/0.1/moonitize/users", token=None).status == 404


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("POST", "/users", "GET, HEAD, OPTIONS"),
        ("DELETE", "/users/betty", "GET, HEAD, OPTIONS"),
        ("GET", "/sessions", "POST, OPTIONS"),
    ],
)
def test_the_method_must_fit(docs: Driver, method: str, path: str, allowed: str) -> None:
    answer = docs(method, path)
    assert (answer.status, answer.json) == (405, {"error": f"Method not allowed: use {allowed}"})
    assert answer.headers["allow"] == allowed


@pytest.mark.parametrize(
    ("user", "path"), [("a/b", "a%2Fb"), ("a%2Fb", "a%252Fb"), ("ü +", "%C3%BC%20+"), ("?", "%3F")]
)
def test_paths_are_decoded_once(api: Driver, user: str, path: str) -> None:
    api.open({"userID": user})
    assert api.user(path)["id"] == user


def test_paths_are_utf_8(api: Driver) -> None:
    answer = api.get("/users/%ff")
    assert (answer.status, answer.json) == (400, {"error": "Invalid parameter: userid is not percent-encoded UTF-8"})


# Parameters of lists


@pytest.mark.parametrize("query", ["limit=0", "limit=-1", "limit=x", "limit=1.5", "limit=", "start=-1", "start=x"])
def test_limit_and_start_are_numbers_within_bounds(api: Driver, query: str) -> None:
    answer = api.get(f"/users?{query}")
    assert answer.status == 400
    assert answer.json["error"].startswith(f"Invalid parameter: {query.partition('=')[0]} must be ")


@pytest.mark.parametrize("query", ["order=totalTime", "order=", "dir=up", "dir=DESC", "order=score&dir=asc"])
def test_only_score_descending_is_available(api: Driver, query: str) -> None:
    answer = api.get(f"/users?{query}")
    assert answer.status == 400
    assert answer.json["error"].startswith("Invalid parameter: ")


@pytest.mark.parametrize("query", ["limit=0", "order=id", "order=score&dir=asc"])
def test_what_is_asked_is_checked_before_the_group(api: Driver, query: str) -> None:
    assert api.get(f"/groups/team/nobody/users/?{query}").status == 400


@pytest.mark.parametrize("query", ["", "?dir=asc", "?dir=desc", "?unknown=1"])
def test_without_order_users_are_in_the_order_of_creation(api: Driver, query: str) -> None:
    assert list(api.users(query)) == ["ann", "bob"]


def test_a_setting_allows_ascending(api: Driver) -> None:
    api.set("allowAscending", value=True)
    assert list(api.users("?order=score&dir=asc")) == ["ann", "bob"]
    assert list(api.users("?order=score")) == ["bob", "ann"]


def test_a_page_has_at_most_100_users(api: Driver) -> None:
    many(api, range(150))
    assert [len(api.users(query)) for query in ("", "?limit=1000", "?limit=99", "?start=100")] == [100, 100, 99, 52]


def test_past_the_end_is_an_empty_object(api: Driver) -> None:
    assert api.get("/users?start=2").body == b'{"users":{}}'
    api.open({"@team": "blue"})
    assert api.get("/groups/team/blue/users?start=9007199254740991").body == b'{"users":{}}'


@pytest.mark.parametrize("boundary", [False, True])
def test_ties_are_in_the_order_of_creation(api: Driver, boundary: bool) -> None:  # noqa: FBT001  # a case
    many(api, "zyx")
    if boundary:
        api.shift("PT5M")
    assert list(api.users("?order=score")) == ["bob", "ann", "z", "y", "x"]


def many(api: Driver, names: Iterable[Any]) -> None:
    for name in names:
        api.open({"userID": name})


# Live and listed


def test_single_reads_are_live_and_lists_lag(api: Driver) -> None:
    token = api.open({"userID": "ann", "@team": "blue"})
    before = api.users()
    api.earn(token, 90, 60)
    assert (api.user("ann")["score"], api.user("ann", "team/blue")["score"], api.group("team/blue")["score"]) == (
        100,
        90,
        90,
    )
    assert api.users() == before
    assert api.users(group="team/blue") == {"ann": {"id": "ann", **ZEROS, "updated": NOW}}
    assert list(api.users("?order=score")) == ["bob", "ann"]


def test_lists_catch_up_at_the_boundary(api: Driver) -> None:
    token = api.open({"userID": "ann", "@team": "blue"})
    api.earn(token, 90, 60)
    api.shift("PT4M59.999S")
    assert api.users()["ann"]["score"] == 10
    api.shift("PT0.001S")
    assert api.users()["ann"] == api.user("ann")
    assert api.users(group="team/blue")["ann"] == api.user("ann", "team/blue")
    assert list(api.users("?order=score")) == ["ann", "bob"]


def test_boundaries_are_those_of_the_hour(api: Driver) -> None:
    token = api.open({"userID": "ann"})
    api.shift("PT3M")
    api.earn(token, 90)
    api.shift("PT2M")
    assert api.users()["ann"]["score"] == 100


def test_an_idle_service_has_nothing_due(api: Driver) -> None:
    assert api.due() == []
    api.users("?order=score")
    api.open()
    assert api.due() == []


def test_the_first_change_schedules_one_boundary(api: Driver) -> None:
    token = api.open({"userID": "ann", "@team": "blue"})
    api.earn(token, 1)
    api.earn(token, 1)
    assert api.due() == ["publish"]
    api.shift("PT5M")
    assert api.due() == []
    api.earn(token, 1)
    assert [item.at - api.client.world.now for item in api.client.world.agenda] == [300_000]


def test_new_users_are_listed_at_once_with_zeros(api: Driver) -> None:
    token = api.open({"userID": "carl"})
    api.earn(token, 1000)
    assert list(api.users("?order=score").values())[-1] == {"id": "carl", **ZEROS, "updated": NOW}
    api.shift("PT5M")
    assert next(iter(api.users("?order=score"))) == "carl"


def test_new_members_are_listed_at_once_with_zeros(api: Driver) -> None:
    for user in ("ann", "bob"):
        api.earn(api.open({"userID": user, "@team": "blue"}), 5)
        api.shift("PT5M")
    api.earn(api.open({"userID": "carl", "@team": "blue"}), 50)
    listed = api.users("?order=score", group="team/blue")
    assert [(user["id"], user["score"]) for user in listed.values()] == [("ann", 5), ("bob", 5), ("carl", 0)]


def test_ordering_is_computed_once(api: Driver) -> None:
    api.earn(api.open({"userID": "ann"}), 1)
    api.shift("PT5M")
    service = next(iter(api.client.world.store.root["moonify.services"]))
    assert service.listed_users.derived == {}
    api.users("?order=score")
    first = service.listed_users.derived[False]
    api.users("?order=score&start=1")
    assert service.listed_users.derived[False] is first


def test_lists_keep_a_reference_to_what_they_publish(api: Driver) -> None:
    api.earn(api.open({"userID": "ann"}), 1)
    api.shift("PT5M")
    service = next(iter(api.client.world.store.root["moonify.services"]))
    assert service.listed_users is service.users
    assert service.listed_groups is service.groups
