"""The journal of requests: /__admin/requests."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from sandbox.control.redaction import Redaction
from sandbox.kernel.clock import parse_instant, real_now
from sandbox.kernel.journal import Exchange
from tests.apis.monetize360.driver import NOW, Driver
from tests.client import M360


def journal(api: Driver, query: str = "") -> list[Any]:
    return list(api.admin("GET", f"/requests{query}")["requests"])


def test_a_request_is_told_with_its_answer(api: Driver) -> None:
    answer = api.post("/mobjects/note/mdata", {"data": {"k": 1}})
    (row,) = journal(api)
    assert row.pop("durationMs") >= 0
    assert row.pop("id") >= 1
    assert parse_instant(row.pop("wall")) <= real_now()
    assert json.loads(row["response"].pop("body")) == answer.json
    assert row["response"].pop("headers") == answer.headers
    assert row == {
        "at": NOW,
        "api": "monetize360",
        "operationId": "createMdata",
        "namespace": "default",
        "method": "POST",
        "path": f"{M360}/mobjects/note/mdata",
        "status": 201,
        "request": {
            "headers": {
                "host": "127.0.0.1:4010",
                "authorization": "[redacted]",
                "content-type": "application/json",
            },
            "body": '{"data":{"k":1}}',
        },
        "response": {},
        "validation": "passed",
        "reason": None,
    }


def test_a_refusal_says_why(api: Driver) -> None:
    api.get("/mobjects/note/mdata?filter=x")
    api.get("/nothing")
    api.get("/workflows", token=None)
    bad, nowhere, unknown = journal(api)
    assert (bad["operationId"], bad["status"], bad["path"]) == (
        "listMdata",
        400,
        f"{M360}/mobjects/note/mdata?filter=x",
    )
    assert (nowhere["operationId"], nowhere["status"]) == (None, 404)
    assert (unknown["operationId"], unknown["status"]) == ("listWorkflows", 401)
    for row in (bad, nowhere, unknown):
        assert row["reason"] == json.loads(row["response"]["body"])["error"]["message"]
    assert bad["request"]["body"] is None
    assert [row["validation"] for row in (bad, nowhere, unknown)] == ["failed", "skipped", "skipped"]
    api.get("/workflows/unknown")
    assert journal(api)[-1]["validation"] == "passed"


def test_it_can_be_filtered(api: Driver) -> None:
    api.get("/workflows")
    api.get("/workflows/unknown")
    api.record("note", k=1)
    api.get("/workflows/order")
    assert [row["operationId"] for row in journal(api, "?status=200")] == ["listWorkflows", "getWorkflow"]
    assert [row["status"] for row in journal(api, "?operationId=getWorkflow")] == [404, 200]
    assert [row["path"] for row in journal(api, "?operationId=getWorkflow&status=200")] == [f"{M360}/workflows/order"]
    assert journal(api, "?operationId=createWebhook") == []


FILTERS: dict[str, Callable[[Exchange], bool]] = {
    "status=4xx": lambda e: e.response.status // 100 == 4,
    "status=2xx": lambda e: e.response.status // 100 == 2,
    "status=404": lambda e: e.response.status == 404,
    "api=moonify": lambda e: e.api == "moonify",
    "api=monetize360": lambda e: e.api == "monetize360",
    "method=POST": lambda e: e.request.method == "POST",
    "path=/monetize360/v1/mob": lambda e: "/mobjects" in e.request.path,
    "path=/ns/default/mon": lambda e: e.request.path.startswith("/ns/"),
    "since=2024-01-15T11:30:00%2B01:00": lambda _: True,
    "since=2024-01-15T10:30:00.001Z": lambda e: e.at > parse_instant(NOW),
    "until=2024-01-15T10:30:01Z": lambda e: e.at <= parse_instant(NOW),
    "until=2024-01-15T10:30:00Z": lambda _: False,
    "method=POST&status=2xx": lambda e: e.request.method == "POST" and e.response.status == 201,
}


@pytest.mark.parametrize("query", FILTERS)
def test_every_filter_answers_exactly_what_it_says(api: Driver, query: str) -> None:
    api.get("/workflows")
    api.record("note", k=1)
    api.post("/mobjects/unknown/mdata", {"data": {}})
    api.client.get(f"/ns/default{M360}/mobjects/note/mdata")
    api.client.post("/moonify/none")
    api.shift(1)
    api.get("/workflows/unknown")
    kept = list(api.client.sandbox.get("default").journal)
    wanted = [exchange.id for exchange in kept if FILTERS[query](exchange)]
    assert [row["id"] for row in journal(api, f"?{query}")] == wanted
    exported = api.client.get(f"/__admin/requests.ndjson?{query}")
    assert [json.loads(line)["id"] for line in exported.body.splitlines()] == wanted
    archive = api.admin("GET", f"/requests.har?{query}")["log"]
    assert [entry["_id"] for entry in archive["entries"]] == wanted


@pytest.mark.parametrize("query", ["status=6xx", "status=20", "status=4XX", "since=soon", "until=2024-02-30T00:00:00Z"])
def test_a_filter_that_is_none_is_refused(api: Driver, query: str) -> None:
    answer = api.client.get(f"/__admin/requests?{query}")
    assert (answer.status, answer.json["error"]["details"]["field"]) == (400, query.partition("=")[0])


def test_one_is_read_by_its_id(api: Driver) -> None:
    api.get("/workflows")
    api.get("/workflows/order")
    for row in journal(api):
        assert api.admin("GET", f"/requests/{row['id']}") == row
    unknown = journal(api)[-1]["id"] + 1
    for path in ("", "/explain"):
        assert api.client.get(f"/__admin/requests/{unknown}{path}").status == 404


def test_it_is_emptied(api: Driver) -> None:
    api.get("/workflows")
    api.get("/workflows")
    last = journal(api)[-1]["id"]
    assert api.admin("DELETE", "/requests") == {"cleared": 2}
    assert journal(api) == []
    api.get("/workflows")
    assert [row["id"] for row in journal(api)] == [last + 1]


def test_a_request_for_an_unknown_namespace_is_in_that_of_default(api: Driver) -> None:
    assert api.client.get(f"/ns/nowhere{M360}/workflows").status == 404
    (row,) = journal(api)
    assert (row["path"], row["status"], row["operationId"]) == (f"/ns/nowhere{M360}/workflows", 404, None)
    assert row["reason"] == "There is no namespace 'nowhere'"


def test_bodies_beyond_a_quarter_of_the_journal_are_not_kept(api: Driver) -> None:
    api.post("/mobjects/note/mdata", {"data": {"k": "x" * 5_000_000}})
    (row,) = journal(api)
    assert (row["request"]["body"], row["response"]["body"]) == (None, None)
    (entry,) = api.admin("GET", "/requests.har")["log"]["entries"]
    assert (entry["request"]["bodySize"], entry["response"]["bodySize"]) == (-1, -1)
    assert "@body" in api.admin("GET", f"/requests/{row['id']}/explain")["curl"]


def test_it_is_paged(api: Driver) -> None:
    for _ in range(5):
        api.get("/workflows")
    whole = journal(api)
    first = api.admin("GET", "/requests?limit=2")
    assert (first["requests"], first["cursor"]) == (whole[:2], whole[1]["id"])
    rest = api.admin("GET", f"/requests?after={first['cursor']}&limit=3")
    assert (rest["requests"], rest["cursor"]) == (whole[2:], None)


def test_the_newest_are_listed_in_their_order(api: Driver) -> None:
    for _ in range(5):
        api.get("/workflows")
    told = api.admin("GET", "/requests?newest=true&limit=2")
    assert (told["requests"], told["cursor"]) == (journal(api)[-2:], None)
    assert api.admin("GET", "/requests?newest=true&limit=100") == api.admin("GET", "/requests?limit=100")
    assert api.admin("GET", "/requests?newest=true&status=404")["requests"] == []


def test_passwords_in_urls_are_hidden_and_addresses_are_not() -> None:
    told = b'{"url": "https://user:pa%20ss@hook.example.com/a@b", "who": "ann@example.com", "at": "http://a.com?b=c@d"}'
    shown = b'{"url": "https://[redacted]@hook.example.com/a@b", "who": "ann@example.com", "at": "http://a.com?b=c@d"}'
    assert Redaction(["secret"]).body(told) == shown


@pytest.mark.parametrize(
    "url", ["http://me:p@w@127.0.0.1/", r"http:\/\/me:p@w@127.0.0.1\/", r"http://me:p\u0040w\u0040127.0.0.1/"]
)
@pytest.mark.parametrize("names", [[], ["secret"]])
def test_they_are_hidden_however_they_are_written(url: str, names: list[str]) -> None:
    shown = Redaction(names).body(b'{"urls":["%s"]}' % url.encode())
    assert json.loads(shown) == {"urls": ["http://[redacted]@127.0.0.1/"]}


def test_secrets_are_redacted(api: Driver) -> None:
    body = {"url": "http://x.org", "events": ["mdata.created"], "secret": 's3"cret'}
    headers = {"cookie": "c00kie", "proxy-authorization": "pr0xy"}
    assert api.post("/webhooks", body, headers=headers).status == 201
    assert api.post("/webhooks?secret=s3cret2", b'{"secret" : "s3cret3", "Secret":"s3cret4').status == 400
    text = json.dumps(journal(api))
    for secret in ('s3\\"cret', "s3cret", "YOUR_API_TOKEN", "c00kie", "pr0xy"):
        assert secret not in text
    assert "[redacted]" in text
    assert "http://x.org" in text


def test_a_long_body_is_cut_and_another_than_text_shown_as_far_as_it_goes(api: Driver) -> None:
    api.post("/mobjects/note/mdata", {"data": {"k": "x" * 100_000}})
    api.post("/mobjects/note/mdata", b"\xff\x00")
    long, binary = journal(api)
    assert len(long["request"]["body"]) == 65_536
    assert binary["request"]["body"] == "�\x00"


def test_it_is_bounded(api: Driver) -> None:
    for _ in range(1_005):
        api.get("/workflows/order")
    rows = journal(api, "?limit=1000")
    assert len(rows) == 1_000
    numbers = [row["id"] for row in rows]
    assert numbers == list(range(numbers[0], numbers[0] + 1_000))


def test_the_control_plane_is_not_told_of(api: Driver) -> None:
    api.admin("GET", "/clock")
    api.lever("GET", "/tokens")
    assert journal(api) == []


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("api=monetise360", 404),
        ("api=control", 404),
        ("operationId=listWorkflow", 404),
        ("api=moonify&operationId=listWorkflows", 404),
        ("method=get", 400),
    ],
)
@pytest.mark.parametrize("path", ["/requests", "/requests.har", "/requests.ndjson"])
def test_a_filter_that_nothing_can_meet_is_refused(api: Driver, path: str, query: str, status: int) -> None:
    assert api.client.get(f"/__admin{path}?{query}").status == status
