"""Layers a and b: stock Schemathesis, with an onlooker under its HTTP client.

Both are one run of ``st run`` in a process and a folder of its own, with nothing remembered of earlier ones. Layer a is
all checks in all phases; layer b is the stateful phase with two identities, and the API's oracle as the shadow that
watches all traffic. What the onlooker finds it writes down at once; the rest is read from the reports.

Schemathesis ends its stateful phase early, without a word, when it repeats a scenario and the server, which has changed
meanwhile, answers otherwise. Where the effort says so, that phase is run again with further seeds.
"""

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson

from sandbox import assets
from sandbox.contract.contracts import Contract, contract
from sandbox.contract.findings import Breach, Finding
from sandbox.contract.loopback import Endpoint
from sandbox.contract.model import Outcome, Trial
from sandbox.contract.onlooker import CALLS, FOUND, PROBING, SECRETS, SETTINGS, Settings
from sandbox.contract.report import Tally
from sandbox.contract.schemathesis_report import (
    EVENTS,
    NO_LINKS,
    PHASES,
    REPORT,
    TOLERATED,
    Events,
    Failure,
    curl,
    errors,
    left_out,
    read_lines,
)
from sandbox.contract.schemathesis_settings import configured, disabled, identities, selected
from sandbox.contract.targets import lacking
from sandbox.kernel.clock import real_now

CONFORMANCE, STATEFUL = "conformance", "stateful"

Serve = Callable[[], AbstractContextManager[Endpoint]]
"""Opens the target: the sandbox anew each time, any other as it is."""

_PEERS = "object_level_authorization"
_SPOKEN = 1_500
_BODIES = {"ST104", "ST105", "ST106", "ST107", "ST108", "ST103"}
"""Failures that say by themselves what the kit's reading of the spec says too."""


@dataclass
class Ran:
    """What both layers came to. ``problems`` are what kept something from being tried."""

    outcome: Outcome = field(default_factory=Outcome)
    tally: Tally = field(default_factory=Tally)
    problems: list[str] = field(default_factory=list)


Gate = Callable[[], Mapping[str, Any] | None]
"""Answers what ``Guard.from_settings`` takes; None where nothing needs a guard."""


def run(
    trial: Trial,
    serve: Serve,
    layers: Sequence[str],
    gate: Gate = lambda: None,
    spent: Callable[[int, float], None] = lambda *_: None,
) -> Ran:
    """Run ``conformance``, ``stateful``, or both at once.

    ``gate`` is asked before each run of Schemathesis, and ``spent`` told after it how many calls that took, and how
    many seconds the target asks to wait.
    """
    ran = Ran()
    chosen = tuple(layer for layer in (CONFORMANCE, STATEFUL) if layer in layers)
    phases: tuple[str, ...] = PHASES if CONFORMANCE in chosen else (STATEFUL,)
    again = [trial.seed * 1_000 + number for number in range(1, trial.effort.repeats + 1)]
    scenarios = 0
    for seed in [trial.seed, *(again if STATEFUL in chosen else [])]:
        if ran.problems or scenarios >= trial.effort.examples:
            break
        with serve() as endpoint, tempfile.TemporaryDirectory(prefix="contract-") as folder:
            attempt = _Attempt(trial, endpoint, chosen, phases, seed, Path(folder), ran)
            before = ran.tally.calls
            scenarios += attempt.run(gate())
            spent(ran.tally.calls - before, attempt.waits())
        phases = (STATEFUL,)
    return ran


