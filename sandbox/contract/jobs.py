"""The parts that a run is made of: one layer of one API each, here or in a process of its own."""

import os
import pickle
import subprocess
import sys
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, NamedTuple

from sandbox.contract import accepted, conformance, differential, model
from sandbox.contract.aim import Aim
from sandbox.contract.counted import watcher
from sandbox.contract.evidence import replays
from sandbox.contract.findings import Finding
from sandbox.contract.model import Effort, Outcome, Trial
from sandbox.contract.options import Options
from sandbox.contract.report import LAYERS, THE_REST, Skip, Tally
from sandbox.contract.suites import suite

_SPOKEN = 1_500
_SERVED = frozenset({"conformance", "stateful"})
"""Layers that are one run of Schemathesis."""


class Job(NamedTuple):
    """One API, and the layers that are played together."""

    layers: tuple[str, ...]
    api: str

    def __str__(self) -> str:
        return f"{' and '.join(self.layers)} of {self.api}"


@dataclass
class Played:
    """What came of a job."""

    tally: Tally = field(default_factory=Tally)
    findings: list[Finding] = field(default_factory=list)
    skipped: list[Skip] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    def take(self, job: Job, outcome: Outcome) -> None:
        """Add what a layer came to."""
        self.findings += outcome.findings.values()
        self.skipped += [Skip(job.layers[0], job.api, name, reason) for name, reason in outcome.skipped]


def jobs(options: Options) -> list[Job]:
    """Those of a run, in order."""
    asked = [layer for layer in LAYERS if layer in options.layers]
    served = tuple(layer for layer in asked if layer in _SERVED)
    groups = [*([served] if served else []), *((layer,) for layer in asked if layer not in _SERVED)]
    return [Job(group, api) for group in groups for api in options.apis]


def play(job: Job, options: Options, aim: Aim, left_out: frozenset[str]) -> Played:
    """Play a job; what goes wrong in the kit itself is a problem."""
    played = Played()
    try:
        PLAYERS[job.layers[-1]](job, options, aim, left_out, played)
    except Exception as error:  # noqa: BLE001  # the other jobs go on, and the report tells
        where = traceback.extract_tb(error.__traceback__)[-1]
        played.problems.append(f"{job}: {type(error).__name__}: {error} ({where.name}, line {where.lineno})")
    _leave_out(job, aim.refused(job.api), played)
    _ration(job, aim, played)
    return played


def _leave_out(job: Job, refused: Sequence[str], played: Played) -> None:
    """Tell what the guard did not let through."""
    if refused:
        why = f"{len(refused)} refused: {refused[0]}"
        played.skipped.append(Skip(job.layers[0], job.api, "requests that are not permitted", why))


def _ration(job: Job, aim: Aim, played: Played) -> None:
    """Tell where the budget ended a job early."""
    if aim.budget.hopeless:
        played.problems.append(f"{job}: {aim.budget.spent}")
    elif why := aim.budget.spent:
        played.skipped.append(Skip(job.layers[0], job.api, THE_REST, why))


def _trial(job: Job, options: Options, left_out: frozenset[str], tally: Tally, name: str) -> Trial:
    layer, size = job.layers[0], options.size
    watch = watcher(job.api, layer, tally, name)
    prefix = f"{options.prefix}{'abcd'[LAYERS.index(layer)]}-"
    return Trial(suite(job.api), options.sown, prefix, Effort(*size), watch, left_out)


def _play_model(job: Job, options: Options, aim: Aim, left_out: frozenset[str], played: Played) -> None:
    site = aim.site(job.api)
    trial = _trial(job, options, left_out - aim.of_nothing(job.api), played.tally, site.name)
    played.take(job, model.run(trial, site))


def _play_differential(job: Job, options: Options, aim: Aim, left_out: frozenset[str], played: Played) -> None:
    ours, theirs = aim.reference(job.api), aim.site(job.api)
    known = [] if options.accept is None else accepted.read(options.accept)
    places = frozenset((one.operation, one.where) for one in known if one.api == job.api)
    trial = _trial(job, options, left_out - aim.of_nothing(job.api), played.tally, theirs.name)
    trial = replace(trial, accepted=places)
    played.take(job, differential.run(trial, ours, theirs))


def _play_served(job: Job, options: Options, aim: Aim, left_out: frozenset[str], played: Played) -> None:
    trial = _trial(job, options, left_out, played.tally, "")
    gate, spent = partial(aim.gate, job.api), partial(aim.spent, job.api)
    ran = conformance.run(trial, lambda: aim.served(job.api), job.layers, gate, spent)
    played.take(job, ran.outcome)
    played.tally.add(ran.tally)
    played.problems += [f"{job}: {problem}" for problem in ran.problems]


Player = Callable[[Job, Options, Aim, frozenset[str], Played], None]
PLAYERS: dict[str, Player] = {
    "conformance": _play_served,
    "stateful": _play_served,
    "model": _play_model,
    "differential": _play_differential,
}


def play_apart(all_: Sequence[Job], options: Options, left_out: Mapping[str, frozenset[str]]) -> Iterator[Played]:
    """Play jobs in processes of their own; what came of them, in their order. None outlives an interruption."""
    started: list[subprocess.Popen[bytes]] = []
    with ThreadPoolExecutor(options.processes) as pool:
        waiting = [pool.submit(_start, job, options, left_out[job.api], started) for job in all_]
        try:
            for one in waiting:
                yield one.result()
        finally:
            pool.shutdown(wait=False, cancel_futures=True)
            for process in started:
                process.kill()


def _start(job: Job, options: Options, left_out: frozenset[str], started: list[subprocess.Popen[bytes]]) -> Played:
    """Play a job in a process of its own, which imports nothing of the program that this one runs."""
    with subprocess.Popen(
        [sys.executable, "-m", "sandbox.contract.part"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(path for path in sys.path if path)},
    ) as process:
        started.append(process)
        out, err = process.communicate(pickle.dumps((job, options, left_out)))
    if process.returncode:
        said = err.decode("utf-8", "replace").strip()[-_SPOKEN:]
        return Played(problems=[f"{job}: its process ended with {process.returncode}: {said}"])
    return unpacked(*pickle.loads(out))  # noqa: S301  # from the process that was started here


def play_packed(job: Job, options: Options, left_out: frozenset[str]) -> tuple[Played, list[dict[str, Any]]]:
    """What came of a job, its findings as they are in files: steps cannot leave a process otherwise."""
    played = play(job, options, Aim(options), left_out)
    findings, played.findings = [replays.written(one) for one in played.findings], []
    return played, findings


def unpacked(played: Played, findings: Sequence[dict[str, Any]]) -> Played:
    """What ``play_packed`` answered, as it was."""
    played.findings = [replays.restored(one) for one in findings]
    return played
