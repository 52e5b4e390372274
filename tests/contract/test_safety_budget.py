import pytest

from sandbox.contract.budget import LONGEST, SILENT, Budget, Spent
from tests.contract.plain import Time


def make(calls: int | None = None, seconds: float | None = None, rate: float | None = None) -> tuple[Budget, Time]:
    time = Time()
    return Budget(calls, seconds, rate, clock=time, sleep=time.sleep), time


def test_calls_come_to_an_end() -> None:
    budget, _ = make(calls=3)
    for _ in range(3):
        budget.take()
    with pytest.raises(Spent, match="3 calls"):
        budget.take()
    assert budget.used == 3


def test_some_calls_are_kept_for_cleaning_up() -> None:
    budget, _ = make(calls=3)
    budget.take(keep=1)
    budget.take(keep=1)
    with pytest.raises(Spent, match="kept for cleaning up"):
        budget.take(keep=1)
    budget.take()


def test_seconds_come_to_an_end_unless_they_are_extended() -> None:
    budget, time = make(seconds=10)
    budget.take()
    time.now += 10
    with pytest.raises(Spent, match="10 seconds"):
        budget.take()
    budget.extend(5)
    budget.take()


def test_the_rate_is_kept_after_a_second_of_calls() -> None:
    budget, time = make(rate=4)
    for _ in range(12):
        budget.take()
    assert time.now - 100 == pytest.approx(2)
    assert time.slept == pytest.approx([0.25] * 8)


@pytest.mark.parametrize(
    ("status", "headers", "wait"),
    [
        (429, {"retry-after": "7"}, 7.0),
        (503, {"retry-after": "0"}, 0.0),
        (429, {"retry-after": f"{LONGEST:.0f}"}, LONGEST),
        (429, {"retry-after": "Mon, 15 Jan 2024 10:30:09 GMT", "date": "Mon, 15 Jan 2024 10:30:00 GMT"}, 9.0),
        (429, {"retry-after": "Mon, 15 Jan 2024 10:30:09 GMT"}, 0.0),
        (429, {"retry-after": "soon"}, 0.0),
        (429, {}, 0.0),
        (200, {"retry-after": "7"}, 0.0),
    ],
)
def test_retry_after_is_obeyed(status: int, headers: dict[str, str], wait: float) -> None:
    budget, time = make()
    budget.take()
    budget.heed(status, headers)
    budget.take()
    assert time.now - 100 == wait


def test_waiting_past_the_end_is_not_done() -> None:
    budget, time = make(seconds=5)
    budget.heed(429, {"retry-after": "30"})
    with pytest.raises(Spent, match=r"asks to wait 30 seconds \(Retry-After\), and 5 are left"):
        budget.take()
    assert "asks to wait" in budget.spent
    assert not time.slept
    budget.extend(60)
    budget.take()
    assert time.slept == [30]


def test_a_wait_is_long_enough_or_ends_the_run() -> None:
    budget, time = make(seconds=3600)
    budget.heed(503, {"retry-after": "3000"})
    budget.take()
    assert time.slept == [3000]
    endless, time = make()
    endless.heed(503, {"retry-after": f"{LONGEST + 1:.0f}"})
    with pytest.raises(Spent, match="a run without a limit of seconds waits 600"):
        endless.take()
    assert endless.hopeless
    assert not time.slept


def test_a_wait_goes_on_elsewhere() -> None:
    budget, _ = make()
    budget.hold(7)
    (share,) = budget.share(1)
    assert share["wait"] == 7
    assert 0 < Budget.from_settings(share).waits <= 7


def test_what_is_left_is_divided() -> None:
    budget, _ = make(calls=10, seconds=60, rate=6)
    budget.spend(3)
    shares = budget.share(3)
    assert [one["calls"] for one in shares] == [3, 2, 2]
    assert [one["rate"] for one in shares] == [2, 2, 2]
    assert budget.left() == {"calls": 7, "seconds": 60, "rate": 6, "wait": 0}
    assert Budget.from_settings(shares[0]).calls == 3


def test_a_target_that_says_nothing_is_not_asked_for_ever() -> None:
    budget, _ = make()
    for answered in [*[False] * (SILENT - 1), True, *[False] * SILENT]:
        budget.take()
        budget.hear(answered=answered)
    with pytest.raises(Spent, match="no answer 8 times in a row"):
        budget.take()
    assert budget.spent
