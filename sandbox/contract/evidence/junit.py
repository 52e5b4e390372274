"""junit.xml: one case for each operation and layer, as CI systems read it."""

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple
from xml.etree import ElementTree as ET  # only written, never parsed

from sandbox.contract.counted import reach
from sandbox.contract.findings import Finding
from sandbox.contract.report import LAYERS, NO_OPERATION, Report

_UNFIT = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class _Outcome(NamedTuple):
    """What a case came to: ``kind`` is failure, error or skipped."""

    kind: str
    message: str
    text: str = ""


Case = tuple[str, Sequence[_Outcome]]


def junit(report: Report) -> str:
    """The report as XML."""
    root = ET.Element("testsuites", name="msandbox contract")
    suites = [
        _suite(report, f"{layer}.{api}", cases)
        for layer in LAYERS
        if layer in report.layers
        for api in report.apis
        if (cases := list(_cases(report, layer, api)))
    ]
    suites += [_suite(report, f"answered.{api}", list(_answered(report, api))) for api in report.apis]
    if report.problems or report.leftovers or report.stale:
        suites.append(_suite(report, "run", list(_whole(report))))
    root.extend(suites)
    for count in ("tests", "failures", "errors"):
        root.set(count, str(sum(int(suite.get(count, 0)) for suite in suites)))
    root.set("time", f"{report.seconds:.3f}")
    ET.indent(root)
    text: str = ET.tostring(root, encoding="unicode")
    return f'<?xml version="1.0" encoding="utf-8"?>\n{text}\n'


def _suite(report: Report, name: str, cases: Sequence[Case]) -> ET.Element:
    kinds = [outcome.kind for _, outcomes in cases for outcome in outcomes[:1]]
    suite = ET.Element("testsuite", name=name, tests=str(len(cases)))
    for count, kind in {"failures": "failure", "errors": "error", "skipped": "skipped"}.items():
        suite.set(count, str(kinds.count(kind)))
    suite.set("time", "0")
    suite.set("timestamp", report.started.removesuffix("Z"))
    suite.set("hostname", "localhost")
    for title, outcomes in cases:
        case = ET.SubElement(suite, "testcase", classname=f"contract.{name}", name=_fit(title), time="0")
        if outcomes:
            told = ET.SubElement(case, outcomes[0].kind, message=_fit(outcomes[0].message))
            if outcomes[0].kind != "skipped":
                told.set("type", outcomes[0].kind)
                told.text = _fit("\n\n".join(f"{one.message}\n{one.text}".strip() for one in outcomes))
    return suite


def _fit(text: str) -> str:
    """The text without what XML cannot hold."""
    return _UNFIT.sub("\ufffd", text)


def _cases(report: Report, layer: str, api: str) -> Iterator[Case]:
    """Every operation, then what was found beside them, then what was skipped."""
    found = [one for one in report.findings if (one.layer, one.api) == (layer, api)]
    asked = {operation for of, name, operation, _ in report.tally.answers if (of, name) == (layer, api)}
    operations = list(reach(api).parameters)
    for operation in operations:
        wrong = [_failure(one) for one in found if one.breach.operation == operation]
        yield operation, wrong or ([] if operation in asked else [_Outcome("skipped", "not asked in this layer")])
    for other in dict.fromkeys(one.breach.operation for one in found if one.breach.operation not in operations):
        yield other or NO_OPERATION, [_failure(one) for one in found if one.breach.operation == other]
    for skip in report.skipped:
        if (skip.layer, skip.api) == (layer, api):
            yield skip.name, [_Outcome("skipped", skip.reason)]


def _failure(finding: Finding) -> _Outcome:
    breach = finding.breach
    sides = [f"{name}: {text}" for name, text in finding.sides.items()]
    verdict = [f"the odd one out: {finding.verdict}"] if finding.verdict else []
    told = [f"rule: {breach.rule}", f"found by: {finding.source}", *verdict, *sides, *finding.requests]
    return _Outcome("failure", f"{breach.where}: expected {breach.expected}, got {breach.got}", "\n".join(told))


def _answered(report: Report, api: str) -> Iterator[Case]:
    """Whether each operation had a successful answer."""
    for operation in reach(api).parameters:
        place = api, operation
        if place in report.unanswered:
            yield operation, [_Outcome("failure", "no successful answer in the whole run, and not excused")]
        elif place in report.excused:
            yield operation, [_Outcome("skipped", report.excused[place])]
        else:
            yield operation, []


def _whole(report: Report) -> Iterator[Case]:
    if report.problems:
        yield "could run", [_Outcome("error", problem) for problem in report.problems]
    if report.leftovers:
        yield "cleaned up", [_Outcome("failure", one) for one in report.leftovers]
    if report.stale:
        yield "accepted drift", [_Outcome("skipped", "; ".join(report.stale))]
