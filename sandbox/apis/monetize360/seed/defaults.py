"""The value of a generated field without a hint: what its schema allows (A2.3)."""

from collections.abc import Callable, Mapping
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from math import gcd
from typing import Any

from sandbox.apis.monetize360.seed.drafts import Draft, Make, Site, Table
from sandbox.kernel.clock import DAY, SECOND
from sandbox.kernel.ids import derive_uuid, digest

SPREAD = 1000
"""How far a number goes from its one bound, or from 0."""


def default(site: Site) -> Make:
    """How a field gets its value from its schema alone. Raises ScenarioError."""
    part = site.part
    for keyword in ("value", "const"):
        if keyword in part:
            return constant(part[keyword])
    kind = part.get("type")
    options = [o.get("value") if isinstance(o, Mapping) else o for o in part.get("options", ())]
    if kind == "array":
        return _several(site, options) if options else _items(site)
    choices = options or part.get("enum")
    if choices:
        return lambda draft, attempt: choices[draft.draw(site.field, attempt) % len(choices)]
    made = _FORMATS.get(str(part.get("format"))) or _TYPES.get(str(kind), _words)
    return made(site)


def constant(value: Any) -> Make:
    """Always the same value."""
    return lambda _draft, _attempt: value


def moment(site: Site, first: int, last: int) -> Make:
    """A moment from ``first`` to ``last``, both milliseconds from the scenario's instant."""
    seconds = (last - first) // SECOND + 1
    start = site.now + first
    return lambda draft, attempt: site.moment(start + draft.draw(site.field, attempt) % seconds * SECOND)


def _past(site: Site) -> Make:
    return moment(site, -365 * DAY, 0)


def _boolean(site: Site) -> Make:
    return lambda draft, attempt: draft.draw(site.field, attempt) % 2 == 1


def _number(site: Site) -> Make:
    """A multiple of the step (1, or 0.01 where fractions are allowed) between the bounds."""
    part = site.part
    step = Decimal(
        str(part.get("step") or part.get("multipleOf") or ("1" if part.get("type") == "integer" else "0.01"))
    )
    low, high = _bounds(part, step)
    first = int((low / step).to_integral_value(ROUND_CEILING))
    count = int((high / step).to_integral_value(ROUND_FLOOR)) - first + 1
    if count < 1:
        raise site.wrong(f"no multiple of {step} lies between {low} and {high}")
    up, down = step.as_integer_ratio()
    if down == 1:
        return lambda draft, attempt: up * (first + draft.draw(site.field, attempt) % count)
    return lambda draft, attempt: up * (first + draft.draw(site.field, attempt) % count) / down


def _bounds(part: Mapping[str, Any], step: Decimal) -> tuple[Decimal, Decimal]:
    low, high = _bound(part, "minimum", step), _bound(part, "maximum", -step)
    if low is None:
        low = Decimal(0) if high is None or high >= 0 else high - SPREAD
    return low, low + SPREAD if high is None else high


def _bound(part: Mapping[str, Any], keyword: str, inwards: Decimal) -> Decimal | None:
    exclusive = part.get(f"exclusive{keyword.capitalize()}")
    if isinstance(exclusive, int | float):
        return Decimal(str(exclusive)) + inwards
    found = part.get(keyword)
    return None if found is None else Decimal(str(found))


def lookup(site: Site, target: Table, ids: Callable[[], list[str]]) -> Make:
    """The id of one of the target's records: each of them is named once before any is named twice."""
    start, stride = (int.from_bytes(digest(site.stream, site.field, name, size=8)) for name in ("start", "stride"))

    def make(draft: Draft, attempt: int) -> str:
        found = ids()
        if not found:
            raise site.wrong(f"needs a record of {target.mobject.name} to name, and there is none")
        count, step = len(found), stride % len(found) or 1
        while gcd(step, count) > 1:
            step += 1
        return found[(start + (draft.ordinal + attempt) * step) % count]

    return make


def _lookup(site: Site) -> Make:
    target = next((table for table in site.tables.values() if table.mobject.id == site.part.get("mobjectId")), None)
    if target is None:
        raise site.wrong("a lookup field needs a mobjectId that is the id of an object")
    return lookup(site, target, lambda: target.ids)


def _several(site: Site, options: list[Any]) -> Make:
    low, high = _lengths(site.part, len(options))

    def make(draft: Draft, attempt: int) -> list[Any]:
        number = draft.draw(site.field, attempt)
        start, length = number % len(options), low + (number >> 32) % (high - low + 1)
        chosen = {(start + at) % len(options) for at in range(length)}
        return [options[at] for at in sorted(chosen)]

    return make


def _items(site: Site) -> Make:
    items = site.part.get("items")
    if not isinstance(items, Mapping):
        return lambda _draft, _attempt: []
    low, high = _lengths(site.part, 3)
    makers = [default(site.inner(str(at), items)) for at in range(high)]

    def make(draft: Draft, attempt: int) -> list[Any]:
        length = low + draft.draw(site.field, attempt) % (high - low + 1)
        return [made(draft, attempt) for made in makers[:length]]

    return make


def _lengths(part: Mapping[str, Any], most: int) -> tuple[int, int]:
    low = int(part.get("minItems", min(1, most)))
    return low, max(low, min(int(part.get("maxItems", most)), most))


def _object(site: Site) -> Make:
    makers = {name: default(site.inner(name, part)) for name, part in site.part.get("properties", {}).items()}
    return lambda draft, attempt: {name: make(draft, attempt) for name, make in makers.items()}


def _uuid(site: Site) -> Make:
    return lambda draft, attempt: derive_uuid(site.stream, site.field, draft.ordinal, attempt)


def _text(method: str, **options: Any) -> Callable[[Site], Make]:
    """Text of that Faker method, cut to the field's length."""

    def made(site: Site) -> Make:
        longest = site.part.get("maxLength")
        return lambda draft, attempt: getattr(site.fake(draft, attempt), method)(**options)[:longest].rstrip()

    return made


_words = _text("catch_phrase")

_FORMATS: dict[str, Callable[[Site], Make]] = {
    "date": _past,
    "date-time": _past,
    "email": _text("email"),
    "hostname": _text("hostname"),
    "ipv4": _text("ipv4"),
    "ipv6": _text("ipv6"),
    "uri": _text("uri"),
    "uuid": _uuid,
}

_TYPES: dict[str, Callable[[Site], Make]] = {
    "boolean": _boolean,
    "currency": _number,
    "date": _past,
    "integer": _number,
    "lookup": _lookup,
    "number": _number,
    "object": _object,
    "picklist": _text("word"),
    "text": _text("paragraph", nb_sentences=2),
}
