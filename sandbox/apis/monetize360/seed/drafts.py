"""Records to be: each value is made when it is first asked for, from (seed, object, group, field, ordinal) alone."""

from calendar import monthrange
from collections.abc import Callable, Iterable, Mapping
from datetime import MAXYEAR, MINYEAR
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, NamedTuple

from sandbox.apis.monetize360.query import SYSTEM_FIELDS
from sandbox.apis.monetize360.records import Mobject
from sandbox.kernel.api import Walk
from sandbox.kernel.clock import DAY, iso, parse_duration, parse_instant
from sandbox.kernel.errors import ScenarioError
from sandbox.kernel.ids import Fakes, digest

if TYPE_CHECKING:
    from faker import Faker  # slow to import, and not every scenario needs it

_MISSING, _UNDER_WAY = object(), object()


class Group:
    """Drafts that are made alike. ``stream`` names where their chance comes from, ``where`` they stand in the scenario.

    ``makers`` has one Make for each field, and for the record's own times as ``@createdAt`` and ``@updatedAt``.
    """

    __slots__ = ("fields", "makers", "stream", "where")

    def __init__(self, stream: str, where: str) -> None:
        self.stream = stream
        self.where = where
        self.makers: dict[str, Make] = {}
        self.fields: tuple[str, ...] = ()


class Draft:
    """One record to be: number ``ordinal`` of its group, from 0, and of it the one of that ``month``, from 0.

    Those of all months are alike but for what follows from the time of their creation.

    ``place`` is its number among the generated records of its object in the order of their creation, from 1; ``fields``
    are those of a record that the scenario writes out, None where it is generated.
    """

    __slots__ = ("fields", "group", "id", "month", "ordinal", "place", "values")

    def __init__(
        self, key: str, group: Group, ordinal: int, given: dict[str, Any] | None = None, *, month: int = 0
    ) -> None:
        self.id = key
        self.group = group
        self.ordinal = ordinal
        self.month = month
        self.place = 0
        self.fields: tuple[str, ...] | None = None if given is None else tuple(given)
        self.values: dict[str, Any] = {"@id": key} | (given or {})

    def get(self, name: str) -> Any:
        """The value of a field, or of a system field where no field has that name; None where there is neither.

        Raises ScenarioError when it would have to be known before it is made.
        """
        found = self.values.get(name, _MISSING)
        if found is _MISSING:
            return self._make(name)
        if found is _UNDER_WAY:
            raise ScenarioError(f"{self.group.where}.{_spoken(name)}", "goes in a circle: it refers to itself")
        return found

    def _make(self, name: str) -> Any:
        make = self.group.makers.get(name)
        if make is None:
            return self.get(f"@{name}") if name in SYSTEM_FIELDS else None
        self.values[name] = _UNDER_WAY
        value = self.values[name] = make(self, 0)
        return value

    def draw(self, name: str, attempt: int) -> int:
        """A number from 0 up to 2⁶⁴ for the named purpose."""
        return int.from_bytes(digest(f"{self.group.stream}\x1f{name}\x1f{self.ordinal}\x1f{attempt}", size=8))

    def data(self) -> dict[str, Any]:
        """The record's fields, in the order of its schema."""
        values = self.values
        fields = self.group.fields if self.fields is None else self.fields
        for name in fields:
            if name not in values:
                self._make(name)
        return {name: values[name] for name in fields}


Make = Callable[[Draft, int], Any]
"""From a draft, and how often its value was refused before as not unique, to a field's value."""


def _spoken(name: str) -> str:
    return name[1:] if name.startswith("@") else f"fields.{name}"


