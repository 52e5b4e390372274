"""Records as JSON, and back: their type hints say how, so that no list of types is kept by hand.

Frozen dataclasses and NamedTuples become objects with a member for each field, tuples lists, mappings objects (lists of
pairs where keys are no texts), enums their values, and collections lists of ``[key, row]`` with null where a row was
deleted. A field that follows from others is left out and made again: see ``derived``.
"""

import dataclasses
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from enum import Enum
from itertools import repeat
from types import ModuleType, NoneType, UnionType
from typing import Any, NamedTuple, Union, get_args, get_origin, get_type_hints

from immutables import Map

from sandbox.kernel import plain
from sandbox.kernel.errors import Failure
from sandbox.kernel.plain import Unfit
from sandbox.kernel.store import Collection, Table

_DERIVED = "derived"

Write = Callable[[Any], Any]
Read = Callable[[Any], Any]
Make = Callable[[Mapping[str, Any]], Any]


class Coder(NamedTuple):
    """Both ways of one type; ``read`` raises Unfit for what is not of it."""

    write: Write
    read: Read


def derived(make: Make) -> dict[str, Any]:
    """Metadata of a dataclass's field that follows from the fields before it: ``make`` takes these by name.

    ``make`` may raise a Failure.
    """
    return {_DERIVED: make}


def declared(module: ModuleType) -> Iterator[tuple[str, Any]]:
    """Name and row type of every table that a module declares as ``NAME: Table[Row] = Table("…")``."""
    for name, hint in get_type_hints(module).items():
        if get_origin(hint) is Table:
            yield getattr(module, name).name, get_args(hint)[0]


class Codec:
    """Coders by type hint, each made once."""

    def __init__(self) -> None:
        self._known: dict[Any, Coder] = {
            Any: Coder(plain.write_plain, plain.read_plain),
            NoneType: Coder(_same, plain.read_null),
            bool: Coder(_same, plain.read_bool),
            bytes: Coder(plain.write_bytes, plain.read_bytes),
            Decimal: Coder(str, plain.read_decimal),
            float: Coder(plain.write_number, plain.read_number),
            int: Coder(plain.write_number, plain.read_int),
            str: Coder(_same, plain.read_text),
        }
        self._makers: tuple[tuple[type, Callable[[Any, tuple[Any, ...]], Coder]], ...] = (
            (Enum, lambda kind, _: _enum(kind)),
            (Collection, lambda _, of: collection(self.of(of[0]))),
            (Map, lambda _, of: _map(self.of(of[1]))),
            (Mapping, lambda _, of: _mapping(self.of(of[0]), self.of(of[1]), texts=of[0] is str)),
            (tuple, lambda _, of: self._tuple(of)),
        )

    def add(self, hint: Any, coder: Coder) -> None:
        """A coder of its own for a type whose hints say too little."""
        self._known[hint] = coder

    def of(self, hint: Any) -> Coder:
        """Raises TypeError for a type that has no portable form."""
        found = self._known.get(hint)
        if found is None:
            found = self._known[hint] = self._make(hint)
        return found

    def _make(self, hint: Any) -> Coder:
        kind, of = get_origin(hint) or hint, get_args(hint)
        if kind in {Union, UnionType} and len(of) == 2 and NoneType in of:  # noqa: PLR2004  # X | None
            return _optional(self.of(of[of[0] is NoneType]))
        if isinstance(kind, type):
            if dataclasses.is_dataclass(kind):
                makes = {f.name: f.metadata[_DERIVED] for f in dataclasses.fields(kind) if _DERIVED in f.metadata}
                return self._record(kind, [f.name for f in dataclasses.fields(kind)], makes)
            if hasattr(kind, "_fields"):
                return self._record(kind, kind._fields, {})
            for known, make in self._makers:
                if issubclass(kind, known):
                    return make(kind, of)
        raise TypeError(f"{hint} has no portable form")

    def _record(self, kind: Any, names: Any, makes: Mapping[str, Make]) -> Coder:
        hints = get_type_hints(kind)
        return record(kind, {name: self.of(hints[name]) for name in names if name not in makes}, makes)

    def _tuple(self, of: tuple[Any, ...]) -> Coder:
        if len(of) == 2 and of[1] is ...:  # noqa: PLR2004  # tuple[X, ...]
            return _many(self.of(of[0]))
        return _row([self.of(hint) for hint in of])


