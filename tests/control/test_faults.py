"""Faults in process: which calls they strike, what is answered and what is left behind."""

from collections.abc import Callable
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox import assets
from sandbox.kernel.clock import iso_ms, parse_instant
from sandbox.kernel.faults import LONGEST, Call, Fault, Faults, Latency, Match, When
from sandbox.kernel.faults import Act as Does
from sandbox.kernel.references import resolve
from sandbox.kernel.request import Request, Response
from sandbox.server import all_apis
from sandbox.web.faulty import malformed
from sandbox.web.plan import Plan
from sandbox.web.preferred import Preference, preferred, read_preference
from tests.apis.monetize360.driver import NOW, Driver
from tests.client import ENTERPRISE, M360, STANDARD, Answer, Client, make_client

GOOD, BAD = 200, 503
LIST = "/workflows"


def fault(api: Driver, effect: dict[str, Any] | None = None, **rule: Any) -> int:
    """The id of a new fault, a plain 503 unless said otherwise."""
    answer = api.client.post("/__admin/faults", {**rule, "effect": effect or {"status": BAD}})
    assert answer.status == 201, answer
    return int(answer.json["id"])


def statuses(api: Driver, calls: int, ask: Callable[[], Answer] | None = None) -> list[int]:
    return [(ask or (lambda: api.get(LIST)))().status for _ in range(calls)]


def responded(api: Driver, method: str, path: str, body: Any = None) -> Response:
    """The Response itself, with its effect."""
    payload = b"" if body is None else orjson.dumps(body)
    headers = {"authorization": f"Bearer {ENTERPRISE}", "content-type": "application/json"}
    answer = api.client.pipeline.handle(Request(method, M360 + path, "", headers, payload))
    assert isinstance(answer, Response)
    return answer


def reasons(api: Driver) -> list[str | None]:
    return [exchange.reason for exchange in api.client.sandbox.get("default").journal]


# which calls


@pytest.mark.parametrize(
    ("match", "struck"),
    [
        ({}, True),
        ({"api": "monetize360"}, True),
        ({"api": "moonify"}, False),
        ({"operation": "listWorkflows"}, True),
        ({"operation": "getWorkflow"}, False),
        ({"method": "GET"}, True),
        ({"method": "POST"}, False),
        ({"path": "/monetize360/v1/workflows"}, True),
        ({"path": "/v1/workflows"}, True),
        ({"path": "*/work*"}, True),
        ({"path": "/v1/workflows/*"}, False),
        ({"path": "/v1/[!w]*"}, False),
        ({"api": "monetize360", "operation": "listWorkflows", "method": "GET", "path": "*"}, True),
        ({"api": "monetize360", "operation": "listWorkflows", "method": "PUT", "path": "*"}, False),
    ],
)
def test_all_that_is_given_must_match(api: Driver, match: dict[str, str], *, struck: bool) -> None:
    fault(api, match=match)
    assert api.get(LIST).status == (BAD if struck else GOOD)


@pytest.mark.parametrize(
    ("when", "expected"),
    [
        ({}, [BAD] * 6),
        ({"call": 3}, [GOOD, GOOD, BAD, GOOD, GOOD, GOOD]),
        ({"every": 2}, [GOOD, BAD] * 3),
        ({"times": 2}, [BAD, BAD, GOOD, GOOD, GOOD, GOOD]),
        ({"every": 2, "times": 2}, [GOOD, BAD, GOOD, BAD, GOOD, GOOD]),
        ({"call": 3, "every": 2}, [GOOD] * 6),
        ({"probability": 0}, [GOOD] * 6),
        ({"probability": 1}, [BAD] * 6),
    ],
)
def test_it_acts_when_it_is_told_to(api: Driver, when: dict[str, Any], expected: list[int]) -> None:
    number = fault(api, when=when)
    assert statuses(api, 6) == expected
    stands = api.admin("GET", f"/faults/{number}")
    assert (stands["calls"], stands["hits"]) == (6, expected.count(BAD))


