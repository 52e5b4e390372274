"""Namespaces: /__admin/namespaces, and how a request chooses one."""

from typing import Any

import pytest

from sandbox.kernel import footprint
from sandbox.kernel.webhooks import Attempt, Outcome
from tests.apis.monetize360.driver import NOW, Driver
from tests.client import ENTERPRISE, M360, STANDARD, Answer
from tests.web.serving import serving, until

CLOCK = {"mode": "frozen", "now": NOW, "due": 0, "next": None}


def create(api: Driver, name: str = "other", **body: Any) -> Any:
    return api.admin("POST", "/namespaces", {"name": name, **body})


def refused(answer: Answer) -> tuple[int, str]:
    return answer.status, answer.json["error"]["code"]


def test_the_default_one_always_exists(api: Driver) -> None:
    (only,) = api.admin("GET", "/namespaces")["namespaces"]
    assert only == api.admin("GET", "/namespaces/default")
    described = {"name": "default", "scenario": "test", "seed": 0, "scale": 1, "clock": CLOCK}
    assert {name: only[name] for name in described} == described
    assert refused(api.client.delete("/__admin/namespaces/default")) == (409, "CONFLICT")
    assert api.client.get("/health").json["namespaces"] == 1


def test_a_new_one_is_as_the_server_was_started(api: Driver) -> None:
    api.record("note", k=1)
    api.shift(60)
    made = create(api)
    assert made["namespace"] | {"records": 0, "memory": 0} == {
        "name": "other",
        "scenario": "test",
        "seed": 0,
        "scale": 1,
        "clock": CLOCK,
        "records": 0,
        "exchanges": 0,
        "memory": 0,
    }
    assert made["urls"] == {
        "dynamic_monetization": "http://127.0.0.1:4010/ns/other/dynamicmonetization",
        "monetize360": "http://127.0.0.1:4010/ns/other/monetize360/v1",
        "moonify": "http://127.0.0.1:4010/ns/other/moonify/0.2",
    }
    assert api.get("/mobjects/note/mdata", headers={"x-sandbox-namespace": "other"}).json["data"] == []


def test_a_new_one_may_be_of_another_scenario_seed_scale_and_clock(api: Driver) -> None:
    body: dict[str, Any] = {"scenario": "docs", "seed": 7, "scale": 0.1, "clock": "2025-06-01T00:00:00Z"}
    made = create(api, **body)["namespace"]
    assert (made["clock"]["mode"], made["clock"]["now"]) == ("frozen", "2025-06-01T00:00:00Z")
    assert {name: made[name] for name in ("scenario", "seed", "scale")} == {"scenario": "docs", "seed": 7, "scale": 0.1}
    assert api.get("/workflows/workflow-id", headers={"x-sandbox-namespace": "other"}).status == 200
    assert create(api, "third", clock="2025-06-01T00:00:00Z+")["namespace"]["clock"]["mode"] == "running"


def test_its_credentials_lead_to_it(api: Driver) -> None:
    issued = create(api)["credentials"]["monetize360"]["tokens"]
    assert [token["tier"] for token in issued] == ["standard", "premium", "enterprise"]
    for token in issued:
        assert api.post("/mobjects/note/mdata", {"data": {"k": 2}}, token=token["token"]).status == 201
    assert api.found("note") == []
    inside = api.get("/mobjects/note/mdata", headers={"x-sandbox-namespace": "other"}).json["data"]
    assert len(inside) == 3
    assert api.get("/workflows", token=issued[0]["token"]).headers["x-ratelimit-limit"] == "100"


def test_prefix_header_and_credential_choose_in_this_order(api: Driver) -> None:
    tokens = {name: create(api, name)["credentials"]["monetize360"]["tokens"][2]["token"] for name in ("a", "b")}
    for name in ("default", "a", "b"):
        headers = {"x-sandbox-namespace": name}
        api.client.put("/__admin/monetize360/workflows/here", {"name": name}, headers=headers)

    def chosen(path: str = M360, token: str = ENTERPRISE, **headers: str) -> str:
        answer = api.client.get(f"{path}/workflows/here", token=token, headers=headers)
        return str(answer.json["name"]) if answer.status == 200 else str(answer.status)

    header = {"x-sandbox-namespace": "b"}
    assert chosen() == "default"
    assert chosen(token=tokens["a"]) == "a"
    assert chosen(**header) == "b"
    assert chosen(f"/ns/a{M360}") == "a"
    assert chosen(f"/ns/a{M360}", **header) == "a"
    assert chosen(f"/ns/a{M360}", token=tokens["a"], **header) == "a"
    assert chosen(f"/ns/b{M360}", token=tokens["a"]) == "401"
    assert chosen("/v1", host="api.monetize360.com", **header) == "b"
    assert chosen("/ns/a/v1", host="api.monetize360.com") == "a"
    assert chosen("/v1", token=tokens["b"], host="sandbox.monetize360.com") == "b"


