"""The files that tell what came of a run."""

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import orjson

from sandbox.contract.evidence import drift, junit, page, replays, script
from sandbox.contract.evidence.summary import summary
from sandbox.contract.findings import Breach, Finding
from sandbox.contract.report import Report
from sandbox.contract.scrub import NAMES, Scrub
from sandbox.control.redaction import HIDDEN

Hide = Callable[[str], str]
"""Takes secrets out of a text."""

_LAST = re.compile(r".*[. ]|\[\]")
_PLAYED = ("replay/", "repro/")


def write(report: Report, folder: Path, scrub: Scrub | None = None) -> None:
    """Write every file anew; those of an earlier run go. Raises OSError.

    What is played again keeps what the kit made up itself, whatever it is called: only known secrets leave it.
    """
    scrub = scrub or Scrub()
    for old in (*folder.glob("replay/[0-9]*.json"), *folder.glob("repro/[0-9]*.sh")):
        old.unlink()
    for name, text in files(report):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(scrub.known(text) if name.startswith(_PLAYED) else scrub.text(text), "utf-8")


def hidden(finding: Finding, hide: Hide) -> Finding:
    """A finding whose texts are safe to show; its steps are as they were."""
    breach = Breach(*(hide(text) for text in finding.breach))
    sides = {name: hide(text) for name, text in finding.sides.items()}
    if _LAST.sub("", breach.where).lower() in NAMES:
        breach = breach._replace(expected=HIDDEN, got=HIDDEN)
        sides = dict.fromkeys(sides, HIDDEN)
    return replace(finding, breach=breach, sides=sides, requests=[hide(line) for line in finding.requests])


def files(report: Report) -> Iterator[tuple[str, str]]:
    """The name and text of each."""
    yield "summary.json", _json(summary(report))
    yield "junit.xml", junit.junit(report)
    yield "report.html", page.page(report)
    yield (
        "drift.json",
        _json({"targets": list(report.targets), "differences": drift.rows(report), "stale": report.stale}),
    )
    yield "drift.md", drift.page(report)
    for number, finding in enumerate(report.findings, 1):
        yield f"replay/{number:02}.json", _json(replays.written(finding))
        if finding.steps:
            yield f"repro/{number:02}.sh", script.script(finding)


def _json(value: object) -> str:
    return orjson.dumps(value, option=orjson.OPT_INDENT_2, default=str).decode() + "\n"