def test_only_calls_that_match_are_counted(api: Driver) -> None:
    fault(api, match={"operation": "getWorkflow"}, when={"call": 2})
    assert [api.get(path).status for path in (LIST, "/workflows/order", LIST, "/workflows/order")] == [
        200,
        200,
        200,
        BAD,
    ]


def test_a_window_is_on_the_clock_of_the_namespace(api: Driver) -> None:
    fault(api, when={"from": "2024-01-15T10:31:00Z", "until": "2024-01-15T11:32:00+01:00"})
    seen = []
    for _ in range(4):
        seen.append(api.get(LIST).status)
        api.admin("POST", "/clock/shift", {"by": 30})
    assert seen == [GOOD, GOOD, BAD, BAD]
    assert statuses(api, 1) == [GOOD]


def test_what_is_not_admitted_is_not_counted(api: Driver) -> None:
    number = fault(api)
    assert api.get(LIST, token="UNKNOWN").status == 401
    assert api.get("/nowhere").status == 404
    assert api.client("PATCH", M360 + LIST).status == 405
    assert api.client("OPTIONS", M360 + LIST).status == 204
    assert api.admin("GET", f"/faults/{number}")["calls"] == 0


def test_what_is_no_simulated_api_is_never_struck(api: Driver) -> None:
    fault(api, {"answer": "reset"})
    assert api.client.get("/health").status == 200
    assert api.client.get("/__admin/clock").status == 200
    assert api.lever("PUT", "/workflows/other", {"name": "Other"}).status in {200, 201}


def test_another_namespace_is_never_struck(api: Driver) -> None:
    fault(api)
    api.admin("POST", "/namespaces", {"name": "other", "from": "default"})
    other = {"X-Sandbox-Namespace": "other"}
    assert api.client.get(f"{M360}{LIST}", headers={"x-sandbox-namespace": "other"}).status == GOOD
    assert api.client.get("/__admin/faults", headers={k.lower(): v for k, v in other.items()}).json == {"faults": []}
    assert api.get(LIST).status == BAD


@pytest.mark.parametrize("again", ["/reset", "/scenarios/test/load"])
def test_starting_over_removes_them(api: Driver, again: str) -> None:
    first = fault(api, when={"probability": 0.5})
    before = statuses(api, 20)
    api.admin("POST", again)
    assert statuses(api, 2) == [GOOD, GOOD]
    assert fault(api, when={"probability": 0.5}) == first
    assert statuses(api, 20) == before


# determinism


def test_the_same_seed_and_calls_have_the_same_faults(api: Driver) -> None:
    for name, seed in (("one", 5), ("two", 5), ("three", 6)):
        api.admin("POST", "/namespaces", {"name": name, "scenario": "test", "seed": seed, "clock": NOW})
    seen: dict[str, list[Any]] = {"one": [], "two": [], "three": []}
    rule = {"when": {"probability": 0.5}, "effect": {"status": BAD, "latency": {"uniform": [0, 9_999]}}}
    for name in seen:
        assert api.client.post(f"/ns/{name}/__admin/faults", rule).status == 201
    order = ["one"] * 30 + ["two", "three"] * 30  # alone, then interleaved
    for name in order:
        request = Request("GET", f"/ns/{name}{M360}{LIST}", "", {"authorization": f"Bearer {ENTERPRISE}"}, b"")
        answer = api.client.pipeline.handle(request)
        assert isinstance(answer, Response)
        seen[name].append((answer.status, answer.effect))
    assert seen["one"] == seen["two"] != seen["three"]
    assert {status for status, _ in seen["one"]} == {GOOD, BAD}


def call(operation: str = "a") -> Call:
    return Call("api", operation, "GET", "/")