@pytest.mark.parametrize("path", ["/ns/nowhere/monetize360/v1/workflows", "/ns/nowhere/__admin/clock"])
def test_an_unknown_one_is_not_found_in_the_apis_own_words(api: Driver, path: str) -> None:
    answer = api.client.get(path)
    assert refused(answer) == (404, "NOT_FOUND")
    assert refused(api.client.get(path.replace("nowhere", ""))) == (404, "NOT_FOUND")
    assert ("timestamp" in answer.json["error"]) == path.startswith("/ns/nowhere/monetize360")
    for name in ("nowhere", "", "Default"):
        assert api.client.get(path.removeprefix("/ns/nowhere"), headers={"x-sandbox-namespace": name}).status == 404


def test_namespaces_share_nothing(api: Driver) -> None:
    create(api)
    headers = {"x-sandbox-namespace": "other"}
    ours, theirs = api.create("note", k=1), api.post("/mobjects/note/mdata", {"data": {"k": 1}}, headers=headers)
    assert ours.body == theirs.body
    api.subscribe("mdata.created")
    api.set(monetize360_extendedEvents=True)
    api.post("/mobjects/note/mdata", {"data": {"k": 2}}, headers=headers)
    assert api.deliveries() == []
    settings = api.client.get("/__admin/settings", headers=headers).json["settings"]
    assert [setting["value"] for setting in settings if setting["name"] == "monetize360.extendedEvents"] == [False]
    api.get("/workflows", token=STANDARD)
    assert api.get("/workflows", token=STANDARD, headers=headers).headers["x-ratelimit-remaining"] == "99"
    assert {row["namespace"] for row in api.admin("GET", "/requests")["requests"]} == {"default"}


def test_a_copy_is_as_its_source_is_now(api: Driver) -> None:
    api.record("note", k=1)
    api.shift(5)
    started = api.execute("order", later=True)
    made = create(api, "copy", **{"from": "default"})["namespace"]
    assert made["clock"] == api.admin("GET", "/clock")
    assert made["clock"]["due"] == 1
    api.record("note", k=2)
    api.shift(60)
    inside = {"x-sandbox-namespace": "copy"}
    assert [row["data"]["k"] for row in api.get("/mobjects/note/mdata", headers=inside).json["data"]] == [1]
    path = f"/workflows/order/executions/{started['executionId']}"
    assert api.get(path, headers=inside).json["status"] == "running"
    api.client.post("/ns/copy/__admin/clock/shift", {"by": 15})
    assert api.get(path, headers=inside).json["status"] == "completed"


def test_a_copy_is_reset_to_what_it_was_copied_from(api: Driver) -> None:
    api.record("note", k=1)
    tokens = create(api, "copy", **{"from": "default"})["credentials"]["monetize360"]["tokens"]
    api.post("/mobjects/note/mdata", {"data": {"k": 2}}, token=tokens[0]["token"])
    api.client.post("/ns/copy/__admin/reset")
    inside = api.get("/mobjects/note/mdata", token=tokens[0]["token"])
    assert [row["data"]["k"] for row in inside.json["data"]] == [1]


def test_a_new_one_may_be_as_a_snapshot(api: Driver) -> None:
    api.record("note", k=1)
    api.admin("POST", "/snapshots", {"name": "one-note"})
    api.record("note", k=2)
    made = create(api, "again", snapshot="one-note")
    assert made["namespace"]["scenario"] == "test"
    token = made["credentials"]["monetize360"]["tokens"][0]["token"]
    inside = api.get("/mobjects/note/mdata", token=token)
    assert [row["data"]["k"] for row in inside.json["data"]] == [1]
    signed = made["credentials"]["dynamic_monetization"]["adminToken"]
    rate_tables = "/dynamicmonetization/provisioning/api/v1.0/rate-tables"
    assert api.client.get(rate_tables, token=signed).status == 200
    service = {"authorization": f"serviceID {made['credentials']['moonify']['serviceID']}"}
    assert api.client.get("/moonify/0.2/moonitize/users", token=None, headers=service).status == 200


