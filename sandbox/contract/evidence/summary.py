"""summary.json: what was asked, of what, how far it reached, and what came of it."""

from collections import Counter
from typing import Any

from sandbox.contract.counted import reach
from sandbox.contract.findings import Finding
from sandbox.contract.report import Exit, Report

WORDS = {
    Exit.SAME: "the contract is kept",
    Exit.FAILED: "the contract is broken",
    Exit.COULD_NOT_RUN: "could not run",
    Exit.LEFTOVERS: "the contract is kept, but something is left over",
}


def verdict(report: Report) -> str:
    """In words."""
    statuses = {status for _, _, _, status in report.tally.answers}
    if report.exit is Exit.FAILED and statuses and not any(map(_is_success, statuses)):
        return "nothing was answered with success: is the base URL right, and are the credentials?"
    if report.exit is Exit.FAILED and not report.findings:
        return "operations without a successful answer"
    return WORDS[report.exit]


def summary(report: Report) -> dict[str, Any]:
    """All but the findings' steps. Only ``started`` and ``seconds`` differ between two runs with the same seed."""
    return {
        "exit": int(report.exit),
        "verdict": verdict(report),
        "started": report.started,
        "seconds": round(report.seconds, 1),
        "targets": list(report.targets),
        "apis": list(report.apis),
        "layers": list(report.layers),
        "seed": report.seed,
        **report.told,
        "versions": dict(report.versions),
        "specs": dict(report.specs),
        "calls": report.tally.calls,
        "coverage": {api: coverage(report, api) for api in report.apis},
        "operations": {api: _operations(report, api) for api in report.apis},
        "findings": [_finding(number, one) for number, one in enumerate(report.findings, 1)],
        "accepted": [_finding(None, one) for one in report.accepted],
        "stale": report.stale,
        "skipped": [one.__dict__ for one in report.skipped],
        "unanswered": [f"{api}.{operation}" for api, operation in report.unanswered],
        "excused": {f"{api}.{operation}": reason for (api, operation), reason in report.excused.items()},
        "problems": report.problems,
        "leftovers": report.leftovers,
        "permanent": report.permanent,
    }


def coverage(report: Report, api: str) -> dict[str, dict[str, int]]:
    """How many operations (with a successful answer), documented statuses, parameters and links were reached."""
    whole, tally = reach(api), report.tally
    answered = [operation for operation in whole.parameters if succeeded(tally.statuses(api, operation))]
    seen = {(of, status) for (_, name, of, status) in tally.answers if name == api}
    return {
        "operations": {"reached": len(answered), "of": len(whole.parameters)},
        "statuses": {"reached": len(seen & whole.statuses), "of": len(whole.statuses)},
        "parameters": _share(tally.parameters, api, whole.all_parameters()),
        "links": _share(tally.links, api, whole.all_links()),
    }


def _share(reached: set[tuple[str, str, str]], api: str, all_: set[tuple[str, str]]) -> dict[str, int]:
    return {"reached": len({place[1:] for place in reached if place[0] == api} & all_), "of": len(all_)}


def succeeded(statuses: Counter[int]) -> int:
    """How many of the answers are 2xx."""
    return sum(number for status, number in statuses.items() if _is_success(status))


def _is_success(status: int) -> bool:
    return 200 <= status < 300  # noqa: PLR2004  # those statuses


def _operations(report: Report, api: str) -> dict[str, dict[str, int]]:
    return {
        operation: {str(status): number for status, number in sorted(report.tally.statuses(api, operation).items())}
        for operation in reach(api).parameters
    }


def _finding(number: int | None, one: Finding) -> dict[str, Any]:
    told = {"layer": one.layer, "api": one.api, "source": one.source, **one.breach._asdict(), "steps": len(one.steps)}
    if one.verdict is not None:
        told |= {"verdict": one.verdict, "sides": one.sides}
    return told if number is None else told | {"replay": f"replay/{number:02}.json"}