def record(kind: Callable[..., Any], coders: Mapping[str, Coder], makes: Mapping[str, Make]) -> Coder:
    """Objects of the fields that have a coder; ``makes`` are the derived ones."""

    def write(value: Any) -> Any:
        return {name: coder.write(getattr(value, name)) for name, coder in coders.items()}

    def read(value: Any) -> Any:
        told = members(value, coders)
        for name, make in makes.items():
            try:
                told[name] = make(told)
            except Failure as failure:
                raise Unfit(failure.message) from None
        return kind(**told)

    return Coder(write, read)


def members(value: Any, coders: Mapping[str, Coder]) -> dict[str, Any]:
    """Exactly these members of an object, read. Raises Unfit."""
    given = plain.read_object(value)
    if given.keys() != coders.keys():
        for name in [*given, *coders]:
            if name not in given or name not in coders:
                raise Unfit("is missing" if name in coders else "is not known here").below(name)
    told = {}
    for name, coder in coders.items():
        try:
            told[name] = coder.read(given[name])
        except Unfit as wrong:
            raise wrong.below(name) from None
    return told


def _same(value: Any) -> Any:
    return value


def _optional(inner: Coder) -> Coder:
    def write(value: Any) -> Any:
        return None if value is None else inner.write(value)

    def read(value: Any) -> Any:
        return None if value is None else inner.read(value)

    return Coder(write, read)


def _enum(kind: Any) -> Coder:
    def read(value: Any) -> Any:
        try:
            return kind(value)
        except ValueError:
            raise Unfit(f"must be one of {', '.join(str(one.value) for one in kind)}") from None

    return Coder(lambda value: value.value, read)


def _each(reads: Any, values: Any) -> Iterator[Any]:
    for place, (read, value) in enumerate(zip(reads, values, strict=False)):
        try:
            yield read(value)
        except Unfit as wrong:
            raise wrong.below(place) from None


def _many(inner: Coder) -> Coder:
    return Coder(
        lambda value: [inner.write(one) for one in value],
        lambda value: tuple(_each(repeat(inner.read), plain.read_list(value))),
    )


def _row(coders: list[Coder]) -> Coder:
    writes, reads = [coder.write for coder in coders], [coder.read for coder in coders]

    def read(value: Any) -> Any:
        if len(plain.read_list(value)) != len(reads):
            raise Unfit(f"must be a list of {len(reads)}")
        return tuple(_each(reads, value))

    return Coder(lambda value: [write(one) for write, one in zip(writes, value, strict=True)], read)


def _mapping(key: Coder, inner: Coder, *, texts: bool) -> Coder:
    if texts:
        return Coder(
            lambda value: {name: inner.write(one) for name, one in value.items()},
            lambda value: members(value, dict.fromkeys(plain.read_object(value), inner)),
        )
    pairs = _many(_row([key, inner]))
    return Coder(lambda value: pairs.write(value.items()), lambda value: _unique(dict, pairs.read(value)))


def _unique(kind: Callable[[Any], Any], pairs: tuple[Any, ...]) -> Any:
    made = kind(pairs)
    if len(made) != len(pairs):
        raise Unfit("must not have a key twice")
    return made


def _map(inner: Coder) -> Coder:
    return Coder(
        lambda value: {name: inner.write(value[name]) for name in sorted(value)},
        lambda value: Map(members(value, dict.fromkeys(plain.read_object(value), inner))),
    )


def collection(inner: Coder) -> Coder:
    """A table's rows with their keys, in order."""
    place = _optional(_row([Coder(_same, plain.read_text), inner]))

    def read(value: Any) -> Any:
        rows = list(_each(repeat(place.read), plain.read_list(value)))
        try:
            return Collection.placed(rows)
        except KeyError:
            raise Unfit("must not have a key twice") from None

    return Coder(lambda value: [place.write(row) for row in value.placed_rows()], read)
