"""Layer d: the same steps on two targets, and which of them is the odd one out where they differ."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import count
from typing import Any, NamedTuple

from sandbox.contract.findings import Breach, Finding, Verdict
from sandbox.contract.headers import FOREIGN
from sandbox.contract.model import Outcome, Trial, probe_all, wander
from sandbox.contract.normal import Instant, Keyed, Normal, pages, timeless
from sandbox.contract.play import Play, Side, Watch
from sandbox.contract.reduce import reduce
from sandbox.contract.steps import Hear, Move, Step
from sandbox.contract.targets import Site

_SHOWN = 200
_PART = re.compile(r"[^.\[\]\s\d][^.\[\]\s]*")
"""One step into an answer, but for places in a list."""
_DEEP = 2
_MISSING: Any = type("Absent", (), {"__repr__": lambda _: "nothing"})()


@dataclass(frozen=True)
class Difference:
    """Where two targets' answers to one step differ, and what each said there."""

    operation: str
    where: str
    ours: str
    theirs: str
    leaf: bool = False
    """Whether it is about one value: what else the answers hold can be compared all the same."""

    @property
    def place(self) -> tuple[str, str]:
        """Operation and where."""
        return self.operation, self.where


class Passed(NamedTuple):
    """A difference that did not end a play: after how many moves, and who was the odd one out there."""

    difference: Difference
    moves: int
    verdict: Verdict


Ends = Callable[[Difference], bool]
"""Whether a difference ends a play."""


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
    """A play on two sides, ours first. ``difference`` is what ended it, ``passed`` what did not, by place."""

    def __init__(
        self,
        sides: Sequence[Side],
        watch: Watch | None = None,
        left_out: frozenset[str] = frozenset(),
        ends: Ends = lambda _: True,
    ) -> None:
        super().__init__(sides, watch, left_out)
        self._ends = ends
        self.passed: dict[tuple[str, str], Passed] = {}
        whole = self.can("fresh")
        self._normals = [Normal(one.known.prefix, whole, pages(one.contract), one.known.hooks) for one in sides]
        self._instants = _Instants()
        self.difference: Difference | None = None
        self.shown: list[list[Any]] = [[] for _ in sides]

    def play(self, move: Move) -> Any:
        """Play a move on both sides. The sandbox's clock goes on by a second each time, as a real one's does.

        Not so where a rate limit is to be reached: that takes many requests in one window.
        """
        if isinstance(move, Step) and move.identity != "limited" and not self.over:
            for one in self.sides:
                if "clock" in one.site.can:
                    one.site.wait(1)
                    one.oracle.wait(1)
        return super().play(move)

    def judge(self) -> bool:
        """Whether the last move was answered otherwise, so that it ends here."""
        move = self.moves[-1]
        ours, theirs = (self._show(number, move) for number in (0, 1))
        operation = move.operation if isinstance(move, Step) else "webhooks"
        for where, *said in self._differences(ours, theirs, ""):
            mine, other = (_shown(normal, one) for normal, one in zip(self._normals, said, strict=True))
            leaf = where != "status" and not any(map(_is_whole, said))
            told = Difference(operation, where, mine, other, leaf)
            if self._ends(told):
                self.difference = told
                return True
            self.passed.setdefault(told.place, Passed(told, len(self.moves), _blamed(self, told)))
            if where == "status" and said[0] // 100 != said[1] // 100:
                break  # a refusal has nothing in common with what was refused
        return False

    def _show(self, number: int, move: Move) -> Any:
        one, normal = self.sides[number], self._normals[number]
        normal.step = len(self.moves)
        if isinstance(move, Hear):
            shown: Any = normal.of_deliveries(one.heard[-1])
        elif isinstance(move, Step):
            exchange = one.exchanges[-1]
            shown = None if exchange is None else normal.of(exchange)
        else:
            shown = None
        self.shown[number].append(shown)
        return shown

    def _differences(self, ours: Any, theirs: Any, where: str) -> Iterator[tuple[str, Any, Any]]:
        """Where they differ, and what each has there."""
        if ours is FOREIGN or theirs is FOREIGN:
            self._forget(ours, theirs)
            return
        ours, theirs = _alike(ours, theirs), _alike(theirs, ours)
        if isinstance(ours, Instant) and isinstance(theirs, Instant):
            if self._instants.differ(ours, theirs):
                yield where, _Written(ours), _Written(theirs)
        elif isinstance(ours, dict) and isinstance(theirs, dict):
            for name in (*ours, *(name for name in theirs if name not in ours)):
                inner = f"{where}.{name}" if where else str(name)
                yield from self._differences(ours.get(name, _MISSING), theirs.get(name, _MISSING), inner)
        elif isinstance(ours, list) and type(ours) is type(theirs):
            if len(ours) != len(theirs):
                yield where, _Count(len(ours)), _Count(len(theirs))
                return
            for mine, other in zip(ours, theirs, strict=True):
                yield from self._differences(mine, other, f"{where}[]")
        elif ours != theirs or type(ours) is not type(theirs):
            yield where, ours, theirs

    def _forget(self, *shown: Any) -> None:
        """What one side has and the other leaves out has no place in the order of ids."""
        for normal, one in zip(self._normals, shown, strict=True):
            normal.forget(one)


