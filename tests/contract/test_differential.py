from collections.abc import Callable
from dataclasses import replace
from typing import Any

import orjson
import pytest

from sandbox.contract import differential, model
from sandbox.contract.findings import Breach, Finding
from sandbox.contract.inprocess import Handle, InProcess, Wrap
from sandbox.contract.ledger import Creation
from sandbox.contract.play import Play
from sandbox.contract.rules import Rules
from sandbox.contract.steps import Identity, Step
from sandbox.contract.suites import Probe, Suite
from sandbox.contract.targets import Refused
from sandbox.contract.wire import Answer, Exchange, Sent
from sandbox.kernel.request import Pending, Request, Response
from tests.contract.plain import OBJECT


class Knowing:
    """Believes that an object that is read is called as it was made."""

    def __init__(self) -> None:
        self._names: dict[str, str] = {}

    def look(self, exchange: Exchange) -> list[Breach]:
        answer = exchange.answer.json
        if exchange.operation == "createMobject" and exchange.answer.ok:
            self._names[answer["id"]] = exchange.sent.json["name"]
        name = self._names.get(exchange.path.get("mobjectId", ""))
        if exchange.operation == "getMobject" and name is not None and answer.get("name") != name:
            return [Breach("A2.3", "getMobject", "body.name", name, str(answer.get("name")))]
        return []

    def wait(self, seconds: float) -> None:
        """Nothing that it knows changes."""

    def hear(self, delivered: object) -> list[Breach]:
        assert delivered is not None
        return []


def tour(play: Play) -> None:
    play.send("listWorkflows", query=[("limit", 5)])
    made = play.send("createMobject", body=OBJECT)
    play.send("listWorkflows")
    read = play.send("getMobject", {"mobjectId": made.ref("id")})
    play.send("getMobject", {"mobjectId": read.ref("id")}, identity="second")


class Idle(Rules):
    pass


def trial(*probes: Callable[[Play], None], watch: Any = None, left_out: frozenset[str] = frozenset()) -> model.Trial:
    suite = Suite(
        "monetize360",
        Knowing,
        Idle,
        [Probe(probe.__name__, probe) for probe in probes],
        {"createMobject": Creation("mobject", ("id",), "deleteMobject", {"mobjectId": "id"})},
    )
    return model.Trial(suite, 1, "kit-", model.Effort(0, 0), watch, left_out)


def only(found: model.Outcome) -> Finding:
    (finding,) = found.findings.values()
    return finding


def change(path: str, edit: Callable[[Any], Any]) -> Wrap:
    """Another answer for GETs below a path."""

    def wrap(handle: Handle, request: Request) -> Any:
        answer = handle(request)
        if not isinstance(answer, Response) or request.method != "GET" or path not in request.path:
            return answer
        return Response(answer.status, orjson.dumps(edit(orjson.loads(answer.body))), answer.headers)

    return wrap


@pytest.fixture(autouse=True)
def no_random_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(model, "wander", lambda *_: None)
    monkeypatch.setattr(differential, "wander", lambda *_: None)


def test_the_correct_sandbox_agrees_with_itself() -> None:
    outcome = differential.run(trial(tour), InProcess("monetize360"), InProcess("monetize360", name="real"))
    assert not outcome.findings


@pytest.mark.parametrize(("wrong", "verdict"), [(0, "sandbox"), (1, "real")])
def test_the_side_that_breaks_the_rules_is_the_odd_one(wrong: int, verdict: str) -> None:
    misnamed = change("/mobjects/", lambda body: body | {"name": "another"})
    sides = [InProcess("monetize360"), InProcess("monetize360", name="real")]
    sides[wrong] = InProcess("monetize360", misnamed, sides[wrong].name)
    finding = only(differential.run(trial(tour), *sides))
    assert (finding.verdict, finding.breach.operation, finding.breach.where) == (verdict, "getMobject", "body.name")
    assert [step.operation for step in finding.steps if isinstance(step, Step)] == ["createMobject", "getMobject"]
    assert finding.sides[sides[wrong].name] == "'another'"


def test_where_both_keep_the_contract_the_spec_leaves_it_open() -> None:
    more = change("/mobjects/", lambda body: body | {"description": "Otherwise said"})
    finding = only(differential.run(trial(tour), InProcess("monetize360"), InProcess("monetize360", more, "real")))
    assert (finding.verdict, finding.breach.where) == ("spec", "body.description")


