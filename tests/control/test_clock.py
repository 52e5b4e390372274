"""The clock, its agenda and the timeline: /__admin/clock, /__admin/events."""

from typing import Any

import pytest

from sandbox.kernel import clock as clocks
from sandbox.kernel import timeline
from sandbox.kernel.request import Pending, Request, Response
from sandbox.kernel.webhooks import Attempt, Outcome
from tests.apis.monetize360.driver import NOW, Driver
from tests.client import Answer

NOTHING: dict[str, Any] = {"counts": {}, "happened": [], "cursor": None}


def clock(api: Driver, verb: str, body: Any = None) -> Answer:
    return api.client.post(f"/__admin/clock/{verb}", body)


def standing(now: str) -> dict[str, Any]:
    return {"mode": "frozen", "now": now, "due": 0, "next": None}


def test_is_read(api: Driver) -> None:
    assert api.admin("GET", "/clock") == standing(NOW)
    api.execute("order", later=True)
    api.execute(api.workflow(duration=5), later=True)
    assert api.admin("GET", "/clock") == standing(NOW) | {"due": 2, "next": "2024-01-15T10:30:05Z"}


@pytest.mark.parametrize(
    ("verb", "body", "to"),
    [
        ("shift", {"by": 90}, "2024-01-15T10:31:30Z"),
        ("shift", {"by": 0.25}, "2024-01-15T10:30:00.250Z"),
        ("shift", {"by": 0}, NOW),
        ("shift", {"by": "P1W1DT1H1M1.5S"}, "2024-01-23T11:31:01.500Z"),
        ("shift", {"by": "PT36H"}, "2024-01-16T22:30:00Z"),
        ("shift", {"by": "P400D"}, "2025-02-18T10:30:00Z"),
        ("move", {"to": "2024-02-29T00:00:00Z"}, "2024-02-29T00:00:00Z"),
        ("move", {"to": "2024-01-16T00:00:00+01:00"}, "2024-01-15T23:00:00Z"),
        ("move", {"to": "2024-01-15T10:30:00.1239999Z"}, "2024-01-15T10:30:00.123Z"),
        ("move", {"to": NOW}, NOW),
        ("freeze", {"at": "2024-01-16T00:00:00Z"}, "2024-01-16T00:00:00Z"),
        ("freeze", {}, NOW),
        ("freeze", None, NOW),
    ],
)
def test_moves(api: Driver, verb: str, body: Any, to: str) -> None:
    answer = clock(api, verb, body)
    assert (answer.status, answer.json) == (200, {"from": NOW, "to": to, "clock": standing(to)} | NOTHING)
    assert api.admin("GET", "/clock") == standing(to)
    assert api.create("note", k=1).json["createdAt"] == to[:19].removesuffix("Z") + "Z"


def test_runs_and_stands_again(api: Driver) -> None:
    ran = clock(api, "run", {"from": "2024-01-16T00:00:00Z"}).json
    assert (ran["from"], ran["to"], ran["clock"]["mode"]) == (NOW, "2024-01-16T00:00:00Z", "running")
    assert clock(api, "run").json["clock"]["mode"] == "running"
    shifted = clock(api, "shift", {"by": "P1D"}).json
    assert shifted["clock"]["mode"] == "running"
    assert shifted["to"].startswith("2024-01-17T00:00:")
    stopped = clock(api, "freeze").json
    assert stopped["clock"]["mode"] == "frozen"
    assert api.admin("GET", "/clock")["now"] == stopped["to"]
    assert clock(api, "run").json["clock"]["mode"] == "running"


@pytest.mark.parametrize(("verb", "member"), [("move", "to"), ("freeze", "at"), ("run", "from")])
def test_each_way_of_moving_lives_through_what_is_due(api: Driver, verb: str, member: str) -> None:
    started = api.execute("order", later=True)
    moved = clock(api, verb, {member: "2024-01-16T00:00:00Z"}).json
    assert moved["counts"] == {"execution.completed": 1}
    assert moved["happened"] == [
        {
            "at": "2024-01-15T10:30:15Z",
            "type": "execution.completed",
            "subject": started["executionId"],
            "detail": {"workflowId": "order"},
        }
    ]


