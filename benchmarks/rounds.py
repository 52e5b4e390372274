"""The sandbox and its peers under the same load: one at a time, in turn, on the same processor."""

import contextlib
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

import orjson

from benchmarks.generator import Measured, Traffic
from benchmarks.process import Server, ask, free_port
from benchmarks.servers import SANDBOX, Kind
from benchmarks.traffic import Load, Record, all_records, first_request, loads

_STARTS = 3
_RESET = b"POST /__admin/reset HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 0\r\n\r\n"
_STEADY = 1.05
"""A server is warm once it got no faster by more than this."""
STARVED = 0.85
"""Share of its processor below which a server was kept from its work by other programs."""
_REPEATS = 2
"""How often a round is repeated for that reason, on average, before it counts all the same."""

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Pace:
    """``rounds`` of ``seconds`` for each operation, and at most so many ``warm_ups`` before them."""

    rounds: int
    seconds: float
    warm_ups: int = 6


@dataclass(slots=True)
class Side:
    """What one server did in the rounds of one operation: one value a round."""

    rate: list[float] = field(default_factory=list)
    p50: list[float] = field(default_factory=list)
    p99: list[float] = field(default_factory=list)
    cost: list[float] = field(default_factory=list)
    """Microseconds of the server's processor time for each request."""
    share: list[float] = field(default_factory=list)
    """How much of its processor the server had: below 1 it waited, for the load or for other programs."""
    limited: bool = False
    """Whether the load generator was at its own limit in any round."""

    def add(self, one: "Round") -> None:
        """Book one round."""
        self.rate.append(one.measured.rate)
        self.p50.append(one.measured.p50)
        self.p99.append(one.measured.p99)
        if one.used is not None:
            self.cost.append(one.used * 1e6 / (one.measured.rate * one.measured.seconds))
            self.share.append(one.used / one.measured.seconds)
        self.limited |= one.measured.limited


@dataclass(frozen=True, slots=True)
class Round:
    """One server under load once: ``used`` is the seconds of processor it took, None where the system does not say."""

    measured: Measured
    used: float | None

    @property
    def speed(self) -> float:
        """Requests for each second of processor, or of time where the system does not say."""
        return self.measured.rate * self.measured.seconds / (self.used or self.measured.seconds)

    @property
    def starved(self) -> bool:
        """Whether other programs kept the server from its work."""
        return self.used is not None and not self.measured.limited and self.used < STARVED * self.measured.seconds


@dataclass(frozen=True, slots=True)
class Comparison:
    """One operation on both."""

    peer: str
    operation: str
    ours: Side
    theirs: Side
    repeated: int
    """Rounds that were made again because other programs ran."""

    @property
    def ratio(self) -> float:
        """Median over the rounds of our rate to theirs."""
        return median(one / other for one, other in zip(self.ours.rate, self.theirs.rate, strict=True))

    @property
    def cost_ratio(self) -> float | None:
        """The same by processor time, which other programs on the machine hardly change."""
        if not self.ours.cost or not self.theirs.cost:
            return None
        return median(other / one for one, other in zip(self.ours.cost, self.theirs.cost, strict=True))

    def as_json(self) -> dict[str, Any]:
        """Every round's figures, and the ratios."""
        return asdict(self) | {"ratio": self.ratio, "cost_ratio": self.cost_ratio}


@dataclass(slots=True)
class Start:
    """How a server starts: one value a start, ``loaded`` in MB after all the load."""

    name: str
    cold: list[float] = field(default_factory=list)
    idle: list[float] = field(default_factory=list)
    loaded: list[float] = field(default_factory=list)


