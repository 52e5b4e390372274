"""The differences between two targets: drift.json for programs, drift.md for people."""

from collections.abc import Sequence
from typing import Any

from sandbox.contract.findings import Finding
from sandbox.contract.report import Report

_COLUMNS = ("verdict", "operation", "where", "sides", "seen", "accepted")
VERDICTS = {
    "spec": "the spec leaves it open, or both keep or break it alike",
    "sandbox": "the sandbox is the odd one out",
    "real": "the target is the odd one out",
    "not deterministic": "the same steps came out otherwise the second time",
}


def rows(report: Report) -> list[dict[str, Any]]:
    """Every difference: new ones first."""
    return [
        *(_row(finding, accepted=False) for finding in report.findings if finding.verdict is not None),
        *(_row(finding, accepted=True) for finding in report.accepted),
    ]


def _row(finding: Finding, *, accepted: bool) -> dict[str, Any]:
    return {
        "api": finding.api,
        "operation": finding.breach.operation,
        "where": finding.breach.where,
        "sides": finding.sides,
        "verdict": finding.verdict,
        "accepted": accepted,
        "seen": f"{finding.source}, step {len(finding.steps)}",
    }


def page(report: Report) -> str:
    """The differences as Markdown."""
    found = rows(report)
    new = sum(not row["accepted"] for row in found)
    parts = [
        f"# Drift between {' and '.join(report.targets)}",
        f"{new} new, {len(found) - new} accepted.",
        _table(found) if found else "The two answered alike.",
        "\n".join(f"- **{name}**: {meaning}" for name, meaning in VERDICTS.items()),
    ]
    if report.stale:
        parts.append("Accepted, but not met in this run:\n\n" + "\n".join(f"- {_cell(one)}" for one in report.stale))
    return "\n\n".join(parts) + "\n"


def _table(found: Sequence[dict[str, Any]]) -> str:
    lines = [f"| {' | '.join(('api', *_COLUMNS))} |", "|---" * (len(_COLUMNS) + 1) + "|"]
    for row in found:
        told = row | {"sides": ", ".join(f"{name}: {text}" for name, text in row["sides"].items())}
        told["accepted"] = "accepted" if row["accepted"] else "new"
        lines.append(f"| {' | '.join(_cell(str(told[name])) for name in ('api', *_COLUMNS))} |")
    return "\n".join(lines)


def _cell(text: str) -> str:
    """Markdown takes nothing in it for its own."""
    line = " ".join(text.split())
    for character in "\\`*_[]<>|":
        line = line.replace(character, f"\\{character}")
    return line
