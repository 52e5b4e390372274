"""The journal of requests: /__admin/requests."""

import json
from typing import Any

from tests.apis.monetize360.driver import NOW, Driver
from tests.client import M360


def journal(api: Driver, query: str = "") -> list[Any]:
    return list(api.admin("GET", f"/requests{query}")["requests"])


def test_a_request_is_told_with_its_answer(api: Driver) -> None:
    answer = api.post("/mobjects/note/mdata", {"data": {"k": 1}})
    (row,) = journal(api)
    assert row.pop("durationMs") >= 0
    assert row.pop("id") >= 1
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


def test_it_can_be_filtered(api: Driver) -> None:
    api.get("/workflows")
    api.get("/workflows/unknown")
    api.record("note", k=1)
    api.get("/workflows/order")
    assert [row["operationId"] for row in journal(api, "?status=200")] == ["listWorkflows", "getWorkflow"]
    assert [row["status"] for row in journal(api, "?operationId=getWorkflow")] == [404, 200]
    assert [row["path"] for row in journal(api, "?operationId=getWorkflow&status=200")] == [f"{M360}/workflows/order"]
    assert journal(api, "?operationId=unknown") == []


def test_it_is_paged(api: Driver) -> None:
    for _ in range(5):
        api.get("/workflows")
    whole = journal(api)
    first = api.admin("GET", "/requests?limit=2")
    assert (first["requests"], first["cursor"]) == (whole[:2], whole[1]["id"])
    rest = api.admin("GET", f"/requests?after={first['cursor']}&limit=3")
    assert (rest["requests"], rest["cursor"]) == (whole[2:], None)


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
