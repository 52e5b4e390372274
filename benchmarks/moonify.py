"""Moonify with very many users, in process: ``python -m benchmarks.moonify [users]``."""

import gc
import statistics
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import orjson

from sandbox import assets
from sandbox.kernel.request import Request, Response
from sandbox.kernel.sandbox import Sandbox, Start
from sandbox.kernel.scenario import Library
from sandbox.server import all_apis, build_pipeline
from sandbox.web.pipeline import Pipeline

SESSIONS = 1_000
TIMES = 200

_SCENARIO = """
clock: 2024-01-15T10:30:00Z
moonify:
  services:
    - id: yourServiceID
      generate:
        users: {users}
        sessions: {sessions}
        groups: {{ country: [US, GB, DE, FR, BR, IN], team: [blue, red, green] }}
"""


def build(users: int) -> Pipeline:
    text = _SCENARIO.format(users=users, sessions=SESSIONS)

    def read(name: str) -> tuple[str, str]:
        return ("many", text) if name == "many" else assets.read_scenario_file(name)

    return build_pipeline(Sandbox(all_apis(), Library(("many",), read), Start("many")))


def call(pipeline: Pipeline, method: str, target: str, body: object = None) -> Response:
    path, _, query = target.partition("?")
    headers = {"host": "127.0.0.1", "authorization": "serviceID yourServiceID", "content-type": "application/json"}
    payload = b"" if body is None else orjson.dumps(body)
    answer = pipeline.handle(Request(method, path, query, headers, payload))
    if not isinstance(answer, Response) or answer.status >= 300:  # noqa: PLR2004  # anything but success
        msg = f"{method} {target} was not answered well: {answer}"
        raise RuntimeError(msg)
    return answer


def took(act: Callable[[], object]) -> float:
    """Milliseconds of wall clock."""
    start = time.perf_counter()
    act()
    return (time.perf_counter() - start) * 1_000


def resident() -> int:
    """Bytes of memory this process holds."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1_024 for line in lines if line.startswith("VmRSS"))


def main(users: int) -> None:
    gc.collect()
    before = resident()
    start = time.perf_counter()
    pipeline = build(users)
    print(f"seeding {users:,} users: {time.perf_counter() - start:.1f} s")
    gc.collect()
    gc.freeze()  # as the server does once it is seeded
    print(f"memory: {(resident() - before) / users:.0f} bytes a user, memberships in two groups included")
    api = "/moonify/0.2/moonitize"
    page, single = f"{api}/users?order=score&dir=desc", f"{api}/users/user-{users // 2:05d}"
    print(f"first list: {took(lambda: call(pipeline, 'GET', page)):.0f} ms")
    for what, target in (("list page", page), ("single user", single), ("group", f"{api}/groups/team/blue/")):
        times = [took(partial(call, pipeline, "GET", target)) for _ in range(TIMES)]
        print(f"{what}: median {statistics.median(times):.3f} ms")
    call(pipeline, "PUT", "/__admin/moonify/simulation", {"ratePerMinute": 2.5, "interval": 300})
    day = took(lambda: call(pipeline, "POST", "/__admin/clock/shift", {"by": "P1D"}))
    print(f"24 hours with {SESSIONS:,} visitors: {day / 1_000:.1f} s")
    print(f"first list after a boundary: {took(lambda: call(pipeline, 'GET', page)):.0f} ms")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 200_000)
