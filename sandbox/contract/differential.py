"""Layer d: the same steps on two targets, and which of them is the odd one out where they differ."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import count
from typing import Any

from sandbox.contract.findings import Breach, Finding, Verdict
from sandbox.contract.model import Outcome, Trial, probe_all, wander
from sandbox.contract.normal import Instant, Normal, timeless
from sandbox.contract.play import Play, Side, Watch
from sandbox.contract.reduce import reduce
from sandbox.contract.steps import Hear, Move, Step
from sandbox.contract.targets import Site

_SHOWN = 200
_MISSING: Any = type("Absent", (), {"__repr__": lambda _: "nothing"})()


@dataclass(frozen=True)
class Difference:
    """Where two targets' answers to one step differ, and what each said there."""

    operation: str
    where: str
    ours: str
    theirs: str


@dataclass
class _Instants:
    """Which instants were equal to which before, on both sides: a pair once seen stays one."""

    seen: dict[tuple[str, str], None] = field(default_factory=dict)

    def differ(self, ours: Instant, theirs: Instant) -> bool:
        """Whether what is equal on one side is not on the other.

        Our clock goes on with every step, so instants that are equal there are one instant. Theirs may be so coarse
        that two instants look like one: equality there alone proves nothing.
        """
        if ours.shape != theirs.shape:
            return True
        same = [seen for mine, seen in self.seen if mine == ours.text]
        if same and theirs.text not in same:
            return True
        self.seen[ours.text, theirs.text] = None
        return False


class Pair(Play):
    """A play on two sides, ours first. ``difference`` is what ended it."""

    def __init__(
        self, sides: Sequence[Side], watch: Watch | None = None, left_out: frozenset[str] = frozenset()
    ) -> None:
        super().__init__(sides, watch, left_out)
        whole = self.can("fresh")
        self._normals = [Normal(one.known.prefix, whole) for one in sides]
        self._instants = _Instants()
        self.difference: Difference | None = None
        self.shown: list[list[Any]] = [[] for _ in sides]

    def play(self, move: Move) -> Any:
        """Play a move on both sides. The sandbox's clock goes on by a second each time, as a real one's does."""
        if isinstance(move, Step) and not self.over:
            for one in self.sides:
                if "clock" in one.site.can:
                    one.site.wait(1)
                    one.oracle.wait(1)
        return super().play(move)

    def judge(self) -> bool:
        """Whether the last move was answered alike."""
        move = self.moves[-1]
        ours, theirs = (self._show(number, move) for number in (0, 1))
        found = next(self._differences(ours, theirs, ""), None)
        if found is not None:
            operation = move.operation if isinstance(move, Step) else "webhooks"
            self.difference = Difference(operation, *found)
        return found is not None

    def _show(self, number: int, move: Move) -> Any:
        one = self.sides[number]
        if isinstance(move, Hear):
            shown: Any = self._normals[number].of_deliveries(one.heard[-1])
        elif isinstance(move, Step):
            exchange = one.exchanges[-1]
            shown = None if exchange is None else self._normals[number].of(exchange)
        else:
            shown = None
        self.shown[number].append(shown)
        return shown

    def _differences(self, ours: Any, theirs: Any, where: str) -> Iterator[tuple[str, str, str]]:
        if isinstance(ours, Instant) and isinstance(theirs, Instant):
            if self._instants.differ(ours, theirs):
                yield where, _instant(ours), _instant(theirs)
        elif isinstance(ours, dict) and isinstance(theirs, dict):
            for name in (*ours, *(name for name in theirs if name not in ours)):
                inner = f"{where}.{name}" if where else str(name)
                yield from self._differences(ours.get(name, _MISSING), theirs.get(name, _MISSING), inner)
        elif isinstance(ours, list) and isinstance(theirs, list):
            if len(ours) != len(theirs):
                yield where, f"{len(ours)} items", f"{len(theirs)} items"
            for mine, other in zip(ours, theirs, strict=False):
                yield from self._differences(mine, other, f"{where}[]")
        elif ours != theirs or type(ours) is not type(theirs):
            yield where, _shown(ours), _shown(theirs)


def _instant(value: Instant) -> str:
    return f"{value.text} ({value.shape})"


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"


def run(trial: Trial, ours: Site, theirs: Site) -> Outcome:
    """Play every probe that both allow, then random histories. Ours is the sandbox."""
    outcome, numbers = Outcome(), count()

    def begin() -> Pair:
        number = next(numbers)
        return Pair([trial.side(site, number) for site in (ours, theirs)], trial.watch, trial.left_out)

    def conclude(play: Play, source: str) -> None:
        if isinstance(play, Pair) and play.difference is not None:
            _conclude(outcome, trial, play, play.difference, source, begin)

    probe_all(trial, ours.can & theirs.can, outcome, begin, conclude)
    wander(trial, begin, conclude)
    return outcome


def _conclude(  # all that a finding is made of
    outcome: Outcome, trial: Trial, play: Pair, found: Difference, source: str, begin: Callable[[], Pair]
) -> None:
    finding = Finding("differential", trial.suite.api, source, _breach(found), seed=trial.seed)
    if finding.key in outcome.findings:
        return
    moves = reduce(play.moves, lambda shorter: _again(begin(), shorter, found) is not None)
    last = _again(begin(), moves, found) or play
    told = last.difference or found
    sides = {one.site.name: text for one, text in zip(last.sides, (told.ours, told.theirs), strict=True)}
    verdict = _verdict(last, _again(begin(), moves, found))
    outcome.add(replace(finding, breach=_breach(told), steps=moves, verdict=verdict, sides=sides))


def _breach(told: Difference) -> Breach:
    return Breach("difference", told.operation, told.where, told.ours, told.theirs)


def _again(pair: Pair, moves: Sequence[Move], difference: Difference) -> Pair | None:
    """The play that ends with the same difference in its last move, and none before; None if it does not."""
    for move in moves:
        if pair.over:
            return None
        pair.play(move)
    found = pair.difference
    same = found is not None and (found.operation, found.where) == (difference.operation, difference.where)
    return pair if same else None


def _verdict(first: Pair, second: Pair | None) -> Verdict:
    """Who is the odd one out: whoever breaks the written contract where the other keeps it."""
    if second is None or timeless(first.shown) != timeless(second.shown):
        return "not deterministic"
    ours, theirs = (bool(found) for found in first.found)
    if ours == theirs:
        return "spec"
    return "sandbox" if ours else "real"
