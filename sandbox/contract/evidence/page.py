"""report.html: one page that says what came of a run; nothing else is loaded."""

from collections.abc import Iterable, Iterator, Sequence
from html import escape

from sandbox.contract.counted import reach
from sandbox.contract.evidence.drift import VERDICTS
from sandbox.contract.evidence.script import curls
from sandbox.contract.evidence.style import STYLE
from sandbox.contract.evidence.summary import coverage, succeeded, verdict
from sandbox.contract.findings import Finding
from sandbox.contract.report import NO_OPERATION, Exit, Report

_GOOD = frozenset({Exit.SAME})
_MANY = 10


def page(report: Report) -> str:
    """The page as HTML."""
    return "\n".join(
        [
            '<!doctype html><html lang="en"><head><meta charset="utf-8">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            '<meta name="color-scheme" content="light dark">',
            f"<title>{verdict(report)}</title><style>{STYLE}</style></head><body><main>",
            *_verdict(report),
            *_problems(report),
            *_findings(report),
            *_operations(report),
            *_coverage(report),
            *_skipped(report),
            *_made_of(report),
            "</main></body></html>",
        ]
    )


def _e(value: object) -> str:
    return escape(str(value))


def _list(items: Iterable[str]) -> str:
    return f"<ul>{''.join(f'<li>{item}</li>' for item in items)}</ul>"


def _first(lines: Sequence[str]) -> str:
    """A list of which the most is folded away where it is long."""
    shown, rest = lines[:_MANY], lines[_MANY:]
    folded = f"<details><summary>{len(rest)} more</summary>{_list(map(_e, rest))}</details>" if rest else ""
    return _list(map(_e, shown)) + folded


def _table(head: Iterable[str], rows: Iterable[Iterable[str]], kind: str = "") -> str:
    """A table; the cells are HTML, each with its tag."""
    titles = "".join(f'<th scope="col">{_e(title)}</th>' for title in head)
    lines = "".join(f"<tr>{''.join(row)}</tr>" for row in rows)
    return (
        f'<div class="wide"><table class="{kind}"><thead><tr>{titles}</tr></thead><tbody>{lines}</tbody></table></div>'
    )


def _verdict(report: Report) -> Iterator[str]:
    good = "good" if report.exit in _GOOD else "bad"
    names = " and ".join(f"<b>{_e(name)}</b>" for name in report.targets)
    yield f'<header class="{good}"><p class="mark">Contract tests</p><h1>{verdict(report).capitalize()}</h1>'
    yield f"<p>{names}: {_e(', '.join(report.apis))}; layers {_e(', '.join(report.layers))}.</p>"
    figures = {
        "findings": len(report.findings),
        "accepted drift": len(report.accepted),
        "operations without a successful answer": len(report.unanswered),
        "calls": f"{report.tally.calls:,}",
        "seconds": f"{report.seconds:.0f}",
    }
    cells = "".join(f"<div><dt>{_e(name)}</dt><dd>{_e(value)}</dd></div>" for name, value in figures.items())
    yield f"<dl>{cells}</dl></header>"


def _problems(report: Report) -> Iterator[str]:
    told = {
        "What kept it from running": report.problems,
        "Operations without a successful answer": [f"{api}: {operation}" for api, operation in report.unanswered],
        "Left over at the target": report.leftovers,
        "Made for good: the API cannot delete it": report.permanent,
        "Accepted drift that was not met": report.stale,
    }
    for title, lines in told.items():
        if lines:
            yield f"<section><h2>{title}</h2>{_first(lines)}</section>"


def _findings(report: Report) -> Iterator[str]:
    if report.findings:
        yield f"<section><h2>Findings ({len(report.findings)})</h2>"
        for number, finding in enumerate(report.findings, 1):
            yield from _finding(number, finding, report.again.get(finding.api, ""))
        yield "</section>"
    if report.accepted:
        lines = (f"{_e(one.api)} {_e(one.breach.operation)}, {_e(one.breach.where)}" for one in report.accepted)
        yield f"<section><h2>Accepted drift</h2>{_list(lines)}</section>"


