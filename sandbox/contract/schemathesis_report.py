"""Reading what a run of Schemathesis wrote."""

import shlex
from base64 import b64decode
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import orjson

from sandbox.contract.findings import Breach

PHASES = ("examples", "coverage", "fuzzing", "stateful")
REPORT, EVENTS = "report.json", "report.ndjson"
NO_LINKS = "Missing Open API links"
"""The title of its error where the stateful phase has nothing to follow."""
TOLERATED = frozenset({"validation_mismatch", "missing_test_data", "low_valid_rate", "base_url_mismatch"})
"""Warnings about a low share of successful answers: that every operation has some is asked for instead.

A server need not have the base path of the spec's own servers either.
"""

_OURS = "Shadow"
_STATUS = {"ST101", "ST103", "ST202", "ST203", "ST204", "ST301", "ST302"}
"""Failures that are of the status."""
_KEPT = 300


@dataclass(frozen=True)
class Failure:
    """A check that failed: ``check`` is its name, ``requests`` are curl lines, the last one's answer is wrong.

    ``asked`` is the operation that gave that answer, where it is one.
    """

    phase: str
    check: str
    asked: str | None
    breach: Breach
    requests: tuple[str, ...]


def found_wrong(report: Mapping[str, Any]) -> Iterator[str]:
    """What Schemathesis found, one line each."""
    if report["exit_code"] or not report["complete"]:
        yield f"exit code {report['exit_code']}, stopped because {report['stop_reason']}"
    yield from (f"{found['code']} {found['title']}: {', '.join(found['operations'])}" for found in report["failures"])
    yield from errors(report)


def errors(report: Mapping[str, Any], known: Collection[str] = ()) -> Iterator[str]:
    """What kept it from testing something, beside what is ``known``."""
    told = (error for error in report["errors"] if error["title"] not in known)
    yield from (f"error: {error['title']} ({error['count']})" for error in told)


def left_out(
    report: Mapping[str, Any],
    phases: Iterable[str],
    good: Collection[str] = ("success",),
    tolerated: Collection[str] = TOLERATED,
) -> Iterator[str]:
    """What was asked for and not done: phases whose status is none of ``good``, and what its warnings tell."""
    told = {phase: (report["phases"] or {}).get(phase, {}).get("status") for phase in phases}
    yield from (f"phase {phase}: {status}" for phase, status in told.items() if status not in good)
    warnings = {name: labels for name, labels in report["warnings"].items() if labels and name not in tolerated}
    yield from (f"warning {name}: {', '.join(labels)}" for name, labels in warnings.items())


def read_lines(path: Path) -> Iterator[Any]:
    """The lines of a file of JSON lines; none where it is missing."""
    if path.exists():
        with path.open("rb") as lines:
            yield from map(orjson.loads, lines)


class Events:
    """The scenarios of a run. ``operations`` are operationIds by ``METHOD /path``."""

    def __init__(self, path: Path, operations: Mapping[str, str]) -> None:
        self._path = path
        self._operations = operations

    @cached_property
    def scenarios(self) -> list[Mapping[str, Any]]:
        """Each as it ended."""
        return [event["ScenarioFinished"] for event in read_lines(self._path) if "ScenarioFinished" in event]

    @property
    def stateful(self) -> int:
        """How many stateful scenarios there were."""
        return sum(scenario["phase"] == "stateful" for scenario in self.scenarios)

    def links(self) -> Iterator[tuple[str, str]]:
        """Operation and name of every link that was followed."""
        for scenario in self.scenarios:
            for case in scenario["recorder"].get("cases", {}).values():
                source, _, rest = case.get("transition", {}).get("id", "").partition(" -> ")
                if source in self._operations:
                    yield self._operations[source], rest.partition(" -> ")[0].partition("] ")[2]

    def failures(self) -> Iterator[Failure]:
        """Every check of its own that failed."""
        for scenario in self.scenarios:
            recorder = scenario["recorder"]
            for key, checks in (recorder.get("checks") or {}).items():
                for check in checks:
                    if check["status"] == "failure" and check["name"] != _OURS:
                        yield self._failure(scenario["phase"], recorder, key, check)

    def _failure(self, phase: str, recorder: Mapping[str, Any], key: str, check: Mapping[str, Any]) -> Failure:
        told = check["failure_info"]["failure"]
        label = told.get("operation") or ""
        response = recorder.get("interactions", {}).get(key, {}).get("response") or {}
        where = "status" if told["code"] in _STATUS else told["title"]
        breach = Breach(told["code"], self._operations.get(label, label), where, _expected(told), _got(response))
        case = recorder["cases"][key]["value"]
        asked = self._operations.get(f"{case['method']} {case['path']}")
        return Failure(phase, check["name"], asked, breach, tuple(_lines(recorder, key)))


def _expected(told: Mapping[str, Any]) -> str:
    return f"{told['title']}: {told['message']}" if told["message"] else f"no {told['title'].lower()}"


def _got(response: Mapping[str, Any]) -> str:
    body = _decoded(response.get("content")).decode("utf-8", "replace")
    short = body if len(body) <= _KEPT else f"{body[:_KEPT]}…"
    return f"{response.get('status_code', 'no answer')} {short}".strip()


def _decoded(content: Any) -> bytes:
    if isinstance(content, dict):
        return b64decode(content.get("$base64", ""))
    return str(content or "").encode()


def _lines(recorder: Mapping[str, Any], key: str | None) -> list[str]:
    """The requests that lead to a case, oldest first."""
    lines: list[str] = []
    while key is not None:
        request = recorder.get("interactions", {}).get(key, {}).get("request")
        if request:
            headers = {name: ", ".join(values) for name, values in request["headers"].items()}
            lines.append(curl(request["method"], request["uri"], headers, _decoded(request.get("body"))))
        key = recorder["cases"].get(key, {}).get("parent_id")
    return lines[::-1]


_AUTOMATIC = {"user-agent", "accept", "accept-encoding", "connection", "content-length", "x-schemathesis-testcaseid"}


def curl(method: str, url: str, headers: Mapping[str, str], body: bytes) -> str:
    """A request as a line for a shell: credentials are its variables."""
    words = ["curl", "-X", method, shlex.quote(url)]
    for name, value in headers.items():
        if name.lower() not in _AUTOMATIC:
            text = f"{name}: {value}"
            words += ["-H", f'"{text}"' if value.startswith("$") else shlex.quote(text)]
    if body:
        words += ["--data-binary", shlex.quote(body.decode("utf-8", "backslashreplace"))]
    return " ".join(words)
