from collections.abc import Iterable
from threading import Thread

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.kernel.journal import BUCKETS, Journal, Ledger
from sandbox.kernel.request import Request, Response
from sandbox.kernel.webhooks import Attempt


def add(journal: Journal, body: bytes = b"", path: str = "/p", reason: str | None = None) -> None:
    request = Request("GET", path, "", {"host": "x"}, body)
    journal.record(7, "toy", "getToy", request, Response(200, b"", []), 0.1, reason)


def _empty() -> int:
    journal = Journal()
    add(journal)
    return journal.bytes


def numbers(journal: Iterable[object]) -> list[int]:
    return [exchange.id for exchange in journal]  # type: ignore[attr-defined]  # exchanges, all of them


@given(st.integers(0, 30), st.lists(st.integers(0, 5_000), max_size=60))
def test_the_newest_are_kept_within_both_bounds(entries: int, sizes: list[int]) -> None:
    journal = Journal(entries, 40_000)
    for size in sizes:
        add(journal, b"x" * size)
        assert len(journal) <= entries
        assert journal.bytes <= 40_000
    kept = list(journal)
    assert numbers(kept) == list(range(len(sizes) - len(kept) + 1, len(sizes) + 1))
    assert journal.bytes == sum(exchange.size for exchange in kept)
    if len(kept) < min(entries, len(sizes)):
        newest_dropped = sizes[len(sizes) - len(kept) - 1]
        assert journal.bytes + newest_dropped + _empty() > 40_000


ACTS = st.lists(st.tuples(st.integers(0, 2), st.one_of(st.none(), st.integers(0, 3_000))), max_size=80)


@given(ACTS)
def test_all_journals_together_stay_within_their_ledger_and_the_oldest_of_all_goes(
    acts: list[tuple[int, int | None]],
) -> None:
    ledger = Ledger(12, 30_000)
    journals = [Journal(8, 20_000, ledger) for _ in range(3)]
    recorded: list[tuple[int, int]] = []
    dropped = 0
    for which, size in acts:
        if size is None:
            journals[which].clear()
            recorded = [(owner, number) for owner, number in recorded if owner != which]
            continue
        add(journals[which], b"x" * size)
        recorded.append((which, list(journals[which])[-1].id))
        kept = {(owner, number) for owner, journal in enumerate(journals) for number in numbers(journal)}
        assert sum(map(len, journals)) == ledger.held == len(kept) <= 12
        assert ledger.bytes == sum(journal.bytes for journal in journals) <= 30_000
        gone = [one for one in recorded if one not in kept]
        recorded = [one for one in recorded if one in kept]
        dropped += len(gone)
        assert ledger.dropped == dropped
        assert all(one in recorded for one in kept)
    ledger.settle()
    assert len(ledger.order) <= 24
    assert len(ledger.order) - sum(journal.stale for journal in journals) == ledger.held


def test_a_quiet_journal_loses_what_is_older_than_all_else() -> None:
    ledger = Ledger(5)
    quiet, busy = Journal(ledger=ledger), Journal(ledger=ledger)
    add(quiet)
    for _ in range(4):
        add(busy)
    assert (len(quiet), len(busy)) == (1, 4)
    add(busy)
    assert (len(quiet), len(busy)) == (0, 5)


def test_every_exchange_is_tallied_though_it_is_dropped() -> None:
    journal = Journal(1)
    request = Request("GET", "/", "", {}, b"")
    for status, duration in ((200, 0.05), (200, 0.06), (404, 5_000.0)):
        journal.record(0, "toy", "getToy", request, Response(status, b"", []), duration, None)
    journal.ledger.settle()
    tallies = journal.ledger.tallies
    good, bad = tallies["toy", "getToy", 200], tallies["toy", "getToy", 404]
    assert good.counts == [1, 1, *[0] * (len(BUCKETS) - 1)]
    assert good.total == pytest.approx(0.11)
    assert bad.counts == [*[0] * len(BUCKETS), 1]


def _bytes(request: Request, response: Response, reason: str | None = None) -> int:
    journal = Journal()
    journal.record(0, "toy", None, request, response, 0.0, reason)
    return journal.bytes


