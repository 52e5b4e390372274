from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.kernel import clock
from sandbox.kernel.clock import (
    DAY,
    FIRST_INSTANT,
    HOUR,
    LAST_INSTANT,
    MINUTE,
    SECOND,
    Clock,
    iso,
    iso_ms,
    parse_clock,
    parse_duration,
    parse_instant,
)

AT = 1_705_314_600_000
instants = st.integers(FIRST_INSTANT, LAST_INSTANT)


class Machine:
    """The machine's own clock, in the test's hands."""

    def __init__(self, now: int) -> None:
        self.now = now

    def __call__(self) -> int:
        return self.now


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> Machine:
    made = Machine(1_000_000)
    monkeypatch.setattr(clock, "real_now", made)
    return made


@given(instants)
def test_an_instant_is_read_as_it_was_written(instant: int) -> None:
    assert parse_instant(iso_ms(instant)) == instant


@given(instants)
def test_whole_seconds_are_the_second_the_instant_lies_in(instant: int) -> None:
    assert parse_instant(iso(instant)) == instant // SECOND * SECOND
    assert len(iso(instant)) == 20


@given(st.datetimes(datetime(2, 1, 1), datetime(9998, 12, 31)), st.integers(-23 * 60, 23 * 60))  # noqa: DTZ001  # zones are drawn beside
def test_a_zone_names_the_same_instant(moment: datetime, minutes: int) -> None:
    zoned = moment.replace(tzinfo=timezone(timedelta(minutes=minutes)))
    in_utc = zoned.astimezone(UTC)
    assert parse_instant(zoned.isoformat()) == parse_instant(in_utc.isoformat())


def test_milliseconds_are_shown_where_they_are_not_zero() -> None:
    assert iso_ms(AT) == "2024-01-15T10:30:00Z"
    assert iso_ms(AT + 7) == "2024-01-15T10:30:00.007Z"
    assert iso(AT + 999) == "2024-01-15T10:30:00Z"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "now",
        "2024-01-15",
        "2024-01-15T10:30:00",
        "2024-02-30T10:30:00Z",
        "2024-01-15T25:30:00Z",
        "2024-01-15T10:30:00Z ",
        "2024-01-15T23:59:60Z",
        "0000-01-01T00:00:00Z",
        "0001-01-01T00:00:00+01:00",
        "9999-12-31T23:59:59-01:00",
        "T10:30Z",
    ],
)
def test_what_is_no_instant_is_refused_in_words(text: str) -> None:
    with pytest.raises(ValueError, match=r"is not an instant|is outside"):
        parse_instant(text)


@pytest.mark.parametrize(
    ("text", "span"),
    [
        ("P1D", DAY),
        ("P2W", 14 * DAY),
        ("PT15S", 15 * SECOND),
        ("PT0.25S", 250),
        ("PT1H30M", 90 * MINUTE),
        ("P1DT12H", 36 * HOUR),
        ("P1W1DT1H1M1.001S", 8 * DAY + HOUR + MINUTE + SECOND + 1),
        ("P0D", 0),
        (15, 15 * SECOND),
        (0.25, 250),
        (0, 0),
    ],
)
def test_durations(text: str | float, span: int) -> None:
    assert parse_duration(text) == span


@given(st.integers(0, 9), st.integers(0, 400), st.integers(0, 99), st.integers(0, 99), st.integers(0, 99_999))
def test_a_duration_is_the_sum_of_its_parts(weeks: int, days: int, hours: int, minutes: int, ms: int) -> None:
    text = f"P{weeks}W{days}DT{hours}H{minutes}M{ms // 1000}.{ms % 1000:03d}S"
    assert parse_duration(text) == weeks * 7 * DAY + days * DAY + hours * HOUR + minutes * MINUTE + ms


@pytest.mark.parametrize(
    "value",
    [
        "",
        "P",
        "PT",
        "P1DT",
        "P1",
        "1D",
        "PT1.2345S",
        "P-1D",
        "p1d",
        "P1Y",
        "P" + "9" * 400 + "D",
        "P\u0661D",
        True,
        None,
        [],
        float("inf"),
        float("nan"),
        1e300,
        10**30,
    ],
)
def test_what_is_no_duration_is_refused_in_words(value: str) -> None:
    with pytest.raises(ValueError, match=r"is not a duration|is longer than"):
        parse_duration(value)


def test_a_frozen_clock_stands_still(machine: Machine) -> None:
    frozen = Clock(frozen=AT)
    machine.now += DAY
    assert (frozen.now(), frozen.mode) == (AT, "frozen")


def test_a_running_clock_runs_with_the_machine(machine: Machine) -> None:
    running = Clock().run(AT)
    assert (running.now(), running.mode) == (AT, "running")
    machine.now += 1_234
    assert running.now() == AT + 1_234


def test_freezing_and_running_again_lose_no_time(machine: Machine) -> None:
    running = Clock().run(AT)
    machine.now += 500
    frozen = running.freeze()
    machine.now += DAY
    assert frozen.run().now() == AT + 500
    assert running.freeze(AT + 7).now() == AT + 7


@given(st.booleans(), st.lists(st.integers(0, 400 * DAY), max_size=5))
def test_shifts_add_up_and_keep_the_mode(frozen: bool, spans: list[int]) -> None:  # noqa: FBT001  # drawn
    machine = Machine(5_000)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(clock, "real_now", machine)
        start = Clock(frozen=AT) if frozen else Clock().run(AT)
        moved = start
        for span in spans:
            moved = moved.shift(span)
        assert moved == start.shift(sum(spans)) == start.move_to(AT + sum(spans))
        assert moved.mode == start.mode
        assert start.now() == AT


def test_time_never_goes_back_when_the_machine_is_set_back(machine: Machine) -> None:
    running = Clock().run(AT)
    last = 0
    for real in (1_000_000, 1_000_500, 400_000, 1_000_499, 1_000_501):
        machine.now = real
        tick = running.tick(last)
        assert tick >= last
        last = tick
    assert last == AT + 501


@given(st.lists(st.integers(-DAY, DAY), min_size=1))
def test_ticks_never_fall_whatever_the_machine_does(steps: list[int]) -> None:
    machine = Machine(DAY)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(clock, "real_now", machine)
        running, last = Clock().run(AT), AT
        for step in steps:
            machine.now += step
            tick = running.tick(last)
            assert tick == max(last, running.now())
            last = tick


def test_clocks_as_the_command_line_writes_them(machine: Machine) -> None:
    assert parse_clock("running") == Clock()
    assert parse_clock("2024-01-15T10:30:00Z") == Clock(frozen=AT)
    started = parse_clock("2024-01-15T10:30:00Z+")
    assert (started.mode, started.now()) == ("running", AT)
    machine.now += 10
    assert started.now() == AT + 10
    assert parse_clock("2024-01-15T12:30:00+02:00+").now() == AT + 10 - 10


@pytest.mark.parametrize(
    "text", ["", "+", "frozen", "running+", "2024-01-15", "1969-12-31T23:59:59Z", "3000-01-01T00:00:00Z+", "+2024"]
)
def test_what_is_no_clock_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"is not an instant|is outside"):
        parse_clock(text)


def test_the_machine_is_asked_by_default() -> None:
    before = clock.real_now()
    assert before <= Clock().now() <= clock.real_now()
    assert clock.stopwatch() <= clock.stopwatch()
