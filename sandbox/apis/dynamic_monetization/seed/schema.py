"""What the section ``dynamic_monetization`` of a scenario may say."""

from typing import Any

_NAME = {"type": "string", "minLength": 1}
_ID = {"type": "string", "minLength": 1, "maxLength": 200}
_TEXT = {"type": "string"}
_TOKENS = {"type": "number", "minimum": 0, "maximum": 1_000_000_000_000}
_COUNT = {"type": "number", "exclusiveMinimum": 0, "maximum": 1_000_000_000_000}
_QUANTITY = {"type": "integer", "minimum": 1, "maximum": 2**63 - 1}


def _object(*required: str, **members: Any) -> dict[str, Any]:
    return {"type": "object", "additionalProperties": False, "required": list(required), "properties": members}


def _list(item: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": item}


_KEY = _object(
    "id",
    "type",
    "publicKey",
    id=_ID,
    type={"type": "string", "enum": ["administration-key", "client-key"]},
    publicKey=_NAME,
)
_RATE_TABLE = _object(
    "version",
    "effectiveFrom",
    "items",
    series=_TEXT,
    version=_NAME,
    effectiveFrom=_NAME,
    items=_list(_object("name", "rate", name=_NAME, version=_TEXT, rate=_TOKENS)),
)
_ACTION = _object(
    "action",
    id=_ID,
    name=_TEXT,
    conditionId=_NAME,
    action={"type": "string", "enum": ["ALLOW", "DENY"]},
    allocation=_TOKENS,
    used=_TOKENS,
)
_LINE_ITEM = _object(
    "activationId",
    "quantity",
    activationId=_ID,
    state={"type": "string", "enum": ["DEPLOYED", "INACTIVE", "OBSOLETE"]},
    start=_NAME,
    end=_NAME,
    quantity=_QUANTITY,
    used=_TOKENS,
    elastic={"type": "boolean"},
    rateTableSeries=_TEXT,
    overdraftType={"type": "string", "enum": ["Number", "Unlimited"]},
    overdraftLimit={"type": "integer", "minimum": 0, "maximum": 2**63 - 1},
    actions=_list(_ACTION),
)
_CRITERION = {"name": _TEXT, "key": _TEXT, "values": _list(_TEXT)}
_SIMPLE = {
    "type": "object",
    "required": ["key", "operator", "values"],
    "properties": {**_CRITERION, "operator": {"type": "string", "enum": ["IN", "NOT"]}},
}
_CONDITION = {
    "type": "object",
    "required": ["name", "operator"],
    "properties": {
        **_CRITERION,
        "id": _ID,
        "operator": {"type": "string", "enum": ["IN", "NOT", "AND", "OR"]},
        "conditions": {**_list(_SIMPLE), "minItems": 1},
    },
    "if": {"properties": {"operator": {"enum": ["AND", "OR"]}}},
    "then": {"required": ["conditions"]},
    "else": {"required": ["key", "values"]},
}
_SESSION = _object(
    id=_ID,
    startedAt=_NAME,
    requester=_object("type", "value", type=_TEXT, value=_TEXT, dictionary={"type": "object"}),
    items=_list(_object("item", "count", item=_NAME, version=_TEXT, count=_COUNT)),
    kept={"type": "boolean"},
)
_INSTANCE = _object(
    "shortName",
    "accountId",
    id=_ID,
    shortName=_TEXT,
    accountId=_TEXT,
    default={"type": "boolean", "enum": [True]},
    createdAt=_NAME,
    conditions=_list(_CONDITION),
    lineItems=_list(_LINE_ITEM),
    sessions=_list(_SESSION),
)
_GENERATE = _object(
    "instances",
    "series",
    instances={"type": "integer", "minimum": 0},
    lineItems={"type": "integer", "minimum": 0, "maximum": 1_000},
    series={**_list(_TEXT), "minItems": 1},
    quantity={**_list(_QUANTITY), "minItems": 2, "maxItems": 2},
    sessions={"type": "integer", "minimum": 0},
)
SCENARIO = _object(
    keys=_list(_KEY),
    configuration=_object(**{"timezone.tolerant": {"type": "boolean"}}),
    rateTables=_list(_RATE_TABLE),
    instances=_list(_INSTANCE),
    generate=_GENERATE,
)
"""The section ``dynamic_monetization`` of a scenario."""
