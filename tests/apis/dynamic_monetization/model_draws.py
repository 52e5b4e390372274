"""What the model's test draws, and how it speaks to the sandbox."""

import json
from fractions import Fraction
from typing import Any

from hypothesis import strategies as st

from tests.apis.dynamic_monetization.model_tenant import DAY, HOUR, MINUTE, Answer
from tests.client import Answer as Got


def pool(*texts: str) -> st.SearchStrategy[Fraction]:
    return st.sampled_from([Fraction(text) for text in texts])


counts = pool("1", "2", "1", "0.5", "0.1", "1.5", "5", "10", "0.33333333", "0.333333337")
rates = pool("3", "7", "0.1", "0", "3", "0.7")
allocations = pool("10", "2.5", "0", "30", "0.3")
offsets = st.sampled_from([0, 1, 30 * MINUTE, HOUR, 2 * HOUR, 6 * HOUR, DAY, 35 * DAY])
quantities = st.one_of(st.integers(1, 50), st.integers(1, 12))
spans = st.sampled_from([0, 0, 0, 1, 7 * MINUTE, 20 * MINUTE, 30 * MINUTE, HOUR, 61 * MINUTE])
series = st.sampled_from(["", "s"])
picks = st.integers(0, 7)
places = st.sampled_from([0, 0, 1])
PRICED = [("photo", "1"), ("cad", ""), ("free", ""), ("photo", "2"), ("cad", "1")]
asked = st.lists(
    st.builds(
        lambda pair, count: {"item": pair[0], "count": count} | ({"version": pair[1]} if pair[1] is not None else {}),
        st.sampled_from([("photo", "1"), ("photo", "1"), *PRICED[:3], *PRICED, ("cad", None), ("none", "1")]),
        counts,
    ),
    min_size=1,
    max_size=3,
)
prices = st.dictionaries(st.sampled_from(PRICED), rates, min_size=3, max_size=5)
MEMBERS = ["eng", "eng", "pm", "pm", "true", "5", "1.5"]
values = st.one_of(
    st.sampled_from([*MEMBERS, *MEMBERS, True, 5, 1.5, None]), st.lists(st.sampled_from(MEMBERS), max_size=2)
)
requesters = st.fixed_dictionaries(
    {"type": st.just("user"), "value": st.sampled_from(["ann", "bob"])},
    optional={"dictionary": st.fixed_dictionaries({"dept": values}, optional={"site": values})},
)
simple = st.fixed_dictionaries(
    {
        "name": st.sampled_from(["one", "two"]),
        "key": st.sampled_from(["dept", "dept", "site"]),
        "operator": st.sampled_from(["IN", "NOT"]),
        "values": st.lists(
            st.sampled_from(MEMBERS),
            min_size=1,
            max_size=3,
        ),
    }
)
complex_ = st.fixed_dictionaries(
    {
        "name": st.sampled_from(["both", "either"]),
        "operator": st.sampled_from(["AND", "OR"]),
        "conditions": st.lists(simple, min_size=1, max_size=2),
    }
)
overdrafts = st.sampled_from(
    [{}, {}, {}, {"overdraftType": "Number", "overdraftLimit": 5}, {"overdraftType": "Unlimited"}]
)
new_actions = st.lists(st.tuples(st.sampled_from(["ALLOW", "ALLOW", "DENY"]), picks, allocations), max_size=3)


def wire(value: Any) -> Any:
    """JSON of the model's values."""
    if isinstance(value, dict):
        return {name: wire(member) for name, member in value.items()}
    if isinstance(value, list):
        return [wire(member) for member in value]
    if isinstance(value, Fraction):
        return value.numerator if value.denominator == 1 else float(value)
    return value


def fraction(text: str) -> Fraction:
    """A JSON number with a fraction; whole ones are written without (G29)."""
    value = Fraction(text)
    assert value.denominator > 1, text
    return value


def normal(value: Any) -> Any:
    """A body without what is generated or said in two ways."""
    if isinstance(value, list):
        return [normal(member) for member in value]
    if not isinstance(value, dict):
        return value
    blanks = {"version": ""} if {"item", "rate"} & value.keys() and "activationId" not in value else {}
    blanks |= {"series": ""} if "effectiveFrom" in value else {}
    return blanks | {
        name: normal(member) for name, member in value.items() if name not in {"correlationId", "modified"}
    }


def read(got: Got) -> Any:
    return normal(json.loads(got.body, parse_float=fraction))


def same(got: Got, expected: Answer) -> None:
    status, body = expected
    assert got.status == status, (got, expected)
    if body is None:
        assert got.body == b""
    elif isinstance(body, str):
        assert got.json.keys() == {body}
        assert got.json[body]
    else:
        assert read(got) == normal(body)


def ids_of(got: Got) -> list[str]:
    """Those of a list, if it is one."""
    return [one["id"] for one in got.json] if got.status == 200 else []
