"""Playing one sequence of moves, on one target or on two at once."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from sandbox.contract.contracts import Contract, contract
from sandbox.contract.findings import Breach
from sandbox.contract.oracles import Oracle
from sandbox.contract.steps import (
    NOTHING,
    Hear,
    Identity,
    Item,
    Known,
    Lever,
    Lost,
    Move,
    Ref,
    Step,
    Wait,
    encoded_body,
    encoded_path,
    encoded_query,
)
from sandbox.contract.targets import Delivered, Levered, Refused, Site, Unreachable
from sandbox.contract.wire import MISSING, Answer, Exchange, Sent

_SKEW = 120_000
"""How far a clock that cannot be moved may be from what is thought of it, in milliseconds."""


@dataclass
class Side:
    """One target in a play: what was said there, and what its oracle believes."""

    site: Site
    contract: Contract
    oracle: Oracle
    known: Known
    exchanges: list[Exchange | None] = field(default_factory=list)
    """By step: None where there was none, as for a Wait."""
    heard: list[Sequence[Delivered]] = field(default_factory=list)

    def make(self, step: Step) -> Sent:
        """The request that a step is here. Raises Lost."""
        operation = self.contract.operations[step.operation]
        path = operation.fill(encoded_path(self.known.resolve(step.path)))
        headers = {name.lower(): str(value) for name, value in self.known.resolve(step.headers).items()}
        body = b""
        if step.body is not NOTHING:
            headers = {"content-type": step.media} | headers
            body = encoded_body(self.known.resolve(step.body), step.media)
        query = encoded_query([(name, self.known.resolve(value)) for name, value in step.query])
        return Sent(step.method or operation.method, path, query, headers, body)

    def exchange(self, step: Step) -> tuple[Exchange, list[Breach]]:
        """Send a step, and judge the answer. Raises Lost, Unreachable, Refused."""
        sent = self.make(step)
        before = self.site.now()
        answer = self.site.send(sent, step.identity)
        skew = 0 if "clock" in self.site.can else _SKEW
        at = before - skew, self.site.now() + skew
        operation = None if step.method else step.operation
        exchange = Exchange(operation, self.known.resolve(step.path), _SEEN_AS[step.identity], sent, answer, at)
        self.note(exchange)
        breaches = [*self.contract.breaches(exchange), *self.oracle.look(exchange), *_unexpected(step, answer)]
        return exchange, breaches

    def pull(self, lever: Lever) -> list[Breach]:
        """Pull a lever, and show it to the oracle; nothing happens where there are none. Raises Lost."""
        path, body = self.known.resolve(lever.path), b""
        if lever.body is not NOTHING:
            body = encoded_body(self.known.resolve(lever.body))
        if not isinstance(self.site, Levered):
            self.note(None)
            return []
        answer = self.site.control(lever.identity, lever.method, path, body)
        exchange = Exchange(None, {}, lever.identity, Sent(lever.method, f"/__admin{path}", body=body), answer)
        self.note(exchange)
        return list(self.oracle.look(exchange))

    def note(self, exchange: Exchange | None) -> None:
        """Keep what a move was answered."""
        self.exchanges.append(exchange)
        self.known.answers.append(MISSING if exchange is None else exchange.answer.json)


_SEEN_AS: Mapping[Identity, Identity | None] = {
    **{one: one for one in ("first", "limited", "second", "nobody", "stranger")},
    "forged": "stranger",
    "own": None,
}


def _unexpected(step: Step, answer: Answer) -> Iterable[Breach]:
    if step.expect and answer.status not in step.expect:
        wanted = " or ".join(map(str, step.expect))
        yield Breach(step.rule, step.operation, "status", wanted, str(answer.status))


@dataclass(frozen=True)
class Result:
    """What a move came to: ``ok`` on every side with a 2xx answer. ``status`` and ``json`` are of the first side.

    What a rule does next may depend on ``ok`` alone: ids and values are named with ``ref``.
    """

    number: int
    ok: bool
    status: int | None
    json: Any

    def ref(self, *at: str | int) -> Ref:
        """A value in its answer's body, to use in later steps."""
        return Ref(self.number, at)

    def item(self, at: str, name: str, value: Any, *then: str | int) -> Item:
        """A value of the item of its answer's list ``at`` whose member ``name`` is ``value``."""
        return Item(self.number, (at,), name, value, then)


