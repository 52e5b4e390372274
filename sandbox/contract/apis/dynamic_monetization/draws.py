"""Small values that collide, for the probes and the random steps."""

from typing import Any

from hypothesis import strategies as st

from sandbox.contract.apis.dynamic_monetization.beliefs import DAY, HOUR, MINUTE, Json
from sandbox.contract.steps import At, Tag

PEMS = [
    f"-----BEGIN PUBLIC KEY-----\n{first}\n{second}\n-----END PUBLIC KEY-----\n"
    for first, second in (
        (
            "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAExHof+GPn36/Hq6M2/dlvHLu2RJsm",
            "bPdC0y54GisNOtkolSHhq1FwrfqJ/Bs0fdv8KsktQsxX4TZPjgsuGbEq7Q==",
        ),
        (
            "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEV614nXPwBPbRncbflUeQ4x2Tt1mO",
            "NfTngS0MdRvNClze+tcPvQGDxjg/xn+lKahl27nLZytR3KpvjzEgRY+UOA==",
        ),
    )
]
"""Public keys whose private halves nobody has: they authorize nobody."""

NO_ID = "00000000-0000-4000-8000-000000000000"
SERIES = (Tag("s1"), Tag("s2"))
NAMES = ("a", "b", "c")
LONG_AGO, FAR = -30 * DAY - 417, 400 * DAY + 583
"""Offsets of instants; none is a whole second, so that none is ever one that the target made."""

counts = st.sampled_from([1, 2, 1, 0.5, 0.1, 1.5, 5, 10, 0.33333333, 0.333333337])
rates = st.sampled_from([3, 7, 0.1, 0, 3, 0.7])
allocations = st.sampled_from([10, 2.5, 0, 30, 0.3])
quantities = st.one_of(st.integers(1, 50), st.integers(1, 12))
offsets = st.sampled_from([1, 30 * MINUTE + 2, HOUR + 3, 2 * HOUR + 4, 6 * HOUR + 5, DAY + 6, 35 * DAY + 7])
spans = st.sampled_from([0, 0, 0, 7 * MINUTE, 20 * MINUTE, 30 * MINUTE, HOUR, 61 * MINUTE])
leaps = st.sampled_from([1, 1000, 7 * MINUTE, 20 * MINUTE, 30 * MINUTE, HOUR, 90 * MINUTE, 5 * HOUR])
picks = st.integers(0, 7)
places = st.sampled_from([0, 0, 1])
groups = st.sampled_from(SERIES)

PRICED = [("photo", "1"), ("cad", ""), ("free", ""), ("photo", "2"), ("cad", "1")]


def _asked(pair: tuple[str, str | None], count: float) -> Json:
    return {"item": Tag(pair[0]), "count": count} | ({} if pair[1] is None else {"version": pair[1]})


wanted: st.SearchStrategy[list[Json]] = st.lists(
    st.builds(
        _asked,
        st.sampled_from([("photo", "1"), ("photo", "1"), *PRICED[:3], *PRICED, ("cad", None), ("none", "1")]),
        counts,
    ),
    min_size=1,
    max_size=3,
)
prices = st.dictionaries(st.sampled_from(PRICED), rates, min_size=3, max_size=5)

_MEMBERS = ["eng", "eng", "pm", "pm", "true", "5"]
_values = st.one_of(st.sampled_from([*_MEMBERS, True, 5, None]), st.lists(st.sampled_from(_MEMBERS), max_size=2))
requesters = st.fixed_dictionaries(
    {"type": st.just("user"), "value": st.sampled_from(["ann", "bob"])},
    optional={"dictionary": st.fixed_dictionaries({"dept": _values}, optional={"site": _values})},
)
_simple = st.fixed_dictionaries(
    {
        "name": st.sampled_from(["one", "two"]),
        "key": st.sampled_from(["dept", "dept", "site"]),
        "operator": st.sampled_from(["IN", "NOT"]),
        "values": st.lists(st.sampled_from(_MEMBERS), min_size=1, max_size=3),
    }
)
_complex = st.fixed_dictionaries(
    {
        "name": st.sampled_from(["both", "either"]),
        "operator": st.sampled_from(["AND", "OR"]),
        "conditions": st.lists(_simple, min_size=1, max_size=2),
    }
)
conditions = st.lists(st.one_of(_simple, _simple, _complex), min_size=1, max_size=2)
overdrafts = st.sampled_from(
    [{}, {}, {}, {"overdraftType": "Number", "overdraftLimit": 5}, {"overdraftType": "Unlimited"}]
)
rules_of_access = st.lists(st.tuples(st.sampled_from(["ALLOW", "ALLOW", "DENY"]), picks, allocations), max_size=3)


def line(name: str, quantity: int, series: Any, *, end: int = FAR, start: int = LONG_AGO, **more: Any) -> Json:
    """The body of a line item: ``start`` and ``end`` are offsets, ``more`` further attributes."""
    attributes = {"elastic": True, "rateTableSeries": series} | more
    instants = {"start": At(start), "end": At(end)}
    return {"activationId": Tag(name), "state": "DEPLOYED", "quantity": quantity, **instants, "attributes": attributes}


def table(series: Any, version: str, priced: dict[tuple[str, str], float], since: int = LONG_AGO) -> Json:
    """The body of a rate table: rates by name and version of the item."""
    items = [{"name": Tag(name), "version": of, "rate": rate} for (name, of), rate in priced.items()]
    return {"effectiveFrom": At(since), "series": series, "version": version, "items": items}


def request(*asked: tuple[str, str, float], rollback: bool | None = None, dept: str | None = None) -> Json:
    """The body of an access request: item, version and count."""
    requester: Json = {"type": "user", "value": "ann"} | ({} if dept is None else {"dictionary": {"dept": dept}})
    items = [{"item": Tag(item), "version": version, "count": count} for item, version, count in asked]
    return {"requester": requester, "requestedItems": items} | (
        {} if rollback is None else {"rollbackOnDeny": rollback}
    )
