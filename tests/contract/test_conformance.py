"""Layers a and b on a small part of Monetize360; the sandbox as it is, and with one thing wrong."""

import sys
import tomllib
from collections.abc import Callable, Iterator, Sequence
from contextlib import nullcontext
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any

import orjson
import pytest

from sandbox.contract import conformance
from sandbox.contract.budget import Budget
from sandbox.contract.contracts import contract
from sandbox.contract.findings import Breach
from sandbox.contract.guard import Guard
from sandbox.contract.inprocess import Handle, Wrap
from sandbox.contract.loopback import Endpoint, looped
from sandbox.contract.model import Effort, Trial
from sandbox.contract.onlooker import CALLS, FOUND, Onlooker, Settings, stand_in
from sandbox.contract.rules import Rules
from sandbox.contract.schemathesis_report import curl, left_out, read_lines
from sandbox.contract.schemathesis_settings import configured, disabled, expected, identities, selected
from sandbox.contract.suites import NAMES, Suite
from sandbox.contract.targets import Refused
from sandbox.contract.wire import Answer
from sandbox.kernel.request import Request, Response

API = "monetize360"
READ = frozenset({"listWorkflows", "getWorkflow"})
MADE = frozenset({"createMobject", "getMobject"})
BOTH = (conformance.CONFORMANCE, conformance.STATEFUL)

ORACLE = '''
from sandbox.contract.findings import Breach

class Shadow:
    """Believes that what was made is there, for whoever made it."""

    def __init__(self):
        self.made = set()

    def look(self, exchange):
        if exchange.operation == "createMobject" and exchange.answer.ok:
            self.made.add((exchange.identity, exchange.answer.json["id"]))
        place = exchange.identity, exchange.path.get("mobjectId")
        if exchange.operation == "getMobject" and place in self.made and exchange.answer.status != 200:
            yield Breach("A3", "getMobject", "status", "200", str(exchange.answer.status))
'''


