"""What bodies must look like, and what an object's schema says of its records."""

from collections.abc import Mapping
from typing import Any

import orjson
from jsonschema_rs import Draft202012Validator, ReferencingError, RegexOptions, ValidationError
from problems import invalid

Json = dict[str, Any]

TEXT: Json = {"type": "string"}
NAME: Json = {"type": "string", "minLength": 1}
FLAG: Json = {"type": "boolean"}
NUMBER: Json = {"type": "number"}
LENGTH: Json = {"type": "integer", "minimum": 0}
NAMES: Json = {"type": "array", "items": TEXT, "uniqueItems": True}
PROPERTIES: Json = {"type": "object", "additionalProperties": {"$ref": "#/$defs/field"}}
TYPES = ["string", "number", "integer", "boolean", "array", "object", "currency", "text", "picklist", "date", "lookup"]
OPTION: Json = {
    "type": "object",
    "required": ["value"],
    "properties": {"value": {"type": ["string", "number", "boolean"]}, "label": TEXT},
}
FIELD: Json = {
    "type": "object",
    "properties": {
        **dict.fromkeys(("label", "description", "format", "value", "picklistCategoryId"), TEXT),
        **dict.fromkeys(("minimum", "maximum"), NUMBER),
        **dict.fromkeys(("minLength", "maxLength"), LENGTH),
        "type": {"type": "string", "enum": TYPES},
        "required": {"oneOf": [FLAG, NAMES]},
        "unique": FLAG,
        "step": {"type": "number", "minimum": 0.000001},
        "pattern": {"type": "string", "format": "regex"},
        "currencyCode": {"type": "string", "pattern": "^[A-Z]{3}$"},
        "options": {"type": "array", "items": OPTION},
        "mobjectId": NAME,
        "items": {"$ref": "#/$defs/field"},
        "properties": PROPERTIES,
    },
}
SCHEMA: Json = {
    "type": "object",
    "properties": {"type": {"type": "string", "enum": ["object"]}, "properties": PROPERTIES, "required": NAMES},
}
OBJECT: Json = {
    "type": "object",
    "properties": {
        "name": NAME,
        "description": TEXT,
        "type": {"type": "string", "enum": ["PERSISTENT", "TRANSIENT", "STANDARD", "CUSTOM"]},
        "businessKey": NAME,
        "auditEnabled": FLAG,
        "schema": SCHEMA,
    },
    "$defs": {"field": FIELD},
}
ITEMS: Json = {"type": "array", "minItems": 1, "maxItems": 1000, "items": {"type": "object"}}


def compiled(schema: Json) -> Draft202012Validator:
    """A check of values. Raises ValueError for what is no schema."""
    try:
        return Draft202012Validator(schema, validate_formats=True, pattern_options=RegexOptions(), offline=True)
    except (ValidationError, ReferencingError) as error:
        raise ValueError(str(error).partition("\n")[0]) from None


NEW_OBJECT = compiled({**OBJECT, "required": ["name", "description"]})
CHANGED_OBJECT = compiled(OBJECT)
ONE_RECORD = compiled({"type": "object", "required": ["data"], "properties": {"data": {"type": "object"}}})
MANY_RECORDS = compiled({"type": "object", "required": ["data"], "properties": {"data": ITEMS}})


def check(validator: Draft202012Validator, value: Any, whole: str) -> None:
    """Refuse a value that is not valid; ``whole`` is the name of it all."""
    try:
        validator.validate(value)
    except ValidationError as error:
        path = [str(part) for part in error.instance_path]
        if error.kind.name == "required":
            invalid(".".join([*path, error.kind.as_dict()["property"]]), None, error.message)
        invalid(".".join(path) or whole, error.instance, error.message)


VENDORS = {"currency": "number", "text": "string", "picklist": "string", "lookup": "string", "date": "string"}
"""The vendor's types that JSON Schema does not have."""


def object_schema(said: Mapping[str, Any]) -> Json:
    """The schema of an object, or of a nested one, in JSON Schema's own words."""
    fields = said.get("properties", {})
    listed = said["required"] if isinstance(said.get("required"), list) else []
    marked = [name for name, field in fields.items() if field.get("required") is True]
    own = {name: value for name, value in said.items() if name not in {"$schema", "$id"}}
    named = {name: field_schema(field) for name, field in fields.items()}
    return {**own, "properties": named, "required": sorted({*listed, *marked})}


def field_schema(field: Mapping[str, Any]) -> Json:
    """That of one field."""
    kind = field.get("type")
    out = object_schema(field)
    if kind in VENDORS:
        out["type"] = VENDORS[kind]
    if kind == "date":
        out["format"] = "date"
    if "items" in field:
        out["items"] = field_schema(field["items"])
    if "step" in field:
        out["multipleOf"] = field["step"]
    if "value" in field:
        out["const"] = field["value"]
    if field.get("options"):
        choice = {"enum": [option["value"] for option in field["options"]]}
        out |= {"items": choice} if kind == "array" else choice
    return out


def fields_of(made: Mapping[str, Any]) -> Mapping[str, Json]:
    """The fields that an object names, itself."""
    fields: Mapping[str, Json] = made.get("schema", {}).get("properties", {})
    return fields


def same(value: Any) -> bytes:
    """Alike for what is equal: 250 and 250.0, and objects whatever the order of their members."""
    return orjson.dumps(plain(value), option=orjson.OPT_SORT_KEYS)


def plain(value: Any) -> Any:
    """The value with whole numbers written as such."""
    if isinstance(value, dict):
        return {name: plain(member) for name, member in value.items()}
    if isinstance(value, list):
        return [plain(member) for member in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value
