"""Metering at length, in process: ``python -m benchmarks.dynamic_monetization [days]``."""

import statistics
import sys
import time
from typing import Any

import orjson

from sandbox import assets
from sandbox.kernel.request import Request, Response
from sandbox.kernel.sandbox import Sandbox, Start
from sandbox.kernel.scenario import Library
from sandbox.server import all_apis, build_pipeline
from sandbox.web.pipeline import Pipeline

SESSIONS = 100
LINE_ITEMS = 1_000
REQUESTS = 2_000
DAYS_A_MOVE = 30
HOURS_A_DAY = 24

_SCENARIO = "clock: 2024-01-15T10:30:00Z\ndynamic_monetization: {}\n"
_ROOT = "/dynamicmonetization"
_LEVERS = "/__admin/dynamic_monetization"
_ITEMS = [{"name": "PhotoPrint", "version": "1.0", "rate": 3}, {"name": "CADPrint", "version": "2.0", "rate": 7}]
_USER = {"type": "user", "value": "LisaBarry"}


class Caller:
    """Calls one pipeline with an administration token; an answer that is no success ends the run."""

    def __init__(self) -> None:
        self.pipeline: Pipeline = build_pipeline(
            Sandbox(all_apis(), Library(("bench",), self._read), Start("bench")), check_responses=False
        )
        self._token = ""
        self.renew()

    def renew(self) -> None:
        """A token that lasts from now."""
        self._token = self("POST", f"{_LEVERS}/tokens", {"role": "admin"})["token"]

    @staticmethod
    def _read(name: str) -> tuple[str, str]:
        return ("bench", _SCENARIO) if name == "bench" else assets.read_scenario_file(name)

    def request(self, method: str, target: str, body: object = None) -> Request:
        """One request, signed."""
        path, _, query = target.partition("?")
        headers = {
            "host": "127.0.0.1",
            "authorization": f"Bearer {self._token}",
            "content-type": "application/json",
        }
        return Request(method, path, query, headers, b"" if body is None else orjson.dumps(body))

    def __call__(self, method: str, target: str, body: object = None) -> Any:
        """The body of the answer."""
        answer = self.pipeline.handle(self.request(method, target, body))
        if not isinstance(answer, Response) or answer.status >= 300:  # noqa: PLR2004  # anything but success
            msg = f"{method} {target} was not answered well: {getattr(answer, 'body', answer)!r}"
            raise RuntimeError(msg)
        return orjson.loads(answer.body) if answer.body else None


def furnish(call: Caller, line_items: int) -> str:
    """An instance with that many line items in the order in which they end."""
    api = f"{_ROOT}/provisioning/api/v1.0"
    call("POST", f"{api}/rate-tables", {"effectiveFrom": 0, "series": "Apps", "version": "1", "items": _ITEMS})
    instance: str = call("POST", f"{api}/instances", {"shortName": "bench", "accountId": "bench"})["id"]
    for number in range(line_items):
        body = {
            "activationId": f"ACT{number:05d}",
            "state": "DEPLOYED",
            "quantity": 1_000_000_000,
            "start": 0,
            "end": 4_000_000_000_000 + number,
            "attributes": {"elastic": True, "rateTableSeries": "Apps"},
        }
        call("PUT", f"{api}/instances/{instance}/line-items", body)
    return instance


def access_requests(call: Caller, instance: str) -> list[float]:
    """Microseconds of each one-off request for two items."""
    target = f"{_ROOT}/elastic/api/v1.0/instances/{instance}/access-request"
    items = [
        {"item": "PhotoPrint", "version": "1.0", "count": 0.1},
        {"item": "CADPrint", "version": "2.0", "count": 2},
    ]
    times = []
    for _ in range(REQUESTS):
        request = call.request("POST", target, {"requester": _USER, "requestedItems": items})
        start = time.perf_counter()
        call.pipeline.handle(request)
        times.append((time.perf_counter() - start) * 1_000_000)
    return times


def live_through(call: Caller, instance: str, days: int) -> tuple[float, int]:
    """Seconds that so many days of sessions with kept heartbeats take, and how many charges that were."""
    api = f"{_ROOT}/api/v1.0/sessions"
    items = [{"item": "PhotoPrint", "version": "1.0", "count": 0.1}]
    for _ in range(SESSIONS):
        session = call("POST", api, {"instanceId": instance})["sessionId"]
        call("PUT", f"{api}/{session}", {"requester": _USER, "rollbackOnDeny": True, "requestedItems": items})
        call("PUT", f"{_LEVERS}/sessions/{session}/heartbeats", {"kept": True})
    start, charges = time.perf_counter(), 0
    for gone in range(0, days, DAYS_A_MOVE):
        moved = call("POST", "/__admin/clock/shift", {"by": f"P{min(DAYS_A_MOVE, days - gone)}D"})
        charges += moved["counts"]["session.charged"]
    return time.perf_counter() - start, charges


def main(days: int) -> None:
    call = Caller()
    instance = furnish(call, LINE_ITEMS)
    times = access_requests(call, instance)
    print(f"one access request of two items, {LINE_ITEMS:,} line items: median {statistics.median(times):.0f} µs")
    took, charges = live_through(call, instance, days)
    print(f"{days} days of {SESSIONS} live sessions: {took:.1f} s for {charges:,} charges")
    year = took / charges * 365 * HOURS_A_DAY * 1_000
    print(f"at that pace a year of 1,000 sessions takes {year / 60:.0f} minutes, in moves of 4 days at most")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 30)
