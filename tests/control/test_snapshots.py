"""Snapshots, exports and imports: /__admin/snapshots, /__admin/export, /__admin/import."""

from typing import Any

import orjson
import pytest

from sandbox.kernel import snapshots
from sandbox.kernel.webhooks import Attempt, Outcome
from tests.apis.monetize360.driver import NOW, Driver
from tests.client import Answer, Client, make_client
from tests.control.test_reset import everything, use
from tests.kernel.toys import accept


@pytest.fixture(autouse=True)
def _none_yet(started: Client) -> None:
    for name, _ in list(started.sandbox.snapshots):
        started.sandbox.snapshots.delete(name)


def take(api: Driver, **body: Any) -> Any:
    return api.admin("POST", "/snapshots", body)


def refused(answer: Answer) -> tuple[int, str]:
    return answer.status, answer.json["error"]["code"]


def go_on(api: Driver) -> None:
    """More of what happens."""
    api.record("note", k=2)
    api.execute("order", later=True)
    api.mobject("Another")
    api.shift("P1D")


def test_one_is_taken_listed_read_and_deleted(api: Driver) -> None:
    api.record("note", k=1)
    taken = take(api, name="mine")
    assert taken | {"records": 0} == {
        "name": "mine",
        "namespace": "default",
        "scenario": "test",
        "seed": 0,
        "scale": 1,
        "at": NOW,
        "records": 0,
    }
    assert taken["records"] == api.admin("GET", "/namespaces/default")["records"]
    assert api.admin("GET", "/snapshots") == {"snapshots": [taken]}
    assert api.admin("GET", "/snapshots/mine") == taken
    assert api.admin("DELETE", "/snapshots/mine")["success"] is True
    assert api.admin("GET", "/snapshots") == {"snapshots": []}
    for method, path in (("GET", ""), ("DELETE", ""), ("POST", "/restore"), ("GET", "/export")):
        assert refused(api.client(method, f"/__admin/snapshots/mine{path}")) == (404, "NOT_FOUND")


def test_a_name_is_made_up_for_one_without(api: Driver) -> None:
    names = [take(api)["name"], api.admin("POST", "/snapshots")["name"]]
    assert len(set(names)) == 2
    assert [one["name"] for one in api.admin("GET", "/snapshots")["snapshots"]] == names


