"""How a generated field gets its value when the scenario gives it a hint: one source, and what goes with it."""

import re
from bisect import bisect
from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from itertools import accumulate
from string import Formatter
from typing import Any

from sandbox.apis.monetize360.seed.defaults import constant, default, lookup, moment
from sandbox.apis.monetize360.seed.drafts import Draft, Make, Site, near, span
from sandbox.kernel.clock import SECOND

Hint = Mapping[str, Any]
Path = Callable[[Draft], Any]

GOES_WITH = {
    "with": "faker",
    "weights": "choice",
    "where": "lookup",
    "until": "since",
    "plus": "from",
    "months": "from",
    "times": "from",
}
"""Member of a hint → the source that it belongs to."""


def hinted(site: Site, hint: Hint) -> Make:
    """How a field gets its value by its hint. Raises ScenarioError."""
    sources = [name for name in hint if name in SOURCES]
    if len(sources) > 1 or (not sources and "nulls" not in hint):
        raise site.wrong(f"must have exactly one of {', '.join(SOURCES)}")
    for member, source in GOES_WITH.items():
        if member in hint and source not in hint:
            raise site.wrong(f"goes with {source} alone", member)
    make = SOURCES[sources[0]](site, hint) if sources else default(site)
    return _nulls(site, make, hint["nulls"]) if "nulls" in hint else make


def _nulls(site: Site, make: Make, share: float) -> Make:
    def made(draft: Draft, attempt: int) -> Any:
        return None if draft.draw(f"{site.field}?", 0) < share * 2**64 else make(draft, attempt)

    return made


def _value(_site: Site, hint: Hint) -> Make:
    return constant(hint["value"])


def _choice(site: Site, hint: Hint) -> Make:
    values = hint["choice"]
    weights = hint.get("weights", [1] * len(values))
    if len(weights) != len(values):
        raise site.wrong(f"must have one number for each of the {len(values)} choices, not {len(weights)}", "weights")
    sums = list(accumulate(weights))
    if not sums[-1] > 0:
        raise site.wrong("must not all be 0", "weights")
    share, last = sums[-1] / 2**64, len(sums) - 1
    return lambda draft, attempt: values[bisect(sums, draft.draw(site.field, attempt) * share, 0, last)]


def _within(site: Site, hint: Hint) -> Make:
    near_end, far_end = _range(site, hint, "within")
    return moment(site, -far_end, -near_end)


def _ahead(site: Site, hint: Hint) -> Make:
    return moment(site, *_range(site, hint, "ahead"))


def _range(site: Site, hint: Hint, member: str) -> tuple[int, int]:
    """``P30D`` is from now to 30 days from now, ``[P10D, P30D]`` from 10 to 30."""
    told = hint[member]
    where = f"{site.where}.{member}"
    first, last = [span(where, part) for part in told] if isinstance(told, list) else (0, span(where, told))
    if first > last:
        raise site.wrong("must name the shorter span first", member)
    return first, last


