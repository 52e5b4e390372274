"""What was measured, as Markdown for a reader and as JSON for a program."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from statistics import median
from typing import Any

from benchmarks import generator
from benchmarks.figures import Figure
from benchmarks.machine import can_pin
from benchmarks.rounds import STARVED, Comparison, Contest, Pace, Start
from benchmarks.servers import PACKAGES

TARGETS = {
    ("prism", "GET one"): 3.0,
    ("prism", "GET list, 4 filters"): 2.0,
    ("prism", "GET list, new filters"): 2.0,
    ("prism", "POST create"): 3.0,
    ("wiremock", "GET one"): 1.2,
    ("wiremock", "GET list, 4 filters"): 1.0,
    ("wiremock", "GET list, new filters"): 1.0,
    ("wiremock", "POST create"): 1.2,
    ("without", "GET one"): 0.8,
    ("without", "GET list, 4 filters"): 0.8,
    ("without", "GET list, new filters"): 0.8,
    ("without", "POST create"): 0.8,
}
"""The least ratio that is aimed at."""


def markdown(facts: Mapping[str, str], pace: Pace, contest: Contest, figures: Sequence[Figure]) -> str:
    """The whole report."""
    parts = [_machine(facts)]
    if contest.comparisons:
        parts += [_load(pace, contest), _comparisons(contest.comparisons), *_warnings(contest.comparisons)]
        parts.append(_starts(contest.starts.values()))
    if figures:
        parts.append(_figures(figures))
    parts.append("A shared machine does not run evenly: compare within one table, and take less than 20 % for nothing.")
    return "\n\n".join(parts)


def as_json(facts: Mapping[str, str], pace: Pace, contest: Contest, figures: Sequence[Figure]) -> dict[str, Any]:
    """The same with every round's value."""
    return {
        "machine": facts,
        "peers": PACKAGES,
        "generator": generator.NAME,
        "pinned": can_pin(),
        "pace": asdict(pace),
        "answerBytes": contest.answers,
        "comparisons": [found.as_json() for found in contest.comparisons],
        "starts": [asdict(start) for start in contest.starts.values()],
        "figures": [asdict(figure) for figure in figures],
    }


def _machine(facts: Mapping[str, str]) -> str:
    pinned = "Server and load each had a processor of its own." if can_pin() else "Nothing could be pinned here."
    return f"{', '.join(f'{name} {value}' for name, value in facts.items())}. {pinned}"


def _load(pace: Pace, contest: Contest) -> str:
    sizes = ", ".join(f"{name} {size:,}" for name, size in contest.answers.items())
    return (
        f"Load: {generator.NAME}, {generator.CONNECTIONS} connections; medians of {pace.rounds} alternated rounds of "
        f"{pace.seconds:g} s. Answers of the sandbox in bytes: {sizes}."
    )


def _comparisons(found: Iterable[Comparison]) -> str:
    rows = []
    for each in found:
        ours, theirs = each.ours, each.theirs
        rows.append(
            [
                each.operation,
                each.peer,
                f"{median(ours.rate):,.0f}",
                f"{median(theirs.rate):,.0f}",
                f"{each.ratio:.2f}{_verdict(each)}",
                "" if each.cost_ratio is None else f"{each.cost_ratio:.2f}",
                f"{median(ours.p99):.2f}",
                f"{median(theirs.p99):.2f}",
            ]
        )
    heads = ["operation", "peer", "sandbox/s", "peer/s", "ratio", "by processor time", "p99 ms", "peer p99 ms"]
    return _table(heads, rows)


def _verdict(found: Comparison) -> str:
    target = TARGETS.get((found.peer, found.operation))
    if target is None:
        return ""
    return f" (≥ {target:g}: {'met' if found.ratio >= target else 'missed'})"


def _warnings(found: Sequence[Comparison]) -> list[str]:
    """What makes a rate less than it could be."""
    sides = [side for each in found for side in (each.ours, each.theirs)]
    said = []
    if any(side.limited for side in sides):
        said.append("The load generator was at its limit in some rounds: the faster servers may be faster still.")
    repeated = sum(each.repeated for each in found)
    if repeated:
        said.append(f"{repeated} rounds were made again because other programs took a server off its processor.")
    shares = [median(side.share) for side in sides if side.share]
    starved = [share for share in shares if share < STARVED]
    if starved:
        said.append(
            f"In {len(starved)} of {len(shares)} cells the server had less than {STARVED:.0%} of its processor "
            f"({min(starved):.0%} at the least), so other programs were running: the ratio by processor time says more."
        )
    return said


def _starts(starts: Iterable[Start]) -> str:
    rows = [
        [start.name, f"{median(start.cold):.2f}", f"{median(start.idle):.0f}", f"{max(start.loaded, default=0):.0f}"]
        for start in starts
    ]
    return _table(["server", "cold start to first answer, s", "idle memory, MB", "after the load, MB"], rows)


def _figures(figures: Iterable[Figure]) -> str:
    rows = [[each.name, _number(each.value), _number(each.worst), each.unit, _goal(each)] for each in figures]
    return _table(["in process, and the start", "median", "p99 or worst", "unit", "target"], rows)


def _goal(figure: Figure) -> str:
    return "" if figure.target is None else f"≤ {figure.target:g}: {'met' if figure.met else 'missed'}"


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"  # noqa: PLR2004  # three digits either way


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)
