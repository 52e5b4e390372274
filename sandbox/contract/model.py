"""Layer c: directed probes, then random steps, each answer judged by the spec and by the API's oracle."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from itertools import count

from hypothesis import HealthCheck, Phase, Verbosity, seed, settings
from hypothesis.errors import Flaky
from hypothesis.stateful import run_state_machine_as_test

from sandbox.contract.findings import Breach, Finding
from sandbox.contract.play import Play, Side, Watch, side
from sandbox.contract.reduce import reduce
from sandbox.contract.rules import Rules
from sandbox.contract.steps import Move
from sandbox.contract.suites import Suite
from sandbox.contract.targets import Site, lacking


@dataclass(frozen=True)
class Effort:
    """How much is tried at random: ``histories`` of at most ``steps`` steps.

    Of Schemathesis: ``examples`` for each operation and phase, and its stateful phase ``repeats`` times more at most.
    """

    histories: int = 120
    steps: int = 25
    examples: int = 100
    repeats: int = 2


@dataclass(frozen=True)
class Trial:
    """What is tried: the rules of an API, with an effort, from a seed.

    ``prefix`` goes before the name of all that is created; ``watch`` is told of every exchange; the operations
    ``left_out`` are never asked. ``accepted`` are the differences, as (operation, where), that layer d goes on after.
    """

    suite: Suite
    seed: int
    prefix: str
    effort: Effort = field(default_factory=Effort)
    watch: Watch | None = None
    left_out: frozenset[str] = frozenset()
    accepted: frozenset[tuple[str, str]] = frozenset()

    def side(self, site: Site, number: int) -> Side:
        """A site at the beginning of play ``number``."""
        return side(site, self.suite.api, self.suite.oracle(), f"{self.prefix}{number}-")


@dataclass
class Outcome:
    """What a layer came to: findings without repetition, and what could not be tried with the reason."""

    findings: dict[tuple[str, str, str, str], Finding] = field(default_factory=dict)
    skipped: list[tuple[str, str]] = field(default_factory=list)

    def add(self, finding: Finding) -> None:
        """Keep the first of its kind."""
        self.findings.setdefault(finding.key, finding)


def run(trial: Trial, site: Site) -> Outcome:
    """Play every probe that the target allows, then random histories."""
    outcome, numbers = Outcome(), count()

    def begin() -> Play:
        return Play([trial.side(site, next(numbers))], trial.watch, trial.left_out)

    def conclude(play: Play, source: str) -> None:
        for breach in [breach for found in play.found for breach in found][:1]:
            finding = Finding("model", trial.suite.api, source, breach, play.moves, seed=trial.seed)
            _conclude(outcome, finding, begin)

    probe_all(trial, site.can, outcome, begin, conclude)
    wander(trial, begin, conclude)
    return outcome


Conclude = Callable[[Play, str], None]
"""Takes a play at its end, and what played it."""


def probe_all(
    trial: Trial, can: frozenset[str], outcome: Outcome, begin: Callable[[], Play], conclude: Conclude
) -> None:
    """Play every probe that what the target ``can`` do allows."""
    for probe in trial.suite.probes:
        lacks = probe.needs - can
        if lacks:
            outcome.skipped.append((probe.name, lacking(lacks, probe.why)))
            continue
        play = begin()
        probe.run(play)
        if play.given_up:
            outcome.skipped.append((probe.name, play.given_up))
        conclude(play, probe.name)


def wander(trial: Trial, begin: Callable[[], Play], conclude: Conclude) -> None:
    """Random histories from the seed: ``begin`` gives each its play, and ``conclude`` takes it at the end.

    Where a target does not answer the same twice, Hypothesis gives up: the histories that are left are then drawn anew.
    """
    begun = 0

    def begin_another() -> Play:
        nonlocal begun
        begun += 1
        return begin()

    rules = trial.suite.rules
    body = {"begin": staticmethod(begin_another), "teardown": lambda self: conclude(self.play, rules.__name__)}
    machine = type(rules.__name__, (rules,), body)
    while begun < trial.effort.histories:
        with suppress(Flaky):
            _draw(trial, machine, trial.effort.histories - begun, trial.seed + begun)
            break


def _draw(trial: Trial, machine: type[Rules], histories: int, number: int) -> None:
    chosen = settings(
        max_examples=histories,
        stateful_step_count=trial.effort.steps,
        phases=[Phase.generate],
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        verbosity=Verbosity.quiet,
    )
    run_state_machine_as_test(seed(number)(machine), settings=chosen)


def _conclude(outcome: Outcome, finding: Finding, begin: Callable[[], Play]) -> None:
    if finding.key not in outcome.findings:
        steps = reduce(finding.steps, lambda moves: _again(begin(), moves, finding.breach))
        outcome.add(replace(finding, steps=steps))


def _again(play: Play, moves: Sequence[Move], breach: Breach) -> bool:
    """Whether the last of the moves, and none before, breaks the same rule at the same place."""
    for move in moves:
        if play.over:
            return False
        play.play(move)
    return any(
        (one.rule, one.operation, one.where) == (breach.rule, breach.operation, breach.where)
        for found in play.found
        for one in found
    )