def test_credentials_outlive_reset_and_loading(api: Driver) -> None:
    token = create(api)["credentials"]["monetize360"]["tokens"][0]["token"]
    for path, body in (("reset", None), ("reset", {"seed": 9}), ("scenarios/empty/load", None)):
        assert api.client.post(f"/ns/other/__admin/{path}", body).status == 200
        assert api.get("/workflows", token=token).status == 200


def test_credentials_differ_by_name_and_stay_the_same_for_it(api: Driver) -> None:
    first, other = create(api, "a")["credentials"], create(api, "b")["credentials"]
    assert first != other
    api.admin("DELETE", "/namespaces/a")
    assert create(api, "a")["credentials"] == first


def test_a_deleted_one_is_gone_with_its_credentials(api: Driver) -> None:
    token = create(api)["credentials"]["monetize360"]["tokens"][0]["token"]
    answer = api.client.delete("/__admin/namespaces/other")
    assert (answer.status, answer.json["success"]) == (200, True)
    assert api.get("/workflows", token=token).status == 401
    assert api.get("/workflows", headers={"x-sandbox-namespace": "other"}).status == 404
    assert refused(api.client.get("/__admin/namespaces/other")) == (404, "NOT_FOUND")
    assert refused(api.client.delete("/__admin/namespaces/other")) == (404, "NOT_FOUND")


def test_they_are_listed_by_name_after_the_default(api: Driver) -> None:
    for name in ("zz", "a", "m"):
        create(api, name)
    assert [row["name"] for row in api.admin("GET", "/namespaces")["namespaces"]] == ["default", "a", "m", "zz"]
    assert api.client.get("/health").json["namespaces"] == 4


def test_what_they_hold_is_counted(api: Driver) -> None:
    create(api)
    before = api.admin("GET", "/namespaces/other")
    api.post("/mobjects/note/mdata", {"data": {"k": 1}}, headers={"x-sandbox-namespace": "other"})
    after = api.admin("GET", "/namespaces/other")
    assert (after["records"] - before["records"], after["exchanges"]) == (1, 1)


@pytest.mark.parametrize(
    ("body", "status", "field"),
    [
        ({}, 400, "name"),
        ({"name": ""}, 400, "name"),
        ({"name": "Upper"}, 400, "name"),
        ({"name": "a/b"}, 400, "name"),
        ({"name": "-a"}, 400, "name"),
        ({"name": "a" * 64}, 400, "name"),
        ({"name": "a", "unknown": 1}, 400, "unknown"),
        ({"name": "a", "seed": -1}, 400, "seed"),
        ({"name": "a", "scale": 0}, 400, "scale"),
        ({"name": "a", "scale": 11}, 400, "scale"),
        ({"name": "a", "clock": "now"}, 400, "clock"),
        ({"name": "a", "clock": "2023-02-30T00:00:00Z"}, 400, "clock"),
        ({"name": "a", "from": "default", "seed": 1}, 400, "body"),
        ({"name": "a", "snapshot": "s", "seed": 1}, 400, "body"),
        ({"name": "a", "snapshot": "s", "from": "default"}, 400, "body"),
        ({"name": "a", "scenario": "nowhere"}, 404, None),
        ({"name": "a", "from": "nowhere"}, 404, None),
        ({"name": "a", "snapshot": "nowhere"}, 404, None),
        ({"name": "default"}, 409, None),
        ({"name": "default", "from": "default"}, 409, None),
    ],
)
def test_a_wrong_one_is_refused(api: Driver, body: Any, status: int, field: str | None) -> None:
    answer = api.client.post("/__admin/namespaces", body)
    assert (answer.status, answer.json["error"]["details"].get("field")) == (status, field)
    assert len(api.admin("GET", "/namespaces")["namespaces"]) == 1


