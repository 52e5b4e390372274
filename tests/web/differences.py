"""Where the compiled pipeline answers otherwise than stock Connexion, and why: the only differences there are.

``docs/differences.md`` is this table for readers; a test keeps the two equal.
"""

import json
import re
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, unquote

from sandbox.kernel.request import Request
from sandbox.kernel.schema import Problem
from sandbox.web.body import DEPTH_LIMIT
from sandbox.web.passage import TARGET_LIMIT
from tests.client import ENTERPRISE, M360, Answer
from tests.web.drawn import CREDENTIALS, HOST


class Case(NamedTuple):
    """One request with both answers; ``problems`` is all that Connexion's validators had to say."""

    request: Request
    stock: Answer
    ours: Answer
    problems: Sequence[Problem]

    @property
    def statuses(self) -> tuple[int, int]:
        return self.stock.status, self.ours.status

    @property
    def message(self) -> str:
        """Ours, of an error."""
        if self.ours.status < 400:
            return ""
        told = self.ours.json.get("error", self.ours.json.get("message", self.ours.json.get("errors")))
        if isinstance(told, list):
            return str(told[0])
        return str(told["message"] if isinstance(told, dict) else told)

    @property
    def body(self) -> Any:
        """As Python reads it; None when it cannot."""
        try:
            return json.loads(self.request.body)
        except (ValueError, RecursionError):
            return None


class Difference(NamedTuple):
    """``example`` shows it; ``applies`` tells whether it explains what was seen."""

    name: str
    reason: str
    example: Request
    applies: Callable[[Case], bool]


def call(method: str, target: str, body: bytes | None = None, **headers: str) -> Request:
    """A request with a good token to the API's base; a body is JSON unless a content type is given."""
    path, _, query = target.partition("?")
    sent = {"host": "127.0.0.1:4010", "authorization": f"Bearer {ENTERPRISE}"}
    if body is not None:
        sent["content-type"] = "application/json"
    sent |= {name.replace("_", "-"): value for name, value in headers.items()}
    base = "" if path.startswith("/__admin") else M360
    return Request(method, base + path, query, {k: v for k, v in sent.items() if v != "-"}, body or b"")


def _not_utf8(body: bytes) -> bool:
    try:
        body.decode()
    except UnicodeDecodeError:
        return True
    return False


def _loose_number(case: Case) -> bool:
    """Python's int() takes it, JSON would not."""
    values = [value for _, value in parse_qsl(case.request.query, keep_blank_values=True)]
    values += map(unquote, case.request.path.split("/"))
    told = "must be of type integer, not string", "must not have as many digits"
    return any(words in case.message for words in told) and any(map(_only_python, values))


def _only_python(text: str) -> bool:
    try:
        int(text)
    except ValueError:
        return False
    return not re.fullmatch(r"-?[0-9]{1,18}", text)


def _unknown_namespace(case: Case) -> bool:
    name = case.request.headers.get("x-sandbox-namespace", "default")
    return name == "" or (case.ours.status == 404 and "here is no namespace" in case.message)


def _several(case: Case) -> bool:
    told = {problem.message for problem in case.problems}
    return case.statuses == (400, 400) and len(told) > 1 and case.message.endswith(tuple(told))


def _not_json(case: Case) -> bool:
    return case.ours.status == 400 and case.message.startswith("The body is not JSON")


def _content_type(case: Case) -> str | None:
    return case.request.headers.get("content-type")


def _nothing_read(stock: Answer) -> bool:
    """Connexion gave the handler no body, which few survive."""
    return stock.status == 500 or b"must be an object" in stock.body


def _big(value: Any) -> bool:
    """Whether a whole number in it takes more than 64 bits."""
    if isinstance(value, dict):
        return any(map(_big, value.values()))
    if isinstance(value, list):
        return any(map(_big, value))
    return isinstance(value, int) and not -(2**63) <= value < 2**64


LINE_ITEMS = "/dynamicmonetization/provisioning/api/v1.0"
_NOTE = b'{"data":{"name":"Four"}}'
_MDATA = "/mobjects/mobject-id/mdata"