@given(st.integers(0, 9), st.lists(st.sampled_from(["a", "b"]), max_size=30))
def test_a_rule_does_not_notice_the_others(seed: int, operations: list[str]) -> None:
    def struck(*rules: Callable[[int], Fault]) -> list[bool]:
        faults = Faults()
        for rule in rules:
            faults.add(rule)
        found = [faults.strike(call(operation), 0, seed) for operation in operations]
        return [s is not None and 1 in s.ids for s in found]

    def rule(operation: str | None, effect: Does) -> Callable[[int], Fault]:
        return lambda number: Fault(number, None, Match(operation=operation), When(probability=0.5), effect)

    alone = rule("a", Does(BAD))
    assert struck(alone) == struck(alone, rule(None, Does(500)), rule("b", Does(latency=Latency("fixed", 5))))


@given(
    st.one_of(
        st.builds(Latency, st.just("fixed"), st.integers(0, LONGEST)),
        st.tuples(st.integers(0, LONGEST), st.integers(0, LONGEST)).map(lambda ab: Latency("uniform", *sorted(ab))),
        st.builds(Latency, st.just("lognormal"), st.integers(1, LONGEST), st.floats(0, 5)),
    ),
    st.integers(),
)
def test_latencies_are_within_their_bounds(latency: Latency, seed: int) -> None:
    drawn = latency.draw(seed)
    assert drawn == latency.draw(seed)
    least, most = {"fixed": (latency.a, latency.a), "uniform": (latency.a, latency.b)}.get(latency.kind, (0, LONGEST))
    assert least <= drawn <= most


def test_a_lognormal_latency_has_its_median() -> None:
    drawn = sorted(Latency("lognormal", 100, 0.5).draw("seed", number) for number in range(999))
    assert 90 < drawn[499] < 110
    assert drawn[-1] > 300


# what is answered


@pytest.mark.parametrize("status", [400, 401, 403, 404, 405, 409, 413, 415, 429, 499, 500, 502, 503, 504])
def test_a_status_is_answered_in_the_envelope_of_the_api(api: Driver, status: int) -> None:
    fault(api, {"status": status, "message": "told to", "retryAfter": 7})
    answer = api.get("/workflows/order")
    assert answer.status == status
    assert answer.json["error"]["message"] == "told to"
    assert answer.headers["x-ratelimit-limit"]
    assert answer.headers["retry-after"] == "7"


def test_a_429_says_that_nothing_remains(api: Driver) -> None:
    fault(api, {"status": 429, "retryAfter": 7})
    headers = api.get(LIST).headers
    assert headers["x-ratelimit-remaining"] == "0"
    assert int(headers["x-ratelimit-reset"]) == parse_instant(NOW) // 1_000 + 7


@pytest.mark.parametrize("status", [400, 403, 404, 409, 429, 500, 503])
def test_every_api_has_its_own_envelope(docs: Client, status: int) -> None:
    docs.post("/__admin/reset")
    docs.post("/__admin/faults", {"effect": {"status": status}})
    service = {"authorization": "serviceID yourServiceID"}
    answer = docs.get("/moonify/0.2/moonitize/users", headers=service)
    assert answer.status == status
    assert isinstance(answer.json["error"], str)


@pytest.mark.parametrize("effect", [{"status": 500}, {"answer": "reset"}, {"answer": "empty"}])
@pytest.mark.parametrize("commit", [True, False])
def test_a_lost_answer_was_committed_or_not(api: Driver, effect: dict[str, Any], *, commit: bool) -> None:
    note = "/mobjects/note/mdata"
    fault(api, {**effect, "commit": commit}, match={"operation": "createMdata"}, when={"times": 1})
    before = api.client.world.ordinals
    answer = responded(api, "POST", note, {"data": {"name": "x"}})
    assert answer.status == 500
    assert answer.effect is not None
    assert answer.effect.cut == effect.get("answer")
    assert len(api.get(note).json["data"]) == commit
    assert (api.client.world.ordinals != before) == commit
    reason = reasons(api)[0]
    assert reason is not None
    assert reason.startswith("fault 1: carried out, then lost" if commit else "fault 1: not carried out")


