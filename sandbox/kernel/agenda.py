"""What is due and when, in simulated time. A persistent value: adding and cancelling answer a new agenda."""

from bisect import insort
from collections.abc import Iterator
from typing import Any, NamedTuple


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


class Agenda:
    """Items in the order (instant, sequence)."""

    __slots__ = ("_items", "_sequence")

    def __init__(self, items: tuple[Due, ...] = (), sequence: int = 0) -> None:
        self._items = items
        self._sequence = sequence

    def __len__(self) -> int:
        return len(self._items)

    def __iter__(self) -> Iterator[Due]:
        return iter(self._items)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Agenda) and self._items == other._items

    def __hash__(self) -> int:
        return hash(self._items)

    @property
    def next(self) -> Due | None:
        """The item that is due first."""
        return self._items[0] if self._items else None

    def add(self, at: int, api: str, kind: str, subject: str, data: Any = None) -> "Agenda":
        """This agenda with one more item."""
        items = list(self._items)
        insort(items, Due(at, self._sequence, api, kind, subject, data))
        return Agenda(tuple(items), self._sequence + 1)

    def cancel(self, api: str, kind: str, subject: str) -> "Agenda":
        """This agenda without the items of that kind and subject."""
        kept = tuple(i for i in self._items if (i.api, i.kind, i.subject) != (api, kind, subject))
        return self if len(kept) == len(self._items) else Agenda(kept, self._sequence)

    def pop(self) -> "Agenda":
        """This agenda without its first item."""
        return Agenda(self._items[1:], self._sequence)
