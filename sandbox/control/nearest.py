"""The operations that a request which met none may have meant."""

from collections.abc import Iterable
from difflib import SequenceMatcher
from typing import Any

from sandbox.control.operations import Operation, operations
from sandbox.kernel.api import Api

_SHOWN = 5
_ALIKE = 0.6
_NEAR = 0.15
"""How much less like it than the likest one may be."""
_OTHER_METHOD = 0.05
"""What a wrong method takes off the likeness: less than a wrong word in the path does."""
_LONGEST = 500


def nearest(apis: Iterable[Api], method: str, path: str) -> list[dict[str, Any]]:
    """The operations most like that method and path, the likest first; with or without the prefix of their API."""
    rated = [
        (_likeness(len(api.mount.prefix), one, method, path[:_LONGEST]), one) for api in apis for one in operations(api)
    ]
    least = max(_ALIKE, max(rate for rate, _ in rated) - _NEAR)
    best = sorted((pair for pair in rated if pair[0] >= least), key=lambda pair: -pair[0])[:_SHOWN]
    return [one.shown() | {"likeness": round(rate, 2)} for rate, one in best]


def _likeness(prefix: int, one: Operation, method: str, path: str) -> float:
    rate = max(_ratio(path, template) for template in {one.path, one.path[prefix:]})
    return rate if one.method == method else rate - _OTHER_METHOD


def _ratio(path: str, template: str) -> float:
    """Of 1 for the same path; a parameter is like whatever stands in its place, counted from either end."""
    sent = path.strip("/").split("/")
    known = template.strip("/").split("/")
    filled = _filled(known, sent), _filled(known[::-1], sent[::-1])[::-1]
    return max(SequenceMatcher(None, "/".join(sent), "/".join(one), autojunk=False).ratio() for one in filled)


def _filled(known: list[str], sent: list[str]) -> list[str]:
    """The template with its parameters as they were sent, as far as that goes."""
    return [sent[place] if part.startswith("{") and place < len(sent) else part for place, part in enumerate(known)]