def test_what_was_committed_is_told_to_webhooks(api: Driver) -> None:
    api.post("/webhooks", {"url": "http://127.0.0.1:9/hook", "events": ["mdata.created"]})
    fault(api, {"answer": "reset", "commit": True}, match={"operation": "createMdata"})
    answer = responded(api, "POST", "/mobjects/note/mdata", {"data": {}})
    assert len(answer.attempts) == 1


def test_a_refusal_may_be_lost_too(api: Driver) -> None:
    fault(api, {"status": 502, "commit": True})
    answer = responded(api, "GET", "/workflows/missing")
    assert answer.status == 502
    assert answer.effect is not None
    assert answer.effect.reason == "fault 1: There is no workflow 'missing'; carried out, then lost; answered 502"


def test_a_duplicate_is_carried_out_twice(api: Driver) -> None:
    fault(api, {"answer": "duplicate"}, match={"method": "POST"})
    note = "/mobjects/note/mdata"
    made = api.post(note, {"data": {"name": "x"}})
    assert made.status == 201
    rows = api.get(note).json["data"]
    assert len(rows) == 2
    assert made.json["id"] in {row["id"] for row in rows}


def test_a_duplicate_that_is_refused_changes_no_answer(api: Driver) -> None:
    key = api.record("note", name="x")
    fault(api, {"answer": "duplicate"}, match={"method": "DELETE"})
    assert api.delete(f"/mobjects/note/mdata/{key}").status == 200
    assert "carried out twice" in str(reasons(api)[-1])


def test_what_is_stale_comes_from_the_state_when_the_fault_was_made(api: Driver) -> None:
    key = api.record("note", name="old")
    note = "/mobjects/note/mdata"
    number = fault(api, {"answer": "stale"})
    api.change("note", key, name="new")
    other = api.record("note", name="other")
    assert api.get(f"{note}/{key}").json["data"] == {"name": "old"}
    assert api.get(f"{note}/{other}").status == 404
    assert len(api.get(note).json["data"]) == 1
    assert api.admin("GET", f"/faults/{number}")["calls"] == 3
    api.admin("PATCH", f"/faults/{number}", {"name": "from here"})
    assert api.get(f"{note}/{key}").json["data"] == {"name": "new"}
    api.admin("DELETE", f"/faults/{number}")
    assert len(api.get(note).json["data"]) == 2


@given(
    st.recursive(
        st.none() | st.integers(0, 99) | st.text(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)
    )
)
def test_a_malformed_body_is_never_json(value: Any) -> None:
    with pytest.raises(orjson.JSONDecodeError):
        orjson.loads(malformed(orjson.dumps(value, option=orjson.OPT_NON_STR_KEYS)))


def test_malformed_and_truncated_bodies(api: Driver) -> None:
    whole = api.get(LIST).body
    fault(api, {"answer": "malformed"}, when={"call": 1})
    fault(api, {"answer": "truncated"}, when={"call": 2})
    broken, cut = responded(api, "GET", LIST), responded(api, "GET", LIST)
    assert (broken.status, broken.body) == (200, malformed(whole))
    assert (cut.status, cut.body) == (200, whole)
    assert cut.effect is not None
    assert cut.effect.cut == "truncated"


def test_slowness_leaves_the_answer_and_adds_up(api: Driver) -> None:
    plain = api.get(LIST).body
    fault(api, {"latency": {"fixed": 100}, "bytesPerSecond": 5_000})
    fault(api, {"latency": {"fixed": 20}, "bytesPerSecond": 300})
    fault(api, {"status": BAD, "latency": {"fixed": 3}}, when={"call": 2})
    first, second = responded(api, "GET", LIST), responded(api, "GET", LIST)
    assert (first.status, first.body) == (200, plain)
    assert first.effect is not None
    assert second.effect is not None
    assert first.effect[1:] == (120, 300, None)
    assert first.effect.reason == "fault 1, 2: delayed 120 ms; 300 bytes a second"
    assert (second.status, second.effect.delay) == (BAD, 123)


