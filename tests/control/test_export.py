"""The journal as an HTTP Archive and as lines of JSON."""

import json
from typing import Any

from sandbox.control.har import har
from sandbox.kernel.clock import parse_instant
from sandbox.kernel.journal import Journal
from sandbox.kernel.request import Request, Response
from sandbox.kernel.schema import compile_schema
from tests.apis.monetize360.driver import NOW, Driver

PAIR = {"type": "object", "required": ["name", "value"], "additionalProperties": {"type": "string"}}
PAIRS = {"type": "array", "items": PAIR}
SIZE = {"type": "integer", "minimum": -1}
MESSAGE = {
    "httpVersion": {"const": "HTTP/1.1"},
    "cookies": PAIRS,
    "headers": PAIRS,
    "headersSize": SIZE,
    "bodySize": SIZE,
}


def closed(**members: Any) -> dict[str, Any]:
    return {"type": "object", "required": [*members], "properties": members, "additionalProperties": False}


ENTRY = {
    "type": "object",
    "required": ["startedDateTime", "time", "request", "response", "cache", "timings"],
    "propertyNames": {"pattern": "^(startedDateTime|time|request|response|cache|timings|_[a-zA-Z]+)$"},
    "properties": {
        "startedDateTime": {"type": "string", "format": "date-time"},
        "time": {"type": "number", "minimum": 0},
        "request": {
            "type": "object",
            "required": [*MESSAGE, "method", "url", "queryString"],
            "additionalProperties": False,
            "properties": MESSAGE
            | {
                "method": {"type": "string"},
                "url": {"type": "string", "format": "uri"},
                "queryString": PAIRS,
                "postData": closed(mimeType={"type": "string"}, params={"maxItems": 0}, text={"type": "string"}),
            },
        },
        "response": closed(
            **MESSAGE,
            status={"type": "integer"},
            statusText={"type": "string"},
            redirectURL={"type": "string"},
            content={
                "type": "object",
                "required": ["size", "mimeType"],
                "additionalProperties": False,
                "properties": {
                    "size": {"type": "integer", "minimum": 0},
                    "mimeType": {"type": "string"},
                    "text": {"type": "string"},
                    "encoding": {"const": "base64"},
                    "comment": {"type": "string"},
                },
            },
        ),
        "cache": closed(),
        "timings": closed(send={"const": 0}, wait={"type": "number"}, receive={"const": 0}),
    },
}
"""What the specification of HAR 1.2 wants of an entry, as far as servers have it."""
ARCHIVE = compile_schema(
    closed(
        log=closed(
            version={"const": "1.2"},
            creator=closed(name={"type": "string"}, version={"type": "string"}),
            entries={"type": "array", "items": ENTRY},
        )
    )
)


def archive(api: Driver) -> list[Any]:
    whole = api.admin("GET", "/requests.har")
    ARCHIVE.validate(whole)
    return list(whole["log"]["entries"])


def test_the_archive_is_one(api: Driver) -> None:
    assert archive(api) == []
    api.post("/mobjects/note/mdata?a=1&b=%20&c", {"data": {"k": 1}}, headers={"cookie": "one=1; two=2"})
    api.get("/mobjects/no te/é?q=[x]&y={}|", headers={"host": "sandbox.monetize360.com"})
    api.client("OPTIONS", "/monetize360/v1/workflows")
    api.post("/webhooks", b"\xff", content_type="")
    created, odd, options, binary = archive(api)
    assert created["request"]["method"] == "POST"
    assert created["request"]["url"] == "http://127.0.0.1:4010/monetize360/v1/mobjects/note/mdata?a=1&b=%20&c"
    assert created["request"]["queryString"] == [
        {"name": "a", "value": "1"},
        {"name": "b", "value": " "},
        {"name": "c", "value": ""},
    ]
    assert created["request"]["cookies"] == [{"name": n, "value": "[redacted]"} for n in ("one", "two")]
    assert json.loads(created["request"]["postData"]["text"]) == {"data": {"k": 1}}
    assert created["request"]["bodySize"] == len('{"data":{"k":1}}')
    assert (created["response"]["status"], created["response"]["statusText"]) == (201, "Created")
    assert json.loads(created["response"]["content"]["text"])["data"] == {"k": 1}
    assert (created["_at"], created["_operationId"], created["_validation"]) == (NOW, "createMdata", "passed")
    assert created["time"] == created["timings"]["wait"]
    assert odd["request"]["url"].startswith("http://sandbox.monetize360.com/")
    assert (options["response"]["content"]["size"], options["response"]["content"]["mimeType"]) == (0, "")
    assert binary["request"]["postData"]["text"] == "�"


def test_what_is_no_text_is_in_base64(api: Driver) -> None:
    journal = Journal()
    odd = Response(299, b"\xff\xfe", [(b"Content-Type", b"image/png"), (b"Location", b"/there")])
    journal.record(0, "monetize360", None, Request("GET", "/", "", {"host": "no host"}, b""), odd, 1.5, None)
    whole = har(api.client.sandbox, "default", journal)
    ARCHIVE.validate(whole)
    (entry,) = whole["log"]["entries"]
    assert entry["response"]["content"] == {"size": 2, "mimeType": "image/png", "text": "//4=", "encoding": "base64"}
    assert (entry["response"]["statusText"], entry["response"]["redirectURL"]) == ("", "/there")
    assert entry["request"]["url"] == "http://127.0.0.1:4010/"


def test_times_of_the_archive_are_real_ones(api: Driver) -> None:
    api.get("/workflows")
    (entry,) = archive(api)
    assert parse_instant(entry["startedDateTime"]) > parse_instant("2026-01-01T00:00:00Z")


def test_lines_are_what_the_list_has(api: Driver) -> None:
    nothing = api.client.get("/__admin/requests.ndjson")
    assert (nothing.body, nothing.headers["content-type"]) == (b"", "application/x-ndjson")
    api.post("/mobjects/note/mdata", {"data": {"k": "two\nlines"}})
    api.get("/workflows")
    body = api.client.get("/__admin/requests.ndjson").body
    assert body.count(b"\n") == 2
    assert body.endswith(b"\n")
    assert [json.loads(line) for line in body.splitlines()] == api.admin("GET", "/requests")["requests"]


def test_secrets_are_in_neither(api: Driver) -> None:
    api.post("/webhooks?secret=s3cret1", {"url": "http://x.org", "events": ["mdata.created"], "secret": "s3cret2"})
    api.post("/webhooks", b'{"secret":"s3cret3', headers={"cookie": "s=s3cret4"})
    for path in ("har", "ndjson"):
        text = api.client.get(f"/__admin/requests.{path}").body
        assert b"s3cret" not in text
        assert b"YOUR_API_TOKEN" not in text
        assert b"[redacted]" in text
