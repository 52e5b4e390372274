"""What the sandbox costs by itself: calls of ``handle`` without a server, a large namespace, and its start."""

import gc
import itertools
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import orjson

from benchmarks.machine import SERVER_CORE, pinned
from benchmarks.process import Server, free_port
from benchmarks.servers import SCENARIO, sandbox_command
from benchmarks.traffic import INBOX, OBJECT, PAGE, STATUSES, TOKEN
from sandbox.kernel.ids import stream
from sandbox.kernel.request import Request, Response
from sandbox.kernel.sandbox import DEFAULT, Sandbox, Start
from sandbox.server import build_pipeline, build_sandbox
from sandbox.web.pipeline import Pipeline

_MDATA = "/monetize360/v1/mobjects/{}/mdata"
_CALLS = 5_000
_TIMES = 25
_LARGE = 200
"""Scale at which the scenario has 100,000 records."""


@dataclass(frozen=True, slots=True)
class Figure:
    """One measurement: the median and the 99th percentile (or the worst of a few), and what it must not exceed."""

    name: str
    value: float
    worst: float
    unit: str
    target: float | None = None

    @property
    def met(self) -> bool | None:
        """Whether the target is met, None without one."""
        return None if self.target is None else self.value <= self.target


def calls() -> Iterator[Figure]:
    """``handle`` for each kind of request, over 500 records: journal, limiter and validation on, as served."""
    pipeline = _pipeline(1)
    keys = _keys(pipeline)
    chance = stream("calls")
    one = (_get(f"/{chance.choice(keys)}") for _ in range(_CALLS))
    pages = (
        _get(query=f"filter=status:eq:{chance.choice(STATUSES)}&limit={PAGE}&offset={n % 75}") for n in range(_CALLS)
    )
    new = (_get(query=f"filter=amount:gte:{n % 500}.{n:08d}&limit={PAGE}&offset={n % 100}") for n in range(_CALLS))
    changes = (_put(f"/{chance.choice(keys)}", {"amount": n / 100}) for n in range(_CALLS))
    yield _of_calls(pipeline, "handle(): GET one", one, 25)
    yield _of_calls(pipeline, "handle(): GET list of 50, one of 4 filters", pages)
    yield _of_calls(pipeline, "handle(): GET list of 50, a new filter each", new)
    yield _of_calls(pipeline, "handle(): POST create", map(_create, range(_CALLS)))
    yield _of_calls(pipeline, "handle(): PUT update", changes)


def large() -> Iterator[Figure]:
    """A namespace of 100,000 records: fork, reset, and a query."""
    pipeline = _pipeline(_LARGE)
    sandbox = pipeline.sandbox
    yield _timed("fork, 100,000 records", lambda: _fork(sandbox), 1)
    yield _timed("reset, 100,000 records and 10 changes", lambda: _reset(pipeline), 1)
    query = "filter=status:eq:active&sort=amount:desc&limit=50&offset=100"
    yield Figure("filter + sort + page of 100,000, first time", *_query(pipeline, query, 1), "ms", 150)
    yield Figure("the same, repeated", *_query(pipeline, query, _TIMES), "ms", 1)
    others = [query.replace("eq:active", f"ne:other{n}") for n in range(5)]
    yield Figure("another filter on the same fields", *_medians(_query(pipeline, text, 1) for text in others), "ms")
    yield Figure("the same query after a record changed", *_medians(_after_write(pipeline, query)), "ms")


def starts(rounds: int) -> Iterator[Figure]:
    """From the start of the process to the first answer of the API, and its memory then."""
    for scenario in ("docs", "demo"):
        cold, idle = zip(*(_start(scenario) for _ in range(rounds)), strict=True)
        documented = scenario == "docs"
        yield Figure(f"cold start with {scenario}", median(cold), max(cold), "s", 0.6 if documented else None)
        yield Figure(f"idle memory with {scenario}", median(idle), max(idle), "MB", 120)


def _pipeline(scale: float) -> Pipeline:
    pipeline = build_pipeline(build_sandbox(Start(str(SCENARIO), scale=scale)))
    gc.collect()
    gc.freeze()
    return pipeline


def _keys(pipeline: Pipeline) -> list[str]:
    answer = _answered(pipeline, _get(query="limit=1000"))
    return [record["id"] for record in orjson.loads(answer.body)["data"]]