@pytest.mark.parametrize(
    ("verb", "body", "field"),
    [
        ("move", {"to": "2024-01-15T10:29:59.999Z"}, "to"),
        ("move", {"to": "2025-02-18T10:30:00.001Z"}, "to"),
        ("move", {"to": "9999-12-31T23:59:59Z"}, "to"),
        ("move", {"to": "2024-02-30T00:00:00Z"}, "to"),
        ("move", {"to": "2024-02-15T10:30:00"}, "to"),
        ("move", {"to": "tomorrow"}, "to"),
        ("move", {"to": 7}, "to"),
        ("move", {}, "to"),
        ("shift", {"by": -1}, "by"),
        ("shift", {"by": 34_560_001}, "by"),
        ("shift", {"by": "P401D"}, "by"),
        ("shift", {"by": "P99999999999999999999W"}, "by"),
        ("shift", {"by": "P1M"}, "by"),
        ("shift", {"by": "P"}, "by"),
        ("shift", {"by": "PT"}, "by"),
        ("shift", {"by": "-P1D"}, "by"),
        ("shift", {"by": "1D"}, "by"),
        ("shift", {}, "by"),
        ("freeze", {"at": "2020-01-01T00:00:00Z"}, "at"),
        ("freeze", {"at": None}, "at"),
        ("run", {"from": "2020-01-01T00:00:00Z"}, "from"),
        ("run", {"to": NOW}, "to"),
    ],
)
def test_what_is_out_of_bounds_is_refused_and_nothing_moves(api: Driver, verb: str, body: Any, field: str) -> None:
    answer = clock(api, verb, body)
    error = answer.json["error"]
    assert (answer.status, error["code"], error["details"]["field"]) == (400, "INVALID_REQUEST", field)
    assert api.admin("GET", "/clock") == standing(NOW)


@pytest.mark.parametrize(
    ("verb", "body", "like"),
    [
        ("shift", {"by": "1 day"}, "by must be written like P1D"),
        ("advance", {"to": "soon"}, "to must be written like next"),
    ],
)
def test_what_is_written_otherwise_is_told_by_example(api: Driver, verb: str, body: Any, like: str) -> None:
    assert clock(api, verb, body).json["error"]["message"].startswith(f"{like} (")


def test_a_move_tells_1000_happenings_and_where_the_rest_is(api: Driver) -> None:
    made = [api.execute("order", later=True)["executionId"] for _ in range(1_203)]
    moved = api.shift(15)
    assert moved["counts"] == {"execution.completed": 1_203}
    assert [event["subject"] for event in moved["happened"]] == made[:1_000]
    rest = api.admin("GET", f"/events?after={moved['cursor']}&limit=200")
    assert [event["subject"] for event in rest["events"]] == made[1_000:1_200]
    last = api.admin("GET", f"/events?after={rest['cursor']}&limit=1000")
    assert [event["subject"] for event in last["events"]] == made[1_200:]
    assert last["cursor"] is None


def test_the_timeline_is_numbered_and_paged(api: Driver) -> None:
    assert api.admin("GET", "/events") == {"events": [], "cursor": None}
    api.execute("order", later=True)
    api.execute(api.workflow(duration=1, queue=1, outcome="failed"), later=True)
    api.shift(15)
    found = api.admin("GET", "/events")["events"]
    assert [event["type"] for event in found] == ["execution.running", "execution.failed", "execution.completed"]
    numbers = [event["seq"] for event in found]
    assert numbers == list(range(numbers[0], numbers[0] + 3))
    page = api.admin("GET", f"/events?after={numbers[0]}&limit=1")
    assert page == {"events": [found[1]], "cursor": numbers[1]}
    assert api.admin("GET", f"/events?after={numbers[2]}") == {"events": [], "cursor": None}


@pytest.mark.parametrize("query", ["limit=0", "limit=1001", "after=-1", "after=x", "limit=1&limit=2"])
@pytest.mark.parametrize("path", ["clock/agenda", "events", "requests", "deliveries"])
def test_a_page_out_of_bounds_is_refused(api: Driver, path: str, query: str) -> None:
    assert api.client.get(f"/__admin/{path}?{query}").status == 400


