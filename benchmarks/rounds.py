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
_SANDBOX_WARM_UP = 2.0

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Pace:
    """``rounds`` of ``seconds`` for each operation; ``warmth`` scales the warm-up before them."""

    rounds: int
    seconds: float
    warmth: float = 1


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

    def add(self, measured: Measured, used: float | None) -> None:
        """Book one round, in which the server used so many seconds of processor."""
        self.rate.append(measured.rate)
        self.p50.append(measured.p50)
        self.p99.append(measured.p99)
        if used is not None:
            self.cost.append(used * 1e6 / (measured.rate * measured.seconds))
            self.share.append(used / measured.seconds)
        self.limited |= measured.limited


@dataclass(frozen=True, slots=True)
class Comparison:
    """One operation on both."""

    peer: str
    operation: str
    ours: Side
    theirs: Side

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
        self._measure(ours, mine, _SANDBOX_WARM_UP * self._pace.warmth)
        self._measure(theirs, other, peer.warm_up * self._pace.warmth)
        for _ in range(self._pace.rounds):
            with _running(ours):
                ask(ours.port, _RESET)
            for side, server, load in zip(sides, servers, pair, strict=True):
                side.add(*self._measure(server, load, self._pace.seconds))
        found = Comparison(peer.name, mine.name, *sides)
        self.comparisons.append(found)
        self._say(f"  {found.operation}: {median(sides[0].rate):,.0f}/s against {median(sides[1].rate):,.0f}/s")

    def _measure(self, server: Server, load: Load, seconds: float) -> tuple[Measured, float | None]:
        with _running(server):
            before = server.processor_time
            measured = self._traffic.run(load, server.port, seconds)
            after = server.processor_time
        return measured, None if before is None or after is None else after - before


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
