"""Requests drawn for the oracle: from the specs by Schemathesis, valid and not, and then tampered with by hand."""

import json
import re
from collections.abc import Callable, Mapping
from functools import cache
from itertools import product
from typing import Any
from urllib.parse import quote, urlencode

import schemathesis
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.core.result import Ok

from sandbox import assets
from sandbox.apis.dynamic_monetization.records import Role
from sandbox.apis.dynamic_monetization.tokens import make_signer, sign
from sandbox.kernel.api import Api
from sandbox.kernel.clock import LAST_INSTANT
from sandbox.kernel.references import resolve
from sandbox.kernel.request import Request
from sandbox.kernel.sandbox import DEFAULT
from tests.client import ENTERPRISE
from tests.web.scenarios import SEED

HOST = "127.0.0.1:4010"
SIGNER = make_signer(SEED, DEFAULT, Role.ADMIN)
CLAIMS = {
    "iss": "tests",
    "nbf": 0,
    "iat": 0,
    "exp": LAST_INSTANT // 1_000,
    "cnf": {"jwk": {"kid": SIGNER.key_id, "kty": Role.ADMIN}},
}
IDS = {
    "workflowId": ["workflow-id", "slow", "approval", "declined", "resting", "new-one"],
    "executionId": ["exec-done", "exec-pending", "exec-running", "exec-waiting"],
    "mobjectId": ["mobject-id", "customers", "platform"],
    "userid": ["betty", "ann", "nobody"],
    "groupname": ["team", "kind"],
    "groupvalue": ["blue", "red"],
    "tokenID": ["5b1c0f6e2d7a4983a6e0c9d41f28b735", "no-token"],
    "mdataId": ["note-1", "note-2", "ada", "bob", "own"],
    "webhookId": ["hook-here", "hook-away"],
    "token": ["YOUR_API_TOKEN", "another-token"],
    "name": ["other", "default", "test", "docs"],
    "instanceId": ["home"],
    "lineItemId": ["ACT", "OLD"],
    "conditionId": ["engineers"],
    "sessionId": ["idle", "busy"],
    "keyId": [SIGNER.key_id],
}
"""Of the scenario that both sides start from."""

CREDENTIALS = {
    "moonify": "serviceID yourServiceID",
    "dynamic_monetization": f"Bearer {sign(SIGNER, CLAIMS)}",
}
"""What an Api takes that is no bearer token."""

Draw = Callable[[st.SearchStrategy[Any]], Any]
Tamper = Callable[[Draw, Request], Request]


@cache
def operations(api: str) -> dict[str, Any]:
    """The operations of a spec as Schemathesis sees them, by operationId."""
    schema = schemathesis.openapi.from_dict(dict(assets.spec(api)))
    found = [result.ok() for result in schema.get_all_operations() if isinstance(result, Ok)]
    return {operation.definition.raw["operationId"]: operation for operation in found}


def requests(api: Api, operation_id: str) -> st.SearchStrategy[Request]:
    """Requests to one operation."""
    operation = operations(api.name)[operation_id]
    cases = st.one_of(*(operation.as_strategy(generation_mode=mode) for mode in GenerationMode))

    @st.composite
    def drawn(draw: Draw) -> Request:
        request = as_request(api, draw(cases), draw)
        for tamper in draw(st.lists(st.sampled_from(TAMPER), max_size=2)):
            request = tamper(draw, request)
        return request

    return drawn()


def examples(api: Api, operation_id: str) -> list[Request]:
    """A request for every named example body of an operation and every id of the scenario; one without body else."""
    raw = operations(api.name)[operation_id].definition.raw
    content = raw.get("requestBody", {}).get("content", {}).get("application/json", {})
    spec = assets.spec(api.name)
    named = [resolve(spec, example)["value"] for example in content.get("examples", {}).values()]
    bodies = [json.dumps(value).encode() for value in (*named, content.get("example")) if value is not None] or [b""]
    method, path = operations(api.name)[operation_id].method.upper(), operations(api.name)[operation_id].path
    names = re.findall("{(.*?)}", path)
    headers = headers_of(api) | {"content-type": "application/json"}
    base = api.mount.prefix + api.mount.base
    targets = [
        path.format(**dict(zip(names, ids, strict=True)))
        for ids in product(*(IDS.get(name, ["unknown"]) for name in names))
    ]
    return [Request(method, base + target, "", headers, body) for target in targets for body in bodies]


def headers_of(api: Api) -> dict[str, str]:
    """Those every request to an Api needs."""
    return {"host": HOST, "authorization": CREDENTIALS.get(api.name, f"Bearer {ENTERPRISE}")}


