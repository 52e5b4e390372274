"""Answers of two targets made comparable: ids by first appearance, instants by shape and equality."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from sandbox.contract.targets import Delivered
from sandbox.contract.wire import MISSING, Exchange, parse

_UUID = re.compile(r"[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}")
_INSTANT = re.compile(r"(\d{4}-\d\d-\d\d)([T ])(\d\d:\d\d:\d\d)(\.\d+)?(Z|[+-]\d\d:?\d\d)?")
_IDENTIFIES = re.compile(r"(^|_|[a-z])[iI][dD]$|^id$")
_HEADERS = ("content-type", "allow", "retry-after")
_COUNTED = ("x-ratelimit-limit", "x-ratelimit-remaining", "x-ratelimit-reset")
_WORDS = frozenset({"message", "description", "title", "timestamp"})
"""Members of a refusal's body that are for people, or of the moment: two servers need not word them alike."""
_COUNTS = frozenset({"total", "count", "hasMore", "returned", "next", "last", "totalElements", "totalPages"})
"""Members beside a list that tell how much more there is."""
_EARLY, _LATE = 1_000_000_000_000, 4_200_000_000_000


class Instant(NamedTuple):
    """A point in time: how it was written, and the instant as text; equality is judged between two answers."""

    shape: str
    text: str


@dataclass
class Normal:
    """What one target's answers come to, in one play. ``prefix`` marks the kit's own; ``whole`` keeps other things too.

    ``sent`` are the texts and numbers that the kit sent: they are compared as they are.
    """

    prefix: str
    whole: bool
    ids: dict[Any, str] = field(default_factory=dict)
    sent: set[Any] = field(default_factory=set)

    def of(self, exchange: Exchange) -> dict[str, Any]:
        """Status, headers and body of an answer, by dotted paths' roots."""
        for leaf in _leaves([exchange.sent.json, dict(exchange.path), [v for _, v in exchange.sent.parameters]]):
            self.sent.add(leaf)
        answer = exchange.answer
        headers = {name: self._header(name, answer.headers[name]) for name in _HEADERS if name in answer.headers}
        counted = {name: _shape(answer.headers[name]) for name in _COUNTED if name in answer.headers}
        body = answer.json if answer.json is not MISSING else {"text": bool(answer.body)}
        shown = self._value(body, "", refused=not answer.ok)
        return {"status": answer.status, "header": headers | counted, "body": shown}

    def of_deliveries(self, delivered: Sequence[Delivered]) -> dict[str, Any]:
        """Webhook attempts, in order."""
        return {"deliveries": [self._value(parse(one.body), "", refused=False) for one in delivered]}

    def _header(self, name: str, value: str) -> str:
        if name == "allow":
            return ", ".join(sorted(part.strip() for part in value.split(",")))
        if name == "content-type":
            return value.partition(";")[0].strip().lower()
        return _shape(value)

    def _value(self, value: Any, name: str, *, refused: bool) -> Any:
        match value:
            case dict():
                shown = {
                    key: self._value(member, key, refused=refused)
                    for key, member in value.items()
                    if not (refused and key in _WORDS)
                }
                foreign = not self.whole and any(_is_cut(value[key], shown[key]) for key in shown)
                return {key: member for key, member in shown.items() if not (foreign and key in _COUNTS)}
            case list():
                own = [one for one in value if self.whole or self._is_own(one)]
                return [self._value(one, name, refused=refused) for one in own]
            case bool() | None | float():
                return value
        return self._leaf(value, name)

    def _leaf(self, value: str | int, name: str) -> Any:  # noqa: PLR0911  # one for each kind of value
        if value in self.ids:
            return self.ids[value]
        if value in self.sent:
            return self._inside(value) if isinstance(value, str) else value
        if isinstance(value, str):
            if (found := _INSTANT.fullmatch(value)) is not None:
                return Instant(_written(found), value)
            if _UUID.fullmatch(value) or (_IDENTIFIES.search(name) and value):
                return self.ids.setdefault(value, f"#{len(self.ids)}")
            return self._inside(value)
        if _EARLY <= value <= _LATE:
            return Instant("milliseconds", str(value))
        return self.ids.setdefault(value, f"#{len(self.ids)}") if name == "id" else value

    def _inside(self, text: str) -> str:
        """A text that quotes ids, or names that carry the prefix."""
        text = text.replace(self.prefix, "<run>-") if self.prefix else text
        for known, short in self.ids.items():
            if isinstance(known, str) and len(known) > 7 and known in text:  # noqa: PLR2004  # shorter ones are words
                text = text.replace(known, short)
        return text

    def _is_own(self, item: Any) -> bool:
        """Whether an item of a list is the kit's: it names the prefix, or an id that was seen before."""
        if not isinstance(item, dict):
            return True
        named = [value for key, value in item.items() if _IDENTIFIES.search(key) and isinstance(value, str | int)]
        return not named or any(
            leaf in self.ids or leaf in self.sent or (isinstance(leaf, str) and self.prefix in leaf)
            for leaf in _leaves(item)
        )


def timeless(shown: Any) -> Any:
    """The same with instants by their shape alone: what two plays of the same steps have in common."""
    match shown:
        case Instant():
            return shown.shape
        case dict():
            return {name: timeless(member) for name, member in shown.items()}
        case list():
            return [timeless(member) for member in shown]
    return shown


def _leaves(value: Any) -> Iterator[Any]:
    if isinstance(value, Mapping):
        for member in value.values():
            yield from _leaves(member)
    elif isinstance(value, list):
        for member in value:
            yield from _leaves(member)
    elif isinstance(value, str | int) and not isinstance(value, bool):
        yield value


def _is_cut(before: Any, after: Any) -> bool:
    return isinstance(before, list) and len(after) < len(before)


def _written(found: re.Match[str]) -> str:
    fraction = f".{'0' * (len(found[4]) - 1)}" if found[4] else ""
    zone = "Z" if found[5] == "Z" else "±" if found[5] else "no zone"
    return f"date{found[2]}time{fraction}{zone}"


def _shape(value: str) -> str:
    return "a number" if re.fullmatch(r"-?\d+", value) else value
