import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode

import orjson
import pytest

from sandbox.contract import differential
from sandbox.contract.apis.monetize360 import SUITE
from sandbox.contract.apis.monetize360.samples import BAD_INPUTS
from sandbox.contract.apis.monetize360.values import holds, ordered
from sandbox.contract.contracts import contract
from sandbox.contract.credentials import Credentials
from sandbox.contract.guard import Guard
from sandbox.contract.inprocess import Handle, InProcess, Wrap
from sandbox.contract.ledger import Ledger
from sandbox.contract.loopback import looped
from sandbox.contract.model import Effort, Trial, run
from sandbox.contract.play import Side
from sandbox.contract.remote import Remote
from sandbox.contract.steps import Step
from sandbox.contract.wire import Exchange
from sandbox.kernel.request import Pending, Request, Response
from tests.contract.plain import Trusting

Answered = Response | Pending | None
Query = list[tuple[str, str]]
RECORD = r"/mdata/[^/]+$"


def trial(histories: int, steps: int, **more: Any) -> Trial:
    return Trial(SUITE, 1, "kit-", Effort(histories, steps), **more)


def site(wrap: Wrap | None = None) -> InProcess:
    return InProcess("monetize360", wrap, name="mutant" if wrap else "sandbox")


def asked(edit: Callable[[Query], Query]) -> Wrap:
    """Lists of records are asked for something else."""

    def wrap(handle: Handle, request: Request) -> Answered:
        if request.method == "GET" and request.path.endswith("/mdata"):
            query = urlencode(edit(parse_qsl(request.query)), quote_via=quote)
            request = Request(request.method, request.path, query, request.headers, request.body)
        return handle(request)

    return wrap


def answered(method: str, path: str, edit: Callable[[Any], None]) -> Wrap:
    """Successful answers are changed."""

    def wrap(handle: Handle, request: Request) -> Answered:
        response = handle(request)
        fits = request.method == method and re.search(path, request.path)
        if isinstance(response, Response) and fits and response.status in (200, 201):
            body = orjson.loads(response.body)
            edit(body)
            response.body = orjson.dumps(body)
        return response

    return wrap


def ascending(query: Query) -> Query:
    return [(name, value.replace(":desc", "").replace("-", "") if name == "sort" else value) for name, value in query]


def unfiltered(query: Query) -> Query:
    return [pair for pair in query if pair[0] != "filter"]


def shifted(handle: Handle, request: Request) -> Answered:
    """The page begins one item too late, and says that it does not."""
    found = re.search(r"(.*offset=)([1-9]\d*)(.*)", request.query)
    if found is None or not request.path.endswith("/mdata"):
        return handle(request)
    query = f"{found[1]}{int(found[2]) + 1}{found[3]}"
    response = handle(Request(request.method, request.path, query, request.headers, request.body))
    if isinstance(response, Response) and response.status == 200:
        body = orjson.loads(response.body)
        body["pagination"]["offset"] -= 1
        response.body = orjson.dumps(body)
    return response


def without_label(body: Any) -> None:
    body["data"].pop("label", None)


def one_more(body: Any) -> None:
    body["pagination"]["total"] += 1


def still_running(body: Any) -> None:
    body["status"] = "running"


def same_remaining(handle: Handle, request: Request) -> Answered:
    response = handle(request)
    if isinstance(response, Response):
        response.headers = [
            (name, b"99" if name.lower() == b"x-ratelimit-remaining" else value) for name, value in response.headers
        ]
    return response


def unsigned(handle: Handle, request: Request) -> Answered:
    response = handle(request)
    if isinstance(response, Response):
        response.attempts = [one._replace(body=one.body + b" ") for one in response.attempts]
    return response


def replacing(handle: Handle, request: Request) -> Answered:
    """PUT sets what it leaves out to null."""
    if request.method == "PUT" and re.search(RECORD, request.path):
        old = handle(Request("GET", request.path, "", request.headers, b""))
        try:
            given = orjson.loads(request.body)["data"]
        except (orjson.JSONDecodeError, KeyError, TypeError):
            given = None
        if isinstance(old, Response) and old.status == 200 and isinstance(given, dict):
            whole = {"data": dict.fromkeys(orjson.loads(old.body)["data"]) | given}
            headers = {name: value for name, value in request.headers.items() if name != "content-length"}
            request = Request("PUT", request.path, "", headers, orjson.dumps(whole))
    return handle(request)


