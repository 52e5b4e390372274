from hypothesis import given
from hypothesis import strategies as st

from sandbox.kernel.clock import MINUTE, SECOND, parse_instant
from sandbox.kernel.limits import Limit, Limiter, Quota

LIMIT = Limit("token", 3, MINUTE)
START = parse_instant("2024-01-15T10:30:00Z")


def test_a_window_is_a_whole_minute_of_simulated_time() -> None:
    """The vendor's own numbers (M10): the fifth request of the minute that ends at 2024-01-16T00:01:00Z."""
    limiter = Limiter()
    at = parse_instant("2024-01-16T00:00:30Z")
    quota = [limiter.hit(Limit("token", 100, MINUTE), at) for _ in range(5)][-1]
    assert (quota.limit, quota.remaining, quota.reset // SECOND) == (100, 95, 1_705_363_260)


def test_remaining_falls_to_nought_and_no_further() -> None:
    limiter = Limiter()
    found = [limiter.hit(LIMIT, START) for _ in range(5)]
    assert [(q.remaining, q.allowed) for q in found] == [(2, True), (1, True), (0, True), (0, False), (0, False)]


def test_the_next_window_starts_afresh() -> None:
    limiter = Limiter()
    for _ in range(5):
        limiter.hit(LIMIT, START + MINUTE - 1)
    assert limiter.hit(LIMIT, START + MINUTE) == Quota(3, 2, START + 2 * MINUTE, allowed=True)


def test_keys_do_not_share_a_window_and_clearing_forgets_all() -> None:
    limiter = Limiter()
    for _ in range(3):
        limiter.hit(LIMIT, START)
    assert limiter.hit(LIMIT._replace(key="other"), START).remaining == 2
    assert not limiter.hit(LIMIT, START).allowed
    limiter.clear()
    assert limiter.hit(LIMIT, START).remaining == 2


@given(st.integers(0, 10**13), st.sampled_from([SECOND, MINUTE, 7_777]))
def test_waiting_as_told_reaches_the_next_window(now: int, span: int) -> None:
    limiter = Limiter()
    limit = Limit("token", 1, span)
    limiter.hit(limit, now)
    refused = limiter.hit(limit, now)
    assert not refused.allowed
    assert refused.reset % span == 0
    assert now < refused.reset <= now + span
    wait = refused.retry_after(now)
    assert 1 <= wait <= span // SECOND + 1
    assert limiter.hit(limit, now + wait * SECOND).allowed
    assert (wait - 1) * SECOND < refused.reset - now


@given(st.integers(1, 5), st.lists(st.integers(0, 3 * MINUTE), min_size=1, max_size=40))
def test_no_window_allows_more_than_its_count(count: int, offsets: list[int]) -> None:
    limiter, allowed = Limiter(), dict[int, int]()
    for offset in sorted(offsets):
        now = START + offset
        quota = limiter.hit(Limit("token", count, MINUTE), now)
        window = now // MINUTE
        allowed[window] = allowed.get(window, 0) + quota.allowed
        assert quota.remaining == count - allowed[window]
    asked = [(START + offset) // MINUTE for offset in offsets]
    assert allowed == {window: min(count, asked.count(window)) for window in set(asked)}