def test_delays_have_a_bound(api: Driver) -> None:
    for _ in range(3):
        fault(api, {"latency": {"fixed": LONGEST}})
    answer = responded(api, "GET", LIST)
    assert answer.effect is not None
    assert answer.effect.delay == LONGEST


def test_a_refusal_is_late_too(api: Driver) -> None:
    fault(api, {"latency": {"fixed": 50}})
    answer = responded(api, "GET", "/workflows/missing")
    assert answer.status == 404
    assert answer.effect is not None
    assert answer.effect.delay == 50


def test_the_first_that_decides_wins(api: Driver) -> None:
    first, second = fault(api, {"status": 500}, when={"every": 2}), fault(api, {"status": BAD})
    assert statuses(api, 4) == [BAD, 500, BAD, 500]
    assert api.admin("GET", f"/faults/{first}")["hits"] == 2
    stands = api.admin("GET", f"/faults/{second}")
    assert (stands["calls"], stands["hits"]) == (4, 2)


# the rules themselves


RULE = {
    "name": "all of it",
    "match": {"api": "monetize360", "operation": "listWorkflows", "method": "GET", "path": "*"},
    "when": {"call": 1, "every": 2, "probability": 0.5, "times": 3, "from": NOW, "until": "2024-02-15T10:30:00Z"},
    "effect": {
        "status": 503,
        "message": "no",
        "retryAfter": 5,
        "commit": True,
        "latency": {"lognormal": {"median": 100, "sigma": 0.5}},
        "bytesPerSecond": 10,
    },
}


def test_they_are_made_read_changed_and_deleted(api: Driver) -> None:
    made = api.admin("POST", "/faults", RULE)
    assert made == {"id": 1, **RULE, "calls": 0, "hits": 0}
    assert api.admin("GET", "/faults/1") == made
    assert api.admin("GET", "/faults") == {"faults": [made]}
    changed = api.admin("PATCH", "/faults/1", {"when": {}, "effect": {"latency": {"uniform": [9, 3]}}})
    assert changed == made | {"when": {}, "effect": {"latency": {"uniform": [3, 9]}}}
    second = fault(api)
    api.admin("DELETE", "/faults/1")
    assert [row["id"] for row in api.admin("GET", "/faults")["faults"]] == [second] == [2]
    api.admin("DELETE", "/faults")
    assert api.admin("GET", "/faults") == {"faults": []}
    assert fault(api) == 3


def test_a_changed_fault_counts_anew(api: Driver) -> None:
    number = fault(api, when={"times": 1})
    assert statuses(api, 2) == [BAD, GOOD]
    api.admin("PATCH", f"/faults/{number}", {"effect": {"status": 500}})
    assert statuses(api, 2) == [500, GOOD]


@pytest.mark.parametrize("method", ["GET", "PATCH", "DELETE"])
def test_one_that_does_not_exist(api: Driver, method: str) -> None:
    answer = api.client(method, "/__admin/faults/7", {"name": "x"} if method == "PATCH" else None)
    assert (answer.status, answer.json["error"]["message"]) == (404, "There is no fault 7")


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"effect": {}},
        {"effect": {"message": "alone"}},
        {"effect": {"status": 200}},
        {"effect": {"status": 600}},
        {"effect": {"status": 503, "answer": "reset"}},
        {"effect": {"answer": "nonsense"}},
        {"effect": {"latency": {}}},
        {"effect": {"latency": {"fixed": 1, "uniform": [1, 2]}}},
        {"effect": {"latency": {"fixed": LONGEST + 1}}},
        {"effect": {"bytesPerSecond": 0}},
        {"effect": {"status": 503}, "when": {"probability": 1.5}},
        {"effect": {"status": 503}, "when": {"call": 0}},
        {"effect": {"status": 503}, "when": {"from": "yesterday"}},
        {"effect": {"status": 503}, "when": {"from": "2024-01-15T11:00:00Z", "until": "2024-01-15T11:00:00Z"}},
        {"effect": {"status": 503}, "match": {"method": "get"}},
        {"effect": {"status": 503}, "match": {"host": "x"}},
    ],
)
def test_what_is_no_rule_is_refused(api: Driver, body: Any) -> None:
    assert api.client.post("/__admin/faults", body).status == 400
    assert api.admin("GET", "/faults") == {"faults": []}


