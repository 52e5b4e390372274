"""Answers of two targets made comparable: ids by first appearance, instants by shape and equality."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

from sandbox.contract.contracts import Contract
from sandbox.contract.headers import FOREIGN, Headers
from sandbox.contract.targets import Delivered
from sandbox.contract.wire import MISSING, Exchange, parse
from sandbox.kernel.clock import iso_ms
from sandbox.kernel.references import resolve

_UUID = re.compile(r"[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}")
_INSTANT = re.compile(r"(\d{4}-\d\d-\d\d)([T ])(\d\d:\d\d:\d\d)(\.\d+)?(Z|[+-]\d\d:?\d\d)?")
_IDENTIFIES = re.compile(r"(^|_|[a-z])[iI][dD]$|^id$")
_NAMES_WHO = re.compile(r"[bB]y$")
_PEM = "-----BEGIN "
_WORD = re.compile(r"\w+")
_WORDS = frozenset({"message", "description", "title", "timestamp"})
"""Members of a refusal's body that are for people, or of the moment: two servers need not word them alike."""
_COUNTS = frozenset({"total", "count", "hasMore", "returned", "next", "last", "totalElements", "totalPages"})
"""Members beside a list that tell how much more there is."""
_PAGES = frozenset({"limit", "offset", "start", "count", "page", "size", "next"})
"""Parameters that ask for a part of a list."""
_SIZES = _PAGES & {"limit", "count", "size"}
_MORE = frozenset({"hasMore", "next"})
"""Members that say whether a list goes on."""
_ERRORS = frozenset({"error", "errors"})
_SAID = "<words for people>"
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_EARLY, _LATE = 1_000_000_000_000, 4_200_000_000_000


class Instant(NamedTuple):
    """A point in time: how it was written, and the instant as text; equality is judged between two answers."""

    shape: str
    text: str

    def __str__(self) -> str:
        return iso_ms(int(self.text)) if self.shape == "milliseconds" else self.text


class Keyed(list[Any]):
    """What was an object of things, each under its own id."""


class _About(NamedTuple):
    """What a part of an answer is about: a refusal, the kit's own.

    ``page``: a list this long may go on, though others' things were left out of it; None where it cannot.
    """

    refused: bool
    own: bool
    page: int | None = None


_ID = re.compile(r"<id (\d+)\.(\d+)>")
"""How an id shows, whatever it is: by the step in which it came up first, and which of those it was."""