def test_everything_a_client_chooses_counts() -> None:
    nothing = Response(404, b"", [])
    sizes = [
        _bytes(request, nothing)
        for request in (
            Request("GET", "", "", {"": ""}, b""),
            Request("GET", "p" * 10_000, "", {"": ""}, b""),
            Request("GET", "", "q" * 10_000, {"": ""}, b""),
            Request("GET", "", "", {"h" * 10_000: ""}, b""),
            Request("GET", "", "", {"h": "v" * 9_999}, b""),
            Request("GET", "", "", {"": ""}, b"b" * 10_000),
        )
    ]
    assert [size - sizes[0] for size in sizes] == [0] + [10_000] * 5


def test_headers_that_come_again_count_again_and_stay_as_they_were() -> None:
    journal = Journal()
    sent = [{"host": "x"}, {"host": "x"}, {"host": "y"}, {"host": "x"}, {"long": "v" * 60_000}, {"host": "x"}, {}]
    for headers in sent:
        journal.record(0, "toy", None, Request("GET", "", "", dict(headers), b""), Response(200, b"", []), 0.0, None)
    assert [exchange.request.headers for exchange in journal] == sent
    sizes = [exchange.size for exchange in journal]
    assert sizes[0] == sizes[1] == sizes[2] == sizes[3] == sizes[5] == sizes[6] + 192 + len("hostx")
    assert journal.bytes == sum(sizes)


def test_what_is_kept_besides_texts_counts_too() -> None:
    plain = Request("GET", "", "", {}, b"")
    least = _bytes(plain, Response(200, b"", []))
    attempt = Attempt("default", 0, "1", "http://x", [], b"x" * 5_000)
    assert least >= 1_000
    assert (
        _bytes(Request("GET", "", "", {str(n): "" for n in range(100)}, b""), Response(200, b"", [])) > least + 15_000
    )
    assert _bytes(plain, Response(200, b"", [(b"", b"")] * 100)) > least + 15_000
    assert _bytes(plain, Response(200, b"", [], [attempt])) > least + 5_000
    assert _bytes(plain, Response(200, b"", []), "why" * 1_000) > least + 3_000


def test_bodies_of_one_that_is_over_a_quarter_of_the_bound_are_not_kept() -> None:
    journal = Journal(10, 20_000)
    add(journal)
    add(journal, b"x" * 30_000)
    small, large = journal
    assert (small.kept, large.kept) == (True, False)
    assert (large.request.body, large.request.path, large.size) == (b"", "/p", small.size)


def test_one_exchange_over_the_bound_is_not_kept() -> None:
    journal = Journal(10, 20_000)
    add(journal)
    add(journal, path="/" + "x" * 30_000)
    assert (len(journal), journal.bytes) == (0, 0)
    add(journal)
    assert numbers(journal) == [3]


def test_clearing_forgets_all_but_the_numbering() -> None:
    journal = Journal()
    add(journal)
    journal.clear()
    assert (len(journal), journal.bytes) == (0, 0)
    add(journal, reason="why")
    (exchange,) = journal
    assert (exchange.id, exchange.at, exchange.api, exchange.operation, exchange.reason) == (
        2,
        7,
        "toy",
        "getToy",
        "why",
    )


def test_a_listing_is_not_disturbed_by_what_comes_after() -> None:
    journal = Journal(3)
    add(journal)
    add(journal)
    seen = []
    for exchange in journal:
        seen.append(exchange.id)
        add(journal)
    assert seen == [1, 2]
    assert numbers(journal) == [2, 3, 4]


def test_exchanges_are_kept_in_bounds_without_anybody_reading() -> None:
    ledger = Ledger(12, 300_000)
    journals = [Journal(8, 200_000, ledger) for _ in range(3)]
    for number in range(1_000):
        add(journals[number % 3], b"x" * (number % 5 * 8_000))
        assert sum(len(journal._list) for journal in journals) <= 12
        assert len(ledger.pending) < 64
    assert [numbers(journal)[-1] for journal in journals] == [334, 333, 333]


def test_what_several_threads_record_is_all_there() -> None:
    ledger = Ledger(10_000)
    journals = [Journal(10_000, ledger=ledger) for _ in range(4)]

    def fill(journal: Journal) -> None:
        for _ in range(500):
            add(journal)

    threads = [Thread(target=fill, args=(journal,)) for journal in journals]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [numbers(journal) for journal in journals] == [list(range(1, 501))] * 4
    assert ledger.held == 2_000
