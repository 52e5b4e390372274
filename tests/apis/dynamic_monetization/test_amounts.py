"""Tokens and counts: exact whatever is added up, rounded once where something is divided (G29)."""

from decimal import Decimal
from fractions import Fraction

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.apis.dynamic_monetization.amounts import ZERO, add, amount, multiply, proportion, shown, subtract, total

counts = st.floats(min_value=0, max_value=1e12) | st.integers(0, 2**63 - 1)


def written(value: Decimal) -> str:
    return orjson.dumps(shown(value)).decode()


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (3.0, "3"),
        (0.1, "0.1"),
        (1e-9, "0.000000001"),
        (5e-324, "5E-324"),
        (1e12, "1000000000000"),
        (2**63 - 1, "9223372036854775807"),
    ],
)
def test_numbers_are_written_as_they_are(value: float, text: str) -> None:
    assert written(amount(value)) == text


def test_sums_beyond_64_bits_are_written_out() -> None:
    assert written(add(amount(2**63 - 1), amount(1))) == "9223372036854775808"
    assert written(multiply(amount(2**62), amount(0.5))) == "2305843009213693952"


@given(st.lists(counts))
def test_nothing_is_rounded_in_a_sum(values: list[float]) -> None:
    exact = [amount(value) for value in values]
    assert Fraction(total(exact)) == sum(map(Fraction, exact))
    left = total(exact)
    for one in exact:
        left = subtract(left, one)
    assert left == ZERO


@given(counts, counts)
def test_nothing_is_rounded_in_a_product(one: float, other: float) -> None:
    assert Fraction(multiply(amount(one), amount(other))) == Fraction(amount(one)) * Fraction(amount(other))


@given(counts, st.integers(0, 3_600_000))
def test_a_proportion_is_rounded_once_half_even(value: float, part: int) -> None:
    exact = Fraction(amount(value)) * part / 3_600_000
    given_back = Fraction(proportion(amount(value), part, 3_600_000))
    assert abs(given_back - exact) <= Fraction(1, 2 * 10**9)
    assert (given_back * 10**9).denominator == 1
    assert given_back <= Fraction(amount(value)) + Fraction(1, 2 * 10**9)


@pytest.mark.parametrize(
    ("part", "text"), [(1_200_000, "1.000000002"), (5, "0.000000004"), (15, "0.000000012"), (0, "0")]
)
def test_halves_go_to_the_even_side(part: int, text: str) -> None:
    whole = {1_200_000: 3.000000006, 5: 0.00324, 15: 0.003, 0: 7}[part]
    assert written(proportion(amount(whole), part, 3_600_000)) == text