@dataclass(frozen=True)
class _Attempt:
    """One run of Schemathesis."""

    trial: Trial
    endpoint: Endpoint
    layers: tuple[str, ...]
    phases: tuple[str, ...]
    seed: int
    folder: Path
    ran: Ran

    def run(self, gate: Mapping[str, Any] | None) -> int:
        """Run it and read what it wrote; how many stateful scenarios there were."""
        operations = selected(self.trial, self.endpoint.can)
        if not operations:
            self.ran.problems.append(f"{self._api}: no operation is left to test")
            return 0
        self._prepare(gate)
        done = subprocess.run(  # noqa: S603  # this Python, with arguments made here
            self._command(operations),
            cwd=self.folder,
            env=os.environ | self._environment(),
            capture_output=True,
            text=True,
            check=False,
        )
        self._read_calls()
        self._read_found()
        if not (self.folder / REPORT).exists():
            said = (done.stdout + done.stderr).strip()[-_SPOKEN:]
            self.ran.problems.append(f"{self._api}: Schemathesis wrote no report, and said: {said}")
            return 0
        self._judge(orjson.loads((self.folder / REPORT).read_bytes()), operations)
        return self._read_events()

    @property
    def _api(self) -> str:
        return self.trial.suite.api

    @property
    def _contract(self) -> Contract:
        return contract(self._api)

    @property
    def _peers(self) -> bool:
        return STATEFUL in self.layers and bool(self.endpoint.headers.get("second"))

    def _prepare(self, gate: Mapping[str, Any] | None) -> None:
        """Write what the run reads."""
        oracle = self.trial.suite.oracle
        place = f"{oracle.__module__}:{oracle.__qualname__}"
        settings = Settings(self._api, self.endpoint.url, str(self.folder), self.layers, place, self.endpoint.now, gate)
        settings.write(self.folder / "run.json")
        (self.folder / "spec.yaml").write_text(assets.spec_text(self._api), "utf-8")
        (self.folder / "identities.json").write_bytes(identities(self.endpoint))
        text = configured(self.trial, self.endpoint, self._peers, self.folder)
        (self.folder / "schemathesis.toml").write_text(text, "utf-8")
        if STATEFUL in self.layers and not self._peers:
            self.ran.outcome.skipped.append((_PEERS, lacking({"second"}, "nobody tries to read another's objects")))

    def _environment(self) -> dict[str, str]:
        own = {one: dict(headers) for one, headers in self.endpoint.headers.items() if one in {"first", "second"}}
        return {
            SETTINGS: str(self.folder / "run.json"),
            SECRETS: orjson.dumps(own).decode(),
            "SCHEMATHESIS_HOOKS": "sandbox.contract.schemathesis_hooks",
            "PYTHONPATH": os.pathsep.join(path for path in sys.path if path),
            "PYTHONHASHSEED": "0",
            "NETRC": os.devnull,  # whose credentials would take the place of the kit's
        }

    def _command(self, operations: Sequence[str]) -> list[str]:
        options = {
            "--url": self.endpoint.url,
            "--checks": "all",
            "--phases": ",".join(self.phases),
            "--max-examples": str(self.trial.effort.examples),
            "--seed": str(self.seed),
            "--report": "json,ndjson",
            "--report-json-path": REPORT,
            "--report-ndjson-path": EVENTS,
        }
        named = [part for option in options.items() for part in option]
        everything = len(operations) == len(self._contract.operations)
        only = [] if everything else [f"--include-operation-id={name}" for name in operations]
        start = [sys.executable, "-m", "schemathesis.cli", "--config-file", "schemathesis.toml", "run", "spec.yaml"]
        return [*start, *named, *only, "--no-color"]

    def _judge(self, report: Mapping[str, Any], operations: Sequence[str]) -> None:
        """Whether it did all that was asked."""
        phases = self._linked(report, operations)
        tolerated = TOLERATED | {"missing_auth"} if self._refused() else TOLERATED
        problems = [
            *errors(report, self._linkless(operations)),
            *left_out(report, phases, ("success", "failure"), tolerated),
        ]
        if not report["complete"] or report["exit_code"] not in {0, 1}:
            problems.append(f"exit code {report['exit_code']}, stopped because {report['stop_reason']}")
        tested = report["operations"]["tested"]
        if self.phases == PHASES and tested != len(operations):
            problems.append(f"{tested} of {len(operations)} operations were tested")
        self.ran.problems += [f"{self._api}, seed {self.seed}: {problem}" for problem in problems]

    def _linkless(self, operations: Sequence[str]) -> frozenset[str]:
        """The errors that are none where only some operations are asked: there may be no links among those."""
        return frozenset() if len(operations) == len(self._contract.operations) else frozenset({NO_LINKS})

    def _linked(self, report: Mapping[str, Any], operations: Sequence[str]) -> tuple[str, ...]:
        """The phases that had something to do."""
        if not self._linkless(operations) & {error["title"] for error in report["errors"]}:
            return self.phases
        self.ran.outcome.skipped.append((STATEFUL, "there is no link among the operations that are asked"))
        return tuple(phase for phase in self.phases if phase != STATEFUL)

    def _layer(self, phase: str, check: str = "") -> str:
        stateful = phase == STATEFUL or check == _PEERS
        return STATEFUL if stateful and STATEFUL in self.layers else self.layers[0]

    def _read_calls(self) -> None:
        tally = self.ran.tally
        for call in read_lines(self.folder / CALLS):
            if "refused" in call:
                continue
            tally.calls += 1
            if (operation := call["operation"]) is not None:
                tally.answers[self._layer(call["phase"]), self._api, operation, call["status"]] += 1
                tally.parameters |= {(self._api, operation, name) for name in call["parameters"]}
        if refused := self._refused():
            self.ran.outcome.skipped.append(("requests of Schemathesis", f"{len(refused)} refused: {refused[0]}"))

    def waits(self) -> float:
        """Seconds that are left of what the target asked to wait."""
        until = [call["until"] for call in read_lines(self.folder / CALLS) if "until" in call]
        return max(0, max(until, default=0) - real_now()) / 1000

    def _refused(self) -> list[str]:
        """Why requests were not sent, but for what Schemathesis asks before it begins."""
        calls = read_lines(self.folder / CALLS)
        return [call["refused"] for call in calls if "refused" in call and call["phase"] != PROBING]

    def _read_found(self) -> None:
        for line in read_lines(self.folder / FOUND):
            if "problem" in line:
                self.ran.problems.append(line["problem"])
            else:
                requests = tuple(curl(**{**one, "body": one["body"].encode("latin-1")}) for one in line["requests"])
                source = "shadow" if line["layer"] == STATEFUL else "answers"
                self._add(line["layer"], source, Breach(**line["breach"]), requests)

    def _read_events(self) -> int:
        operations = {f"{one.method} {one.path}": one.id for one in self._contract.operations.values()}
        events = Events(self.folder / EVENTS, operations)
        self.ran.tally.links |= {(self._api, operation, name) for operation, name in events.links()}
        spared = disabled(self._api)
        for failure in events.failures():
            if (failure.asked, failure.check) not in spared:
                self._fail(failure)
        return events.stateful

    def _fail(self, failure: Failure) -> None:
        """A failed check; what the onlooker has told of the same answers with other words is not told again."""
        known = self.ran.outcome.findings.values()
        spec = {one.breach.operation for one in known if one.breach.rule == "spec"}
        if failure.breach.rule not in _BODIES or failure.breach.operation not in spec:
            self._add(self._layer(failure.phase, failure.check), failure.check, failure.breach, failure.requests)

    def _add(self, layer: str, source: str, breach: Breach, requests: tuple[str, ...]) -> None:
        self.ran.outcome.add(Finding(layer, self._api, source, breach, requests=requests, seed=self.seed))
