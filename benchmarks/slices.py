"""The records slice as each peer wants it told: made from this project's own spec, with the sandbox's own records."""

import copy
import uuid
from collections.abc import Iterator, Sequence
from typing import Any

import orjson

from benchmarks.traffic import INBOX, OBJECT, PAGE, TOKEN, Record
from sandbox import assets

_COLLECTION = "/mobjects/{mobjectId}/mdata"
_ITEM = "/mobjects/{mobjectId}/mdata/{mdataId}"
_VERBS = ("parameters", "get", "post")


def page_of(records: Sequence[Record]) -> dict[str, Any]:
    """A page of fifty, as the sandbox answers it."""
    total = len(records)
    pagination = {"total": total, "limit": PAGE, "offset": 0, "hasMore": total > PAGE}
    return {"data": list(records[:PAGE]), "pagination": pagination}


def spec_slice(records: Sequence[Record], port: int) -> dict[str, Any]:
    """The OpenAPI document of the three operations, whose examples are a record and a page of them."""
    spec: dict[str, Any] = copy.deepcopy(assets.spec("monetize360"))
    paths = {path: {verb: part for verb, part in spec["paths"][path].items() if verb in _VERBS} for path in _PATHS}
    _exemplify(paths[_COLLECTION]["get"]["responses"]["200"], page_of(records))
    _exemplify(paths[_COLLECTION]["post"]["responses"]["201"], records[0])
    _exemplify(paths[_ITEM]["get"]["responses"]["200"], records[0])
    spec |= {"paths": paths, "servers": [{"url": f"http://127.0.0.1:{port}"}], "tags": []}
    spec["components"] = _used(paths, spec["components"])
    return spec


_PATHS = (_COLLECTION, _ITEM)


def _exemplify(response: dict[str, Any], example: Any) -> None:
    response.pop("links", None)
    response["content"]["application/json"]["examples"] = {"only": {"value": example}}


def _used(paths: Any, components: dict[str, Any]) -> dict[str, Any]:
    """The components that the paths refer to, one by way of another too."""
    used: dict[str, dict[str, Any]] = {"securitySchemes": components["securitySchemes"]}
    waiting = list(_references(paths))
    while waiting:
        kind, name = waiting.pop().split("/")[2:4]
        if name not in used.setdefault(kind, {}):
            used[kind][name] = components[kind][name]
            waiting += _references(components[kind][name])
    return used


def _references(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        if isinstance(node.get("$ref"), str):
            yield node["$ref"]
        for part in node.values():
            yield from _references(part)
    elif isinstance(node, list):
        for part in node:
            yield from _references(part)


def wiremock_stubs(records: Sequence[Record]) -> dict[str, Any]:
    """Stubs written by hand: what the load must look like, and the answer to each, prepared."""
    authorized = {"Authorization": {"equalTo": f"Bearer {TOKEN}"}}
    query = {"limit": {"matches": "[0-9]+"}, "filter": {"matches": "[^:]+:(eq|ne|gt|lt|gte|lte|in|contains):.*"}}
    asked: list[dict[str, Any]] = [
        {"method": "GET", "urlPathPattern": f"/mobjects/{OBJECT}/mdata/[^/]+"},
        {"method": "GET", "urlPathPattern": f"/mobjects/{OBJECT}/mdata", "queryParameters": query},
        {"method": "POST", "urlPath": f"/mobjects/{INBOX}/mdata", "bodyPatterns": [{"matchesJsonPath": "$.data"}]},
    ]
    answers = [(200, records[0]), (200, page_of(records)), (201, records[0])]
    return {
        "mappings": [
            {"request": {**request, "headers": authorized}, "response": _canned(status, body)}
            for request, (status, body) in zip(asked, answers, strict=True)
        ]
    }


def _canned(status: int, body: Any) -> dict[str, Any]:
    return {"status": status, "headers": {"Content-Type": "application/json"}, "body": orjson.dumps(body).decode()}


def mockoon_environment(records: Sequence[Record], port: int) -> dict[str, Any]:
    """Two CRUD routes over data buckets: the records that are read and listed, and the ones that are created."""
    buckets = {OBJECT: list(records), INBOX: []}
    routes = [_crud_route(name) for name in buckets]
    return {
        "uuid": _name("environment"),
        "lastMigration": 33,
        "name": "records",
        "port": port,
        "hostname": "127.0.0.1",
        "routes": routes,
        "rootChildren": [{"type": "route", "uuid": route["uuid"]} for route in routes],
        "data": [_bucket(name, rows) for name, rows in buckets.items()],
    }


def _crud_route(name: str) -> dict[str, Any]:
    answer = {
        "uuid": _name("answer", name),
        "statusCode": 200,
        "headers": [{"key": "Content-Type", "value": "application/json"}],
        "bodyType": "DATABUCKET",
        "databucketID": name,
        "disableTemplating": True,
        "default": True,
        "crudKey": "id",
    }
    return {"uuid": _name("route", name), "type": "crud", "endpoint": f"mobjects/{name}/mdata", "responses": [answer]}


def _bucket(name: str, rows: Sequence[Record]) -> dict[str, Any]:
    return {"uuid": _name("bucket", name), "id": name, "name": name, "value": orjson.dumps(rows).decode()}


def _name(*parts: str) -> str:
    return str(uuid.uuid5(uuid.NAMESPACE_URL, "/".join(parts)))
