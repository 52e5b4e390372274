"""The levers: activity, rewards, sessions and the visitor simulation (openapi/moonify.control.yaml; B3)."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sandbox.apis.moonify.scenario import SCENARIO
from sandbox.kernel.errors import ScenarioError
from sandbox.kernel.sandbox import Start
from sandbox.kernel.scenario import Library
from tests.apis.moonify.driver import LEVERS, NOW, ZEROS, Driver
from tests.client import Client, make_client, make_client_of, make_pipeline

GREGORY = "5b1c0f6e2d7a4983a6e0c9d41f28b735"

# Activity


def test_activity_counts_for_the_user_the_group_and_the_user_in_it(api: Driver) -> None:
    token = api.open({"userID": "ann", "@kind": "paladin", "@team": "blue"})
    answered = api.earn(token, 2.5, 30)
    assert answered["user"] == {"id": "ann", **ZEROS, "score": 12.5, "totalTime": 130, "updated": NOW}
    assert answered["group"] == {
        "name": "team",
        "value": "blue",
        **ZEROS,
        "score": 2.5,
        "totalTime": 30,
        "updated": NOW,
    }
    assert answered["groupUser"] == {"id": "ann", **ZEROS, "score": 2.5, "totalTime": 30, "updated": NOW}
    assert answered["user"] == api.user("ann")
    assert answered["group"] == api.group("team/blue")
    assert answered["groupUser"] == api.user("ann", "team/blue")
    assert api.group("kind/paladin")["score"] == 0


def test_activity_sets_updated_to_the_clock(api: Driver) -> None:
    token = api.open({"userID": "ann"})
    api.shift("PT61S")
    assert api.earn(token, 1)["user"]["updated"] == "2024-01-15 10:31:01"


def test_without_a_group_it_counts_for_the_user_only(api: Driver) -> None:
    api.open({"userID": "ann", "@team": "blue"})
    assert api.earn(api.open({"userID": "ann"}), 5).keys() == {"user"}
    assert api.group("team/blue")["score"] == 0


def test_earlier_memberships_keep_their_score(api: Driver) -> None:
    api.earn(api.open({"userID": "ann", "@team": "red"}), 5)
    api.earn(api.open({"userID": "ann", "@team": "blue"}), 7)
    assert (api.user("ann", "team/red")["score"], api.user("ann", "team/blue")["score"]) == (5, 7)
    assert api.user("ann")["score"] == 22


def test_an_anonymous_session_earns_for_its_group_alone(api: Driver) -> None:
    before = api.users()
    api.earn(api.open({"userID": "ann", "@team": "blue"}), 5, 50)
    assert api.earn(api.open({"@team": "blue"}), 2, 20).keys() == {"group"}
    api.shift("PT5M")
    assert (api.group("team/blue")["score"], api.group("team/blue")["totalTime"]) == (7, 70)
    assert list(api.users(group="team/blue")) == ["ann"]
    assert api.users().keys() == before.keys()


def test_nobody_in_no_group_earns_nothing(api: Driver) -> None:
    assert api.earn(api.open(), 5) == {}


# Sessions


def test_sessions_are_listed_in_pages(api: Driver) -> None:
    tokens = [api.open({"userID": f"u{n}"}) for n in range(5)]
    first = api.admin("GET", "/moonify/sessions?limit=2")
    rest = api.admin("GET", f"/moonify/sessions?after={first['cursor']}")
    assert [one["tokenID"] for one in [*first["sessions"], *rest["sessions"]]] == tokens
    assert rest["cursor"] is None


def test_a_closed_session_earns_no_more(api: Driver) -> None:
    token = api.open({"userID": "ann"})
    api.earn(token, 5)
    api.admin("DELETE", f"/moonify/sessions/{token}")
    for method, path in (("GET", ""), ("DELETE", ""), ("POST", "/activity")):
        body = {"score": 1} if method == "POST" else None
        assert api.client(method, f"{LEVERS}/sessions/{token}{path}", body).status == 404
    assert api.user("ann")["score"] == 15


def test_the_page_has_open_sessions(docs: Driver) -> None:
    assert docs.admin("GET", f"/moonify/sessions/{GREGORY}")["group"] == {"name": "team", "value": "blue"}


# Rewards


@pytest.mark.parametrize(("by_moonify", "member"), [(False, "scoreRewarded"), (True, "scoreRewardedByMoonify")])
def test_a_user_is_rewarded(api: Driver, by_moonify: bool, member: str) -> None:  # noqa: FBT001  # a case
    before = api.user("ann")
    answered = api.admin("POST", "/moonify/rewards", {"userID": "ann", "score": 4, "byMoonify": by_moonify})
    assert answered == {"user": before | {member: 4, "updated": NOW}}
    assert api.user("ann") == answered["user"]
    assert api.users()["ann"] == before


def test_a_group_is_rewarded_and_its_score_stays(docs: Driver) -> None:
    before = docs.group("team/blue")
    answered = docs.admin("POST", "/moonify/rewards", {"group": {"name": "team", "value": "blue"}, "score": 50})
    assert answered == {"group": before | {"scoreRewarded": 268.454544, "updated": NOW}}


@pytest.mark.parametrize("whom", [{"userID": "nobody"}, {"group": {"name": "no", "value": "body"}}])
def test_whom_nobody_knows_is_not_rewarded(api: Driver, whom: dict[str, Any]) -> None:
    assert api.client.post(f"{LEVERS}/rewards", whom | {"score": 1}).status == 404


# Simulation


def simulate(api: Driver, **more: Any) -> Any:
    return api.admin("PUT", "/moonify/simulation", {"ratePerMinute": 2, **more})


def test_simulated_visitors_earn_as_the_clock_moves(api: Driver) -> None:
    api.open({"userID": "ann", "@team": "blue"})
    simulate(api, spread=0, interval=60)
    api.shift("PT2M30S")
    assert (api.user("ann")["score"], api.user("ann")["totalTime"]) == (14, 220)
    assert api.user("ann", "team/blue")["score"] == 4
    assert api.group("team/blue")["updated"] == "2024-01-15 10:32:00"


def test_who_comes_later_joins_in_for_their_own_time(api: Driver) -> None:
    simulate(api, spread=0, interval=60)
    api.shift("PT15S")
    api.open({"userID": "carl"})
    api.shift("PT45S")
    assert (api.user("carl")["score"], api.user("carl")["totalTime"]) == (1.5, 45)


def test_the_spread_stays_within_its_bounds(api: Driver) -> None:
    for number in range(50):
        api.open({"userID": f"u{number}"})
    simulate(api, spread=0.25, interval=60)
    api.shift("PT1M")
    scores = [api.user(f"u{number}")["score"] for number in range(50)]
    assert 1.5 <= min(scores) < 1.8
    assert 2.2 < max(scores) <= 2.5


def test_it_is_read_changed_and_stopped(api: Driver) -> None:
    assert api.client.get(f"{LEVERS}/simulation").status == 404
    api.open({"userID": "ann"})
    assert simulate(api)["nextStep"] == "2024-01-15T10:35:00Z"
    assert simulate(api, interval=60)["nextStep"] == "2024-01-15T10:31:00Z"
    assert api.due().count("step") == 1
    assert api.admin("GET", "/moonify/simulation")["sessions"] == 1
    api.admin("DELETE", "/moonify/simulation")
    api.shift("PT1H")
    assert (api.user("ann")["score"], api.due()) == (10, [])
    assert api.client.delete(f"{LEVERS}/simulation").status == 404


def lived(seed: int, *moves: str) -> list[bytes]:
    """What a demo shows after those moves."""
    api = Driver(make_client("demo", seed=seed, scale=0.01, clock="2024-01-15T10:32:00Z"))
    key = {"authorization": "serviceID demo-service"}
    for by in moves:
        api.shift(by)
    paths = ("/users?order=score", "/users/user-00001", "/groups/plan/free", "/groups/team/blue/users?order=score")
    return [api.get(path, headers=key).body for path in paths]


def test_moving_by_a_and_then_b_is_moving_by_both() -> None:
    at_once = lived(3, "PT3H47M13S")
    assert lived(3, "PT2H20M", "PT1H27M13S") == at_once
    assert lived(3, *["PT1H"] * 3, *["PT1M"] * 47, "PT13S") == at_once


def test_another_seed_gives_other_numbers() -> None:
    assert lived(3, "PT2H") != lived(4, "PT2H")


def test_the_numbers_of_a_demo_move_as_its_clock_does() -> None:
    assert len({tuple(lived(3, "PT2H")), tuple(lived(3, "PT4H")), tuple(lived(3))}) == 3


# Scenarios


def sums_hold(groups: Any, exempt: tuple[str, ...] = ()) -> None:
    for group in groups:
        if group.value not in exempt:
            assert group.stats.score == pytest.approx(sum(user.stats.score for user in group.members), rel=1e-9)
            assert group.stats.time == sum(user.stats.time for user in group.members)


@pytest.mark.parametrize(("scale", "users"), [(0.1, 300), (1, 3_000)])
def test_the_demo_has_users_in_groups_with_consistent_sums(scale: float, users: int) -> None:
    world = make_client("demo", scale=scale).world
    service = next(one for one in world.store.root["moonify.services"] if one.id == "demo-service")
    assert len(service.users) == users
    assert len({group.name for group in service.groups}) == 3
    sums_hold(service.groups)
    made: dict[str, float] = {}
    for group in service.groups:
        for user in group.members:
            made[user.id] = made.get(user.id, 0) + user.stats.score
    assert all(made[user.id] <= user.stats.score * (1 + 1e-9) for user in service.users)


def test_generated_users_join_those_written_out() -> None:
    api = Driver(
        make_client_of("""