@pytest.mark.parametrize(
    ("edit", "seen"),
    [
        (lambda body: body | {"description": "Otherwise said"}, {"body.description", "body.type"}),
        (lambda body: body | {"name": "another"}, {"body.name"}),
    ],
    ids=["left open", "against a rule"],
)
def test_behind_a_value_that_nobody_rules_on_the_next_sequences_are_compared(edit: Any, seen: set[str]) -> None:
    def again(play: Play) -> None:
        tour(play)

    both = change("/mobjects/", lambda body: edit(body) | {"type": "CUSTOM"})
    found = differential.run(trial(tour, again), InProcess("monetize360"), InProcess("monetize360", both, "real"))
    assert {one.breach.where for one in found.findings.values()} == seen


@pytest.mark.parametrize(
    ("breach", "difference", "covered"),
    [
        ("status", "body.id", True),
        ("body", "status", True),
        ("answer", "", True),
        ("body.name", "status", False),
        ("body.name", "body.description", False),
        ("body.data", "body.data[].a.b", True),
        ("body.data[0].id", "body.data", True),
        ("body.data", "body", True),
        ("header X-RateLimit-Reset", "header.x-ratelimit-reset", True),
        ("header X-RateLimit-Reset", "header.allow", False),
        ("body.event", "deliveries[].body.event", True),
        ("body.event", "deliveries[].header.signature", False),
        ("deliveries", "deliveries", True),
    ],
)
def test_a_broken_rule_proves_something_where_it_is_about_the_place(
    breach: str, difference: str, *, covered: bool
) -> None:
    assert differential._covers(breach, difference) is covered  # what a verdict rests on


def test_a_rule_that_is_broken_elsewhere_proves_nothing() -> None:
    both = change("/mobjects/", lambda body: body | {"description": "Otherwise said", "name": "another"})
    known = replace(trial(tour), accepted=frozenset({("getMobject", "body.name")}))
    outcome = differential.run(known, InProcess("monetize360"), InProcess("monetize360", both, "real"))
    assert {one.breach.where: one.verdict for one in outcome.findings.values()} == {
        "body.name": "real",
        "body.description": "spec",
    }


def test_what_is_the_same_number_in_json_is_no_difference() -> None:
    def version(value: object) -> Wrap:
        return change("/mobjects/", lambda body: body | {"version": value})

    def found(theirs: object) -> list[Finding]:
        ours = InProcess("monetize360", version(1))
        real = InProcess("monetize360", version(theirs), "real")
        return list(differential.run(trial(tour), ours, real).findings.values())

    assert not found(1.0)
    assert [one.breach.where for one in found(True)] == ["body.version"]  # noqa: FBT003  # a value in JSON


def test_a_difference_is_written_for_a_reader() -> None:
    def swap(body: Any) -> Any:
        return body | {"id": "3f0e8f2a-7a43-4b52-9d0a-000000000009", "schema": body["createdAt"]}

    sides = InProcess("monetize360"), InProcess("monetize360", change("/mobjects/", swap), "real")
    known = replace(trial(tour), accepted=frozenset({("getMobject", "body.id")}))
    met, found = differential.run(known, *sides).findings.values()
    first, second = met.sides.values()
    assert (first, second) == ("'the id first seen in step 2'", "'the id first seen in step 4'")
    assert found.sides["real"].startswith("'20")
    assert "Instant" not in "".join(found.sides.values())


def test_what_follows_an_accepted_difference_is_compared_too() -> None:
    def both(body: Any) -> Any:
        return body | {"description": "Otherwise said", "name": "another"}

    sides = [InProcess("monetize360"), InProcess("monetize360", change("/mobjects/", both), "real")]
    known = replace(trial(tour), accepted=frozenset({("getMobject", "body.name")}))
    outcome = differential.run(known, *sides)
    met, found = outcome.findings.values()
    assert (met.breach.where, met.sides["real"], met.verdict, len(met.steps)) == ("body.name", "'another'", "real", 4)
    assert (found.breach.where, found.sides["real"], len(found.steps)) == ("body.description", "'Otherwise said'", 2)


