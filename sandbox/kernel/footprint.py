"""What a namespace holds by itself, in bytes: an estimate, as Python tells the sizes of objects.

Counted is what the namespace does not share with the state it started from: rows that were added or replaced, the
chunks and the index they stand in, items of the agenda, happenings and the journal. Rows are measured by a sample.
Not counted is what is remembered to answer faster (columns, orders), which goes when the data it was made from does.
"""

from collections.abc import Iterable, Mapping
from dataclasses import fields, is_dataclass
from enum import Enum
from sys import getsizeof
from typing import Any

from sandbox.kernel.agenda import Agenda
from sandbox.kernel.namespace import Namespace
from sandbox.kernel.store import EMPTY, Chunk, Collection

SAMPLE = 64
"""Rows of a collection that are measured; the others are taken to be like them."""
START = 10_000
"""Bytes of a namespace that nothing was done to: its objects, and the credentials of its own."""
_ITEM, _HAPPENING, _CHANGED = 500, 550, 1_500
"""Bytes of an item of the agenda, of a happening, and of having changed a table at all."""
_INDEXED, _PATH = 150, 500
"""Bytes of an index for each key of it, and what a key costs at most where the rest of the index is shared."""


def footprint(namespace: Namespace) -> int:
    """Bytes that would be freed, roughly, if the namespace went."""
    world, seeded = namespace.world, namespace.seeded
    tables = seeded.tables
    seen: set[int] = set()
    data = sum(_collection(rows, tables.get(name, EMPTY), seen) for name, rows in world.store.root.items())
    told = len(namespace.timeline) * _HAPPENING
    return START + data + _agenda(world.agenda, seeded.agenda) + told + namespace.journal.bytes


def _agenda(own: Agenda, seeded: Agenda) -> int:
    if own is seeded:
        return 0
    shared = {id(item) for item in seeded}
    return sum(_ITEM for item in own if id(item) not in shared)


def _collection(own: Collection[Any], seeded: Collection[Any], seen: set[int]) -> int:
    if own is seeded:
        return 0
    before = dict(enumerate(seeded.chunks))
    changed = [(chunk, before.get(place)) for place, chunk in enumerate(own.chunks) if chunk is not before.get(place)]
    shared = {id(row) for _, old in changed if old is not None for row in old.rows}
    rows = [pair for chunk, old in changed for pair in _pairs(chunk, old) if id(pair[0]) not in shared]
    sample = rows[:: -(-len(rows) // SAMPLE) or 1]
    measured = sum(_difference(row, old, seen) for row, old in sample)
    chunks = sum(getsizeof(chunk.rows) + getsizeof(chunk.columns) for chunk, _ in changed)
    added = sum(old is None for _, old in rows)
    held = _CHANGED + getsizeof(own.chunks) + chunks + min(len(own) * _INDEXED, added * _PATH)
    return held + (measured * len(rows) // len(sample) if sample else 0)


def _pairs(chunk: Chunk[Any], old: Chunk[Any] | None) -> Iterable[tuple[Any, Any]]:
    """The rows of a chunk, each with what stood in its place."""
    before = old.rows if old is not None else ()
    return ((row, before[at] if at < len(before) else None) for at, row in enumerate(chunk.rows) if row is not None)


def _difference(own: Any, old: Any, seen: set[int]) -> int:
    """Bytes of a value beyond what it shares with an older one, and of parts that it has twice."""
    if own is old or own is None or isinstance(own, bool | Enum) or id(own) in seen:
        return 0
    seen.add(id(own))
    if isinstance(own, Collection):
        return _collection(own, old if isinstance(old, Collection) else EMPTY, seen)
    alike = type(own) is type(old)
    size = getsizeof(own)
    if is_dataclass(own):
        names = [field.name for field in fields(own)]
        return size + sum(_difference(getattr(own, n), getattr(old, n) if alike else None, seen) for n in names)
    if isinstance(own, Mapping):
        return size + sum(_difference(part, None, seen) for pair in own.items() for part in pair)
    if isinstance(own, tuple | list | frozenset):
        before = dict(enumerate(old)) if alike and not isinstance(own, frozenset) else {}
        return size + sum(_difference(part, before.get(place), seen) for place, part in enumerate(own))
    return size