class Table:
    """The drafts of one object.

    ``names`` are the fields that any of them has, with the system fields; ``targets`` the tables that its lookup
    fields point to.
    """

    def __init__(self, where: str, mobject: Mobject, drafts: list[Draft], walk: Walk) -> None:
        self.where = where
        self.mobject = mobject
        self.drafts = drafts
        self.ids = [draft.id for draft in drafts]
        own = {draft.group.fields if draft.fields is None else draft.fields for draft in drafts}
        self.names = frozenset(SYSTEM_FIELDS).union(*own)
        self.targets: dict[str, Table] = {}
        self._walk = walk
        self._found: dict[str, Draft] = {}
        self._state = ""

    def settle(self) -> list[Draft]:
        """Its drafts in the order of creation, every value made.

        Raises ScenarioError, also where this needs the values of another object that needs the values of this one.
        """
        if self._state == "under way":
            raise ScenarioError(self.where, "goes in a circle: its values come from records that need its own")
        if not self._state:
            self._state = "under way"
            self.drafts.sort(key=lambda draft: str(draft.get("@createdAt")))
            for place, draft in enumerate((draft for draft in self.drafts if draft.fields is None), 1):
                draft.place = place
            for draft in self._walk(f"records of {self.mobject.name}", self.drafts):
                draft.data()
            self._found = {draft.id: draft for draft in self.drafts}
            self._state = "settled"
        return self.drafts

    def find(self, key: Any) -> Draft | None:
        """The draft of that id."""
        self.settle()
        return self._found.get(key)


class Site(NamedTuple):
    """A field to be generated.

    ``where`` is where its hint stands, ``part`` its schema, ``stream`` that of its group, ``own`` the table it belongs
    to, ``tables`` all of them by name, ``now`` the scenario's instant.
    """

    where: str
    field: str
    part: Mapping[str, Any]
    stream: str
    own: Table
    tables: Mapping[str, Table]
    fakes: Fakes
    now: int

    def wrong(self, expected: str, member: str = "") -> ScenarioError:
        """What to raise for a mistake in the hint, or in a member of it."""
        return ScenarioError(f"{self.where}.{member}" if member else self.where, expected)

    def inner(self, name: str, part: Any) -> "Site":
        """The same for a field inside this one."""
        return self._replace(field=f"{self.field}.{name}", part=part if isinstance(part, Mapping) else {})

    def fake(self, draft: Draft, attempt: int) -> "Faker":
        """Faker for this field of a draft."""
        name = f"{self.stream}\x1f{self.field}" + (f"\x1f{attempt}" if attempt else "")
        return self.fakes.at(name, draft.ordinal)

    def moment(self, instant: int) -> str:
        """An instant as the field writes it: a calendar day where it is a date."""
        try:
            text = iso(instant)
        except OverflowError:
            raise self.wrong("leads out of the years 1 to 9999") from None
        return text[:10] if self.part.get("type") == "date" or self.part.get("format") == "date" else text

    def later(self, instant: int, months: int) -> str:
        """That many calendar months later, on the last day of a month that is too short."""
        text = self.moment(instant)
        count = int(text[:4]) * 12 + int(text[5:7]) - 1 + months
        year, month = count // 12, count % 12 + 1
        if not MINYEAR <= year <= MAXYEAR:
            raise self.wrong("leads out of the years 1 to 9999")
        day = min(int(text[8:10]), monthrange(year, month)[1])
        return f"{year:04}-{month:02}-{day:02}{text[10:]}"

    def instant(self, value: Any) -> int:
        """The instant that another field's value names. Raises ScenarioError where it names none."""
        try:
            return parse_instant(f"{value}T00:00:00Z" if len(str(value)) == len("2024-01-15") else str(value))
        except ValueError:
            raise self.wrong(f"needs an instant or a date to go by, not {value!r}") from None


CENTURY = 36_525 * DAY


def span(where: str, value: str | float, longest: int = CENTURY) -> int:
    """A duration of a scenario in milliseconds. Raises ScenarioError."""
    try:
        found = parse_duration(value)
    except ValueError as error:
        raise ScenarioError(where, str(error)) from None
    if found > longest:
        raise ScenarioError(where, f"must be at most {longest // DAY} days")
    return found


def near(name: str, known: Iterable[str]) -> str:
    """Words to add to a mistake: the known name that is most like this one, or nothing."""
    found = get_close_matches(name, sorted(known), 1)
    return f"; did you mean {found[0]}?" if found else ""
