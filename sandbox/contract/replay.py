"""A finding's shortest sequence played again: whether it still happens there, ids rebound."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from sandbox.contract.aim import REASONS as OTHERS
from sandbox.contract.aim import Aim
from sandbox.contract.differential import Pair
from sandbox.contract.findings import Breach, Finding
from sandbox.contract.model import Trial
from sandbox.contract.options import Options, run_id
from sandbox.contract.play import Play
from sandbox.contract.steps import Hear, Lever, Move, Step, Wait
from sandbox.contract.suites import suite
from sandbox.contract.wire import Exchange


class CannotPlay(Exception):
    """Nothing can be played: the words say why."""


REASONS = (CannotPlay, *OTHERS)
_NEEDS: Mapping[type[Move], tuple[str, str]] = {
    Wait: ("clock", "its clock cannot be moved, and time must pass"),
    Lever: ("levers", "it has no levers, and one must be pulled"),
    Hear: ("receiver", "it cannot call the webhook receiver, and deliveries must be seen"),
}
"""What a target must be able to do for a move, and what is wrong where it cannot."""


@dataclass
class Replayed:
    """What came of it: ``breaches`` of what was found this time; ``happens`` if the one looked for is among them."""

    happens: bool
    breaches: list[Breach] = field(default_factory=list)
    answers: list[tuple[str, int | None]] = field(default_factory=list)
    """The operation of each step that was played, and the status of its answer at the target; None for none at all."""

    leftovers: list[str] = field(default_factory=list)

    @property
    def untold(self) -> bool:
        """Whether the target never answered."""
        return all(status is None for _, status in self.answers)

    def as_json(self) -> dict[str, Any]:
        """All of it."""
        answers = [{"operation": operation, "status": status} for operation, status in self.answers]
        return {
            "happens": self.happens,
            "answers": answers,
            "breaches": [one._asdict() for one in self.breaches],
            "leftovers": self.leftovers,
        }

    def lines(self) -> list[str]:
        """All of it for people."""
        told = [
            f"{number} {operation}: {status or 'no answer'}" for number, (operation, status) in enumerate(self.answers)
        ]
        told += [f"{one.operation}, {one.where}: expected {one.expected}, got {one.got}" for one in self.breaches]
        told += [f"left over: {one}" for one in self.leftovers]
        return [*told, "it still happens" if self.happens else "it does not happen"]


def replay(finding: Finding, options: Options) -> Replayed:
    """Play a finding's steps on the target, on two where it is a difference. Raises one of REASONS."""
    if not finding.steps:
        raise CannotPlay("nothing but the requests as they went out is known: see its requests")
    options = replace(options, run=options.run or run_id(options), apis=(finding.api,))
    aim = Aim(options)
    try:
        play = _begun(finding, options, aim)
        _demand(finding.steps, play)
        for move in finding.steps:
            play.play(move)
    finally:
        left = aim.clean()
    breaches = _breaches(play)
    same = any(_place(one) == _place(finding.breach) for one in breaches)
    return Replayed(same, breaches, list(_answers(play.moves, play.sides[-1].exchanges)), left.leftovers)


def _begun(finding: Finding, options: Options, aim: Aim) -> Play:
    trial = Trial(suite(finding.api), options.sown, f"{options.prefix}r-")
    if finding.verdict is None:
        return Play([trial.side(aim.site(finding.api), 0)])
    sides = [trial.side(site, 0) for site in (aim.reference(finding.api), aim.site(finding.api))]
    looked_for = finding.breach.operation, finding.breach.where
    return Pair(sides, ends=lambda told: told.place == looked_for)


def _demand(moves: Sequence[Move], play: Play) -> None:
    """Raises CannotPlay where a target cannot do all that the moves need: the oracle alone would go on."""
    for number, move in enumerate(moves):
        need, why = _NEEDS.get(type(move), ("", ""))
        for one in play.sides if need else ():
            if need not in one.site.can:
                raise CannotPlay(f"step {number} cannot be played at {one.site.name}: {why}")


def _breaches(play: Play) -> list[Breach]:
    if not isinstance(play, Pair):
        return [breach for found in play.found for breach in found]
    told = [one.difference for one in play.passed.values()] if play.difference is None else [play.difference]
    return [Breach("difference", one.operation, one.where, one.ours, one.theirs) for one in told]


def _place(breach: Breach) -> tuple[str, str, str]:
    return breach.rule, breach.operation, breach.where


def _answers(moves: Sequence[Move], exchanges: Sequence[Exchange | None]) -> list[tuple[str, int | None]]:
    return [
        (move.operation, None if exchange is None else exchange.answer.status)
        for move, exchange in zip(moves, exchanges, strict=False)
        if isinstance(move, Step)
    ]
