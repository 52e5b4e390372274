"""The suite of Dynamic Monetization: silent on the sandbox, and loud where one thing is wrong with it."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import orjson
import pytest

from sandbox.apis.dynamic_monetization import line_items, metering, sessions
from sandbox.apis.dynamic_monetization.rules_of_access import Judge
from sandbox.contract import differential, model
from sandbox.contract.contracts import contract
from sandbox.contract.evidence.moves import dump, load
from sandbox.contract.inprocess import InProcess, Wrap
from sandbox.contract.model import Effort, Trial
from sandbox.contract.play import Play
from sandbox.contract.steps import At, Known, Step
from sandbox.contract.suites import suite

API = "dynamic_monetization"
SUITE = suite(API)
FEW = replace(SUITE, probes=[one for one in SUITE.probes if one.name != "idling"])
"""A month of idling takes seconds: the scenario's own sessions are charged every hour of it."""


def trial(seed: int = 1, histories: int = 4, **more: Any) -> Trial:
    return Trial(FEW, seed, "t-", Effort(histories, 15), **more)


def test_nothing_is_found_on_the_sandbox_and_every_operation_succeeds() -> None:
    succeeded = set()

    def watch(_: object, step: Step, exchange: Any) -> None:
        if exchange.answer.ok:
            succeeded.add(step.operation)

    outcome = model.run(trial(watch=watch), InProcess(API))
    assert not outcome.findings, outcome.findings.values()
    assert not outcome.skipped
    assert succeeded == contract(API).operations.keys()


def test_two_sandboxes_do_not_differ() -> None:
    outcome = differential.run(trial(histories=1), InProcess(API), InProcess(API, name="real"))
    assert not outcome.findings, outcome.findings.values()


def found_by(probe: str, wrap: Wrap | None = None) -> tuple[str, str] | None:
    """Operation and place of what a probe finds."""
    play = Play([trial().side(InProcess(API, wrap), 0)])
    next(one for one in SUITE.probes if one.name == probe).run(play)
    return next(((one.operation, one.where) for found in play.found for one in found), None)


def without_the_last_millisecond(paid: Any, left: int, period: int) -> Any:
    return metering.refund(paid, left - 1, period)


@pytest.mark.parametrize(
    ("probe", "place", "name", "value", "operation"),
    [
        ("refunds", sessions, "refund", lambda *_: [], "putSessionAccessRequest"),
        ("refunds", sessions, "refund", without_the_last_millisecond, "putSessionAccessRequest"),
        ("hours", sessions, "PATIENCE", 3_600_000, "getSession"),
        ("edges", sessions, "PATIENCE", 1_800_001, "getSession"),
        ("hours", sessions, "heartbeat", lambda *_: None, "getSession"),
        ("charges", line_items, "_ordered", list, "postAccessRequest"),
        ("charges", metering.Till, "commit", lambda _: None, "getActivationsForInstance"),
        ("precedence", Judge, "decide", lambda *_: (True, None), "postAccessRequest"),
        ("precedence", metering, "DENIED", "202", "postAccessRequest"),
    ],
)
def test_a_rule_that_is_broken_is_found(
    monkeypatch: pytest.MonkeyPatch, probe: str, place: Any, name: str, value: Any, operation: str
) -> None:
    monkeypatch.setattr(place, name, value)
    found = found_by(probe)
    assert found is not None
    assert found[0] == operation


def changed(method: str, part: str, change: Callable[[Any], Any]) -> Wrap:
    """The sandbox with a change to the JSON of some of its answers."""

    def wrap(handle: Any, request: Any) -> Any:
        response = handle(request)
        if request.method == method and part in request.path and response.body and response.status < 300:
            response.body = orjson.dumps(change(orjson.loads(response.body)))
        return response

    return wrap


def one_more(answer: Any) -> Any:
    for item in answer["requestedItems"]:
        item["totalTokensCharged"] += 1
    return answer


@pytest.mark.parametrize(
    ("probe", "wrap", "where"),
    [
        ("charges", changed("POST", "/access-request", one_more), "body.requestedItems[].totalTokensCharged"),
        ("tour", changed("GET", "/conditions", lambda found: found[:-1]), "body[]"),
        ("rate tables", changed("GET", "/rate-tables", lambda found: found[:-1]), "body[]"),
        ("paging", changed("GET", "/instances", lambda page: page | {"next": 0}), "body.content[]"),
        ("sessions", changed("GET", "/sessions", lambda f: f[::-1] if isinstance(f, list) else f), "body[].sessionId"),
    ],
)
def test_an_answer_that_is_wrong_is_found(probe: str, wrap: Wrap, where: str) -> None:
    found = found_by(probe, wrap)
    assert found is not None
    assert found[1] == where


def test_a_tenant_that_sees_what_another_has_is_found() -> None:
    seen: dict[str, bytes] = {}

    def leak(handle: Any, request: Any) -> Any:
        response = handle(request)
        if request.method == "GET" and response.status == 200:
            seen[request.path] = response.body
        elif response.status == 404 and request.path in seen:
            response.status, response.body = 200, seen[request.path]
        return response

    assert found_by("trespass", leak) == ("getActivationsForInstance", "status")


def test_a_finding_is_short() -> None:
    few = replace(SUITE, probes=[])
    site = InProcess(API, changed("POST", "/access-request", one_more))
    outcome = model.run(Trial(few, 1, "t-", Effort(6, 20)), site)
    (finding,) = [one for one in outcome.findings.values() if one.breach.rule == "C4.4"]
    operations = [step.operation for step in finding.steps if isinstance(step, Step)]
    assert operations == ["addInstance", "getRateTables", "postAccessRequest"]


def test_an_instant_is_relative_to_the_clock_of_the_target() -> None:
    step = Step("addActivation", body={"start": At(-5)})
    assert load(dump([step])) == [step]
    assert Known("t-", now=lambda: 1000).resolve(step.body) == {"start": 995}
