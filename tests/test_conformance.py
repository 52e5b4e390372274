"""A short run of stock Schemathesis over HTTP; `make conformance` is the long one."""

import os
import re
import tomllib
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest

from contract_tests.conformance import SUBJECTS, Run, configuration, conform, table
from sandbox import assets
from sandbox.contract.schemathesis_report import PHASES, found_wrong, left_out

SCENARIOS = 2
LISTS = {"use_after_free": {"enabled": False}}
REPORT = {
    "exit_code": 0,
    "complete": True,
    "stop_reason": "completed",
    "failures": [],
    "errors": [],
    "phases": {phase: {"status": "success"} for phase in PHASES},
    "warnings": {"missing_auth": [], "validation_mismatch": ["GET /a"]},
}


@pytest.fixture(scope="module")
def runs() -> Iterator[dict[str, Run]]:
    """Each spec against a server of its own, with few examples."""
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith("COV")]:
            patch.delenv(name)  # the servers and Schemathesis run at their own pace
        with ThreadPoolExecutor(2) as pool:
            few = partial(conform, seed=1, max_examples=SCENARIOS, again=0)
            yield dict(zip(SUBJECTS, pool.map(few, SUBJECTS), strict=True))


@pytest.mark.parametrize("spec", SUBJECTS)
def test_stock_schemathesis_finds_nothing(runs: dict[str, Run], spec: str) -> None:
    run = runs[spec]
    assert run.problems == [], run.output
    assert run.scenarios >= SCENARIOS
    assert len(run.unanswered) <= len(run.answers) // 5, run.unanswered


def test_every_spec_is_run() -> None:
    assert {subject.spec for subject in SUBJECTS.values()} == set(assets.spec_names())


def test_what_is_expected_has_an_operation_and_a_reason() -> None:
    text = configuration()
    operations = {
        operation["operationId"]
        for name in assets.spec_names()
        for path in assets.spec(name)["paths"].values()  # type: ignore[attr-defined]  # a parsed document
        for operation in path.values()
        if "operationId" in operation
    }
    for project in tomllib.loads(text)["project"]:
        assert project.keys() <= {"title", "auth", "operations"}, project
        for entry in project.get("operations", []):
            assert entry.keys() == {"include-operation-id", "checks"}
            assert entry["checks"].keys() == {"positive_data_acceptance"} or entry["checks"] == LISTS
            named = entry["include-operation-id"]
            assert {named} if isinstance(named, str) else set(named) <= operations
    assert len(re.findall(r"\n\n(# .+\n)+\[\[project.operations]]", text)) == text.count("[[project.operations]]")


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({}, []),
        ({"exit_code": 2}, ["exit code 2, stopped because completed"]),
        ({"complete": False}, ["exit code 0, stopped because completed"]),
        ({"failures": [{"code": "ST108", "title": "X", "operations": ["GET /a"]}]}, ["ST108 X: GET /a"]),
        ({"errors": [{"title": "Network Error", "count": 2}]}, ["error: Network Error (2)"]),
        ({"phases": REPORT["phases"] | {"fuzzing": {"status": "skip"}}}, ["phase fuzzing: skip"]),  # type: ignore[operator]  # a dict
        ({"phases": None}, [f"phase {phase}: None" for phase in PHASES]),
        ({"warnings": {"missing_auth": ["GET /a"]}}, ["warning missing_auth: GET /a"]),
    ],
)
def test_a_bad_report_is_noticed(change: dict[str, object], told: list[str]) -> None:
    report = REPORT | change
    assert [*found_wrong(report), *left_out(report, PHASES)] == told


def test_an_operation_that_never_succeeds_is_noticed() -> None:
    answers = {"GET /a": Counter({200: 1, 404: 5}), "GET /b": Counter({404: 9}), "GET /c": Counter[int]()}
    run = Run("spec", 1, 1.6, 20, 3, answers, [], "")
    assert run.unanswered == ["GET /b", "GET /c"]
    assert table([run]).splitlines()[2] == "| spec | 1 | 3 | 20 | 3 | 15 | 1 | 0 | 2 | 0 |"