class Contest:
    """All comparisons of one run; ``say`` is told what goes on."""

    def __init__(self, pace: Pace, say: Say) -> None:
        self._pace = pace
        self._say = say
        self._traffic = Traffic()
        self.comparisons: list[Comparison] = []
        self.starts: dict[str, Start] = {}
        self.answers: dict[str, int] = {}
        """Bytes of an answer's body by operation, of the sandbox."""

    def run(self, peer: Kind) -> None:
        """Compare with one peer. Raises RuntimeError for a server that does not start or answers wrongly."""
        with tempfile.TemporaryDirectory() as folder:
            self._say(f"{peer.name}: {peer.does}")
            self._compare(peer, Path(folder))

    def _compare(self, peer: Kind, folder: Path) -> None:
        with self._started(SANDBOX, (), folder) as ours:
            records = _records(ours)
            with _paused(ours), self._started(peer, records, folder) as theirs, _paused(theirs):
                pairs = zip(loads(SANDBOX.dialect, records), loads(peer.dialect, records), strict=True)
                for pair in pairs:
                    self._rounds(peer, (ours, theirs), pair)
                self.starts[theirs.name].loaded.append(theirs.memory)
            self.starts[ours.name].loaded.append(ours.memory)

    @contextlib.contextmanager
    def _started(self, kind: Kind, records: Sequence[Record], folder: Path) -> Iterator[Server]:
        """A server of that kind, started often enough to say how long it takes; the last stays."""
        start = self.starts.setdefault(kind.name, Start(kind.name))
        for left in reversed(range(min(_STARTS, self._pace.rounds))):
            own = Path(tempfile.mkdtemp(dir=folder))
            port = free_port()
            with Server(kind.name, kind.prepare(own, records, port), port, first_request(kind.dialect), own) as server:
                start.cold.append(server.cold_start)
                start.idle.append(server.idle)
                if not left:
                    yield server

    def _rounds(self, peer: Kind, servers: tuple[Server, Server], pair: tuple[Load, Load]) -> None:
        sides = Side(), Side()
        ours, theirs = servers
        mine, other = pair
        self.answers[mine.name] = _answer_size(ours, mine)
        _answer_size(theirs, other)
        self._warm_up(ours, mine, SANDBOX.warm_up)
        self._warm_up(theirs, other, peer.warm_up)
        repeated = 0
        while len(sides[0].rate) < self._pace.rounds:
            _reset(ours)
            found = [self._measure(*each, self._pace.seconds) for each in zip(servers, pair, strict=True)]
            if repeated < _REPEATS * self._pace.rounds and any(one.starved for one in found):
                repeated += 1
                continue
            for side, one in zip(sides, found, strict=True):
                side.add(one)
        self._book(Comparison(peer.name, mine.name, *sides, repeated))

    def _book(self, found: Comparison) -> None:
        self.comparisons.append(found)
        ours, theirs = median(found.ours.rate), median(found.theirs.rate)
        self._say(f"  {found.operation}: {ours:,.0f}/s against {theirs:,.0f}/s, ratio {found.ratio:.2f}")

    def _warm_up(self, server: Server, load: Load, seconds: float) -> None:
        """The load that is going to be measured, until the server gets no faster."""
        last = 0.0
        for _ in range(self._pace.warm_ups):
            speed = self._measure(server, load, seconds).speed
            if speed < last * _STEADY:
                return
            last = speed

    def _measure(self, server: Server, load: Load, seconds: float) -> Round:
        with _running(server):
            before = server.processor_time
            measured = self._traffic.run(load, server.port, seconds)
            after = server.processor_time
        return Round(measured, None if before is None or after is None else after - before)


@contextlib.contextmanager
def _paused(server: Server) -> Iterator[None]:
    """Only one server runs at a time: the others are stopped where they are."""
    server.pause()
    try:
        yield
    finally:
        server.resume()


@contextlib.contextmanager
def _running(server: Server) -> Iterator[None]:
    server.resume()
    try:
        yield
    finally:
        server.pause()


def _reset(ours: Server) -> None:
    """Back to the seeded state: what earlier rounds created is gone. Raises RuntimeError."""
    with _running(ours):
        answer = ask(ours.port, _RESET)
    if not answer.startswith(b"HTTP/1.1 2"):
        msg = f"the reset failed: {answer[:500]!r}"
        raise RuntimeError(msg)


def _records(ours: Server) -> list[Record]:
    body = ask(ours.port, all_records(SANDBOX.dialect)).partition(b"\r\n\r\n")[2]
    found: list[Record] = orjson.loads(body)["data"]
    return found


def _answer_size(server: Server, load: Load) -> int:
    """Bytes of the body of an answer. Raises RuntimeError when it is not the one that is wanted."""
    with _running(server):
        head, _, body = ask(server.port, load.request(0)).partition(b"\r\n\r\n")
    if not head.startswith(b"HTTP/1.1 %d" % load.status):
        msg = f"{server.name} answers {load.name} with {head.partition(bytes([13]))[0]!r}: {body[:500]!r}"
        raise RuntimeError(msg)
    return len(body)