class Leak:
    """Whoever finds no object is shown another tenant's."""

    def __init__(self) -> None:
        self.tokens: list[str] = []

    def __call__(self, handle: Handle, request: Request) -> Answered:
        token, response = request.headers.get("authorization", ""), handle(request)
        if isinstance(response, Response) and response.status == 404 and request.method == "GET":
            for other in self.tokens[-4:]:
                headers = request.headers | {"authorization": other}
                found = handle(Request("GET", request.path, request.query, headers, b""))
                if isinstance(found, Response) and found.status == 200:
                    return found
        if token not in self.tokens and isinstance(response, Response) and response.status == 201:
            self.tokens.append(token)
        return response


MUTANTS: dict[str, tuple[Wrap, str, str]] = {
    "filter ignored": (asked(unfiltered), "list matrix", "listMdata"),
    "sort always ascending": (asked(ascending), "list matrix", "listMdata"),
    "offset off by one": (shifted, "many records", "listMdata"),
    "total off by one": (answered("GET", "/mdata$", one_more), "tour", "listMdata"),
    "field dropped": (answered("POST", "/mdata$", without_label), "tour", "createMdata"),
    "PUT replaces": (replacing, "tour", "updateMdata"),
    "tenant leak": (Leak(), "tenants", "getMobject"),
    "remaining static": (same_remaining, "reading", "listMobjects"),
    "signature of other bytes": (unsigned, "webhook", "webhooks"),
    "synchronous runs on": (answered("POST", "/execute$", still_running), "workflow tour", "executeWorkflow"),
}


@pytest.mark.parametrize("name", MUTANTS)
def test_a_defect_is_found_by_its_probe(name: str) -> None:
    wrap, source, operation = MUTANTS[name]
    probe = next(one for one in SUITE.probes if one.name == source)
    suite = replace(SUITE, probes=[probe])
    found = run(Trial(suite, 1, "kit-", Effort(1, 1)), site(wrap)).findings.values()
    assert (source, operation) in {(finding.source, finding.breach.operation) for finding in found}


def test_random_steps_find_a_defect_too() -> None:
    mutant = answered("GET", "/mdata$", one_more)
    found = run(Trial(replace(SUITE, probes=[]), 1, "kit-", Effort(5, 15)), site(mutant)).findings.values()
    assert ("Directed", "listMdata") in {(finding.source, finding.breach.operation) for finding in found}


def test_the_sandbox_is_clean_and_every_operation_succeeds() -> None:
    succeeded: set[str] = set()

    def watch(_: Side, step: Step, exchange: Exchange) -> None:
        if exchange.answer.ok:
            succeeded.add(step.operation)

    outcome = run(trial(4, 15, watch=watch), site())
    assert outcome.findings == {}
    assert outcome.skipped == []
    assert len(succeeded) == 17


def test_two_clean_sandboxes_do_not_differ() -> None:
    other = InProcess("monetize360", name="real")
    assert differential.run(trial(1, 8), site(), other).findings == {}


def test_only_workflows_of_an_own_object_are_executed(tmp_path: Path) -> None:
    executed: list[str] = []
    names: dict[str, str] = {}

    def crowded(handle: Handle, request: Request) -> Answered:
        """Somebody else makes an object whenever the tests do."""
        answer = handle(request)
        if request.method == "POST" and request.path.endswith("/mobjects"):
            body = orjson.dumps({"name": f"theirs {len(names)}", "description": ""})
            headers = {**request.headers, "content-length": str(len(body))}
            handle(Request(request.method, request.path, request.query, headers, body))
        elif request.path.endswith("/workflows") and isinstance(answer, Response):
            names.update((one["id"], one["name"]) for one in orjson.loads(answer.body)["data"])
        elif request.path.endswith("/execute"):
            executed.append(names[request.path.split("/")[-2]])
        return answer

    lasting = [one for one in SUITE.probes if one.needs == {"writes", "permanent"}]
    with looped("monetize360", crowded) as endpoint:
        credentials = Credentials("monetize360", endpoint.headers["first"]["authorization"])
        ledger = Ledger(tmp_path / "ledger.jsonl", "kit-r1-")
        guard = Guard("monetize360", endpoint.url, "own", permanent=True, ledger=ledger)
        with Remote(guard, credentials) as remote:
            tried = Trial(replace(SUITE, probes=lasting), 1, "kit-r1-", Effort(0, 0))
            outcome = run(tried, remote)
    assert any("theirs" in name for name in names.values())
    assert executed
    assert all(" kit-r1-" in name for name in executed)
    assert (outcome.findings, outcome.skipped) == ({}, [])
    ledger.close()


