"""What a namespace costs: ``python -m benchmarks.namespaces [count [records]]``, a thousand from 100,000 unless told.

Each is a copy of the namespace ``default``, made in process as a request makes it, credentials of all APIs included.
Time is real, memory is what the process's own allocator hands out (``tracemalloc``) in a second round.
"""

import gc
import statistics
import sys
import time
import tracemalloc
from collections.abc import Callable
from typing import Any

import orjson

from benchmarks.machine import facts
from sandbox import assets
from sandbox.kernel.footprint import footprint
from sandbox.kernel.request import Request, Response
from sandbox.kernel.sandbox import DEFAULT, Sandbox, Start
from sandbox.kernel.scenario import Library
from sandbox.server import all_apis, build_pipeline
from sandbox.web.pipeline import Pipeline

NAMESPACES = 1_000
RECORDS = 100_000
MOST_MS, MOST_KB = 1.0, 50.0
"""What one may cost before its first write."""

_SCENARIO = """
clock: 2024-01-15T10:30:00Z
monetize360:
  tokens: [{ token: BENCHMARK_TOKEN, tier: enterprise, limit: 100000000 }]
  mobjects:
    - id: customers
      name: Customer
      description: The base that every namespace shares
      generate:
        count: COUNT
        createdAt: { within: P90D }
        fields:
          name: { template: "Customer {ordinal:06d}" }
          email: { template: "customer-{ordinal:06d}@example.com" }
moonify: { services: [{ id: yourServiceID }] }
dynamic_monetization: {}
"""
_RECORDS = "/monetize360/v1/mobjects/customers/mdata"


class Caller:
    """One pipeline over a base of that many records; an answer that is no success ends the run."""

    def __init__(self, records: int, most: int) -> None:
        text = _SCENARIO.replace("COUNT", str(records))
        library = Library(("bench",), lambda n: ("bench", text) if n == "bench" else assets.read_scenario_file(n))
        self.sandbox = Sandbox(all_apis(), library, Start("bench"), max_namespaces=most)
        self._pipeline: Pipeline = build_pipeline(self.sandbox)

    def __call__(self, method: str, target: str, body: object = None, **headers: str) -> Any:
        """The body of the answer."""
        sent = {"host": "127.0.0.1", "content-type": "application/json", "authorization": "Bearer BENCHMARK_TOKEN"}
        path, _, query = target.partition("?")
        payload = b"" if body is None else orjson.dumps(body)
        answer = self._pipeline.handle(Request(method, path, query, sent | headers, payload))
        if not isinstance(answer, Response) or answer.status >= 400:  # noqa: PLR2004  # an error
            shown = answer.body.decode() if isinstance(answer, Response) else answer
            raise SystemExit(f"{method} {target}: {shown}")
        return orjson.loads(answer.body)

    def create(self, name: str) -> None:
        """A copy of ``default``, asked for as anybody asks."""
        self("POST", "/__admin/namespaces", {"name": name, "from": DEFAULT})

    def copy(self, name: str) -> None:
        """The same without the request and its answer."""
        self.sandbox.fork(name, self.sandbox.get(DEFAULT))

    def forget(self, names: list[str]) -> None:
        """Delete them."""
        for name in names:
            self.sandbox.delete(name)


def _timed(act: Callable[[str], object], names: list[str]) -> list[float]:
    """Milliseconds of each."""
    taken = []
    for name in names:
        started = time.perf_counter()
        act(name)
        taken.append((time.perf_counter() - started) * 1_000)
    return taken


def _held(act: Callable[[], object]) -> int:
    """Bytes that are allocated after it and were not before."""
    gc.collect()
    before = tracemalloc.get_traced_memory()[0]
    act()
    gc.collect()
    return tracemalloc.get_traced_memory()[0] - before


def main() -> int:
    """The exit status: 0 when a namespace costs no more than it may."""
    count, records = (*map(int, sys.argv[1:]), *(NAMESPACES, RECORDS)[len(sys.argv) - 1 :])
    names = [f"n{number}" for number in range(count)]
    call = Caller(records, count + 1)
    call.create("warm")
    call.forget(["warm"])
    gc.collect()
    gc.freeze()
    created = _timed(call.create, names)
    first = _timed(lambda name: call("GET", f"/ns/{name}{_RECORDS}?limit=1"), names)
    listed = _timed(lambda _: call("GET", "/__admin/namespaces"), ["all"])
    call.forget(names)
    copied = _timed(call.copy, names)
    call.forget(names)
    tracemalloc.start()
    kilobytes = _held(lambda: _timed(call.copy, names)) / count / 1_024
    told = footprint(call.sandbox.get(names[0])) / 1_024
    written = _held(lambda: _timed(lambda name: call("POST", f"/ns/{name}{_RECORDS}", {"data": {"name": "x"}}), names))
    print("\n".join(f"{name}: {fact}" for name, fact in facts().items()))
    print(f"\n{count:,} namespaces from a base of {records:,} records\n")
    print("| each | mean | median | 99th percentile | may be |\n| --- | ---: | ---: | ---: | ---: |")
    _row("created by a request, with credentials", created, f"{MOST_MS:g} ms")
    _row("copied, in process", copied, f"{MOST_MS:g} ms")
    _row("its first read", first, "")
    print(f"| memory before its first write | {kilobytes:.1f} KB | | | {MOST_KB:g} KB |")
    print(f"| memory as the list of namespaces tells it | {told:.1f} KB | | | |")
    print(f"| memory of its first write, with the journal's entry | {written / count / 1_024:.1f} KB | | | |")
    print(f"\nThe list of all of them, with memory: {listed[0]:.0f} ms.")
    return 0 if statistics.fmean(created) <= MOST_MS and kilobytes <= MOST_KB else 1


def _row(label: str, taken: list[float], bound: str) -> None:
    last = statistics.quantiles(taken, n=100)[-1] if len(taken) > 1 else taken[0]
    mean, median = statistics.fmean(taken), statistics.median(taken)
    print(f"| {label} | {mean:.2f} ms | {median:.2f} ms | {last:.2f} ms | {bound} |")


if __name__ == "__main__":
    sys.exit(main())