def _finding(number: int, finding: Finding, again: str) -> Iterator[str]:
    breach = finding.breach
    yield f'<article id="f{number}"><h3>{number}. {_e(breach.operation or NO_OPERATION)}: {_e(breach.where)}</h3>'
    tags = [finding.api, finding.layer, f"rule {breach.rule}", finding.source]
    yield f"<p>{' '.join(f'<span class=tag>{_e(tag)}</span>' for tag in tags)}</p>"
    if finding.verdict:
        yield f"<p>Odd one out: <b>{_e(finding.verdict)}</b> ({_e(VERDICTS[finding.verdict])}).</p>"
    said = finding.sides or {"expected": breach.expected, "got": breach.got}
    yield f"<dl class=said>{''.join(f'<dt>{_e(name)}</dt><dd>{_e(text)}</dd>' for name, text in said.items())}</dl>"
    lines = curls(finding)
    if lines:
        steps = "".join(f"<li><code>{_e(line)}</code></li>" for line in lines)
        yield f'<p>The shortest sequence, {len(lines)} of them:</p><ol start="0">{steps}</ol>'
    if finding.steps:
        command = f"msandbox contract replay replay/{number:02}.json {again}".rstrip()
        yield f"<p>Again: <code>{_e(command)}</code>"
        yield f"or <code>bash repro/{number:02}.sh</code></p>"
    yield "</article>"


def _operations(report: Report) -> Iterator[str]:
    yield "<section><h2>Operations</h2><p>Answers by layer; a cross where something was found.</p>"
    for api in report.apis:
        rows = (_row(report, api, operation) for operation in reach(api).parameters)
        yield f"<h3>{_e(api)}</h3>" + _table(["operation", *report.layers, "statuses"], rows, "operations")
    yield "</section>"


def _row(report: Report, api: str, operation: str) -> Iterator[str]:
    statuses = report.tally.statuses(api, operation)
    mark = "" if succeeded(statuses) or (api, operation) in report.excused else ' class="bad"'
    yield f'<th scope="row"{mark}>{_e(operation)}</th>'
    for layer in report.layers:
        yield _cell(report, layer, api, operation)
    told = ", ".join(f"{status}&nbsp;&times;{number}" for status, number in sorted(statuses.items()))
    yield f"<td>{told or _e(report.excused.get((api, operation), 'never asked'))}</td>"


def _cell(report: Report, layer: str, api: str, operation: str) -> str:
    place = layer, api, operation
    asked = sum(number for key, number in report.tally.answers.items() if key[:3] == place)
    found = [
        f'<a href="#f{number}">✗&nbsp;{number}</a>'
        for number, one in enumerate(report.findings, 1)
        if (one.layer, one.api, one.breach.operation) == place
    ]
    if found:
        return f'<td class="bad">{" ".join(found)}</td>'
    return f'<td class="good">✓&nbsp;{asked}</td>' if asked else '<td class="none">&ndash;</td>'


def _coverage(report: Report) -> Iterator[str]:
    rows = []
    for api in report.apis:
        shares = coverage(report, api).values()
        cells = [f"<td>{share['reached']} of {share['of']}</td>" for share in shares]
        rows.append([f'<th scope="row">{_e(api)}</th>', *cells])
    head = ["API", "operations with a 2xx answer", "documented statuses", "parameters", "links"]
    yield f"<section><h2>Coverage</h2>{_table(head, rows)}</section>"


def _skipped(report: Report) -> Iterator[str]:
    rows = [[f"<td>{_e(text)}</td>" for text in (one.api, one.layer, one.name, one.reason)] for one in report.skipped]
    for (api, operation), reason in report.excused.items():
        rows.append([f"<td>{_e(text)}</td>" for text in (api, "all", operation, reason)])
    if rows:
        yield f"<section><h2>Not tried</h2>{_table(['API', 'layer', 'what', 'why'], rows)}</section>"


def _made_of(report: Report) -> Iterator[str]:
    told = {"started": report.started, "seed": report.seed, **report.told, **report.versions}
    told |= {f"spec of {api}": f"SHA-256 {digest}" for api, digest in report.specs.items()}
    rows = ([f'<th scope="row">{_e(name)}</th>', f"<td>{_e(value)}</td>"] for name, value in told.items())
    yield f"<section><h2>The run</h2>{_table(['what', 'which'], rows)}</section>"