def _get(rest: str = "", query: str = "") -> Request:
    return _request("GET", OBJECT, rest, query, None)


def _put(rest: str, data: dict[str, object]) -> Request:
    return _request("PUT", OBJECT, rest, "", data)


def _create(number: int) -> Request:
    data = {
        "name": f"Customer {number:08d}",
        "email": f"customer-{number:06d}@example.com",
        "status": STATUSES[number % len(STATUSES)],
        "tier": "premium",
        "amount": number / 100 % 1_000,
    }
    return _request("POST", INBOX, "", "", data)


def _request(method: str, mobject: str, rest: str, query: str, data: dict[str, object] | None) -> Request:
    headers = {"host": "127.0.0.1", "authorization": f"Bearer {TOKEN}", "accept": "*/*"}
    body = b"" if data is None else orjson.dumps({"data": data})
    if body:
        headers |= {"content-type": "application/json", "content-length": str(len(body))}
    return Request(method, _MDATA.format(mobject) + rest, query, headers, body)


def _answered(pipeline: Pipeline, request: Request) -> Response:
    answer = pipeline.handle(request)
    if not isinstance(answer, Response) or answer.status not in {200, 201}:
        msg = f"{request.method} {request.path}?{request.query} was answered {answer}"
        raise RuntimeError(msg)
    return answer


def _of_calls(pipeline: Pipeline, name: str, requests: Iterable[Request], target: float | None = None) -> Figure:
    """Microseconds of each call; the first fifth warms up.

    Each request is made right before its call and kept by nobody but the journal, as a server does: what it costs to
    forget the oldest is in the figure.
    """
    times = []
    for request in requests:
        before = time.perf_counter_ns()
        answer = pipeline.handle(request)
        times.append(time.perf_counter_ns() - before)
        if not isinstance(answer, Response) or answer.status not in {200, 201}:
            msg = f"{name}: {answer}"
            raise RuntimeError(msg)
    counted = sorted(times[len(times) // 5 :])
    return Figure(name, median(counted) / 1e3, counted[len(counted) * 99 // 100] / 1e3, "µs", target)


def _timed(name: str, act: Callable[[], float], target: float) -> Figure:
    found = [act() for _ in range(_TIMES)]
    return Figure(name, median(found), max(found), "ms", target)


_names = itertools.count()


def _fork(sandbox: Sandbox) -> float:
    name = f"fork-{next(_names)}"
    before = time.perf_counter_ns()
    sandbox.fork(name, sandbox.get(DEFAULT))
    took = time.perf_counter_ns() - before
    sandbox.delete(name)
    return took / 1e6


def _reset(pipeline: Pipeline) -> float:
    for number in range(10):
        _answered(pipeline, _create(number))
    namespace = pipeline.sandbox.get(DEFAULT)
    before = time.perf_counter_ns()
    namespace.reset()
    return (time.perf_counter_ns() - before) / 1e6


def _query(pipeline: Pipeline, query: str, times: int) -> tuple[float, float]:
    """Median and worst ms of that list request."""
    found = []
    for _ in range(times):
        request = _get(query=query)
        before = time.perf_counter_ns()
        _answered(pipeline, request)
        found.append((time.perf_counter_ns() - before) / 1e6)
    return median(found), max(found)


def _after_write(pipeline: Pipeline, query: str) -> Iterator[tuple[float, float]]:
    keys = _keys(pipeline)
    for key in keys[:5]:
        _answered(pipeline, _put(f"/{key}", {"amount": 1}))
        yield _query(pipeline, query, 1)


def _medians(found: Iterable[tuple[float, float]]) -> tuple[float, float]:
    values = [value for value, _ in found]
    return median(values), max(values)


def _start(scenario: str) -> tuple[float, float]:
    port = free_port()
    first = b"GET /monetize360/v1/workflows HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer YOUR_API_TOKEN\r\n\r\n"
    command = sandbox_command(scenario, port)
    with tempfile.TemporaryDirectory() as folder, Server(scenario, command, port, first, Path(folder)) as server:
        return server.cold_start, server.idle


def in_process() -> Iterator[Figure]:
    """Everything that needs no server, on the processor that servers get."""
    with pinned(SERVER_CORE):
        yield from calls()
        yield from large()
