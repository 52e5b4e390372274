"""One variant of the sandbox through the layers of the kit, each stopped at its first finding."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import count
from typing import Any

from contract_tests.mutants.making import Mutant
from contract_tests.mutants.shelf import mutants
from sandbox.contract import conformance, differential, model
from sandbox.contract.conformance import CONFORMANCE, STATEFUL
from sandbox.contract.findings import Breach, Finding
from sandbox.contract.inprocess import InProcess, Wrap
from sandbox.contract.loopback import looped
from sandbox.contract.model import Effort, Trial
from sandbox.contract.play import Play
from sandbox.contract.suites import suite
from sandbox.kernel.clock import stopwatch

LAYERS = ("a", "b", "c", "d", "stock")
"""Conformance, stateful, model, differential; and what Schemathesis finds by its own checks alone."""
_PEERS = "object_level_authorization"
_SHADOW = "shadow"
_EXAMPLES = 10
"""Cases of Schemathesis for each operation and phase: as in the quick profile, so that a corpus ends in an hour."""


@dataclass(frozen=True)
class Task:
    """What is to be tried: a mutant by API and name, or the clean sandbox where ``name`` is None."""

    api: str
    name: str | None
    layers: tuple[str, ...]
    seed: int


@dataclass(frozen=True)
class Tried:
    """What a layer came to: ``said`` is its first finding, None for none. ``problem`` is what kept it from trying."""

    layer: str
    seconds: float
    calls: int
    said: str | None = None
    problem: str | None = None

    @property
    def caught(self) -> bool:
        """Whether it found anything."""
        return self.said is not None


class _Caught(BaseException):
    """Ends a run; no Exception, since Hypothesis would keep that to try again."""

    def __init__(self, source: str, said: str) -> None:
        super().__init__(said)
        self.said = f"{source}: {said}"


def attempt(task: Task) -> Iterator[Tried]:
    """Each layer in turn; a and b, with what stock Schemathesis finds in them, at once."""
    mutant = None if task.name is None else _named(task.api, task.name)
    if "c" in task.layers:
        yield _timed("c", task, lambda trial: _model(trial, _fresh(mutant)))
    if "d" in task.layers:
        yield _timed("d", task, lambda trial: _differential(trial, _fresh(mutant)))
    if {"a", "b", "stock"} & set(task.layers):
        yield from _conformance(task, mutant)


def _named(api: str, name: str) -> Mutant:
    return next(one for one in mutants() if (one.api, one.name) == (api, name))


def _fresh(mutant: Mutant | None) -> Wrap | None:
    return None if mutant is None else mutant.make()


def _timed(layer: str, task: Task, run: Callable[[Trial], None]) -> Tried:
    calls = count()
    trial = Trial(suite(task.api), task.seed, "m-", watch=lambda side, *_: _count(calls, side.site.name))
    started = stopwatch()
    try:
        run(trial)
    except _Caught as caught:
        return Tried(layer, stopwatch() - started, next(calls), caught.said)
    return Tried(layer, stopwatch() - started, next(calls))


def _count(calls: Iterator[int], site: str) -> None:
    """Only what the variant itself was asked."""
    if site == "real":
        next(calls)


def _model(trial: Trial, wrap: Wrap | None) -> None:
    site, numbers = InProcess(trial.suite.api, wrap, name="real"), count()

    def begin() -> Play:
        return Play([trial.side(site, next(numbers))], trial.watch, trial.left_out)

    def conclude(play: Play, source: str) -> None:
        for breach in [breach for found in play.found for breach in found][:1]:
            raise _Caught(source, _words(breach))

    model.probe_all(trial, site.can, model.Outcome(), begin, conclude)
    model.wander(trial, begin, conclude)


def _differential(trial: Trial, wrap: Wrap | None) -> None:
    """The clean sandbox is ours, the variant theirs: so theirs is the odd one out where a rule tells which is."""
    ours, theirs = InProcess(trial.suite.api), InProcess(trial.suite.api, wrap, name="real")
    numbers = count()

    def begin() -> Play:
        number = next(numbers)
        return differential.Pair([trial.side(site, number) for site in (ours, theirs)], trial.watch, trial.left_out)

    def conclude(play: Play, source: str) -> None:
        if isinstance(play, differential.Pair) and play.difference is not None:
            told = play.difference
            mine, other = (bool(found) for found in play.found)
            odd = "spec" if mine == other else "sandbox" if mine else "real"
            raise _Caught(f"{source} ({odd})", _words(Breach("", told.operation, told.where, told.ours, told.theirs)))

    model.probe_all(trial, ours.can & theirs.can, model.Outcome(), begin, conclude)
    model.wander(trial, begin, conclude)


def _conformance(task: Task, mutant: Mutant | None) -> Iterator[Tried]:
    chosen = [CONFORMANCE] if {"a", "stock"} & set(task.layers) else []
    chosen += [STATEFUL] if "b" in task.layers else []
    started = stopwatch()
    trial = Trial(suite(task.api), task.seed, "m-", Effort(examples=_EXAMPLES, repeats=0))
    ran = conformance.run(trial, lambda: looped(task.api, _fresh(mutant)), chosen)
    seconds = stopwatch() - started
    found = list(ran.outcome.findings.values())
    by_layer = {
        "a": [one for one in found if one.layer == CONFORMANCE],
        "b": [one for one in found if one.layer == STATEFUL],
        "stock": [one for one in found if one.source not in {_SHADOW, _PEERS}],
    }
    problem = "; ".join(ran.problems) or None
    for layer in [layer for layer in by_layer if layer in task.layers]:
        yield Tried(layer, seconds, ran.tally.calls, _first(by_layer[layer]), problem)


def _first(found: Sequence[Finding]) -> str | None:
    return f"{found[0].source}: {_words(found[0].breach)}" if found else None


def _words(breach: Breach) -> str:
    mark = f"{breach.rule}, " if breach.rule else ""
    return f"{mark}{breach.operation}, {breach.where}: expected {breach.expected}, got {breach.got}"


def written(tried: Tried) -> dict[str, Any]:
    """As JSON."""
    return asdict(tried)