def test_a_name_is_taken_once_and_room_is_bounded(api: Driver, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(snapshots, "MAX_SNAPSHOTS", 2)
    take(api, name="a")
    assert refused(api.client.post("/__admin/snapshots", {"name": "a"})) == (409, "CONFLICT")
    take(api)
    assert refused(api.client.post("/__admin/snapshots", {"name": "b"})) == (409, "CONFLICT")
    api.admin("DELETE", "/snapshots/a")
    take(api, name="b")


@pytest.mark.parametrize("name", ["", "A", "a/b", "-a", "a" * 64, 1, None])
def test_a_wrong_name_is_refused(api: Driver, name: Any) -> None:
    answer = api.client.post("/__admin/snapshots", {"name": name})
    assert (answer.status, answer.json["error"]["details"]["field"]) == (400, "name")


def test_restoring_puts_everything_back(api: Driver) -> None:
    use(api)
    then = everything(api)
    take(api, name="then")
    go_on(api)
    api.delete("/mobjects/note")
    summary = api.admin("POST", "/snapshots/then/restore")
    assert api.admin("GET", "/requests")["requests"] == []
    assert summary == {
        "namespace": "default",
        "scenario": "test",
        "seed": 0,
        "scale": 1,
        "clock": api.admin("GET", "/clock"),
    }
    assert everything(api)[1:] == then[1:]  # the timeline starts anew


def test_what_follows_is_the_same_every_time(api: Driver) -> None:
    use(api)
    take(api, name="then")
    runs = []
    for _ in range(2):
        api.admin("POST", "/snapshots/then/restore")
        go_on(api)
        runs.append(everything(api))
    assert runs[0] == runs[1]


def test_a_reset_returns_to_it(api: Driver) -> None:
    api.record("note", k=1)
    take(api, name="then")
    api.admin("POST", "/snapshots/then/restore")
    api.record("note", k=2)
    api.admin("POST", "/reset")
    assert api.found("note") == [1]


def test_it_may_be_restored_elsewhere(api: Driver) -> None:
    api.record("note", k=1)
    take(api, name="then")
    made = api.admin("POST", "/namespaces", {"name": "other", "scenario": "empty"})
    token = made["credentials"]["monetize360"]["tokens"][0]["token"]
    assert api.client.post("/ns/other/__admin/snapshots/then/restore").json["namespace"] == "other"
    for _ in range(2):
        inside = api.get("/mobjects/note/mdata", token=token)
        assert [row["data"]["k"] for row in inside.json["data"]] == [1]
        api.client.post("/ns/other/__admin/reset")
    assert api.found("note") == [1]


def test_it_outlives_its_namespace(api: Driver) -> None:
    api.admin("POST", "/namespaces", {"name": "other"})
    inside = {"x-sandbox-namespace": "other"}
    api.post("/mobjects/note/mdata", {"data": {"k": 3}}, headers=inside)
    assert api.client.post("/__admin/snapshots", {"name": "then"}, headers=inside).json["namespace"] == "other"
    api.admin("DELETE", "/namespaces/other")
    api.admin("POST", "/snapshots/then/restore")
    assert api.found("note") == [3]


def test_a_credential_that_was_taken_away_stays_away(api: Driver) -> None:
    made = api.admin("POST", "/namespaces", {"name": "other"})
    token = made["credentials"]["monetize360"]["tokens"][0]["token"]
    api.client.delete(f"/ns/other/__admin/monetize360/tokens/{token}")
    for path in ("snapshots", "snapshots/snapshot-x/restore"):
        body = {"name": "snapshot-x"} if path == "snapshots" else None
        assert api.client.post(f"/ns/other/__admin/{path}", body).status in {200, 201}
    assert api.get("/workflows", token=token).status == 401


def test_a_running_clock_runs_on_from_there(api: Driver) -> None:
    api.admin("POST", "/clock/run")
    take(api, name="then")
    api.shift("P9D")
    api.admin("POST", "/snapshots/then/restore")
    clock = api.admin("GET", "/clock")
    assert clock["mode"] == "running"
    assert clock["now"] < "2024-01-16"


def test_an_attempt_whose_outcome_is_not_known_is_made_again(api: Driver) -> None:
    def receiver(_attempt: Attempt) -> Outcome:
        if not len(api.client.sandbox.snapshots):
            take(api, name="meanwhile")
        return Outcome(200)

    api.subscribe("mdata.created")
    api.client.receiver = receiver
    api.record("note", k=1)
    assert [d["state"] for d in api.deliveries()] == ["delivered"]
    api.admin("POST", "/snapshots/meanwhile/restore")
    api.admin("GET", "/clock")
    assert [(d["state"], len(d["attempts"])) for d in api.deliveries()] == [("delivered", 1)]
    first, again = (attempt.body for attempt in api.client.attempts)
    assert first == again


def test_none_is_taken_while_the_clock_is_being_moved(api: Driver) -> None:
    told: list[tuple[int, str]] = []

    def receiver(_attempt: Attempt) -> Outcome:
        if api.client.sandbox.get("default").moving:
            told.append(refused(api.client.post("/__admin/snapshots")))
            told.append(refused(api.client.get("/__admin/export")))
        return Outcome(500)

    api.subscribe("mdata.created")
    api.record("note", k=1)
    api.client.receiver = receiver
    api.shift("PT1H")
    assert set(told) == {(409, "CONFLICT")}


class TestExport:
    def test_it_is_the_same_twice_and_as_that_of_a_snapshot(self, api: Driver) -> None:
        use(api)
        take(api, name="then")
        first = api.client.get("/__admin/export")
        assert first.headers["content-type"] == "application/json"
        assert first.body == api.client.get("/__admin/export").body
        assert first.body == api.client.get("/__admin/snapshots/then/export").body

    def test_it_is_what_another_sandbox_goes_on_from(self, api: Driver) -> None:
        api.client.receiver = accept
        use(api)
        file = api.client.get("/__admin/export").body
        other = Driver(make_client("empty"))
        for one in (api, other):
            one.client.receiver = accept
            assert one.client.post("/__admin/import", file).status == 200
        assert other.client.get("/__admin/export").body == file
        for one in (api, other):
            go_on(one)
        assert everything(other)[1:] == everything(api)[1:]
        assert other.client.get("/__admin/export").body == api.client.get("/__admin/export").body

    @pytest.mark.parametrize("scenario", ["docs", "demo"])
    def test_scenarios_go_there_and_back(self, scenario: str) -> None:
        client = make_client(scenario, clock=NOW)
        file = client.get("/__admin/export").body
        other = make_client("empty")
        summary = other.post("/__admin/import", file)
        assert (summary.status, summary.json["scenario"]) == (200, scenario)
        assert other.get("/__admin/export").body == file

    def test_it_may_be_imported_into_any_namespace(self, api: Driver) -> None:
        api.record("note", k=1)
        file = api.client.get("/__admin/export").body
        made = api.admin("POST", "/namespaces", {"name": "other", "scenario": "empty"})
        assert api.client.post("/ns/other/__admin/import", file).json["namespace"] == "other"
        token = made["credentials"]["monetize360"]["tokens"][0]["token"]
        assert [row["data"]["k"] for row in api.get("/mobjects/note/mdata", token=token).json["data"]] == [1]

    def test_of_several_the_one_of_the_same_name_is_taken(self, api: Driver) -> None:
        for name, number in (("a", 1), ("b", 2)):
            api.admin("POST", "/namespaces", {"name": name})
            api.post("/mobjects/note/mdata", {"data": {"k": number}}, headers={"x-sandbox-namespace": name})
        sandbox = api.client.sandbox
        file = sandbox.portable.write(sandbox.take(sandbox.get(name)) for name in ("a", "b"))
        assert api.client.post("/ns/b/__admin/import", file).status == 200
        inside = api.get("/mobjects/note/mdata", headers={"x-sandbox-namespace": "b"}).json["data"]
        assert [row["data"]["k"] for row in inside] == [2]
        answer = api.client.post("/__admin/import", file)
        assert (answer.status, answer.json["error"]["details"]["field"]) == (400, "content.namespaces")

    @pytest.mark.parametrize("change", [{"format": "x"}, {"formatVersion": 9}, {"checksum": "x"}, {"content": 1}])
    def test_a_wrong_file_is_refused_and_nothing_changes(self, api: Driver, change: dict[str, Any]) -> None:
        api.record("note", k=1)
        file = orjson.loads(api.client.get("/__admin/export").body)
        before = everything(api)
        answer = api.client.post("/__admin/import", file | change)
        assert refused(answer) == (400, "INVALID_REQUEST")
        assert answer.json["error"]["details"]["field"] == next(iter(change))
        assert everything(api) == before

    @pytest.mark.parametrize("body", [None, b"", b"{", b"[]", b"\x80\x04.", b'{"format":"monetization-sandbox-state"}'])
    def test_what_is_no_file_is_refused(self, api: Driver, body: bytes | None) -> None:
        assert refused(api.client.post("/__admin/import", body)) == (400, "INVALID_REQUEST")
