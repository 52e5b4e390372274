from collections.abc import Iterable

from hypothesis import given
from hypothesis import strategies as st

from sandbox.kernel.journal import Journal
from sandbox.kernel.request import Request, Response


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
    journal = Journal(entries, 20_000)
    for size in sizes:
        add(journal, b"x" * size)
        assert len(journal) <= entries
        assert journal.bytes <= 20_000
    kept = list(journal)
    assert numbers(kept) == list(range(len(sizes) - len(kept) + 1, len(sizes) + 1))
    assert journal.bytes == sum(exchange.size for exchange in kept)
    if len(kept) < min(entries, len(sizes)):
        newest_dropped = sizes[len(sizes) - len(kept) - 1]
        assert journal.bytes + newest_dropped + _empty() > 20_000


def test_everything_a_client_chooses_counts() -> None:
    journal = Journal()
    sizes = []
    for request in (
        Request("GET", "", "", {}, b""),
        Request("GET", "p" * 10_000, "", {}, b""),
        Request("GET", "", "q" * 10_000, {}, b""),
        Request("GET", "", "", {"h" * 10_000: ""}, b""),
        Request("GET", "", "", {"h": "v" * 9_999}, b""),
        Request("GET", "", "", {}, b"b" * 10_000),
    ):
        before = journal.bytes
        journal.record(0, "toy", None, request, Response(404, b"", []), 0.0, None)
        sizes.append(journal.bytes - before)
    assert [size - sizes[0] for size in sizes] == [0] + [10_000] * 5


def test_one_exchange_over_the_bound_is_not_kept() -> None:
    journal = Journal(10, 20_000)
    add(journal)
    add(journal, b"x" * 30_000)
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