def test_bad_inputs_need_nothing_that_lasts(tmp_path: Path) -> None:
    asked: list[str] = []

    def noting(handle: Handle, request: Request) -> Answered:
        asked.append(f"{request.method} {request.path}")
        return handle(request)

    aimed = replace(SUITE, probes=[one for one in SUITE.probes if one.name in ("bad inputs", "credentials")])
    ledger = Ledger(tmp_path / "ledger.jsonl", "kit-r1-")
    with looped("monetize360", noting) as endpoint:
        credentials = Credentials("monetize360", endpoint.headers["first"]["authorization"])
        guard = Guard("monetize360", endpoint.url, "own", ledger=ledger)
        left_out = guard.never() - guard.of_nothing()
        assert guard.of_nothing() == {"executeWorkflow"}
        with Remote(guard, credentials) as remote:
            outcome = run(Trial(aimed, 1, "kit-r1-", Effort(0, 0), left_out=left_out), remote)
    assert (outcome.findings, outcome.skipped, guard.refused) == ({}, [], [])
    executed = [line for line in asked if line.endswith("/execute")]
    assert len(executed) == len(BAD_INPUTS) + 2
    assert all("/00000000-0000-4000-8000-000000000000/" in line for line in executed)
    ledger.close()


def test_without_its_workflows_a_probe_is_skipped_with_the_reason() -> None:
    def few(handle: Handle, request: Request) -> Answered:
        answer = handle(request)
        if request.path.endswith("/workflows") and isinstance(answer, Response) and answer.status == 200:
            told = orjson.loads(answer.body)
            told["data"], told["pagination"]["total"] = told["data"][:2], 5000
            answer.body = orjson.dumps(told)
        return answer

    tour = [one for one in SUITE.probes if one.name == "workflow tour"]
    silent = replace(SUITE, probes=tour, oracle=Trusting)
    (skipped,) = run(Trial(silent, 1, "kit-", Effort(0, 0)), site(few)).skipped
    assert skipped[0] == "workflow tour"
    assert "are not listed" in skipped[1]


def test_a_target_that_has_records_alone_is_tested_in_part() -> None:
    others = re.compile(r"workflow|webhook|execution|bulk", re.IGNORECASE)
    left_out = frozenset(name for name in contract("monetize360").operations if others.search(name))
    assert len(left_out) == 7
    assert run(trial(3, 10, left_out=left_out), site()).findings == {}


@pytest.mark.parametrize(
    ("value", "operator", "text", "expected"),
    [
        (9, "lt", "10", True),
        ("9", "lt", "10", False),
        (9, "gt", "many", False),
        (9, "ne", "many", True),
        (True, "eq", "true", True),
        (None, "ne", "x", True),
        (None, "eq", "x", False),
        (-5, "in", "[1,-5]", True),
        (["x", "y"], "contains", "y", True),
        ([1], "eq", "1", None),
        (9, "eq", "1e1", None),
    ],
)
def test_conditions(value: Any, operator: str, text: str, expected: bool | None) -> None:  # noqa: FBT001
    assert holds(value, operator, text) is expected


def test_missing_values_come_last_in_either_direction() -> None:
    items = [{"id": str(n), "data": {} if n == 1 else {"a": value}} for n, value in enumerate([2, 0, 10, 2])]
    for down, wanted in ((False, "0321"), (True, "2031")):
        found = ordered(items, [("a", down)])
        assert found is not None
        assert "".join(one["id"] for one in found) == wanted
