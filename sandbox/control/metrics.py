"""Counts and durations in Prometheus' text format (0.0.4)."""

from collections.abc import Iterable, Iterator
from itertools import accumulate

from sandbox import __version__
from sandbox.control.desk import Desk
from sandbox.kernel.clock import SECOND, stopwatch
from sandbox.kernel.journal import BUCKETS, Ledger
from sandbox.kernel.request import Reply
from sandbox.kernel.sandbox import Sandbox

_TEXT = [(b"content-type", b"text/plain; version=0.0.4; charset=utf-8")]

Sample = tuple[str, dict[str, str], float]
"""End of the metric's name, labels, value."""


class Metrics(Desk):
    """Of the whole sandbox, whatever the namespace."""

    __slots__ = ()

    def get_metrics(self) -> Reply:
        return "".join(_lines(self._sandbox)).encode(), 200, _TEXT


def _lines(sandbox: Sandbox) -> Iterator[str]:
    ledger, namespaces = sandbox.ledger, tuple(sandbox.namespaces.values())
    ledger.settle()
    with ledger.lock:
        requests, durations, attempts = _requests(ledger), _durations(ledger), sorted(ledger.attempts.items())
    yield from _metric("info", "gauge", "The version that runs.", [("", {"version": __version__}, 1)])
    yield from _gauge("uptime_seconds", "Real seconds since the start.", round(stopwatch() - sandbox.started, 3))
    yield from _metric("requests_total", "counter", "Requests answered for the simulated APIs.", requests)
    told = "Real seconds that answers took."
    yield from _metric("request_duration_seconds", "histogram", told, durations)
    yield from _gauge("namespaces", "Namespaces there are.", len(namespaces))
    yield from _gauge("journal_entries", "Exchanges that all journals hold.", ledger.held)
    yield from _gauge("journal_bytes", "Bytes that these are counted with.", ledger.bytes)
    yield from _gauge("journal_limit_bytes", "Bytes that all journals may hold together.", ledger.size)
    told = "Exchanges dropped to stay within the limits."
    yield from _metric("journal_dropped_total", "counter", told, [("", {}, ledger.dropped)])
    due = sum(len(namespace.world.agenda) for namespace in namespaces)
    yield from _gauge("agenda_items", "Items on the agendas of all namespaces.", due)
    ended = [("", {"outcome": outcome}, float(count)) for outcome, count in attempts]
    yield from _metric("webhook_attempts_total", "counter", "Webhook attempts by how they ended.", ended)


def _requests(ledger: Ledger) -> list[Sample]:
    return [
        ("", _labels(api, operation) | {"status": str(status)}, float(sum(tally.counts)))
        for (api, operation, status), tally in ledger.tallies.items()
    ]


def _durations(ledger: Ledger) -> list[Sample]:
    """Of each operation: counts up to each bound, then their sum and number."""
    merged: dict[tuple[str | None, str | None], tuple[list[int], float]] = {}
    for (api, operation, _), tally in ledger.tallies.items():
        counts, total = merged.get((api, operation), ([0] * len(tally.counts), 0.0))
        added = [before + more for before, more in zip(counts, tally.counts, strict=True)]
        merged[api, operation] = added, total + tally.total
    bounds = [*(f"{bound / SECOND:g}" for bound in BUCKETS), "+Inf"]
    samples: list[Sample] = []
    for (api, operation), (counts, total) in merged.items():
        labels = _labels(api, operation)
        summed = zip(bounds, accumulate(counts), strict=True)
        samples += [("_bucket", labels | {"le": bound}, float(count)) for bound, count in summed]
        samples += [("_sum", labels, total / SECOND), ("_count", labels, float(sum(counts)))]
    return samples


def _labels(api: str | None, operation: str | None) -> dict[str, str]:
    """Empty where there was no such Api or operation."""
    return {"api": api or "", "operation": operation or ""}


def _gauge(name: str, told: str, value: float) -> Iterator[str]:
    return _metric(name, "gauge", told, [("", {}, value)])


def _metric(name: str, kind: str, told: str, samples: Iterable[Sample]) -> Iterator[str]:
    yield f"# HELP msandbox_{name} {told}\n# TYPE msandbox_{name} {kind}\n"
    for end, labels, value in samples:
        written = ",".join(f'{label}="{_escaped(text)}"' for label, text in labels.items())
        number = str(int(value)) if value == int(value) else repr(value)
        yield f"msandbox_{name}{end}{'{' + written + '}' if written else ''} {number}\n"


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