def test_there_are_only_so_many(api: Driver, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(api.client.sandbox, "max_namespaces", 2)
    create(api)
    assert refused(api.client.post("/__admin/namespaces", {"name": "one-more"})) == (409, "CONFLICT")
    api.admin("DELETE", "/namespaces/other")
    create(api, "one-more")


def idle(api: Driver, name: str, seconds: float) -> None:
    """As if no request for it had come for so long."""
    api.client.sandbox.get(name).asked -= seconds


@pytest.fixture
def forgetful(api: Driver, monkeypatch: pytest.MonkeyPatch) -> Driver:
    """It drops a namespace after ten minutes of silence."""
    monkeypatch.setattr(api.client.sandbox, "namespace_ttl", 600)
    for name in ("busy", "quiet"):
        create(api, name)
    return api


def listed(api: Driver) -> list[str]:
    return [row["name"] for row in api.admin("GET", "/namespaces")["namespaces"]]


def test_one_that_nobody_asks_is_dropped_with_its_credentials(forgetful: Driver) -> None:
    api = forgetful
    token = api.client.sandbox.credentials(api.client.sandbox.get("quiet"))["monetize360"]["tokens"][0]["token"]
    for name in ("default", "busy", "quiet"):
        idle(api, name, 601)
    assert api.client.get("/ns/busy/__admin/clock").status == 200
    api.client.pipeline.run_due()
    assert listed(api) == ["default", "busy"]
    assert api.get("/workflows", token=token).status == 401
    assert api.client.get("/ns/quiet/__admin/clock").status == 404
    create(api, "quiet")
    assert api.get("/workflows", token=token).status == 200


def test_nothing_is_dropped_before_its_time_or_unless_wanted(forgetful: Driver) -> None:
    api = forgetful
    idle(api, "quiet", 599)
    api.client.pipeline.run_due()
    assert listed(api) == ["default", "busy", "quiet"]
    api.client.sandbox.namespace_ttl = None
    idle(api, "quiet", 1e9)
    api.client.pipeline.run_due()
    assert listed(api) == ["default", "busy", "quiet"]


def test_one_whose_clock_is_being_moved_stays(forgetful: Driver) -> None:
    api, seen = forgetful, []

    def slow(_attempt: Attempt) -> Outcome:
        idle(api, "quiet", 601)
        api.client.pipeline.run_due()
        seen.append(listed(api))
        return Outcome(500)

    inside = {"x-sandbox-namespace": "quiet"}
    hook = {"url": "http://127.0.0.1:9/hook", "events": ["workflow.completed"]}
    assert api.post("/webhooks", hook, headers=inside).status == 201
    assert api.post("/workflows/order/execute", {"async": True}, headers=inside).status == 200
    api.client.receiver = slow
    assert api.client.post("/__admin/clock/shift", {"by": 60}, headers=inside).status == 200
    assert seen == [["default", "busy", "quiet"]]
    api.client.pipeline.run_due()
    assert listed(api) == ["default", "busy", "quiet"]


def test_those_that_idle_make_room_for_another(forgetful: Driver, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(forgetful.client.sandbox, "max_namespaces", 3)
    assert refused(forgetful.client.post("/__admin/namespaces", {"name": "third"})) == (409, "CONFLICT")
    idle(forgetful, "quiet", 601)
    create(forgetful, "third")
    assert listed(forgetful) == ["default", "busy", "third"]


def test_a_server_has_a_cap_and_forgets_by_itself() -> None:
    options = ("--scenario", "empty", "--namespace-ttl", "1", "--max-namespaces", "2")
    with serving(*options) as server, server.api() as control:

        def names() -> list[str]:
            return [row["name"] for row in control.get("/__admin/namespaces").json()["namespaces"]]

        made = [control.post("/__admin/namespaces", json={"name": name}).status_code for name in ("one", "two")]
        assert made == [201, 409]
        assert names() == ["default", "one"]
        assert until(lambda: names() == ["default"])


def test_memory_is_what_it_does_not_share(api: Driver) -> None:
    alone, copy = create(api)["namespace"], create(api, "copy", **{"from": "default"})["namespace"]
    assert alone["memory"] == copy["memory"] == footprint.START
    inside = {"x-sandbox-namespace": "other"}
    for number in range(300):
        assert api.post("/mobjects/note/mdata", {"data": {"k": number}}, headers=inside).status == 201
    grown = api.admin("GET", "/namespaces/other")["memory"]
    journal = api.client.sandbox.get("other").journal.bytes
    assert 300 * 150 < grown - footprint.START - journal < 300 * 1_500
    assert api.admin("GET", "/namespaces/copy")["memory"] == footprint.START
    branch = create(api, "branch", **{"from": "other"})["namespace"]
    assert branch["memory"] == footprint.START
    api.client.post("/__admin/reset", headers=inside)
    assert api.admin("GET", "/namespaces/other")["memory"] == footprint.START
