"""Where the compiled pipeline answers otherwise than stock Connexion, and why: the only differences there are.

``docs/differences.md`` is this table for readers; a test keeps the two equal.
"""

import json
import re
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, unquote, unquote_to_bytes

from sandbox.kernel.request import Request
from sandbox.kernel.schema import Problem
from sandbox.web.pipeline import BODY_LIMIT, HEADERS_LIMIT, TARGET_LIMIT
from tests.client import ENTERPRISE, M360, Answer


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
        found = re.search(rb'"message":"((?:[^"\\]|\\.)*)"', self.ours.body)
        return str(json.loads(b'"' + found[1] + b'"')) if found else ""

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


def _not_utf8(text: str) -> bool:
    try:
        unquote_to_bytes(text).decode()
    except UnicodeDecodeError:
        return True
    return False


def _repeats(case: Case) -> bool:
    return "must be given once" in case.message


def _loose_number(case: Case) -> bool:
    """Python's int() takes it, JSON would not."""
    values = [value for _, value in parse_qsl(case.request.query, keep_blank_values=True)]
    return "must be of type integer, not string" in case.message and any(map(_only_python, values))


def _only_python(text: str) -> bool:
    try:
        int(text)
    except ValueError:
        return False
    return not re.fullmatch(r"-?[0-9]{1,400}", text)


def _unknown_namespace(case: Case) -> bool:
    name = case.request.headers.get("x-sandbox-namespace", "default")
    return name == "" or (case.ours.status == 404 and case.message.startswith("There is no namespace"))


def _several(case: Case) -> bool:
    told = {problem.message for problem in case.problems}
    return case.statuses == (400, 400) and len(told) > 1 and case.message in told


def _not_json(case: Case) -> bool:
    return case.ours.status == 400 and case.message.startswith("The body is not JSON")


def _charset(case: Case) -> bool:
    return "charset=" in case.request.headers.get("content-type", "").lower()


def _big(value: Any) -> bool:
    """Whether a whole number in it takes more than 64 bits."""
    if isinstance(value, dict):
        return any(map(_big, value.values()))
    if isinstance(value, list):
        return any(map(_big, value))
    return isinstance(value, int) and not -(2**63) <= value < 2**64


_NOTE = b'{"data":{"name":"Four"}}'
_MDATA = "/mobjects/mobject-id/mdata"

DIFFERENCES = (
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
        "it is one more value that names nothing; Connexion's routes do not match it",
        call("GET", f"{_MDATA}/%0A"),
        lambda case: "\n" in unquote(case.request.path) and case.stock.status == 404,
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
        _repeats,
    ),
    Difference(
        "numbers are digits",
        "Python's int() also reads blanks, underscores, a plus and other scripts",
        call("GET", "/workflows?limit=1_0"),
        _loose_number,
    ),
    Difference(
        "a comma does not end a repeated parameter",
        "each repetition is one value (A5); Connexion joins them with commas and splits again",
        call("GET", f"{_MDATA}?filter=status:in:active,inactive"),
        lambda case: "%2c" in case.request.query.lower() or "," in case.request.query,
    ),
    Difference(
        "the namespace comes first",
        "everything after depends on it: an unknown one is 404 whatever else is wrong, an empty name is none",
        call("POST", "/__admin/reset", b"{", x_sandbox_namespace="missing"),
        _unknown_namespace,
    ),
    Difference(
        "one of several broken rules is named",
        "always the first by its path; which one Connexion names follows from how deep it lies",
        call("POST", "/webhooks", b'{"url": 1, "events": []}'),
        _several,
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
        lambda case: case.stock.status == 500 and _not_json(case) and _not_utf8(case.request.body.decode("latin-1")),
    ),
    Difference(
        "a body without a content type is read",
        "as the type the operation takes; Connexion hands the handler bytes and answers 500",
        call("POST", _MDATA, _NOTE, content_type="-"),
        lambda case: case.stock.status == 500 and "content-type" not in case.request.headers,
    ),
)
