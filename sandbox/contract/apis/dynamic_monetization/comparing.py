"""Where an answer's body differs from what it must be."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, NamedTuple

from sandbox.contract.apis.dynamic_monetization.beliefs import ANY, Span

_SHOWN = 120
_EXACT = 2**53


class Difference(NamedTuple):
    """``where`` is a path in the body; places in lists are left out of it."""

    where: str
    expected: str
    got: str


@dataclass(frozen=True)
class Bag:
    """A list whose order is not promised: its members by their key.

    ``others``: it may hold more than is ``wanted``, but none of the keys in ``banned``, and nothing twice.
    """

    key: Callable[[Any], Any]
    wanted: Sequence[Any]
    others: bool = False
    banned: frozenset[Any] = frozenset()
    partial: bool = False
    """Those wanted may be missing: it is one page of several."""


def exact(body: bytes) -> Any:
    """JSON with exact numbers; ANY where it is none."""
    try:
        return json.loads(body, parse_float=Fraction)
    except (ValueError, RecursionError):
        return ANY


def difference(wanted: Any, got: Any, where: str = "body") -> Difference | None:  # noqa: PLR0911  # one for each kind
    """The first one, or None."""
    if wanted is ANY:
        return None
    match wanted:
        case Span(first=first, last=last):
            if isinstance(got, int) and first <= got <= last:
                return None
            return Difference(where, _span(wanted), _shown(got))
        case Bag():
            return _bag(wanted, got, where)
        case dict():
            return _members(wanted, got, where)
        case list():
            if not isinstance(got, list) or len(got) != len(wanted):
                return Difference(where, f"{len(wanted)} items: {_shown(wanted)}", _shown(got))
            pairs = zip(wanted, got, strict=True)
            return next((found for one, other in pairs if (found := difference(one, other, f"{where}[]"))), None)
    if isinstance(wanted, bool) != isinstance(got, bool) or not (wanted == got or _alike(wanted, got)):
        return Difference(where, _shown(wanted), _shown(got))
    return None


def _alike(wanted: Any, got: Any) -> bool:
    """Whether these are the same number but for digits that JSON does not promise: those beyond a double (RFC 8259)."""
    if not (isinstance(wanted, int | Fraction) and isinstance(got, int | Fraction)):
        return False
    size = abs(Fraction(wanted))
    if size <= _EXACT and isinstance(wanted, int) and isinstance(got, int):
        return False
    return abs(Fraction(wanted) - Fraction(got)) * 10 ** (15 if size <= _EXACT else 12) <= size


def _members(wanted: dict[str, Any], got: Any, where: str) -> Difference | None:
    if not isinstance(got, dict):
        return Difference(where, "an object", _shown(got))
    for name in (*wanted, *got):
        if name not in wanted or (name not in got and wanted[name] not in ("", ANY)):
            place = f"{where}.{name}"
            return Difference(place, _shown(wanted.get(name, ANY)), _shown(got.get(name, ANY)))
        if name in got and (found := difference(wanted[name], got[name], f"{where}.{name}")):
            return found
    return None


def _bag(wanted: Bag, got: Any, where: str) -> Difference | None:
    if not isinstance(got, list):
        return Difference(where, "a list", _shown(got))
    try:
        keys = [wanted.key(one) for one in got]
    except (KeyError, TypeError):
        return None
    known = {wanted.key(one): one for one in wanted.wanted}
    for number, key in enumerate(keys):
        if key in keys[:number] or key in wanted.banned or not (wanted.others or key in known):
            return Difference(f"{where}[]", "nothing that does not belong there, and nothing twice", _shown(key))
    if not wanted.partial and (missing := [key for key in known if key not in keys]):
        return Difference(f"{where}[]", f"{_shown(missing[0])} among them", _shown(keys))
    pairs = ((known[key], one) for key, one in zip(keys, got, strict=True) if key in known)
    return next((found for one, other in pairs if (found := difference(one, other, f"{where}[]"))), None)


def _span(span: Span) -> str:
    return str(span.first) if span.exact else f"between {span.first} and {span.last}"


def _shown(value: Any) -> str:
    if value is ANY:
        return "nothing"
    text = _text(value)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"


def _text(value: Any) -> str:
    match value:
        case Fraction():
            return str(value.numerator) if value.denominator == 1 else repr(float(value))
        case Span():
            return _span(value)
        case dict():
            return "{" + ", ".join(f"{name}: {_text(member)}" for name, member in value.items()) + "}"
        case list():
            return "[" + ", ".join(map(_text, value)) + "]"
    return repr(value)
