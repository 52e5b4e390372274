"""What journal, faults and limiter cost a request: ``python -m benchmarks.overhead``, alternated in one process.

``python -m benchmarks --only without`` compares what a request costs a server with them and one without: that server
is ``python -m benchmarks.overhead serve …``, with the options of ``msandbox serve``.
"""

import gc
import sys
import time
from collections.abc import Callable
from statistics import median
from typing import Any

from benchmarks import figures
from sandbox.cli import main as msandbox
from sandbox.kernel.ids import stream
from sandbox.kernel.journal import Journal
from sandbox.kernel.limits import Limit, Limiter, Quota
from sandbox.kernel.namespace import Namespace
from sandbox.kernel.request import Request
from sandbox.kernel.sandbox import DEFAULT
from sandbox.web.pipeline import Pipeline

ROUNDS = 60
CALLS = 200
BOUND = 0.25


def without(namespace: Namespace) -> None:
    """Neither writes the journal nor counts for the rate limit; faults are off as long as there is no rule."""
    namespace.journal.record = _forget  # type: ignore[method-assign]  # what is measured
    namespace.limiter = _Allow()


def _forget(*_told: object, **_more: object) -> int:
    return 0


class _Allow(Limiter):
    __slots__ = ()

    def hit(self, limit: Limit, now: int) -> Quota:
        """Whoever asks is within the limit."""
        return Quota(limit.most, limit.most, now, True)  # noqa: FBT003  # a tuple


def serve() -> None:
    """``msandbox`` without journal and limiter."""
    Journal.record = _forget  # type: ignore[method-assign]  # what is measured
    Limiter.hit = _Allow.hit  # type: ignore[method-assign, assignment]  # the same
    msandbox()


def with_a_rule(pipeline: Pipeline) -> None:
    """One fault rule that never strikes these calls."""
    body = b'{"match": {"operation": "listWorkflows"}, "effect": {"status": 503}}'
    answer: Any = pipeline.handle(Request("POST", "/__admin/faults", "", {"content-type": "application/json"}, body))
    if answer.status >= 300:  # noqa: PLR2004  # anything but success
        msg = f"no fault could be made: {answer.body!r}"
        raise RuntimeError(msg)


def compare(name: str, make: Callable[[list[str], int], Request]) -> None:
    """Print the microseconds a call of each takes, and whether the difference is inside the bound."""
    bare, full, ruled = (figures._pipeline(1) for _ in range(3))  # noqa: SLF001  # the same data as the other figures
    without(bare.sandbox.get(DEFAULT))
    with_a_rule(ruled)
    sides: dict[Pipeline, tuple[list[str], list[float]]]
    sides = {pipeline: (figures._keys(pipeline), []) for pipeline in (bare, full, ruled)}  # noqa: SLF001  # the same
    for number in range(ROUNDS):
        for pipeline, (keys, times) in sides.items():
            requests = [make(keys, number * CALLS + place) for place in range(CALLS)]
            gc.collect()
            before = time.perf_counter_ns()
            for request in requests:
                pipeline.handle(request)
            times.append((time.perf_counter_ns() - before) / CALLS / 1_000)
    bare_cost, full_cost, ruled_cost = (median(times[ROUNDS // 5 :]) for _, times in sides.values())
    more = ruled_cost / bare_cost - 1
    print(f"{name}: {bare_cost:.1f} µs without, {full_cost:.1f} with journal and limiter, {ruled_cost:.1f} with a rule")
    print(f"  {more:+.0%} (bound {BOUND:.0%}: {'met' if more <= BOUND else 'missed'})")


def main() -> None:
    chance = stream("overhead")
    compare("GET one", lambda keys, _: figures._get(f"/{chance.choice(keys)}"))  # noqa: SLF001  # the same
    compare("POST create", lambda _, number: figures._create(number))  # noqa: SLF001  # the same


if __name__ == "__main__":
    if sys.argv[1:2] == ["serve"]:
        serve()
    else:
        main()