@pytest.fixture(scope="module")
def suite(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Suite]:
    """With an oracle of its own, which the run imports by its name."""
    folder = tmp_path_factory.mktemp("oracle")
    (folder / "little_oracle.py").write_text(ORACLE, "utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(folder))
        yield Suite(API, import_module("little_oracle").Shadow, Rules, [], {})
        sys.modules.pop("little_oracle")


def run(suite: Suite, asked: frozenset[str], layers: Sequence[str], wrap: Wrap | None = None) -> conformance.Ran:
    left_out = frozenset(contract(API).operations) - asked
    trial = Trial(suite, 1, "", Effort(examples=4, repeats=0), left_out=left_out)
    return conformance.run(trial, partial(looped, API, wrap), layers)


def recording(seen: list[object]) -> Wrap:
    def record(handle: Handle, request: Request) -> Any:
        headers = {name: value for name, value in request.headers.items() if name != "host"}
        seen.append((request.method, request.path, request.query, headers, request.body))
        return handle(request)

    return record


def changing(change: Callable[[Request, Response], None]) -> Wrap:
    def wrap(handle: Handle, request: Request) -> Any:
        answer = handle(request)
        if isinstance(answer, Response):
            change(request, answer)
        return answer

    return wrap


def forget(request: Request, answer: Response) -> None:
    if request.method == "GET" and answer.status == 200:
        answer.status, answer.body = 404, b'{"error":{"code":"NOT_FOUND","message":"Gone"}}'


def drop_header(request: Request, answer: Response) -> None:
    if request.path.endswith("/workflows"):
        answer.headers = [header for header in answer.headers if header[0].lower() != b"x-ratelimit-limit"]


def leak(request: Request, answer: Response) -> None:
    if request.method == "GET" and answer.status == 404:
        answer.status = 500


def found(ran: conformance.Ran) -> set[tuple[str, str, str, str]]:
    return {(one.layer, one.source, one.breach.operation, one.breach.where) for one in ran.outcome.findings.values()}


def test_nothing_is_found_and_a_seed_gives_the_same_requests(suite: Suite) -> None:
    first: list[object] = []
    second: list[object] = []
    ran = run(suite, READ, BOTH, recording(first))
    assert (ran.outcome.findings, ran.problems, ran.outcome.skipped) == ({}, [], [])
    assert run(suite, READ, BOTH, recording(second)).tally == ran.tally
    assert first == second
    assert ran.tally.calls == len(first) + 1, "one of Schemathesis's first probes is no request to any server"
    assert {operation for _, _, operation, _ in ran.tally.answers} == READ
    assert {layer for layer, *_ in ran.tally.answers} == set(BOTH)
    assert ran.tally.statuses(API, "getWorkflow")[200]
    assert (API, "listWorkflows", "getWorkflow") in ran.tally.links
    parameters = {(API, "listWorkflows", "limit"), (API, "listWorkflows", "offset"), (API, "getWorkflow", "workflowId")}
    assert parameters == ran.tally.parameters


def test_a_missing_header_and_a_server_error_are_found_by_layer_a(suite: Suite) -> None:
    def both(request: Request, answer: Response) -> None:
        drop_header(request, answer)
        leak(request, answer)

    ran = run(suite, READ, [conformance.CONFORMANCE], changing(both))
    assert ran.problems == []
    assert {
        ("conformance", "answers", "listWorkflows", "header X-RateLimit-Limit"),
        ("conformance", "not_a_server_error", "getWorkflow", "status"),
    } <= found(ran)
    assert {layer for layer, *_ in found(ran)} == {"conformance"}


def test_what_the_machine_says_of_proxies_and_credentials_is_not_heeded(
    suite: Suite, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login somebody password else")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    ran = run(suite, READ, [conformance.CONFORMANCE])
    assert (ran.outcome.findings, ran.problems) == ({}, [])
    assert ran.tally.statuses(API, "getWorkflow")[200]


def test_broken_persistence_is_found_by_layer_b(suite: Suite) -> None:
    ran = run(suite, MADE, [conformance.STATEFUL], changing(forget))
    assert ran.problems == []
    assert ("stateful", "shadow", "getMobject", "status") in found(ran)
    told = next(one for one in ran.outcome.findings.values() if one.source == "shadow")
    assert [line.split()[2] for line in told.requests] == ["POST", "GET"]
    assert all("$FIRST_AUTHORIZATION" in line for line in told.requests)


def test_what_cannot_run_is_a_problem(suite: Suite) -> None:
    assert run(suite, frozenset(), BOTH).problems == ["monetize360: no operation is left to test"]


class Broken:
    def look(self, _exchange: object) -> list[Breach]:
        raise ValueError("no idea")


def watching(folder: Path, **more: Any) -> Onlooker:
    settings = Settings(API, "http://127.0.0.1:1/v1", str(folder), BOTH, "m:n")
    secrets = {"first": {"authorization": "Bearer one"}, "second": {"authorization": "Bearer two"}}
    return Onlooker(settings, secrets, contract(API), **{"oracle": None, **more})


def test_an_oracle_that_fails_is_a_problem_and_asked_no_more(tmp_path: Path) -> None:
    onlooker = watching(tmp_path, oracle=Broken())
    for _ in range(2):
        onlooker.carry("GET", "http://127.0.0.1:1/v1/mobjects/a", {}, b"", lambda _: Answer(404, {}, b""))
    told = [line["problem"] for line in read_lines(tmp_path / FOUND) if "problem" in line]
    assert told == ["the oracle of monetize360 failed at getMobject: ValueError('no idea')"]


def test_the_wait_that_a_target_asks_for_is_told_and_no_other_request_sent(suite: Suite) -> None:
    asked: list[str] = []

    def busy(request: Request, answer: Response) -> None:
        asked.append(request.path)
        if request.path.endswith("/workflows"):
            answer.status, answer.body = 429, b"{}"
            answer.headers = [*answer.headers, (b"Retry-After", b"500")]

    spent: list[tuple[int, float]] = []
    with looped(API, changing(busy)) as endpoint:
        guard = Guard(API, endpoint.url, "read-only", budget=Budget(seconds=60))
        left_out = frozenset(contract(API).operations) - {"listWorkflows"}
        trial = Trial(suite, 1, "", Effort(examples=2, repeats=0), left_out=left_out)
        ran = conformance.run(
            trial,
            lambda: nullcontext(endpoint),
            [conformance.CONFORMANCE],
            guard.as_settings,
            lambda *told: spent.append(told),
        )
    assert sum(path.endswith("/workflows") for path in asked) == 1
    ((calls, wait),) = spent
    assert calls == ran.tally.calls
    assert 400 < wait <= 500
    (why,) = [reason for name, reason in ran.outcome.skipped if name == "requests of Schemathesis"]
    assert "asks to wait" in why


def test_what_the_gate_refuses_is_not_sent(tmp_path: Path) -> None:
    def closed(_: object) -> Answer:
        raise Refused("only reading")

    with pytest.raises(Refused):
        watching(tmp_path).carry("DELETE", "http://127.0.0.1:1/v1/mobjects/a", {}, b"", closed)
    refused = {"phase": "probing", "operation": "deleteMobject", "status": 0, "refused": "only reading"}
    assert list(read_lines(tmp_path / CALLS)) == [refused]


@pytest.mark.parametrize(
    ("headers", "identity", "real"),
    [
        ({"Authorization": "$FIRST_AUTHORIZATION"}, "first", "Bearer one"),
        ({"Authorization": "$SECOND_AUTHORIZATION"}, "second", "Bearer two"),
        ({"Authorization": "Bearer x"}, "stranger", "Bearer x"),
        ({"X-Schemathesis-TestCaseId": "abc"}, "nobody", None),
    ],
)
def test_who_asks_is_known_and_the_credentials_go_out(
    tmp_path: Path, headers: dict[str, str], identity: str, real: str | None
) -> None:
    seen: list[Any] = []

    class Oracle:
        def look(self, exchange: Any) -> list[Breach]:
            seen.append(exchange)
            return []

    def send(sent: dict[str, str]) -> Answer:
        seen.append(sent)
        return Answer(404, {}, b"")

    watching(tmp_path, oracle=Oracle()).carry("GET", "http://127.0.0.1:1/v1/mobjects/a%20b?x=1", headers, b"", send)
    sent, exchange = seen
    assert sent == ({} if real is None else {"Authorization": real})
    assert (exchange.identity, exchange.path, exchange.sent.query) == (identity, {"mobjectId": "a b"}, "x=1")
    assert "Bearer one" not in (tmp_path / FOUND).read_text()


def test_a_real_target_is_only_read_and_its_ids_are_not_used_again(suite: Suite, tmp_path: Path) -> None:
    endpoint = Endpoint("https://api.example.com/v1", {"first": {"authorization": "Bearer s3cret"}}, frozenset())
    trial = Trial(suite, 1, "")
    text = configured(trial, endpoint, peers=False, folder=tmp_path)
    assert tomllib.loads(text)["checks"]["max_response_time"] > 1000 * tomllib.loads(text)["request-timeout"]
    assert "phases.coverage.unexpected-methods = []" in text
    assert "auth.auto-signup = false" in text
    assert text.count("extra-data-sources.responses = false") == 3
    assert "peers" not in text
    assert {contract(API).operations[name].method for name in selected(trial, endpoint.can)} == {"GET"}
    told = orjson.loads(identities(endpoint))["auth"]
    assert told == [
        {"name": "first", "fixedHeaders": [{"name": "Authorization", "value": stand_in("first", "authorization")}]}
    ]


@pytest.mark.parametrize("api", NAMES)
def test_what_is_expected_ships_with_a_reason_for_each(api: str) -> None:
    text = expected(api)
    entries = text.split("[[operations]]")
    assert len(entries) > 1
    assert all(entry.rstrip().splitlines()[-1].startswith("# ") for entry in entries[:-1])


def test_a_check_that_an_operation_is_spared_is_known() -> None:
    named = ("getConditionsOfAccess", "patchConditions", "getActions", "getSession")
    spared = {(name, "use_after_free") for name in named}
    assert disabled("dynamic_monetization") == spared
    assert disabled(API) == set()


def test_a_phase_that_did_not_run_is_told() -> None:
    report = {"phases": {"stateful": {"status": "skip"}}, "warnings": {}}
    assert list(left_out(report, ["stateful"], ("success", "failure"))) == ["phase stateful: skip"]


def test_a_server_may_have_another_base_path_than_the_spec() -> None:
    report: dict[str, Any] = {"phases": {}, "warnings": {"base_url_mismatch": ["GET /mobjects"], "missing_auth": ["x"]}}
    assert list(left_out(report, [])) == ["warning missing_auth: x"]


def test_a_curl_line_leaves_credentials_to_the_shell() -> None:
    line = curl("PUT", "http://h/a?b=c d", {"Authorization": "$FIRST_AUTHORIZATION", "Accept": "*/*"}, b"it's")
    assert (
        line == """curl -X PUT 'http://h/a?b=c d' -H "Authorization: $FIRST_AUTHORIZATION" --data-binary 'it'"'"'s'"""
    )