def test_a_refusal_that_is_accepted_is_so_with_all_that_it_says() -> None:
    def refusing(handle: Handle, request: Request) -> Response | Pending | None:
        response = handle(request)
        if request.method == "GET" and "/mobjects/" in request.path and isinstance(response, Response):
            return Response(400, b'{"error":{}}', response.headers)
        return response

    known = replace(trial(tour), accepted=frozenset({("getMobject", "status")}))
    outcome = differential.run(known, InProcess("monetize360"), InProcess("monetize360", refusing, "real"))
    assert [one.breach.where for one in outcome.findings.values()] == ["status"]


def test_a_target_that_answers_otherwise_each_time_is_not_deterministic() -> None:
    numbers = iter(range(1_000))
    moody = change("/mobjects/", lambda body: body | {"description": f"Take {next(numbers)}"})
    finding = only(differential.run(trial(tour), InProcess("monetize360"), InProcess("monetize360", moody, "real")))
    assert finding.verdict == "not deterministic"


def test_a_budget_that_ends_meanwhile_says_nothing_of_chance() -> None:
    misnamed = change("/mobjects/", lambda body: body | {"name": "another"})
    for calls in range(4, 30):
        real = InProcess("monetize360", misnamed, "real")
        plain, left = real.send, iter(range(calls))

        def send(sent: Sent, identity: Identity, plain: Any = plain, left: Any = left) -> Answer:
            if next(left, None) is None:
                raise Refused("the budget is spent")
            answer: Answer = plain(sent, identity)
            return answer

        real.send = send  # type: ignore[method-assign]  # under the play
        assert only(differential.run(trial(tour), InProcess("monetize360"), real)).verdict == "real"


def test_an_instant_that_stays_although_it_should_move_is_a_difference() -> None:
    def renamed(play: Play) -> None:
        made = play.send("createMobject", body=OBJECT)
        play.send("updateMobject", {"mobjectId": made.ref("id")}, body=OBJECT | {"description": "New"})
        play.send("getMobject", {"mobjectId": made.ref("id")})

    stale = change("/mobjects/", lambda body: body | {"updatedAt": body["createdAt"]})
    outcome = differential.run(trial(renamed), InProcess("monetize360", stale), InProcess("monetize360", name="real"))
    assert only(outcome).breach.where == "body.updatedAt"


def test_the_model_finds_it_with_the_shortest_steps() -> None:
    misnamed = change("/mobjects/", lambda body: body | {"name": "another"})
    finding = only(model.run(trial(tour), InProcess("monetize360", misnamed)))
    assert finding.breach == Breach("A2.3", "getMobject", "body.name", "kit-0-customers", "another")
    assert len(finding.steps) == 2


def test_an_answer_against_the_spec_is_found_without_any_oracle() -> None:
    bare = change("/workflows", lambda body: body | {"pagination": "gone"})
    finding = only(model.run(trial(tour), InProcess("monetize360", bare)))
    assert (finding.breach.rule, finding.breach.operation, finding.breach.where) == ("spec", "listWorkflows", "body")
    assert len(finding.steps) == 1


def test_operations_that_are_left_out_are_never_asked() -> None:
    asked: list[str] = []
    watched = trial(
        tour,
        watch=lambda _side, step, _exchange: asked.append(step.operation),
        left_out=frozenset({"listWorkflows", "createMobject"}),
    )
    assert not model.run(watched, InProcess("monetize360")).findings
    assert not asked


def test_a_probe_that_needs_more_is_skipped_with_its_reason() -> None:
    suite = trial().suite
    clocked = Suite(
        suite.api, suite.oracle, suite.rules, [Probe("expiry", tour, frozenset({"clock"}), "no expiry")], {}
    )
    site = InProcess("monetize360")
    site.can = frozenset({"writes"})
    outcome = model.run(model.Trial(clocked, 1, "kit-", model.Effort(0, 0)), site)
    assert outcome.skipped == [("expiry", "the target lacks a clock that may be moved (--control): no expiry")]


def test_the_same_seed_sends_the_same_bytes() -> None:
    def requests() -> list[Any]:
        sent: list[Any] = []
        model.run(trial(tour, watch=lambda _side, _step, exchange: sent.append(exchange)), InProcess("monetize360"))
        return sent

    assert requests() == requests() != []