def as_request(api: Api, case: Any, draw: Draw) -> Request:
    """A drawn case with a good token; its ids are mostly those that exist."""
    path = case.operation.path
    for name, value in (case.path_parameters or {}).items():
        known = draw(st.sampled_from([None, *IDS.get(name, ()), *IDS.get(name, ())]))
        path = path.replace("{" + name + "}", known or quote(str(value), safe="%"))
    query = case.query if isinstance(case.query, Mapping) else {}
    pairs = [(name, item) for name, value in query.items() for item in (value if isinstance(value, list) else [value])]
    body = case.body
    if not isinstance(body, bytes):
        body = b"" if type(body).__name__ == "NotSet" else json.dumps(body).encode()
    headers = headers_of(api)
    if case.media_type and body:
        headers["content-type"] = case.media_type
    return Request(
        case.method.upper(), api.mount.prefix + api.mount.base + path, urlencode(pairs, errors="replace"), headers, body
    )


def _with(request: Request, **changes: Any) -> Request:
    kept = {name: getattr(request, name) for name in Request.__slots__}
    return Request(**(kept | changes))


def _query(draw: Draw, request: Request) -> Request:
    name = draw(st.sampled_from(["limit", "offset", "filter", "sort", "fields", "after", "status", "unknown"]))
    more = f"{name}{draw(st.sampled_from(QUERY_VALUES))}"
    return _with(request, query=f"{request.query}&{more}" if request.query else more)


def _body(draw: Draw, request: Request) -> Request:
    headers = {"content-type": "application/json"} | request.headers
    return _with(request, headers=headers, body=draw(st.sampled_from(BODIES)))


def _cut(draw: Draw, request: Request) -> Request:
    return _with(request, body=request.body[: draw(st.integers(0, 40))])


def _content_type(draw: Draw, request: Request) -> Request:
    sent = draw(st.sampled_from(CONTENT_TYPES))
    headers = {name: value for name, value in request.headers.items() if name != "content-type"}
    return _with(request, headers=headers if sent is None else headers | {"content-type": sent})


def _method(draw: Draw, request: Request) -> Request:
    return _with(request, method=draw(st.sampled_from(["GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"])))


def _path(draw: Draw, request: Request) -> Request:
    return _with(request, path=request.path + draw(st.sampled_from(["/", "//", "/more", "%2F", "%0A", "%ff", "%20"])))


def _authorization(draw: Draw, request: Request) -> Request:
    sent = draw(st.sampled_from(AUTHORIZATIONS))
    headers = {name: value for name, value in request.headers.items() if name != "authorization"}
    return _with(request, headers=headers if sent is None else headers | {"authorization": sent})


def _namespace(draw: Draw, request: Request) -> Request:
    name = draw(st.sampled_from(["default", "other", "missing", "Not A Name", ""]))
    return _with(request, headers=request.headers | {"x-sandbox-namespace": name})


TAMPER: tuple[Tamper, ...] = (_query, _query, _body, _cut, _content_type, _method, _path, _authorization, _namespace)

QUERY_VALUES = (
    *("", "=", "=1", "=0", "=-1", "=1001", "=abc", "=1.5", "=1e3", "=%2B5", "=%205", "=1_0", "=%D9%A3", "=true"),
    *("=99999999999999999999", "=%ff", "=%zz", "=a+b", "=a%00b", "=status:eq:active", "=status%3Aeq%3Aactive"),
    *("=status:in:active,inactive", "=amount:gte:1&filter=amount:lt:2", "=name:desc,-amount", "[a]=1", "=name"),
)
BODIES = (
    *(b"", b"null", b"{}", b"[]", b'""', b"1", b"{", b"nonsense", b" {} ", b'{"data":{}}{}', b"{'data':{}}"),
    *(b'{"data":{"a":NaN}}', b'{"data":{"a":1e400}}', b'{"data":{"a":"\\ud800"}}', b"\xef\xbb\xbf{}", b"\xff\xfe{"),
    *(b'{"data":{"a":"\xe9"}}', b'{"data":{"a":1,"a":2}}', b'{"data":{"a":12345678901234567890123}}'),
    *(b'{"data":' + b"[" * 40 + b"]" * 40 + b"}", b'{"data":[{},1]}', b'{"data":{"name":"Zoe"},"data2":{}}'),
)
CONTENT_TYPES = (
    *(None, "", "application/json", "application/json; charset=utf-8", "application/json;charset=latin-1"),
    *("application/json; charset=nonsense", "Application/JSON", "text/plain", "application/xml", "json", "*/*"),
    *("application/vnd.api+json", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", ";"),
)
AUTHORIZATIONS = (
    *(None, "", "Bearer", "Bearer ", "Bearer unknown", "Basic dXNlcjpwYXNz", f"bearer {ENTERPRISE}", ENTERPRISE),
    *(f"Bearer  {ENTERPRISE} ", f"BEARER\t{ENTERPRISE}", f"Bearer {ENTERPRISE} more"),
)