@pytest.mark.parametrize(
    "match", [{"api": "control"}, {"api": "x"}, {"operation": "x"}, {"api": "moonify", "operation": "listWorkflows"}]
)
def test_what_never_matches_is_refused(api: Driver, match: dict[str, str]) -> None:
    assert api.client.post("/__admin/faults", {"match": match, "effect": {"status": 503}}).status == 404
    assert api.client.post("/__admin/faults/presets/outage", {"match": match}).status == 404
    number = fault(api)
    assert api.client("PATCH", f"/__admin/faults/{number}", {"match": match}).status == 404


def test_there_is_a_bound(api: Driver) -> None:
    for _ in range(100):
        fault(api)
    answer = api.client.post("/__admin/faults", {"effect": {"status": 503}})
    assert (answer.status, answer.json["error"]["code"]) == (409, "CONFLICT")
    assert api.client.post("/__admin/faults/presets/slow").status == 409


# presets


def test_every_preset_does_what_it_says(api: Driver) -> None:
    expected = {"outage": {503}, "maintenance": {503}, "throttled": {200, 429}, "flaky": {200, 500}, "slow": {200}}
    shown = api.admin("GET", "/faults/presets")["presets"]
    assert [preset["name"] for preset in shown] == ["outage", "flaky", "slow", "throttled", "maintenance"]
    for name, seen in expected.items():
        made = api.admin("POST", f"/faults/presets/{name}")
        assert made["name"] == name
        assert set(statuses(api, 40)) == seen
        api.admin("DELETE", "/faults")
    assert api.client.post("/__admin/faults/presets/nonsense").status == 404


def test_maintenance_is_over_after_an_hour(api: Driver) -> None:
    made = api.admin("POST", "/faults/presets/maintenance")
    assert made["when"] == {"until": iso_ms(parse_instant("2024-01-15T11:30:00Z"))}
    assert statuses(api, 1) == [BAD]
    api.admin("POST", "/clock/shift", {"by": "PT1H"})
    assert statuses(api, 1) == [GOOD]


def test_slow_answers_are_drawn_each_anew(api: Driver) -> None:
    api.admin("POST", "/faults/presets/slow")
    effects = [responded(api, "GET", LIST).effect for _ in range(20)]
    assert len({effect.delay for effect in effects if effect}) > 10


def test_a_preset_is_narrowed(api: Driver) -> None:
    body = {"match": {"operation": "getWorkflow"}, "when": {"times": 1}}
    made = api.admin("POST", "/faults/presets/throttled", body)
    assert made["match"] == body["match"]
    assert made["when"] == {"every": 2, "times": 1}
    assert statuses(api, 2) == [GOOD, GOOD]
    assert statuses(api, 4, lambda: api.get("/workflows/order")) == [GOOD, 429, GOOD, GOOD]


# Prefer


@pytest.fixture(scope="module")
def docs() -> Client:
    return make_client("docs")


def prefer(client: Client, method: str, path: str, header: str, body: Any = None) -> Answer:
    return client(method, M360 + path, body, headers={"prefer": header})


