"""Typed, ordered tables of records as persistent values: forking, snapshot and rollback keep a reference.

A collection is a HAMT from id to position and, by position, a tuple of chunks of rows. A write copies one chunk and
a path of the HAMT; everything else is shared with every fork and snapshot. What is derived from rows (columns, the
order of a query) hangs on the immutable chunk or collection it was derived from, and is shared the same way.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import chain
from typing import Any, Generic, TypeVar, cast

from immutables import Map

R = TypeVar("R")

CHUNK = 256


class Chunk(Generic[R]):
    """Up to 256 rows in the order of creation; a deleted row leaves None."""

    __slots__ = ("columns", "rows")

    def __init__(self, rows: tuple[R | None, ...]) -> None:
        self.rows = rows
        self.columns: dict[str, Any] = {}
        """What is derived from the rows, by name: filled by whoever asks, never changed after."""

    def with_row(self, index: int, row: R | None) -> "Chunk[R]":
        """A chunk with that row replaced."""
        return Chunk((*self.rows[:index], row, *self.rows[index + 1 :]))


class Collection(Generic[R]):
    """An immutable table: id → row, iterated in the order of creation."""

    __slots__ = ("_positions", "chunks", "derived")

    def __init__(self, positions: "Map[str, int]", chunks: tuple[Chunk[R], ...]) -> None:
        self._positions = positions
        self.chunks = chunks
        self.derived: dict[Any, Any] = {}
        """Remembered answers about exactly this state (sorted views, pages); bounded by whoever fills it."""

    @classmethod
    def of(cls, rows: Iterable[tuple[str, R]]) -> "Collection[R]":
        """A collection of many rows at once; a later row of the same id is refused with KeyError."""
        pairs = list(rows)
        positions = Map((key, place) for place, (key, _) in enumerate(pairs))
        if len(positions) != len(pairs):
            msg = "two rows have the same id"
            raise KeyError(msg)
        values = [row for _, row in pairs]
        chunks = tuple(Chunk(tuple(values[at : at + CHUNK])) for at in range(0, len(values), CHUNK))
        return cls(positions, chunks)

    @classmethod
    def placed(cls, rows: Sequence[tuple[str, R] | None]) -> "Collection[R]":
        """As ``placed_rows`` told it. Raises KeyError for a key that is there twice."""
        positions = Map((row[0], place) for place, row in enumerate(rows) if row)
        if len(positions) != len(rows) - rows.count(None):
            msg = "two rows have the same id"
            raise KeyError(msg)
        values = tuple(None if row is None else row[1] for row in rows)
        return cls(positions, tuple(Chunk(values[at : at + CHUNK]) for at in range(0, len(values), CHUNK)))

    def placed_rows(self) -> list[tuple[str, R] | None]:
        """Keys with rows in order, None where a row was deleted: all there is to a collection."""
        keys: list[str | None] = [None] * self._length()
        for key, place in self._positions.items():
            keys[place] = key
        values = chain.from_iterable(chunk.rows for chunk in self.chunks)
        return [None if key is None else (key, cast("R", row)) for key, row in zip(keys, values, strict=True)]

    def __len__(self) -> int:
        return len(self._positions)

    def __contains__(self, key: str) -> bool:
        return key in self._positions

    def __iter__(self) -> Iterator[R]:
        for chunk in self.chunks:
            for row in chunk.rows:
                if row is not None:
                    yield row

    def __eq__(self, other: object) -> bool:
        """The same rows under the same keys in the same order."""
        if self is other:
            return True
        return isinstance(other, Collection) and self._keys() == other._keys() and list(self) == list(other)

    def __hash__(self) -> int:
        return hash(frozenset(self._positions))

    def _keys(self) -> list[str]:
        return sorted(self._positions, key=self._positions.__getitem__)

    def get(self, key: str) -> R | None:
        """The row, or None."""
        place = self._positions.get(key)
        return None if place is None else self.chunks[place // CHUNK].rows[place % CHUNK]

    def put(self, key: str, row: R) -> "Collection[R]":
        """This collection with the row added at the end, or replaced where it stands."""
        place = self._positions.get(key)
        if place is not None:
            return Collection(self._positions, self._with(place, row))
        return self._append(key, row)

    def put_many(self, rows: Mapping[str, R]) -> "Collection[R]":
        """As ``put`` for each, in one go: a chunk is copied once, however many of its rows are replaced."""
        if not self.chunks:
            return Collection.of(rows.items())
        replaced: dict[int, dict[int, R]] = {}
        added: list[tuple[str, R]] = []
        for key, row in rows.items():
            place = self._positions.get(key)
            if place is None:
                added.append((key, row))
            else:
                replaced.setdefault(place // CHUNK, {})[place % CHUNK] = row
        chunks = list(self.chunks)
        for at, changes in replaced.items():
            chunks[at] = Chunk(tuple(changes.get(i, row) for i, row in enumerate(chunks[at].rows)))
        collection = Collection(self._positions, tuple(chunks))
        for key, row in added:
            collection = collection.put(key, row)
        return collection

    def after(self, count: int) -> Iterator[R]:
        """The rows that follow the first ``count`` ever added, deleted ones counted."""
        for at in range(count // CHUNK, len(self.chunks)):
            skip = count - at * CHUNK
            for row in self.chunks[at].rows[max(0, skip) :]:
                if row is not None:
                    yield row

    def delete(self, key: str) -> "Collection[R]":
        """This collection without the row; the same collection when there is none."""
        place = self._positions.get(key)
        if place is None:
            return self
        fewer = self._positions.delete(key)
        if len(fewer) * 2 < self._length() - CHUNK:
            return _compact(fewer, self.chunks)
        return Collection(fewer, self._with(place, None))

    def _length(self) -> int:
        return (len(self.chunks) - 1) * CHUNK + len(self.chunks[-1].rows) if self.chunks else 0

    def _with(self, place: int, row: R | None) -> tuple[Chunk[R], ...]:
        at = place // CHUNK
        return (*self.chunks[:at], self.chunks[at].with_row(place % CHUNK, row), *self.chunks[at + 1 :])

    def _append(self, key: str, row: R) -> "Collection[R]":
        positions = self._positions.set(key, self._length())
        if self.chunks and len(self.chunks[-1].rows) < CHUNK:
            return Collection(positions, self.chunks[:-1] + (Chunk(self.chunks[-1].rows + (row,)),))  # noqa: RUF005  # twice as fast
        return Collection(positions, (*self.chunks, Chunk((row,))))


def _compact(positions: "Map[str, int]", chunks: Sequence[Chunk[R]]) -> Collection[R]:
    """Renumber the rows that are left, once more than half of them are gone."""
    ordered = sorted(positions.items(), key=lambda item: item[1])
    return Collection.of((key, cast("R", chunks[place // CHUNK].rows[place % CHUNK])) for key, place in ordered)


EMPTY: Collection[Any] = Collection(Map(), ())


class Table(Generic[R]):
    """The name and row type of a collection; ``of`` names a part of it (the records of one parent)."""

    __slots__ = ("name",)

    def __init__(self, name: str) -> None:
        self.name = name

    def of(self, part: str) -> "Table[R]":
        """The collection that belongs to ``part`` alone."""
        return Table(f"{self.name}/{part}")


class Store:
    """All collections of one namespace. ``root`` is the whole state: keep it to snapshot, assign it to restore."""

    __slots__ = ("root",)

    def __init__(self) -> None:
        self.root: Map[str, Collection[Any]] = Map()

    def all(self, table: Table[R]) -> Collection[R]:
        """The collection (empty if nothing was ever put)."""
        return self.root.get(table.name, EMPTY)

    def get(self, table: Table[R], key: str) -> R | None:
        """One row, or None."""
        collection = self.root.get(table.name)
        return None if collection is None else collection.get(key)

    def put(self, table: Table[R], key: str, row: R) -> None:
        """Add or replace one row."""
        self.root = self.root.set(table.name, self.all(table).put(key, row))

    def load(self, table: Table[R], rows: Iterable[tuple[str, R]]) -> None:
        """Replace the whole collection."""
        self.root = self.root.set(table.name, Collection.of(rows))

    def delete(self, table: Table[R], key: str) -> None:
        """Remove one row, if it is there."""
        self.root = self.root.set(table.name, self.all(table).delete(key))

    def drop(self, table: Table[R]) -> None:
        """Remove the whole collection, if it is there."""
        if table.name in self.root:
            self.root = self.root.delete(table.name)

    def count(self, prefix: str) -> int:
        """Rows of all collections whose name starts with ``prefix``."""
        return sum(len(rows) for name, rows in self.root.items() if name.startswith(prefix))


_MISSING = object()


def remember(cache: dict[Any, Any], key: Any, limit: int, make: Callable[[], Any]) -> Any:
    """``cache[key]``, made when missing; the oldest entry goes when ``limit`` is reached.

    Forks share caches, so threads of several namespaces may be here at once: at worst a value is made twice.
    """
    found = cache.get(key, _MISSING)
    if found is _MISSING:
        found = make()
        for oldest in list(cache)[: max(0, len(cache) - limit + 1)]:
            cache.pop(oldest, None)
        cache[key] = found
    return found
