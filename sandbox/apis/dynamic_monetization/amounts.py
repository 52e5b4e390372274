"""Tokens and counts, exactly: decimals in which no sum or product is ever rounded (C4.2, G29).

A double has at most 17 digits and no exponent below -324, so that the digits of whatever is counted here stay far below
the precision of the context. What a division gives is rounded once, to a billionth of a token, half to even.
"""

from collections.abc import Iterable
from decimal import Context, Decimal
from fractions import Fraction
from typing import Any

import orjson

_EXACT = Context(prec=2_000)
_LARGEST_INTEGER = 2**63 - 1
_BILLION = 10**9
_PLACES = 12
"""Places after the point that are written out."""

ZERO = Decimal(0)

add = _EXACT.add
subtract = _EXACT.subtract
multiply = _EXACT.multiply


def amount(value: float) -> Decimal:
    """The decimal that a JSON number was written as."""
    return Decimal(value) if isinstance(value, int) else Decimal(repr(value))


def total(amounts: Iterable[Decimal]) -> Decimal:
    """Their sum."""
    found = ZERO
    for one in amounts:
        found = add(found, one)
    return found


def proportion(whole: Decimal, part: int | Decimal, of: int | Decimal) -> Decimal:
    """``whole`` x ``part`` / ``of``, rounded once to 1e-9, half even (G29)."""
    exact = Fraction(whole) * Fraction(part) / Fraction(of)
    return Decimal(round(exact * _BILLION)).scaleb(-9, _EXACT)


def shown(value: Decimal) -> Any:
    """As JSON has it: exact, whole numbers without a fraction (G29)."""
    whole = int(value) if value == value.to_integral_value(context=_EXACT) else None
    if whole is None:
        plain = value.normalize(_EXACT)
        return orjson.Fragment(format(plain, "f") if plain.adjusted() >= -_PLACES else str(plain))
    return whole if abs(whole) <= _LARGEST_INTEGER else orjson.Fragment(str(whole))