def _since(site: Site, hint: Hint) -> Make:
    """A moment between that of another field and now, or that of a third where it is earlier."""
    start = path(site, hint["since"], "since")
    until = path(site, hint["until"], "until") if "until" in hint else None

    def make(draft: Draft, attempt: int) -> str | None:
        first = start(draft)
        last = None if until is None else until(draft)
        if first is None:
            return None
        low, high = site.instant(first), site.now if last is None else min(site.now, site.instant(last))
        return site.moment(low + draft.draw(site.field, attempt) % (max(0, high - low) // SECOND + 1) * SECOND)

    return make


def _from(site: Site, hint: Hint) -> Make:
    """What another field holds; moved by a span or by months, or multiplied by a number or by a third field."""
    source = path(site, hint["from"], "from")
    if len(hint.keys() & {"plus", "months", "times"}) > 1:
        raise site.wrong("must have one of plus, months and times")
    if "months" in hint:
        months = hint["months"]
        return lambda draft, _: None if (held := source(draft)) is None else site.later(site.instant(held), months)
    if "plus" in hint:
        plus = span(f"{site.where}.plus", hint["plus"])
        return lambda draft, _: None if (held := source(draft)) is None else site.moment(site.instant(held) + plus)
    if "times" in hint:
        times = hint["times"]
        factor: Path = path(site, times, "times") if isinstance(times, str) else lambda _draft: times
        return lambda draft, _: _product(site, source(draft), factor(draft))
    if site.part.get("type") == "date" or site.part.get("format") in {"date", "date-time"}:
        return lambda draft, _: None if (held := source(draft)) is None else site.moment(site.instant(held))
    return lambda draft, _: source(draft)


def _product(site: Site, one: Any, other: Any) -> Any:
    """To the cent, or whole in an integer field."""
    if one is None or other is None:
        return None
    if not isinstance(one, int | float) or not isinstance(other, int | float):
        raise site.wrong(f"needs two numbers, not {one!r} and {other!r}", "times")
    product = Decimal(str(one)) * Decimal(str(other))
    return round(product) if site.part.get("type") == "integer" else float(round(product, 2))


def _lookup(site: Site, hint: Hint) -> Make:
    """The id of a record of that object, of one with given values where ``where`` names them."""
    target = site.tables.get(hint["lookup"])
    if target is None:
        known = near(hint["lookup"], site.tables)
        raise site.wrong(f"must be the name of an object of the scenario, {hint['lookup']!r} is none{known}", "lookup")
    if site.part.get("mobjectId", target.mobject.id) != target.mobject.id:
        raise site.wrong(f"must be the object that the schema's mobjectId names, not {target.mobject.name}", "lookup")
    wanted = {name: value if isinstance(value, list) else [value] for name, value in hint.get("where", {}).items()}
    for name in wanted:
        if name not in target.names:
            raise site.wrong(f"is not a field of {target.mobject.name}{near(name, target.names)}", f"where.{name}")
    if not wanted:
        return lookup(site, target, lambda: target.ids)
    found: list[str] = []

    def fitting() -> list[str]:
        if not found:
            fits = (d for d in target.settle() if all(d.get(name) in values for name, values in wanted.items()))
            found.extend(draft.id for draft in fits)
        return found

    return lookup(site, target, fitting)


def path(site: Site, text: str, member: str) -> Path:
    """``field``, or ``lookup.field`` for one of the record that a lookup field names. Raises ScenarioError."""
    table, steps = site.own, text.split(".")
    tables = []
    for name in steps[:-1]:
        target = table.targets.get(name)
        if target is None:
            raise site.wrong(f"{name} is not a lookup field of {table.mobject.name}{near(name, table.targets)}", member)
        table = target
        tables.append(target)
    last = steps[-1]
    if last not in table.names:
        raise site.wrong(f"{last} is not a field of {table.mobject.name}{near(last, table.names)}", member)

    def follow(draft: Draft) -> Any:
        found: Draft | None = draft
        for name, target in zip(steps, tables, strict=False):
            key = None if found is None else found.get(name)
            found = None if key is None else target.find(key)
        return None if found is None else found.get(last)

    return follow


def _template(site: Site, hint: Hint) -> Make:
    """Text with the values of other fields; ``ordinal`` is the record's number in the order of creation."""
    try:
        parsed = list(Formatter().parse(hint["template"]))
    except ValueError as error:
        raise site.wrong(f"is not a template: {error}", "template") from None
    parts = [(literal, _blank(site, name), spec or "") for literal, name, spec, _ in parsed]

    def make(draft: Draft, _attempt: int) -> str:
        return "".join(literal + _written(site, blank, spec, draft) for literal, blank, spec in parts)

    return make


def _blank(site: Site, name: str | None) -> Path | None:
    if name == "ordinal":
        return lambda draft: draft.place
    return None if name is None else path(site, name, "template")


def _written(site: Site, blank: Path | None, spec: str, draft: Draft) -> str:
    value = "" if blank is None else blank(draft)
    if value is None or blank is None:
        return ""
    if spec == "slug":
        return re.sub(r"[^a-z0-9]+", "-", str(value).lower()).strip("-")
    try:
        return format(value, spec)
    except (TypeError, ValueError) as error:
        raise site.wrong(f"cannot write {value!r} as {spec!r}: {error}", "template") from None


_MACHINE_TIME = frozenset({"credit_card_expire", "credit_card_full", "passport_dates", "passport_dob", "passport_full"})
"""What Faker makes from the machine's clock, besides all of its provider date_time."""


def _faker(site: Site, hint: Hint) -> Make:
    """What that method of Faker answers to ``with``."""
    method, given = hint["faker"], hint.get("with", {})
    known = {name: made for name, made in vars(site.fakes.at("", 0).factories[0]).items() if callable(made)}
    if method not in known:
        raise site.wrong(f"must be the name of a Faker method, {method!r} is none{near(method, known)}", "faker")
    if method in _MACHINE_TIME or known[method].__module__.startswith("faker.providers.date_time"):
        raise site.wrong(f"{method} goes by the machine's clock: use within, ahead or since", "faker")

    def make(draft: Draft, attempt: int) -> Any:
        try:
            value = getattr(site.fake(draft, attempt), method)(**given)
        except Exception as error:  # noqa: BLE001  # whatever Faker raises, the scenario asked for it
            raise site.wrong(f"Faker's {method} cannot do that: {error}", "with" if given else "faker") from None
        return _plain(site, value)

    return make


def _plain(site: Site, value: Any) -> Any:
    """What JSON can say. Raises ScenarioError for anything else."""
    if isinstance(value, date):
        raise site.wrong("goes by the machine's clock: use within, ahead or since", "faker")
    if value is None or isinstance(value, str | bool | int | float):
        return value
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, Mapping):
        return {str(key): _plain(site, item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(site, item) for item in value]
    raise site.wrong(f"makes a value of type {type(value).__name__}, which JSON does not have", "faker")


SOURCES: dict[str, Callable[[Site, Hint], Make]] = {
    "faker": _faker,
    "choice": _choice,
    "within": _within,
    "ahead": _ahead,
    "since": _since,
    "from": _from,
    "lookup": _lookup,
    "template": _template,
    "value": _value,
}