def test_a_move_over_too_many_items_is_refused_and_nothing_moves(api: Driver, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timeline, "MOVE_ITEMS", 3)
    made = [api.execute("order", later=True) for _ in range(4)]
    answer = clock(api, "shift", {"by": 15})
    assert (answer.status, answer.json["error"]["details"]) == (400, {"field": "by", "value": 15})
    assert api.admin("GET", "/clock") == standing(NOW) | {"due": 4, "next": "2024-01-15T10:30:15Z"}
    assert [api.execution(execution)["status"] for execution in made] == ["running"] * 4
    assert api.admin("GET", "/events")["events"] == []
    assert clock(api, "shift", {"by": 14}).status == 200
    monkeypatch.undo()
    assert clock(api, "shift", {"by": 1}).json["counts"] == {"execution.completed": 4}


def test_retries_that_would_be_too_many_are_refused_before_one_is_made(
    api: Driver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(timeline, "MOVE_ITEMS", 4)
    api.subscribe("workflow.completed")
    api.execute("order", later=True)
    assert clock(api, "shift", {"by": "P30D"}).status == 400
    assert api.client.attempts == []
    assert clock(api, "shift", {"by": "PT1H"}).status == 200


def test_one_move_at_a_time(api: Driver) -> None:
    statuses: list[int] = []

    def move_meanwhile(_attempt: Attempt) -> Outcome:
        statuses.extend(clock(api, verb, body).status for verb, body in [("shift", {"by": 1}), ("freeze", {})])
        statuses.append(api.client.get("/__admin/clock").status)
        return Outcome(200)

    api.subscribe("workflow.completed")
    api.execute("order", later=True)
    api.client.receiver = move_meanwhile
    assert api.shift(60)["to"] == "2024-01-15T10:31:00Z"
    assert statuses == [409, 409, 200]


def test_the_clock_stands_at_the_instant_of_an_attempt(api: Driver) -> None:
    seen = []

    def look(_attempt: Attempt) -> Outcome:
        seen.append(api.create("note", k=1).json["createdAt"])
        return Outcome(200)

    api.subscribe("workflow.completed")
    api.execute("order", later=True)
    api.client.receiver = look
    api.shift("P1D")
    assert seen == ["2024-01-15T10:30:15Z"]


def advance(api: Driver, to: str) -> Answer:
    return clock(api, "advance", {"to": to})


def in_vain(answer: Answer, why: str) -> None:
    error = answer.json["error"]
    assert (answer.status, error["code"]) == (409, "CONFLICT")
    assert why in error["message"]


def test_advances_to_what_is_due_next_and_no_further(api: Driver) -> None:
    first = api.execute("order", later=True)
    twin = api.execute("order", later=True)
    api.execute(api.workflow(duration=20), later=True)
    moved = advance(api, "next").json
    assert (moved["from"], moved["to"]) == (NOW, "2024-01-15T10:30:15Z")
    assert [event["subject"] for event in moved["happened"]] == [first["executionId"], twin["executionId"]]
    assert moved["clock"] == standing("2024-01-15T10:30:15Z") | {"due": 1, "next": "2024-01-15T10:30:20Z"}
    assert advance(api, "next").json["to"] == "2024-01-15T10:30:20Z"
    in_vain(advance(api, "next"), "Nothing is due")
    assert api.admin("GET", "/clock") == standing("2024-01-15T10:30:20Z")


def test_advances_to_the_first_happening_of_a_type(api: Driver) -> None:
    api.execute("order", later=True)
    api.execute(api.workflow("fails", duration=40, outcome="failed"), later=True)
    api.execute(api.workflow("after", duration=41), later=True)
    moved = advance(api, "until:execution.failed").json
    assert (moved["from"], moved["to"]) == (NOW, "2024-01-15T10:30:40Z")
    assert moved["counts"] == {"execution.completed": 1, "execution.failed": 1}
    in_vain(advance(api, "until:execution.failed"), "No execution.failed comes within 400 days or 100000 agenda items")
    assert api.admin("GET", "/clock")["now"] == "2024-01-15T10:30:40Z"
    assert advance(api, "until:execution.completed").json["counts"] == {"execution.completed": 1}


def test_what_happened_before_is_not_waited_for(api: Driver) -> None:
    api.subscribe("mdata.created")
    api.record("note", k=1)
    assert advance(api, "until:webhook.attempted").json["to"] == "2024-01-15T10:31:00Z"


def test_deliveries_shape_what_is_advanced_to(api: Driver) -> None:
    def up_after_an_hour(_attempt: Attempt) -> Outcome:
        late = api.client.world.now >= clocks.parse_instant("2024-01-15T11:30:00Z")
        return Outcome(204) if late else Outcome(503)

    api.client.receiver = up_after_an_hour
    api.subscribe("mdata.created")
    api.record("note", k=1)
    moved = advance(api, "until:webhook.delivered").json
    assert moved["to"] == "2024-01-15T11:41:00Z"
    assert moved["counts"] == {"webhook.attempted": 2, "webhook.delivered": 1}
    assert [event["at"] for event in moved["happened"]] == [
        "2024-01-15T10:31:00Z",
        "2024-01-15T10:41:00Z",
        "2024-01-15T11:41:00Z",
    ]


def test_a_delivery_waited_for_in_vain(api: Driver) -> None:
    api.subscribe("mdata.created")
    api.record("note", k=1)
    api.execute(api.workflow(duration="P300D"), later=True)
    answer = advance(api, "until:webhook.delivered")
    in_vain(answer, "; the clock went on to 2024-01-16T17:41:00Z, where a webhook was attempted last")
    assert api.admin("GET", "/clock")["now"] == "2024-01-16T17:41:00Z"
    assert api.deliveries()[0]["state"] == "failed"
    in_vain(advance(api, "until:webhook.failed"), "agenda items")
    assert api.admin("GET", "/clock")["now"] == "2024-01-16T17:41:00Z"


def test_an_attempt_that_is_under_way_is_waited_for_first(api: Driver) -> None:
    api.subscribe("mdata.created")
    api.record("note", k=1)
    api.client.world.outbox = ("1",)
    (attempt,) = api.client.sandbox.get("default").publish()
    path, body = "/__admin/clock/advance", b'{"to": "until:webhook.attempted"}'
    request = Request("POST", path, "", {"host": "127.0.0.1", "content-type": "application/json"}, body)
    pending = api.client.pipeline.handle(request)
    assert isinstance(pending, Pending)
    assert pending.attempts == ()
    api.client.sandbox.settle(attempt, Outcome(500))
    pending = pending.resume([])
    assert isinstance(pending, Pending)
    assert len(pending.attempts) == 1
    answer = pending.resume([Outcome(500)])
    assert isinstance(answer, Response)
    assert Answer(answer).json["to"] == "2024-01-15T10:31:00Z"


@pytest.mark.parametrize("target", ["clock/shift", "deliveries/1/replay"])
def test_a_namespace_that_is_deleted_meanwhile_ends_it(api: Driver, target: str) -> None:
    api.subscribe("mdata.created")
    api.record("note", k=1)
    for _ in range(2):
        api.admin("POST", "/namespaces", {"name": "gone", "from": "default"})
        headers = {"host": "127.0.0.1", "content-type": "application/json"}
        body = b'{"by": "PT1H"}' if target == "clock/shift" else b""
        pending = api.client.pipeline.handle(Request("POST", f"/ns/gone/__admin/{target}", "", headers, body))
        assert isinstance(pending, Pending)
        assert api.client.delete("/__admin/namespaces/gone").status == 200
        answer = pending.resume([Outcome(500)])
        assert isinstance(answer, Response)
        assert (answer.status, answer.attempts) == (409, [])
        assert "The namespace was reset or deleted while " in Answer(answer).json["error"]["message"]


def test_a_server_that_stops_says_where_a_move_came_to(api: Driver) -> None:
    api.subscribe("mdata.created")
    api.record("note", k=1)
    headers = {"host": "127.0.0.1", "content-type": "application/json"}
    pending = api.client.pipeline.handle(Request("POST", "/__admin/clock/shift", "", headers, b'{"by": "PT1H"}'))
    assert isinstance(pending, Pending)
    answer = Answer(pending.stop())
    assert (answer.status, answer.json["error"]["code"]) == (503, "STOPPING")
    assert answer.json["error"]["message"] == "The server stops: the clock stands at 2024-01-15T10:31:00Z"
    assert api.admin("GET", "/clock")["now"] == "2024-01-15T10:31:00Z"


def test_advancing_has_the_bounds_of_a_move(api: Driver, monkeypatch: pytest.MonkeyPatch) -> None:
    api.execute(api.workflow(duration="P400D", queue="PT1S"), later=True)
    assert advance(api, "until:execution.running").json["to"] == "2024-01-15T10:30:01Z"
    monkeypatch.setattr(timeline, "MOVE_DAYS", 399)
    in_vain(advance(api, "next"), "due at 2025-02-18T10:30:01Z, more than 399 days ahead")
    in_vain(advance(api, "until:execution.completed"), "within 399 days")
    for _ in range(3):
        api.execute("order", later=True)
    monkeypatch.setattr(timeline, "MOVE_ITEMS", 2)
    in_vain(advance(api, "until:execution.failed"), "within 399 days or 2 agenda items")
    answer = advance(api, "next")
    assert (answer.status, answer.json["error"]["details"]) == (400, {"field": "to", "value": "next"})
    assert api.admin("GET", "/clock")["now"] == "2024-01-15T10:30:01Z"


def test_an_unknown_event_is_refused_with_those_there_are(api: Driver) -> None:
    answer = advance(api, "until:session.chraged")
    error = answer.json["error"]
    assert (answer.status, error["details"]) == (400, {"field": "to", "value": "until:session.chraged"})
    for one in ("execution.completed", "session.charged", "visitors.worked", "webhook.delivered"):
        assert one in error["message"]


@pytest.mark.parametrize("to", ["", "nowhere", "until:", "until:x", "next ", "until:a b.c", "until:" + "a." * 50, None])
def test_where_to_advance_is_one_of_two(api: Driver, to: str | None) -> None:
    answer = clock(api, "advance", {"to": to})
    assert (answer.status, answer.json["error"]["details"]["field"]) == (400, "to")


def agenda(api: Driver, query: str = "") -> Any:
    return api.admin("GET", f"/clock/agenda{query}")


def test_the_agenda_tells_what_is_due_and_runs_none_of_it(api: Driver) -> None:
    assert agenda(api) == {"agenda": [], "cursor": None}
    api.subscribe("mdata.created")
    api.record("note", k=1)
    started = api.execute("order", later=True)
    (first, second) = agenda(api)["agenda"]
    assert {name: first[name] for name in ("at", "api", "subject")} == {
        "at": "2024-01-15T10:30:15Z",
        "api": "monetize360",
        "subject": started["executionId"],
    }
    assert {name: second[name] for name in ("at", "api", "kind", "subject")} == {
        "at": "2024-01-15T10:31:00Z",
        "api": "webhooks",
        "kind": "retry",
        "subject": "1",
    }
    assert agenda(api, "?api=webhooks") == {"agenda": [second], "cursor": None}
    assert agenda(api, "?api=moonify") == {"agenda": [], "cursor": None}
    assert api.admin("GET", "/clock") == standing(NOW) | {"due": 2, "next": "2024-01-15T10:30:15Z"}


def test_the_agenda_is_paged(api: Driver) -> None:
    made = [api.execute(api.workflow(f"w{number}", duration=9 - number), later=True) for number in range(9)]
    found: list[Any] = []
    page = agenda(api, "?limit=4")
    while page["cursor"] is not None:
        found += page["agenda"]
        page = agenda(api, f"?limit=4&after={page['cursor']}")
    found += page["agenda"]
    assert [item["subject"] for item in found] == [one["executionId"] for one in reversed(made)]
    assert agenda(api, f"?after={found[-1]['seq']}") == {"agenda": [], "cursor": None}
    api.shift(4)
    assert agenda(api, f"?after={found[0]['seq']}")["agenda"] == found[4:]


def test_namespaces_have_clocks_of_their_own(api: Driver) -> None:
    api.admin("POST", "/namespaces", {"name": "other"})
    answer = api.client.post("/ns/other/__admin/clock/shift", {"by": 60})
    assert answer.json["to"] == "2024-01-15T10:31:00Z"
    assert api.admin("GET", "/clock")["now"] == NOW