class _Count(int):
    """How long a list is."""

    def __repr__(self) -> str:
        return f"{int(self)} items"


class _Written(NamedTuple):
    """An instant, and how it was written."""

    instant: Instant

    def __repr__(self) -> str:
        return f"{self.instant} ({self.instant.shape})"


def _is_whole(value: Any) -> bool:
    """Whether it is more than one value."""
    return isinstance(value, dict | list | _Count)


def _alike(value: Any, other: Any) -> Any:
    """An empty object is one of nothing under ids, where the other side's is one."""
    return Keyed() if value == {} and isinstance(other, Keyed) else value


def _shown(normal: Normal, value: Any) -> str:
    text = repr(normal.tell(value))
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"


def run(trial: Trial, ours: Site, theirs: Site) -> Outcome:
    """Play every probe that both allow, then random histories. Ours is the sandbox.

    Where one value differs and no rule says whose is right, it does so wherever it is met: what follows it is compared
    from the next sequence on.
    """
    outcome, numbers = Outcome(), count()
    known = set(trial.accepted)

    def begin() -> Pair:
        number = next(numbers)
        sides = [trial.side(site, number) for site in (ours, theirs)]
        return Pair(sides, trial.watch, trial.left_out, lambda told: told.place not in known)

    def conclude(play: Play, source: str) -> None:
        if not isinstance(play, Pair):
            return
        for one in play.passed.values():
            _note(outcome, trial, play, one, source)
        if play.difference is not None:
            found = _conclude(outcome, trial, play, play.difference, source, begin)
            if play.difference.leaf and found is not None and found.verdict == "spec":
                known.add(play.difference.place)

    probe_all(trial, ours.can & theirs.can, outcome, begin, conclude)
    wander(trial, begin, conclude)
    return outcome


def _note(outcome: Outcome, trial: Trial, play: Pair, one: Passed, source: str) -> None:
    """Keep an accepted difference as it was met."""
    steps, sides = play.moves[: one.moves], _sides(play, one.difference)
    breach, api = _breach(one.difference), trial.suite.api
    outcome.add(Finding("differential", api, source, breach, steps, seed=trial.seed, verdict=one.verdict, sides=sides))


def _sides(play: Pair, told: Difference) -> dict[str, str]:
    return {one.site.name: text for one, text in zip(play.sides, (told.ours, told.theirs), strict=True)}


def _conclude(  # all that a finding is made of; None for one that is known
    outcome: Outcome, trial: Trial, play: Pair, found: Difference, source: str, begin: Callable[[], Pair]
) -> Finding | None:
    finding = Finding("differential", trial.suite.api, source, _breach(found), seed=trial.seed)
    if finding.key in outcome.findings:
        return None
    moves = reduce(play.moves, lambda shorter: _again(begin(), shorter, found) is not None)
    last = _again(begin(), moves, found) or play
    told = last.difference or found
    confirming = begin()
    verdict = _verdict(last, _again(confirming, moves, found), told, cut=confirming.refused)
    if verdict == "spec":  # what was left out may have been what proved it
        verdict = _blamed(play, found)
    finding = replace(finding, breach=_breach(told), steps=moves, verdict=verdict, sides=_sides(last, told))
    outcome.add(finding)
    return finding


def _breach(told: Difference) -> Breach:
    return Breach("difference", told.operation, told.where, told.ours, told.theirs)


def _again(pair: Pair, moves: Sequence[Move], difference: Difference) -> Pair | None:
    """The play that ends with the same difference in its last move, and none before; None if it does not."""
    for move in moves:
        if pair.over:
            return None
        pair.play(move)
    found = pair.difference
    return pair if found is not None and found.place == difference.place else None


def _verdict(first: Pair, second: Pair | None, told: Difference, *, cut: bool) -> Verdict:
    """Who is the odd one out: whoever breaks the written contract there where the other keeps it.

    ``cut`` says that the second play was not all sent, as where the budget ended: it proves nothing.
    """
    if not cut and (second is None or timeless(first.shown) != timeless(second.shown)):
        return "not deterministic"
    return _blamed(first, told)


def _blamed(play: Play, told: Difference) -> Verdict:
    ours, theirs = (any(_covers(one.where, told.where) for one in found) for found in play.found)
    if ours == theirs:
        return "spec"
    return "sandbox" if ours else "real"


def _covers(breach: str, difference: str) -> bool:
    """Whether a broken rule is about the place of a difference: the first member of the body, or the header, decides.

    A wrong status, a body that is wrong as a whole, and no answer at all leave nothing that can be compared.
    """
    broken, told = (_PART.findall(where.lower().removeprefix("deliveries"))[:_DEEP] for where in (breach, difference))
    return len(broken) < _DEEP or all(one == other for one, other in zip(broken, told, strict=False))