DIFFERENCES = (
    Difference(
        "a refused line item lists all that is wrong",
        "the vendor's 400 is a list in the words of his validator; Connexion names one thing",
        Request(
            "PUT",
            f"{LINE_ITEMS}/instances/home/line-items",
            "",
            {"host": HOST, "authorization": CREDENTIALS["dynamic_monetization"], "content-type": "application/json"},
            b"{}",
        ),
        lambda case: (
            case.statuses == (400, 400) and case.request.path.startswith(LINE_ITEMS) and "errors" in case.ours.json
        ),
    ),
    Difference(
        "OPTIONS is answered",
        "204 with Allow, as HTTP has it; Connexion answers 405",
        call("OPTIONS", "/workflows"),
        lambda case: case.request.method == "OPTIONS",
    ),
    Difference(
        "405 says what is allowed",
        "HTTP demands the header Allow; Connexion leaves it out",
        call("PUT", "/workflows"),
        lambda case: case.statuses == (405, 405) and "allow" in case.ours.headers,
    ),
    Difference(
        "a literal path comes before a templated one",
        "OpenAPI says so; Connexion takes the first path that has the method, here a record called bulk",
        call("GET", f"{_MDATA}/bulk"),
        lambda case: case.request.path.endswith("/bulk") and case.ours.status == 405,
    ),
    Difference(
        "a trailing slash means nothing",
        "Connexion redirects with 307, on which many clients drop the body or the token",
        call("POST", f"{_MDATA}/", _NOTE),
        lambda case: case.stock.status == 307 and case.request.path.endswith("/"),
    ),
    Difference(
        "a path may hold a line break",
        "as any other character; Connexion's routes do not match it, or overlook it at the end",
        call("GET", f"{_MDATA}/%0A"),
        lambda case: "\n" in unquote(case.request.path),
    ),
    Difference(
        "an encoded slash belongs to its segment",
        "that is what encoding is for; Connexion decodes before it splits",
        call("GET", f"{_MDATA}/a%2Fb"),
        lambda case: "%2f" in case.request.path.lower(),
    ),
    Difference(
        "paths and queries are UTF-8",
        "other bytes are 400; Connexion replaces them, so that it looks for something never asked for",
        call("GET", f"{_MDATA}?fields=%ff"),
        lambda case: case.ours.status == 400 and "is not percent-encoded UTF-8" in case.message,
    ),
    Difference(
        "a single parameter is given once",
        "two values contradict each other, which is 400; Connexion takes the last",
        call("GET", "/workflows?limit=1&limit=2"),
        lambda case: "must be given once" in case.message,
    ),
    Difference(
        "whole numbers in parameters are up to 18 digits",
        "Python's int() also reads longer ones, blanks, underscores, a plus and other scripts",
        call("GET", "/workflows?limit=1_0"),
        _loose_number,
    ),
    Difference(
        "a number in a path that is none is a bad request",
        "400, as for any other parameter; Connexion finds no such path",
        call("GET", "/__admin/requests/first"),
        lambda case: case.statuses == (404, 400) and bool(re.match(r"(id|\w+Id) must be ", case.message)),
    ),
    Difference(
        "a comma does not end a repeated parameter",
        "each repetition is one value (A5); Connexion joins them with commas and splits again",
        call("GET", f"{_MDATA}?filter=status:in:active,inactive"),
        lambda case: any("," in value for name, value in parse_qsl(case.request.query) if name == "filter"),
    ),
    Difference(
        "the namespace comes first",
        "everything after depends on it: an unknown one is 404 whatever else is wrong, an empty name is none",
        call("POST", "/__admin/reset", b"{", x_sandbox_namespace="missing"),
        _unknown_namespace,
    ),
    Difference(
        "one of several broken rules is named",
        "the first that the compiled validator meets; Connexion prefers some keywords to others",
        call("POST", "/webhooks", b'{"events": ["a", "a"], "url": ""}'),
        _several,
    ),
    Difference(
        "an empty member name is left out of a field's path",
        "the compiled validator does not tell it",
        call("POST", "/mobjects", b'{"name":"A","description":"B","schema":{"properties":{"":{"step":0}}}}'),
        lambda case: any(".." in problem.field or problem.field.endswith(".") for problem in case.problems),
    ),
    Difference(
        "what is not JSON is told in other words",
        "they are those of another decoder",
        call("POST", _MDATA, b"{"),
        lambda case: case.stock.status == 400 and _not_json(case),
    ),
    Difference(
        "JSON is what RFC 8259 says",
        "NaN, numbers beyond a double and lone surrogates are 400; Python's decoder takes them",
        call("POST", _MDATA, b'{"data":{"amount":NaN}}'),
        lambda case: case.stock.status != 400 and _not_json(case) and case.body is not None,
    ),
    Difference(
        "a body that is not UTF-8 is a bad request",
        "400; Connexion answers 500",
        call("POST", _MDATA, b'{"data":{"name":"\xe9"}}'),
        lambda case: case.stock.status == 500 and _not_json(case) and _not_utf8(case.request.body),
    ),
    Difference(
        "JSON is nested 200 levels deep at most",
        "deeper is 400; Connexion answers 500 where Python's stack ends",
        call("POST", _MDATA, b'{"data":{"a":' + b"[" * 201 + b"]" * 201 + b"}}"),
        lambda case: case.ours.status == 400 and case.request.body.count(b"[") > DEPTH_LIMIT,
    ),
    Difference(
        "whole numbers beyond 64 bits are doubles",
        "as in most decoders; Python keeps every digit, which its fast encoders then refuse",
        call("POST", _MDATA, b'{"data":{"amount":12345678901234567890123}}'),
        lambda case: _big(case.body),
    ),
    Difference(
        "null is a value",
        "of the wrong type; Connexion takes it for no body at all",
        call("POST", _MDATA, b"null"),
        lambda case: case.statuses == (400, 400) and case.request.body.strip() == b"null",
    ),
    Difference(
        "a body that is not required may be left out",
        "Connexion demands one all the same unless the schema is nullable",
        call("POST", "/workflows/workflow-id/execute"),
        lambda case: case.stock.status == 400 and not case.request.body and not case.problems,
    ),
    Difference(
        "no body has no content type",
        "the header is ignored then; Connexion answers 415",
        call("POST", _MDATA, b"", content_type="text/plain"),
        lambda case: case.stock.status == 415 and not case.request.body,
    ),
    Difference(
        "a body may come in chunks",
        "Connexion looks for Content-Length and takes a body without it for none",
        call("POST", _MDATA, _NOTE, transfer_encoding="chunked"),
        lambda case: case.stock.status == 400 and "transfer-encoding" in case.request.headers,
    ),
    Difference(
        "a body without a content type is read",
        "as the type the operation takes; Connexion hands the handler bytes and answers 500",
        call("POST", _MDATA, _NOTE, content_type="-"),
        lambda case: _nothing_read(case.stock) and bool(case.request.body) and _content_type(case) is None,
    ),
    Difference(
        "a body that is not read may be anything",
        "and its content type too, as on GET and DELETE; Connexion tries both and answers 400 or 500",
        call("GET", "/workflows", content_type="json"),
        lambda case: case.stock.status == 500 and case.request.method in {"GET", "HEAD", "DELETE"},
    ),
    Difference(
        "a content type is written in any case",
        "Connexion does not find its validator for capitals and answers 500",
        call("POST", _MDATA, _NOTE, content_type="Application/JSON"),
        lambda case: _nothing_read(case.stock) and _content_type(case) != (_content_type(case) or "").lower(),
    ),
    Difference(
        "JSON has no charset",
        "it is UTF-8 (RFC 8259), whatever a parameter says; Connexion validates it decoded by that",
        call("POST", _MDATA, _NOTE, content_type="application/json;charset=utf-16"),
        lambda case: bool(re.search("charset=(?!utf-8$)", _content_type(case) or "")),
    ),
    Difference(
        "requests are bounded",
        "10 MiB of body (413), 16 KiB of path and query (414), 64 KiB of headers (431); Connexion takes any",
        call("GET", f"{_MDATA}?fields={'a' * TARGET_LIMIT}"),
        lambda case: case.ours.status in {413, 414, 431},
    ),
    Difference(
        "the specs are not part of an API",
        "they are at /openapi/ and /docs/; Connexion adds both to every API, and answers 500 for a recursive one",
        call("GET", "/openapi.json"),
        lambda case: case.ours.status == 404 and bool(re.search(r"/(openapi[.]json|ui/?)$", case.request.path)),
    ),
    Difference(
        "the format uri is checked",
        "Connexion checks it only where an optional package is installed",
        call("POST", "/webhooks", b'{"url": "http://[", "events": ["mdata.created"]}'),
        lambda case: case.ours.status == 400 and "Invalid URI format" in case.message,
    ),
    Difference(
        "$ in a pattern is the end",
        "in Python it also stands before a line break at the end",
        call("POST", "/__admin/namespaces", b'{"name": "new\\n"}'),
        lambda case: (
            case.ours.status == 400 and "does not match the pattern" in case.message and b"\\n" in case.request.body
        ),
    ),
    Difference(
        "regular expressions are those of ECMA 262",
        "as JSON Schema has them, on an engine that takes linear time; Connexion asks Python",
        call(
            "POST",
            "/mobjects",
            b'{"name":"A","description":"B","schema":{"properties":{"a":{"pattern":"(?<year>a)"}}}}',
        ),
        lambda case: any("regular expression" in told for told in (case.message, *(p.message for p in case.problems))),
    ),
)
