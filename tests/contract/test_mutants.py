"""The corpus of defects: each is found once, can be put in, shows, and leaves the clean sandbox as it was."""

from collections import Counter
from collections.abc import Sequence

import orjson
import pytest

from contract_tests.mutants import Mutant, mutants
from sandbox.contract.inprocess import InProcess, Wrap
from sandbox.contract.suites import NAMES
from sandbox.contract.wire import Answer, Sent

CORPUS = {f"{one.api}.{one.name}": one for one in mutants()}
FIRST = {
    "monetize360": Sent("GET", "/workflows"),
    "moonify": Sent("GET", "/moonitize/users"),
    "dynamic_monetization": Sent("GET", "/provisioning/api/v1.0/instances"),
}
JSON = {"content-type": "application/json"}


def post(path: str, body: object, method: str = "POST") -> Sent:
    return Sent(method, path, headers=JSON, body=orjson.dumps(body))


def get(path: str, query: str = "") -> Sent:
    return Sent("GET", path, query)


def asked(api: str, wrap: Wrap | None, requests: Sequence[Sent | float]) -> list[Answer]:
    """The answers to requests in a fresh namespace; a number lets so many seconds pass."""
    site = InProcess(api, wrap, name="sample")
    site.begin()
    answers = []
    for one in requests:
        if isinstance(one, Sent):
            answers.append(site.send(one, "first"))
        else:
            site.wait(one)
    return answers


NOTES = "/mobjects/mobject-id/mdata"
NAMED = [post(NOTES, {"data": {"name": name, "size": size}}) for name, size in [("b", 9), ("a", 10), ("a", 2)]]
LINE_ITEMS = "/provisioning/api/v1.0/instances/64d2028c-ae87-4069-a624-66089d957ef9/line-items"
LINE_ITEM = {
    "activationId": "of-the-test",
    "state": "DEPLOYED",
    "quantity": 10,
    "start": 1,
    "end": 253402300799999,
    "attributes": {"elastic": True, "rateTableSeries": "tested"},
}
RATES = {"series": "tested", "version": "1", "effectiveFrom": 1, "items": [{"name": "Part", "rate": 3}]}
PARTS = {
    "requester": {"type": "user", "value": "ann"},
    "requestedItems": [{"item": "Part", "count": 0.5}],
}
ACCESS = "/elastic/api/v1.0/instances/64d2028c-ae87-4069-a624-66089d957ef9/access-request"
METERED = [
    post("/provisioning/api/v1.0/rate-tables", RATES),
    post(LINE_ITEMS, LINE_ITEM, "PUT"),
    post(ACCESS, PARTS),
    get(f"{LINE_ITEMS}/of-the-test"),
    post(LINE_ITEMS, LINE_ITEM, "PUT"),
    get(f"{LINE_ITEMS}/of-the-test"),
]
SESSION = "/api/v1.0/sessions/2c9a7e51-84d3-4f06-b1ea-90c5d7386f2b"
OPENED = [
    post("/moonitize/sessions", {"userID": "ann", "@team": "red", "@kind": "mage"}),
    get("/moonitize/users/ann"),
    get("/moonitize/groups/team/red/users/ann"),
    get("/moonitize/groups/kind/mage/users/ann"),
    get("/moonitize/users", "start=1000"),
]
SAMPLES: dict[str, tuple[Sequence[Sent | float], set[int]]] = {
    "monetize360.creating_a_record_is_200": ([*NAMED, get(NOTES)], {0, 1, 2}),
    "monetize360.first_sort_key_alone_counts": (
        [*NAMED, get(NOTES, "sort=size"), get(NOTES, "sort=name"), get(NOTES, "sort=name,size")],
        {5},
    ),
    "monetize360.gte_leaves_out_its_bound": (
        [*NAMED, get(NOTES, "filter=size:gt:9"), get(NOTES, "filter=size:gte:9"), get(NOTES, "filter=size:lte:9")],
        {4},
    ),
    "monetize360.runs_complete_when_they_start": (
        [get("/workflows/workflow-id"), post("/workflows/workflow-id/execute", {})],
        {1},
    ),
    "moonify.first_group_counts": (OPENED, {2, 3}),
    "moonify.no_users_is_an_array": (OPENED, {4}),
    "moonify.lists_are_of_this_moment": ([get("/moonitize/users"), 600, get("/moonitize/users")], {0}),
    "dynamic_monetization.counts_are_rounded_up": (METERED, {2, 3, 4, 5}),
    "dynamic_monetization.mapping_resets_used": (METERED, {4, 5}),
    "dynamic_monetization.heartbeat_is_200": ([get(SESSION), get(f"{SESSION}/heartbeat"), get(SESSION)], {1}),
}


def test_mutants_have_names_of_their_own() -> None:
    assert len(CORPUS) == len(mutants())
    assert max(Counter(one.name for one in mutants()).values()) == 1


def test_each_api_has_its_share() -> None:
    early = Counter(one.api for one in mutants() if not one.late)
    assert early.keys() == set(NAMES)
    assert early["monetize360"] >= 26
    assert early["moonify"] >= 14
    assert early["dynamic_monetization"] >= 26


def test_every_kind_of_defect_is_there() -> None:
    kinds = "shape status headers auth tenants persistence lists paging filters sorting projection bulk webhooks"
    assert {one.kind for one in mutants()} == {*kinds.split(), "rate limits", "time rules", "metering", "statistics"}


def test_each_says_what_a_client_notices() -> None:
    said = [one.description for one in mutants()]
    assert all(text.endswith(".") and "\n" not in text for text in said)
    assert len(set(said)) > 0.9 * len(said)


@pytest.mark.parametrize("api", NAMES)
def test_every_mutant_answers_and_leaves_no_trace(api: str) -> None:
    before = asked(api, None, [FIRST[api]])
    for mutant in (one for one in CORPUS.values() if one.api == api):
        (answer,) = asked(api, mutant.make(), [FIRST[api]])
        assert answer.ok, mutant.name
    assert asked(api, None, [FIRST[api]]) == before


@pytest.mark.parametrize("name", SAMPLES)
def test_a_mutant_differs_where_it_says_and_nowhere_else(name: str) -> None:
    mutant: Mutant = CORPUS[name]
    requests, differ = SAMPLES[name]
    clean, other = asked(mutant.api, None, requests), asked(mutant.api, mutant.make(), requests)
    assert all(answer.status != 500 for answer in other)
    assert {place for place, pair in enumerate(zip(clean, other, strict=True)) if pair[0] != pair[1]} == differ