Watch = Callable[[Side, Step, Exchange], None]
"""Told of every exchange, for the tally."""


class Play:
    """One sequence. Once something is found it is over: further moves are not sent, and answer nothing.

    So it is with the operations ``left_out``, which the target need not have. ``found`` is what ended it: the breaches
    of each side in the move that was played last.
    """

    def __init__(
        self, sides: Sequence[Side], watch: Watch | None = None, left_out: frozenset[str] = frozenset()
    ) -> None:
        self.sides = sides
        self.left_out = left_out
        self.moves: list[Move] = []
        self.found: list[list[Breach]] = []
        self.over = False
        self.refused = False
        """Whether something was not sent: what it would have found is not known."""
        self.given_up = ""
        """Why the sequence could not be played as it is meant; empty where it was."""
        self._watch = watch
        for side in sides:
            side.site.begin()
            side.known = replace(side.known, hooks=side.site.hooks)

    def can(self, *needs: str) -> bool:
        """Whether every side can do all that."""
        return all(side.site.can >= set(needs) for side in self.sides)

    def send(  # the parts of a request
        self,
        operation: str,
        path: Mapping[str, Any] | None = None,
        body: Any = NOTHING,
        *,
        query: Sequence[tuple[str, Any]] = (),
        **more: Any,
    ) -> Result:
        """Play a step; ``more`` are further fields of Step."""
        return self.play(Step(operation, path or {}, tuple(query), body, **more))

    def leads(self, value: Any) -> bool:
        """Whether every side's answers so far hold what a symbolic value stands for."""
        try:
            for side in self.sides:
                side.known.resolve(value)
        except Lost:
            return False
        return True

    def give_up(self, why: str) -> None:
        """Say why nothing more is sent, unless something was found."""
        if not self.over:
            self.given_up, self.over = why, True

    def wait(self, seconds: float) -> None:
        """Let simulated time pass."""
        self.play(Wait(seconds))

    def hear(self) -> None:
        """Show the oracle the webhook deliveries so far."""
        self.play(Hear())

    def play(self, move: Move) -> Result:
        """Play a move on every side, and judge it."""
        number = len(self.moves)
        if self.over or (isinstance(move, Step) and move.operation in self.left_out):
            return Result(number, ok=False, status=None, json=MISSING)
        self.moves.append(move)
        try:
            self.found = [self._on(side, move) for side in self.sides]
        except (Lost, Refused) as error:
            self._pass(error)
            return Result(number, ok=False, status=None, json=MISSING)
        self.over = self.judge()
        first = self.sides[0].exchanges[number]
        answers = [exchange.answer for side in self.sides if (exchange := side.exchanges[number]) is not None]
        ok = bool(answers) and all(answer.ok for answer in answers)
        status, json = (None, MISSING) if first is None else (first.answer.status, first.answer.json)
        return Result(number, ok, status, json)

    def _pass(self, error: Lost | Refused) -> None:
        """A step that was not sent: one side goes on where it was only refused, two are not alike any more."""
        self.refused = self.refused or isinstance(error, Refused)
        self.over = isinstance(error, Lost) or len(self.sides) > 1
        self.found = [[] for _ in self.sides]
        if not self.over:
            self.sides[0].note(None)

    def judge(self) -> bool:
        """Whether the last move found anything."""
        return any(self.found)

    def _on(self, side: Side, move: Move) -> list[Breach]:
        match move:
            case Wait(seconds=seconds):
                side.site.wait(seconds)
                side.oracle.wait(seconds)
                side.note(None)
                return []
            case Hear():
                side.note(None)
                side.heard.append(side.site.delivered())
                return list(side.oracle.hear(side.heard[-1]))
            case Lever():
                return side.pull(move)
        try:
            exchange, breaches = side.exchange(move)
        except Unreachable as error:
            side.note(None)
            return [Breach("HTTP", move.operation, "answer", "an answer", str(error) or "none")]
        if self._watch is not None:
            self._watch(side, move, exchange)
        return breaches


def side(site: Site, api: str, oracle: Oracle, prefix: str) -> Side:
    """A fresh one."""
    return Side(site, contract(api), oracle, Known(prefix, site.hooks, now=site.now))