def test_a_status_is_preferred(docs: Client) -> None:
    before = docs.world.snapshot()
    answer = prefer(docs, "POST", "/mobjects/mobject-id/mdata", "code=404", {"data": {}})
    assert answer.status == 404
    assert answer.json["error"]["code"] == "NOT_FOUND"
    assert answer.headers["preference-applied"] == "code=404"
    assert prefer(docs, "DELETE", "/mobjects/mobject-id", "CODE=200").status == 200
    assert docs.world.snapshot() == before
    exchange = list(docs.sandbox.get("default").journal)[-1]
    assert exchange.reason == "Prefer: code=200: an example of the spec, nothing was carried out"


def test_required_headers_are_there(docs: Client) -> None:
    answer = prefer(docs, "GET", "/workflows", "code=429")
    assert answer.headers["retry-after"]
    assert answer.headers["x-ratelimit-limit"]


def test_an_example_is_preferred(docs: Client) -> None:
    spec: Any = assets.spec("monetize360")
    examples = spec["paths"]["/workflows/{workflowId}/execute"]["post"]["responses"]["200"]["content"]
    for name, example in examples["application/json"]["examples"].items():
        answer = prefer(docs, "POST", "/workflows/workflow-id/execute", f"example={name}", {})
        assert (answer.status, answer.json) == (200, resolve(spec, example)["value"])
    unknown = prefer(docs, "GET", "/workflows/workflow-id", "example=nonsense")
    assert unknown.status == 400
    assert unknown.json["error"]["details"] == {"field": "Prefer", "value": "example=nonsense"}


@pytest.mark.parametrize("header", ["code=418", "code=", "code=abc", "code=200, example=nonsense", 'code="999"'])
def test_what_the_spec_has_not_is_400(docs: Client, header: str) -> None:
    assert prefer(docs, "GET", "/workflows", header).status == 400


@pytest.mark.parametrize("header", ["return=minimal", "respond-async", "encode=200", "", "dynamic=true", "x; coder=1"])
def test_other_preferences_change_nothing(docs: Client, header: str) -> None:
    assert prefer(docs, "GET", "/workflows", header).json == docs.get(f"{M360}/workflows").json


def test_nobody_prefers_without_a_credential(docs: Client) -> None:
    answer = docs.get(f"{M360}/workflows", headers={"prefer": "code=200"}, token=None)
    assert answer.status == 401
    assert docs.get("/health", headers={"prefer": "code=500"}).status == 200
    assert docs.get("/__admin/clock", headers={"prefer": "code=500"}).status == 200


@pytest.mark.parametrize("name", [api.name for api in all_apis() if api.vendor])
def test_every_documented_answer_can_be_preferred(name: str) -> None:
    """Each status and each example of each operation, held to its schema, with its headers."""
    spec: Any = assets.spec(name)
    for path, item in spec["paths"].items():
        for verb in {"get", "put", "post", "delete", "patch"} & item.keys():
            plan = Plan(spec, path, verb)
            for status, definition in item[verb]["responses"].items():
                content = resolve(spec, definition).get("content", {}).get("application/json", {})
                for example in (None, *content.get("examples", {})):
                    answer = preferred(plan, Preference(status, example), [])
                    assert answer.status == int(status)
                    assert bool(answer.body) == bool(content)
                    plan.check(answer.status, answer.headers, answer.body)


def test_a_preference_is_not_struck(api: Driver) -> None:
    number = fault(api)
    assert api.get("/workflows/order", headers={"prefer": "code=404"}).status == 404
    assert api.admin("GET", f"/faults/{number}")["calls"] == 0


@pytest.mark.parametrize(
    ("header", "code", "example"),
    [
        ("code=404", "404", None),
        ("code=404, example=gone", "404", "gone"),
        ('example="two words";code=200', "200", "two words"),
        ("return=minimal, Code = 201", "201", None),
    ],
)
def test_how_a_preference_is_written(header: str, code: str | None, example: str | None) -> None:
    assert read_preference(header) == (code, example)


def test_the_limit_still_counts(api: Driver) -> None:
    fault(api)
    first, second = (int(api.get(LIST, token=STANDARD).headers["x-ratelimit-remaining"]) for _ in range(2))
    assert first == second + 1
