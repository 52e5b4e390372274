"""Every API at the target, layer by layer."""

from dataclasses import replace

import pytest

from sandbox.contract.evidence.script import curls
from sandbox.contract.findings import Finding
from sandbox.contract.options import Options
from sandbox.contract.report import Report
from sandbox.contract.run import run


def shown(finding: Finding) -> str:
    """A finding as a person reads it."""
    breach = finding.breach
    lines = [f"{breach.operation}, {breach.where} (rule {breach.rule}, found by {finding.source})"]
    lines += [
        f"  {name}: {text}"
        for name, text in (finding.sides or {"expected": breach.expected, "got": breach.got}).items()
    ]
    lines += [f"  the odd one out: {finding.verdict}"] if finding.verdict else []
    return "\n".join([*lines, *(f"  {number}. {line}" for number, line in enumerate(curls(finding)))])


def told(report: Report) -> list[str]:
    """What is wrong."""
    left = [f"left over: {one}" for one in report.leftovers]
    return [*report.problems, *map(shown, report.findings), *left]


@pytest.fixture(scope="module")
def runs() -> dict[str, list[Report]]:
    """Those that were made, by API."""
    return {}


def test_the_contract_is_kept(api: str, layer: str, options: Options, runs: dict[str, list[Report]]) -> None:
    folder = options.folder / f"{api}-{layer}"
    report = run(replace(options, apis=(api,), layers=(layer,), folder=folder))
    runs.setdefault(api, []).append(report)
    wrong = told(report)
    if wrong:
        pytest.fail("\n\n".join([*wrong, f"see {folder / 'report.html'}"]), pytrace=False)


def test_every_operation_had_a_successful_answer(
    only_api: str, options: Options, runs: dict[str, list[Report]]
) -> None:
    made = runs.get(only_api, [])
    if len(made) < len(options.layers):
        pytest.skip("not all layers were run in this process")
    missed = set.intersection(*(set(report.unanswered) for report in made))
    if missed:
        pytest.fail("none for " + ", ".join(sorted(operation for _, operation in missed)), pytrace=False)
