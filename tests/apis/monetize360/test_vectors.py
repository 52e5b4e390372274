"""The examples of the vendor's page (vectors.md), sent as they stand there and answered as documented."""

import json
import re
import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import pytest

from sandbox.kernel.request import Request
from tests.apis.monetize360.driver import NOW, Driver
from tests.client import Answer

HOST = "api.monetize360.com"
CUSTOMER = "3f9a1ea8-5d9a-4f2b-a8f6-8f6b5d9a1ea9"
JOHN = "7f8a2ea8-6d9a-5f3b-b9f7-9f7b6d9a2eb1"
PLACES = {"{workflowId}": "workflow-id", "{mobjectId}": CUSTOMER, "{mdataId}": JOHN}

UUID = r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"
MADE = {"id": UUID, "executionId": "exec-[0-9a-z-]+", "workflowId": "[0-9a-z-]+"}
"""Ids that the server makes compare by format."""

OBJECT, ARRAY = {"...": "..."}, ["..."]
EXTRA = {"workflowId", "secondaryStatus", "input"}
"""What an execution has beside what the page shows (A5, execution extra fields)."""


def blocks(mark: str) -> list[str]:
    """The code blocks of a vector, in their order."""
    text = Path(__file__).with_name("vectors.md").read_text("utf-8")
    section = re.split(r"^## ", text, flags=re.MULTILINE)
    (found,) = (part for part in section if part.partition("\n")[0] == mark)
    return re.findall(r"^```\n(.*?)^```$", found, re.MULTILINE | re.DOTALL)


def documented(text: str) -> Any:
    """A body of the page as JSON, its elisions as OBJECT and ARRAY."""
    return json.loads(text.replace("{...}", json.dumps(OBJECT)).replace("[...]", json.dumps(ARRAY)))


def send(docs: Driver, text: str, places: Mapping[str, str] = PLACES) -> Answer:
    """The request as the page writes it, to the vendor's own host; one without a token gets the page's."""
    head, _, body = text.partition("\n\n")
    line, *headers = head.splitlines()
    method, target = line.split()
    for place, value in places.items():
        target = target.replace(place, value)
    sent = dict(header.split(": ", 1) for header in headers)
    return ask(docs, method, "/v1" + target, {"Authorization": "Bearer YOUR_API_TOKEN"} | sent, body)


def ask(docs: Driver, method: str, target: str, headers: Mapping[str, str], body: str = "") -> Answer:
    path, _, query = target.partition("?")
    lower = {name.lower(): value for name, value in headers.items()}
    return docs.client.send(Request(method, path, query, {"host": HOST, **lower}, body.encode()))


def agrees(told: Any, answered: Any, name: str = "") -> None:
    """Hold an answer against what is documented: all of it, and nothing else but an execution's extra members."""
    if told == OBJECT:
        assert isinstance(answered, dict)
    elif told == ARRAY:
        assert isinstance(answered, list)
    elif isinstance(told, dict):
        assert told.keys() <= answered.keys() <= told.keys() | (EXTRA if "executionId" in told else set())
        for member in told:
            agrees(told[member], answered[member], member)
    elif name in MADE:
        assert re.fullmatch(MADE[name], answered)
    else:
        assert answered == told, name


def test_m1_lists_the_workflows(docs: Driver) -> None:
    _, option, header, url = shlex.split(blocks("M1")[0].replace("\\\n", ""))
    assert option == "-H"
    answer = ask(docs, "GET", urlsplit(url).path, dict([header.split(": ", 1)]))
    assert answer.status == 200
    assert "workflow-id" in [workflow["id"] for workflow in answer.json["data"]]


def test_m2_executes_a_workflow(docs: Driver) -> None:
    request, told = blocks("M2")
    answer = send(docs, request)
    assert answer.status == 200
    agrees(documented(told), answer.json)
    assert answer.json["input"] == {"customerId": "cust-123", "amount": 250, "action": "process"}


@pytest.mark.parametrize("mobject", [CUSTOMER, "mobject-id"])
def test_m3_queries_with_a_filter(docs: Driver, mobject: str) -> None:
    answer = send(docs, blocks("M3")[0], {"{mobjectId}": mobject})
    assert answer.status == 200
    found = answer.json
    assert found["data"]
    assert {record["data"]["status"] for record in found["data"]} == {"active"}
    assert found["pagination"].keys() == documented(blocks("M9")[1])["pagination"].keys()
    assert (found["pagination"]["limit"], found["pagination"]["offset"]) == (50, 0)