@dataclass
class Normal:
    """What one target's answers come to, in one play. ``prefix`` marks the kit's own; ``whole`` keeps other things too.

    ``pages`` are how long a page of an operation's list is, ``hooks`` is the URL of the kit's own receiver. ``sent``
    are the texts and numbers that the kit sent: they are compared as they are. ``own`` are the ids of what it made, by
    which its own is told from others'. ``step`` is the present one, and ``fresh`` counts the ids that came up in each.
    """

    prefix: str
    whole: bool
    pages: Mapping[str, int] = field(default_factory=dict)
    hooks: str = ""
    ids: dict[Any, str] = field(default_factory=dict)
    fresh: Counter[int] = field(default_factory=Counter)
    step: int = 0
    sent: set[Any] = field(default_factory=set)
    own: set[Any] = field(default_factory=set)
    headers: Headers = field(init=False)
    _others: dict[Any, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.headers = Headers(self.whole)

    def of(self, exchange: Exchange) -> dict[str, Any]:
        """Status, headers and body of an answer, by dotted paths' roots."""
        headers = self.headers.of(exchange)
        if not self.whole and exchange.identity == "second":
            # Two tenants of one target may, or may not, have the same ids.
            second = replace(self, ids=self._others)
            return second._of(exchange, headers)  # noqa: SLF001  # another of its kind
        return self._of(exchange, headers)

    def _of(self, exchange: Exchange, headers: Mapping[str, Any]) -> dict[str, Any]:
        said = _leaves([exchange.sent.json, dict(exchange.path), [v for _, v in exchange.sent.parameters]])
        self.sent.update(leaf for leaf in said if self.whole or leaf not in self.own)
        answer = exchange.answer
        body = answer.json if answer.json is not MISSING else {"text": bool(answer.body)}
        if answer.ok and exchange.sent.method not in _SAFE:
            self.own.update(_named(body))
        about = self._about(exchange, body)
        shown = self._value(body, "", about)
        if not self.whole and answer.ok:
            shown = self._veiled(exchange, body, shown, about)
            self.forget(list(set(self.ids.values()).difference(_named_in(shown))))
        return {"status": answer.status, "header": headers, "body": shown}

    def _about(self, exchange: Exchange, body: Any) -> _About:
        if self.whole or not exchange.answer.ok:
            return _About(refused=not exchange.answer.ok, own=True)
        asked = [*exchange.path.values(), *(value for _, value in exchange.sent.parameters)]
        own = exchange.sent.method not in _SAFE or any(one in self.own or self.prefix in one for one in asked)
        page = None if _tells_of_more(body) else self.pages.get(exchange.operation or "")
        return _About(refused=False, own=own, page=page)

    def _veiled(self, exchange: Exchange, body: Any, shown: Any, about: _About) -> Any:
        """Without what others' data decides: what is not the kit's own, and pages of lists that others are in too."""
        if not self._is_own(body, about._replace(own=True)):
            return FOREIGN
        asked = {word for _, value in exchange.sent.parameters for word in _WORD.findall(value)}
        if not asked.isdisjoint(_timed(shown)):
            return _without(shown, part=True)  # what was at once on one side may have been apart on the other
        if about.own:
            return shown
        part = bool(_PAGES & {name for name, _ in exchange.sent.parameters}) or _has_more(body)
        return _without(shown, part=part)

    def of_deliveries(self, delivered: Sequence[Delivered]) -> dict[str, Any]:
        """Webhook attempts, in order."""
        about = _About(refused=False, own=True)
        return {
            "deliveries": [
                {"header": self.headers.of_delivery(one), "body": self._value(parse(one.body), "", about)}
                for one in delivered
            ]
        }

    def _value(self, value: Any, name: str, about: _About) -> Any:  # noqa: PLR0911  # one for each kind of value
        match value:
            case str() | [str(), *_] if about.refused and name in _ERRORS and not self.whole:
                return _SAID
            case str() if about.refused and name == "field" and not self.whole:
                return value.partition(".")[0]  # how far it leads, and so to what value, is each server's own
            case dict() if _is_keyed(value):
                shown = self._value(list(value.values()), name, about)
                return shown if shown is FOREIGN else Keyed(shown)
            case dict():
                return {
                    key: self._value(member, key, about._replace(refused=about.refused or key in _ERRORS))
                    for key, member in value.items()
                    if not (about.refused and (key in _WORDS or (key == "value" and not self.whole)))
                }
            case list():
                return self._list(value, name, about)
            case float() if value.is_integer():
                return self._leaf(int(value), name)  # in JSON they are the same
            case bool() | None | float():
                return value
        return self._leaf(value, name)

    def _list(self, value: list[Any], name: str, about: _About) -> Any:
        own = value if self.whole else [one for one in value if self._is_own(one, about)]
        if len(own) < len(value) and about.page is not None and len(value) >= about.page:
            return FOREIGN
        return [self._value(one, name, about._replace(own=True)) for one in own]

    def _leaf(self, value: str | int, name: str) -> Any:  # noqa: PLR0911  # one for each kind of value
        if value in self.ids:
            return self.ids[value]
        if isinstance(value, int) and _EARLY <= value <= _LATE:
            return Instant("milliseconds", str(value))
        if value in self.sent:
            return self._inside(value) if isinstance(value, str) else value
        if isinstance(value, str):
            if (found := _INSTANT.fullmatch(value)) is not None:
                return Instant(_written(found), value)
            if _UUID.fullmatch(value) or value.startswith(_PEM) or (_is_of_the_target(name) and value):
                return self._id(value)
            return self._inside(value)
        return self._id(value) if name == "id" else value

    def _id(self, value: Any) -> str:
        self.ids[value] = f"<id {self.step}.{self.fresh[self.step]}>"
        self.fresh[self.step] += 1
        return self.ids[value]

    def forget(self, shown: Any) -> None:
        """Let what came up in this step for the first time come up later: nothing can be compared with it."""
        new = {one for one in _named_in(shown) if one.startswith(f"<id {self.step}.")}
        for ids in (self.ids, self._others) if new else ():
            for value in [value for value, name in ids.items() if name in new]:
                del ids[value]

    def tell(self, shown: Any) -> Any:
        """What an answer came to, in words for a reader."""
        match shown:
            case str():
                return _ID.sub(lambda found: self._first_seen(int(found[1]), int(found[2])), shown)
            case Instant():
                return str(shown)
            case dict():
                return {name: self.tell(member) for name, member in shown.items()}
            case list():
                return [self.tell(member) for member in shown]
        return shown

    def _first_seen(self, step: int, number: int) -> str:
        which = f"id {number + 1} of those" if self.fresh[step] > 1 else "the id"
        return f"{which} first seen in step {step}"

    def _inside(self, text: str) -> str:
        """A text that quotes ids, or names that carry the prefix."""
        text = text.replace(self.hooks, "<hooks>") if self.hooks else text
        text = text.replace(self.prefix, "<run>-") if self.prefix else text
        for known, short in self.ids.items():
            if isinstance(known, str) and len(known) > 7 and known in text:  # noqa: PLR2004  # shorter ones are words
                text = text.replace(known, short)
        return text

    def _is_own(self, item: Any, about: _About) -> bool:
        """Whether an item of a list is the kit's: it has the id of something the kit made, or names the prefix.

        Without any id, it is where it names such an id, and where the whole answer is about the kit's own.
        """
        if not isinstance(item, dict) or (about.own and not _ids(item)):
            return True
        if not self._names_own(item):
            return False
        self.own |= _ids(item)
        return True

    def _names_own(self, item: dict[str, Any]) -> bool:
        ids = _ids(item)
        known = ids or {leaf for leaf in _leaves(item) if isinstance(leaf, str)}
        return not known.isdisjoint(self.own) or any(self.prefix in str(leaf) for leaf in _leaves(item))


def pages(contract: Contract) -> dict[str, int]:
    """How long a page of each operation's list is where nothing is asked for; 0 where the spec does not say."""
    found = {}
    for operation in contract.operations.values():
        parameters = [resolve(contract.document, one) for one in operation.spec.get("parameters", ())]
        if any(one["name"] in _PAGES for one in parameters):
            sizes = [one["schema"].get("default", 0) for one in parameters if one["name"] in _SIZES]
            found[operation.id] = next(iter(sizes), 0)
    return found


def _ids(thing: Mapping[str, Any]) -> set[Any]:
    return {value for key, value in thing.items() if _is_id(key, value)}


def _is_id(name: str, value: Any) -> bool:
    return bool(_IDENTIFIES.search(name)) and isinstance(value, str | int) and not isinstance(value, bool)


def _named(value: Any) -> Iterator[Any]:
    """The ids in a body."""
    if isinstance(value, dict):
        yield from (member for name, member in value.items() if _is_id(name, member))
    for member in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from _named(member)


def _has_more(body: Any) -> bool:
    """Whether a list goes on after what is shown."""
    if not isinstance(body, dict):
        return False
    if body.get("hasMore") is True or body.get("next"):
        return True
    return any(_has_more(member) for member in body.values())


def _tells_of_more(body: Any) -> bool:
    """Whether an answer says if its list goes on."""
    if not isinstance(body, dict):
        return False
    return not _MORE.isdisjoint(body) or any(_tells_of_more(member) for member in body.values())


def _without(shown: Any, *, part: bool) -> Any:
    """Without the counts beside lists, and, where only a part of each list is there, without the lists."""
    match shown:
        case dict():
            return {name: FOREIGN if name in _COUNTS else _without(member, part=part) for name, member in shown.items()}
        case list() if part:
            return FOREIGN
    return shown


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


def _named_in(shown: Any) -> Iterator[str]:
    """The ids in what is shown."""
    for leaf in _leaves(shown):
        if isinstance(leaf, str):
            yield from (found[0] for found in _ID.finditer(leaf))


def _timed(shown: Any) -> Iterator[str]:
    """The names of the members that hold an instant."""
    for name, member in shown.items() if isinstance(shown, dict) else ():
        if isinstance(member, Instant):
            yield name
        yield from _timed(member)
    for one in shown if isinstance(shown, list) else ():
        yield from _timed(one)


def _is_of_the_target(name: str) -> bool:
    """Whether a member names something by an id, or who did something: each target has its own."""
    return bool(_IDENTIFIES.search(name) or _NAMES_WHO.search(name))


def _leaves(value: Any) -> Iterator[Any]:
    if isinstance(value, Mapping):
        for member in value.values():
            yield from _leaves(member)
    elif isinstance(value, list):
        for member in value:
            yield from _leaves(member)
    elif isinstance(value, str | int) and not isinstance(value, bool):
        yield value


def _is_keyed(value: Mapping[str, Any]) -> bool:
    """Whether an object is a list of things in disguise, each under its own id: their order counts."""
    return bool(value) and all(isinstance(one, dict) and one.get("id") == key for key, one in value.items())


def _written(found: re.Match[str]) -> str:
    fraction = f".{'0' * (len(found[4]) - 1)}" if found[4] else ""
    zone = "Z" if found[5] == "Z" else "±" if found[5] else "no zone"
    return f"date{found[2]}time{fraction}{zone}"
