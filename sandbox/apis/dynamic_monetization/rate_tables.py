"""Rate tables: series, versions and which one is in force (C2.5, C4.2, G20-G23)."""

from bisect import bisect_right
from collections.abc import Iterable, Mapping
from operator import attrgetter
from typing import Any

from sandbox.apis.dynamic_monetization.amounts import amount
from sandbox.apis.dynamic_monetization.errors import Duplicate
from sandbox.apis.dynamic_monetization.records import Priced, RateTable
from sandbox.apis.dynamic_monetization.state import RATE_TABLES
from sandbox.kernel.errors import NotFound
from sandbox.kernel.store import Collection, remember
from sandbox.kernel.world import World

_since = attrgetter("effective_from")


def table_id(series: str, version: str) -> str:
    """The id of a table in its collection; the length tells the parts apart, whatever they are made of."""
    return f"{len(series)} {series} {version}"


def create(world: World, body: Mapping[str, Any]) -> RateTable:
    """A new table; raises Duplicate when there is one of that series and version (G23)."""
    items = tuple(Priced(item["name"], item.get("version"), amount(item["rate"])) for item in body["items"])
    rates = {(item.name, item.version or ""): item.rate for item in reversed(items)}
    series, version = body.get("series") or "", body["version"]
    key = table_id(series, version)
    if world.store.get(RATE_TABLES, key) is not None:
        msg = f"There is a rate table {_named(series, version)}, already: choose another version"
        raise Duplicate(msg)
    made = RateTable(series, version, body["effectiveFrom"], world.now, items, rates)
    world.store.put(RATE_TABLES, key, made)
    return made


def delete(world: World, series: str, version: str) -> None:
    """Delete a table that is not in effect yet. Raises NotFound, Duplicate when it is (C2.5)."""
    key = table_id(series, version)
    found = world.store.get(RATE_TABLES, key)
    if found is None:
        msg = f"There is no rate table {_named(series, version)}"
        raise NotFound(msg)
    if found.effective_from <= world.now:
        msg = f"The rate table {_named(series, version)}, is in effect already: it cannot be deleted"
        raise Duplicate(msg)
    world.store.delete(RATE_TABLES, key)


def _named(series: str, version: str) -> str:
    return f"of series {series!r}, version {version!r}" if series else f"without a series, version {version!r}"


Rates = Mapping[tuple[str, str], Any]
_NO_RATES: Rates = {}


class InForce:
    """The prices at an instant: of each series those of its latest table in effect."""

    __slots__ = ("_found", "_now", "_series")

    def __init__(self, world: World) -> None:
        tables = world.store.all(RATE_TABLES)
        self._series: dict[str, list[RateTable]] = remember(tables.derived, "series", 1, lambda: _by_series(tables))
        self._now = world.now
        self._found: dict[str, Rates] = {}

    def of(self, series: str) -> Rates:
        """The rates of a series by item name and version; none without a table in effect."""
        found = self._found.get(series)
        if found is None:
            tables = self._series.get(series, [])
            place = bisect_right(tables, self._now, key=_since)
            found = self._found[series] = tables[place - 1].rates if place else _NO_RATES
        return found

    def any(self, item: tuple[str, str]) -> bool:
        """Whether the item has a price in some series."""
        return any(item in self.of(series) for series in self._series)


def _by_series(tables: Collection[RateTable]) -> dict[str, list[RateTable]]:
    """The tables of each series in the order in which they take effect; of equals the one made last prevails (G20)."""
    found: dict[str, list[RateTable]] = {}
    for table in _in_order(tables):
        found.setdefault(table.series, []).append(table)
    return found


def _in_order(tables: Iterable[RateTable]) -> list[RateTable]:
    return sorted(tables, key=attrgetter("effective_from", "created"))
