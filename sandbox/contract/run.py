"""One run of the kit: every layer that is asked for, and the evidence of what came of it."""

import platform
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from importlib import metadata

from sandbox import __version__
from sandbox.contract import accepted, evidence
from sandbox.contract.accepted import Drift
from sandbox.contract.aim import REASONS, Aim
from sandbox.contract.contracts import contract
from sandbox.contract.evidence.summary import succeeded
from sandbox.contract.interruption import on_sigterm
from sandbox.contract.jobs import Job, Played, jobs, play, play_apart
from sandbox.contract.options import Options, run_id
from sandbox.contract.report import Report
from sandbox.contract.scrub import Scrub
from sandbox.contract.suites import suite
from sandbox.contract.targets import Refused
from sandbox.kernel.clock import iso, real_now, stopwatch

__all__ = ["Options", "run"]

_PACKAGES = ("hypothesis", "schemathesis", "requests")

Tell = Callable[[str], None]
"""Takes a line of progress."""


def run(options: Options, tell: Tell = lambda _: None) -> Report:
    """Play the layers in order, take back what was created, and write the evidence, whatever happens meanwhile."""
    with on_sigterm() as ignore_it:
        return _run(options, tell, ignore_it)


def _run(options: Options, tell: Tell, ignore_sigterm: Callable[[], None]) -> Report:
    began = stopwatch()
    options = replace(options, run=options.run or run_id(options))
    report = _begun(options)
    aim = Aim(options)
    known: list[Drift] = []
    try:
        known = _known(options)
        left_out = _excused(options, report, aim)
        report.tally.calls += sum(map(aim.knock, options.apis))
        for job, played in _all(options, aim, left_out, tell):
            _take(report, job, played)
    except KeyboardInterrupt:
        report.problems.append("it was interrupted")
    except REASONS as error:
        report.problems.append(str(error))
    except Exception as error:  # noqa: BLE001  # whatever is wrong with the kit is no verdict on the target
        report.problems.append(f"{type(error).__name__}: {error}")
    finally:
        ignore_sigterm()
        _end(options, report, aim, known)
        report.seconds = stopwatch() - began
        scrub = Scrub(aim.secrets)
        _hide(report, scrub)
        evidence.write(report, options.folder, scrub)
    return report


def _known(options: Options) -> list[Drift]:
    """The accepted drift that this run may meet. Raises Refused for what cannot be read."""
    if options.accept is None:
        return []
    try:
        told = accepted.read(options.accept)
    except (OSError, ValueError) as error:
        raise Refused(f"the accepted drift: {error}") from None
    return [one for one in told if one.api in options.apis and "differential" in options.layers]


def _begun(options: Options) -> Report:
    told = {"profile": options.profile, "shard": f"{options.shard[0] + 1}/{options.shard[1]}", "prefix": options.prefix}
    return Report(
        targets=options.targets,
        apis=list(options.apis),
        layers=list(options.layers),
        seed=options.seed,
        started=iso(real_now()),
        versions={"monetization-sandbox": __version__, "python": platform.python_version()}
        | {name: metadata.version(name) for name in _PACKAGES},
        specs={api: contract(api).sha256 for api in options.apis},
        again={api: options.again(api) for api in options.apis},
        told=told,
    )


def _all(options: Options, aim: Aim, left_out: dict[str, frozenset[str]], tell: Tell) -> Iterator[tuple[Job, Played]]:
    """Every job with what came of it. Only the sandbox in this process can be asked from several."""
    todo = jobs(options)
    if options.processes > 1 and len(todo) > 1 and not options.real and options.wrap is None:
        tell(f"{len(todo)} parts in {options.processes} processes")
        results = play_apart(todo, options, left_out)
    else:
        results = (play(job, options, aim, left_out[job.api]) for job in todo)
    for number, job in enumerate(todo, 1):
        tell(f"[{number}/{len(todo)}] {job}")
        played = next(results)
        tell(f"[{number}/{len(todo)}] {job}: {len(played.findings)} findings, {played.tally.calls:,} calls")
        yield job, played


def _take(report: Report, job: Job, played: Played) -> None:
    report.tally.add(played.tally)
    report.findings += played.findings
    report.skipped += played.skipped
    report.problems += played.problems
    if not played.tally.calls and not played.problems:
        report.problems.append(f"{job}: nothing was tested")


def _excused(options: Options, report: Report, aim: Aim) -> dict[str, frozenset[str]]:
    """Write down what needs no successful answer; what is not asked at all, by API."""
    left_out: dict[str, frozenset[str]] = {}
    excused: dict[tuple[str, str], str] = {}
    for api in options.apis:
        known = contract(api).operations
        unasked = aim.unasked(api) | {name: reason for name, reason in options.excused.items() if name in known}
        excused |= {(api, name): reason for name, reason in (*suite(api).excused.items(), *unasked.items())}
        left_out[api] = frozenset(unasked)
    report.excused = excused
    return left_out


def _unhad(options: Options, aim: Aim) -> dict[tuple[str, str], str]:
    """What could not succeed, since the target was spared what it needs."""
    try:
        return {(api, name): reason for api in options.apis for name, reason in aim.unhad(api).items()}
    except REASONS:
        return {}


def _hide(report: Report, scrub: Scrub) -> None:
    """Nothing secret leaves a run, not even as a value."""
    report.findings = [evidence.hidden(one, scrub.text) for one in report.findings]
    report.accepted = [evidence.hidden(one, scrub.text) for one in report.accepted]
    report.skipped = [replace(one, reason=scrub.text(one.reason)) for one in report.skipped]
    for lines in (report.problems, report.leftovers, report.permanent):
        lines[:] = map(scrub.text, lines)


def _clean(report: Report, aim: Aim) -> None:
    try:
        left = aim.clean()
    except REASONS as error:
        report.problems.append(f"cleaning up: {error}")
        return
    report.tally.calls += left.calls
    report.leftovers, report.permanent = left.leftovers, left.permanent


def _end(options: Options, report: Report, aim: Aim, known: Sequence[Drift]) -> None:
    """What is known only when everything was played."""
    _clean(report, aim)
    report.unanswered = [
        (api, operation)
        for api in options.apis
        for operation in contract(api).operations
        if not succeeded(report.tally.statuses(api, operation)) and (api, operation) not in report.excused
    ]
    unhad = _unhad(options, aim) if report.unanswered else {}
    report.excused = {**report.excused, **{one: unhad[one] for one in report.unanswered if one in unhad}}
    report.unanswered = [one for one in report.unanswered if one not in unhad]
    report.findings, report.accepted, stale = accepted.sort_out(report.findings, known)
    report.stale = [str(one) for one in stale]
