"""Queries over random records, held against a naive model in plain Python (A2.5, A3.5)."""

from collections.abc import Callable
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.apis.monetize360.driver import Driver
from tests.client import Client

Record = dict[str, Any]

NUMBERS = st.sampled_from([-3, -1, 0, 1, 1.5, 2, 2.0, 10, 100])
TEXTS = st.sampled_from(["", "a", "B", "ab", "b", "10", "2", "true", "a:b", "ü"])
MIXED = st.one_of(NUMBERS, TEXTS, st.booleans(), st.none(), st.lists(TEXTS | NUMBERS, max_size=2))
RECORDS = st.lists(
    st.fixed_dictionaries({}, optional={"n": NUMBERS | st.none(), "t": TEXTS | st.none(), "m": MIXED}), max_size=12
)
ORDERS: dict[str, Callable[[Any, Any], bool]] = {
    "gt": lambda value, bound: value > bound,
    "gte": lambda value, bound: value >= bound,
    "lt": lambda value, bound: value < bound,
    "lte": lambda value, bound: value <= bound,
}
FILTERS = st.tuples(
    st.sampled_from("ntmx"), st.sampled_from(["eq", "ne", "in", "contains", *ORDERS]), TEXTS | NUMBERS.map(str)
)
SORTS = st.lists(st.tuples(st.sampled_from("ntx"), st.booleans()), max_size=3, unique_by=lambda key: key[0])


def as_number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def equal(value: Any, text: str) -> bool:
    if isinstance(value, str):
        return value == text
    if isinstance(value, bool):
        return str(value).lower() == text
    return isinstance(value, int | float) and value == as_number(text)


def contains(value: Any, text: str) -> bool:
    if isinstance(value, list):
        return any(equal(item, text) for item in value)
    return isinstance(value, str) and text in value


def passes(record: Record, field: str, operator: str, text: str) -> bool:
    value = record.get(field)
    if operator == "ne":
        return not equal(value, text)
    if operator in {"eq", "in"}:
        return any(equal(value, part) for part in (text.split(",") if operator == "in" else [text]))
    if operator == "contains":
        return contains(value, text)
    if isinstance(value, str):
        return ORDERS[operator](value, text)
    number = as_number(text)
    comparable = isinstance(value, int | float) and not isinstance(value, bool) and number is not None
    return comparable and ORDERS[operator](value, number)


def ordered(records: list[Record], sort: list[tuple[str, bool]]) -> list[Record]:
    for field, descending in reversed(sort):
        present = [record for record in records if record.get(field) is not None]
        absent = [record for record in records if record.get(field) is None]
        records = sorted(present, key=lambda record: record[field], reverse=descending) + absent
    return records


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    records=RECORDS,
    filters=st.lists(FILTERS, max_size=2),
    sort=SORTS,
    limit=st.integers(1, 6),
    offset=st.integers(0, 8),
)
def test_a_query_answers_what_the_model_does(
    small: Client,
    records: list[Record],
    filters: list[tuple[str, str, str]],
    sort: list[tuple[str, bool]],
    limit: int,
    offset: int,
) -> None:
    api = Driver(small)
    small.post("/__admin/reset")
    rows = [{"k": number, **record} for number, record in enumerate(records)]
    if rows:
        api.bulk("note", *rows)
    parameters = {"sort": ",".join(f"-{name}" if down else name for name, down in sort)} if sort else {}
    answer = api.query("note", *map(":".join, filters), limit=limit, offset=offset, **parameters).json
    expected = ordered([row for row in rows if all(passes(row, *one) for one in filters)], sort)
    assert [record["data"] for record in answer["data"]] == expected[offset : offset + limit]
    assert answer["pagination"] == {
        "total": len(expected),
        "limit": limit,
        "offset": offset,
        "hasMore": offset + limit < len(expected),
    }