def test_m4_creates_a_record(docs: Driver) -> None:
    request, told = blocks("M4")
    answer = send(docs, request)
    assert answer.status == 201
    agrees(documented(told), answer.json)
    assert docs.get(f"/mobjects/{CUSTOMER}/mdata/{answer.json['id']}").json == answer.json


def test_m4_is_seeded_as_documented(docs: Driver) -> None:
    assert docs.get(f"/mobjects/{CUSTOMER}/mdata/{JOHN}").json == documented(blocks("M4")[1])


def test_m5_updates_a_record(docs: Driver) -> None:
    before = docs.get(f"/mobjects/{CUSTOMER}/mdata/{JOHN}").json
    answer = send(docs, blocks("M5")[0])
    assert answer.status == 200
    assert answer.json == before | {"data": before["data"] | {"status": "inactive", "deactivatedAt": NOW}}


def test_m6_deletes_a_record(docs: Driver) -> None:
    request, told = blocks("M6")
    answer = send(docs, request)
    assert (answer.status, answer.json) == (200, documented(told))
    assert docs.get(f"/mobjects/{CUSTOMER}/mdata/{JOHN}").status == 404


def test_m7_creates_in_bulk(docs: Driver) -> None:
    request, told = blocks("M7")
    answer = send(docs, request)
    assert answer.status == 201
    agrees(documented(told), answer.json)
    assert [record["data"] for record in answer.json["data"]] == json.loads(request.partition("\n\n")[2])["data"]


@pytest.mark.parametrize(("method", "target"), [("POST", ""), ("PUT", f"/{JOHN}")])
def test_m8_refuses_what_is_no_email_address(docs: Driver, method: str, target: str) -> None:
    body = {"data": {"name": "John Doe", "email": "invalid-email"}}
    answer = docs.client(method, f"/monetize360/v1/mobjects/{CUSTOMER}/mdata{target}", body)
    assert (answer.status, answer.json) == (400, documented(blocks("M8")[0]))


def test_m9_pages_through_500_records(docs: Driver) -> None:
    request, told = blocks("M9")
    answer = send(docs, request)
    assert answer.status == 200
    agrees(documented(told), answer.json)
    assert len(answer.json["data"]) == 50


def test_m10_says_where_the_rate_limit_stands(docs: Driver) -> None:
    told = dict(line.lower().split(": ") for line in blocks("M10")[0].splitlines())
    docs.admin("POST", "/clock/move", {"to": "2024-01-16T00:00:30Z"})  # the minute of the documented reset
    answers = [send(docs, blocks("M9")[0]) for _ in range(5)]
    assert {name: answers[-1].headers[name] for name in told} == told


def test_m11_creates_a_webhook_and_writes_its_delivery(docs: Driver) -> None:
    request, told = blocks("M11")
    answer = send(docs, request)
    assert answer.status == 201
    made = answer.json
    assert re.fullmatch(UUID, made.pop("id"))
    asked = json.loads(request.partition("\n\n")[2])
    assert made == {"url": asked["url"], "events": asked["events"], "active": True, "createdAt": NOW}
    assert send(docs, blocks("M2")[0]).status == 200
    (delivery,) = docs.deliveries()
    assert (delivery["event"], delivery["url"]) == ("workflow.completed", asked["url"])
    agrees(documented(told), json.loads(delivery["body"]))


@pytest.mark.parametrize("mark", ["M12", "M13"])
def test_m12_and_m13_answer_the_sdks(docs: Driver, mark: str) -> None:
    snippet = blocks(mark)[0]
    headers = {"Authorization": f"Bearer {part(snippet, 'api_?[kK]ey')}", "Content-Type": "application/json"}
    body = {"data": {"customerId": part(snippet, "'?customerId'?")}}
    workflow, mobject = part(snippet, r"execute\(\s*(workflow_id)?"), part(snippet, r"query\(\s*(mobject_id)?")
    done = ask(docs, "POST", f"/v1/workflows/{workflow}/execute", headers, json.dumps(body))
    assert (done.status, done.json["status"], done.json["input"]) == (200, "completed", body["data"])
    query = f"filter={quote(part(snippet, 'filter'), safe='')}&limit={part(snippet, 'limit')}"
    found = ask(docs, "GET", f"/v1/mobjects/{mobject}/mdata?{query}", headers)
    assert (found.status, found.json["pagination"]["limit"]) == (200, 50)
    assert {record["data"]["status"] for record in found.json["data"]} == {"active"}


def part(snippet: str, name: str) -> str:
    """The value that follows a name in a snippet, of JavaScript or of Python."""
    found = re.search(rf"{name}[:=]?\s*(?:'([^']+)'|(\d+))", snippet)
    assert found is not None, name
    return next(group for group in reversed(found.groups()) if group)
