"""What is due and when, in simulated time. A persistent value: adding and cancelling answer a new agenda.

Items stand in order in chunks of at most 512, and a HAMT finds them by subject, so that adding, cancelling and taking
the first cost about the same however many there are.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from itertools import chain
from operator import itemgetter
from typing import Any, NamedTuple

from immutables import Map

CHUNK = 512

_first = itemgetter(0)


class Due(NamedTuple):
    """One item: at instant ``at``, Api ``api`` does ``kind`` with ``subject`` (an id) and ``data`` (plain values).

    Items of one instant run in the order they were added (``sequence``).
    """

    at: int
    sequence: int
    api: str
    kind: str
    subject: str
    data: Any = None


Chunks = tuple[tuple[Due, ...], ...]
Subject = tuple[str, str, str]


class Agenda:
    """Items in the order (instant, sequence)."""

    __slots__ = ("_chunks", "_sequence", "_subjects")

    def __init__(
        self, chunks: Chunks = (), subjects: "Map[Subject, tuple[Due, ...]] | None" = None, sequence: int = 0
    ) -> None:
        self._chunks = chunks
        self._subjects: Map[Subject, tuple[Due, ...]] = Map() if subjects is None else subjects
        self._sequence = sequence

    @classmethod
    def of(cls, items: Iterable[Due], sequence: int) -> "Agenda":
        """An agenda of these items, the next one added having that ``sequence``.

        Raises ValueError when they are not in order, or one of them was never added.
        """
        given = tuple(items)
        places = [(item.at, item.sequence) for item in given]
        numbers = sorted(item.sequence for item in given)
        if places != sorted(places) or len(set(numbers)) != len(numbers) or (numbers and numbers[-1] >= sequence):
            msg = "must be in the order (at, sequence), each sequence once and below the agenda's own"
            raise ValueError(msg)
        subjects: dict[Subject, tuple[Due, ...]] = {}
        for item in sorted(given, key=itemgetter(1)):
            key = (item.api, item.kind, item.subject)
            subjects[key] = (*subjects.get(key, ()), item)
        chunks = tuple(given[at : at + CHUNK // 2] for at in range(0, len(given), CHUNK // 2))
        return cls(chunks, Map(subjects), sequence)

    @property
    def sequence(self) -> int:
        """That of the next item added."""
        return self._sequence

    def __len__(self) -> int:
        return sum(map(len, self._chunks))

    def __iter__(self) -> Iterator[Due]:
        return chain.from_iterable(self._chunks)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Agenda) and (self is other or tuple(self) == tuple(other))

    def __hash__(self) -> int:
        return hash(tuple((item.at, item.sequence) for item in self))

    @property
    def next(self) -> Due | None:
        """The item that is due first."""
        return self._chunks[0][0] if self._chunks else None

    def add(self, at: int, api: str, kind: str, subject: str, data: Any = None) -> "Agenda":
        """This agenda with one more item."""
        item = Due(at, self._sequence, api, kind, subject, data)
        key = (api, kind, subject)
        subjects = self._subjects.set(key, (*self._subjects.get(key, ()), item))
        return Agenda(_insert(self._chunks, item), subjects, self._sequence + 1)

    def cancel(self, api: str, kind: str, subject: str) -> "Agenda":
        """This agenda without the items of that kind and subject; the same agenda when there are none."""
        key = (api, kind, subject)
        found = self._subjects.get(key)
        if found is None:
            return self
        chunks = self._chunks
        for item in found:
            chunks = _remove(chunks, item)
        return Agenda(chunks, self._subjects.delete(key), self._sequence)

    def pop(self) -> "Agenda":
        """This agenda without its first item."""
        item = self._chunks[0][0]
        key = (item.api, item.kind, item.subject)
        left = tuple(other for other in self._subjects[key] if other is not item)
        subjects = self._subjects.set(key, left) if left else self._subjects.delete(key)
        return Agenda(_remove(self._chunks, item), subjects, self._sequence)


def _place(chunks: Chunks, item: Due) -> int:
    """The chunk that the item stands in, or belongs in."""
    return max(0, bisect_right(chunks, item, key=_first) - 1)


def _insert(chunks: Chunks, item: Due) -> Chunks:
    if not chunks:
        return ((item,),)
    at = _place(chunks, item)
    chunk = chunks[at]
    index = bisect_left(chunk, item)
    grown = (*chunk[:index], item, *chunk[index:])
    parts = (grown,) if len(grown) <= CHUNK else (grown[: CHUNK // 2], grown[CHUNK // 2 :])
    return (*chunks[:at], *parts, *chunks[at + 1 :])


def _remove(chunks: Chunks, item: Due) -> Chunks:
    at = _place(chunks, item)
    chunk = chunks[at]
    index = bisect_left(chunk, item)
    rest = (*chunk[:index], *chunk[index + 1 :])
    return (*chunks[:at], rest, *chunks[at + 1 :]) if rest else (*chunks[:at], *chunks[at + 1 :])