clock: 2024-01-15T10:30:00Z
moonify:
  services:
    - id: yourServiceID
      groups: [{ name: team, value: blue, users: [{ id: ann, score: 7, listed: { score: 3 } }] }]
      sessions: [{ tokenID: 0123456789abcdef0123456789abcdef, userID: bob, group: { name: team, value: red } }]
      generate: { users: 4, sessions: 2, groups: { team: [blue] } }
""")
    )
    assert list(api.users()) == ["ann", *(f"user-0000{n}" for n in range(1, 5)), "bob"]
    assert (api.users()["ann"]["score"], api.user("ann")["score"]) == (3, 7)
    assert (len(api.users(group="team/blue")), list(api.users(group="team/red"))) == (5, ["bob"])
    assert len(api.admin("GET", "/moonify/sessions")["sessions"]) == 3
    api.shift("PT5M")
    assert api.users()["ann"]["score"] == 7


SESSION = "{ tokenID: 0123456789abcdef0123456789abcdef, userID: bob, group: { name: team, value: red } }"
BASE = f"""
clock: 2024-01-15T10:30:00Z
moonify: {{ services: [{{ id: yourServiceID, users: [{{ id: ann, score: 1 }}], sessions: [{SESSION}] }}] }}
"""


def included(service: str, base: str = BASE) -> Driver:
    """A service as an included file has it, and what another file adds."""
    texts = {"base": base, "own": f"include: [base]\nmoonify: {{ services: [{{ id: yourServiceID, {service} }}] }}"}
    library = Library(("own",), lambda name: (name, texts[name]))
    return Driver(Client(make_pipeline(library, Start("own"), check_responses=True)))


def test_lists_have_who_comes_from_any_file() -> None:
    api = included("users: [{ id: carl, score: 5 }, { id: dora, score: 6 }]")
    assert [(user["id"], user["score"]) for user in api.users().values()] == [
        ("ann", 1),
        ("bob", 0),
        ("carl", 5),
        ("dora", 6),
    ]
    assert api.due() == []


def test_a_group_gets_what_another_file_adds() -> None:
    api = included("groups: [{ name: team, value: red, users: [{ id: carl, score: 2 }] }]")
    assert list(api.users(group="team/red")) == ["bob", "carl"]
    api.earn("0123456789abcdef0123456789abcdef", 5)
    assert (api.user("bob", "team/red")["score"], api.group("team/red")["score"]) == (5, 7)


def test_of_two_files_that_generate_the_last_one_counts() -> None:
    base = "moonify: { services: [{ id: yourServiceID, generate: { users: 9, groups: { kind: [a] } } }] }"
    api = included("generate: { users: 4, groups: { team: [blue] } }", base)
    assert (len(api.users()), len(api.users(group="team/blue"))) == (4, 4)
    assert api.get("/groups/kind/a/").status == 404


def test_updated_may_be_a_span_from_the_clock() -> None:
    api = included("users: [{ id: carl, updated: -P1DT30M }, { id: dora, updated: -P9999W }]")
    assert api.user("carl")["updated"] == "2024-01-14 10:00:00"
    assert api.user("dora")["updated"] == "1970-01-01 00:00:00"


@pytest.mark.parametrize(
    ("services", "where", "expected"),
    [
        ("[{ id: a }, { id: a }]", "1.id", "must be given once: a stands above already"),
        ("[{ id: a, users: [{ id: x }, { id: x }] }]", "0.users.1.id", "must be given once: x stands"),
        (
            "[{ id: a, groups: [{ name: t, value: b }, { name: t, value: b }] }]",
            "0.groups.1.value",
            "must be given once: t/b stands",
        ),
        (
            "[{ id: a, groups: [{ name: t, value: b, users: [{ id: x }, { id: x }] }] }]",
            "0.groups.0.users.1.id",
            "must be given once: x stands",
        ),
        (f"[{{ id: a, sessions: [{SESSION}, {SESSION}] }}]", "0.sessions.1.tokenID", "must be given once: 0123"),
        ("[{ id: a, users: [{ id: x, score: 1e300 }] }]", "0.users.0.score", "must be at most 1000000000000"),
        ("[{ id: a, users: [{ id: x, totalTime: 1e300 }] }]", "0.users.0.totalTime", "must be"),
        ("[{ id: a, users: [{ id: x, updated: -P1M }] }]", "0.users.0.updated", "or like -P3D"),
        ("[{ id: a, users: [{ id: 42 }] }]", "0.users.0.id", "must be of type string, not integer"),
        ("[{ id: a, generate: { users: 1, groups: { '': [x] } } }]", "0.generate.groups", ""),
        ("[{ id: a, visitors: { ratePerMinute: 1e9 } }]", "0.visitors.ratePerMinute", "must be at most 1000000"),
        ("[{ id: a, user: [] }]", "0.user", "is not a known member; there are id, users, groups, sessions"),
    ],
)
def test_a_mistake_names_its_place_and_what_was_expected(services: str, where: str, expected: str) -> None:
    with pytest.raises(ScenarioError) as caught:
        make_client_of(f"moonify: {{ services: {services} }}")
    assert caught.value.where == f"test: moonify.services.{where}"
    assert expected in caught.value.expected


def members(schema: Any) -> Iterator[str]:
    """Every name that a schema of a scenario gives to a member."""
    for name, part in schema.get("properties", {}).items():
        yield name
        yield from members(part)
    if "items" in schema:
        yield from members(schema["items"])


def test_the_page_of_scenarios_names_every_key() -> None:
    page = (
        (Path(__file__).parents[3] / "docs" / "scenarios.md")
        .read_text("utf-8")
        .partition("## The section `moonify`")[2]
    )
    assert set(members(SCENARIO)) <= set(re.findall(r"\w+", " ".join(re.findall(r"`([^`]+)`", page))))
