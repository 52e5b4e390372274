"""OpenAPI 3.0 schemas in JSON Schema's words, so that a compiled validator reads them as Connexion does."""

from collections.abc import Mapping
from typing import Any

from sandbox.kernel.schema import Check, compile_openapi

_IGNORED = frozenset({"example", "externalDocs", "xml", "discriminator", "deprecated", "nullable", "default"})
_SCHEMAS = frozenset({"not", "items", "additionalProperties"})
_SCHEMA_LISTS = frozenset({"allOf", "anyOf", "oneOf"})


def compile_body(spec: Mapping[str, Any], schema: Mapping[str, Any], *, response: bool = False) -> Check:
    """A validator of ``schema`` as used in a request or response of ``spec``; ``$ref`` may be recursive.

    ``readOnly`` members are refused in requests, ``writeOnly`` ones in responses. Raises ValueError.
    """
    hidden = "writeOnly" if response else "readOnly"
    known = spec.get("components", {}).get("schemas", {})
    translated: dict[str, Any] = {}
    wanted = _referenced(schema)
    while wanted:
        name = wanted.pop()
        if name in known and name not in translated:
            translated[name] = translate(known[name], hidden)
            wanted |= _referenced(known[name])
    return compile_openapi({"allOf": [translate(schema, hidden)], "components": {"schemas": translated}})


def _referenced(node: Any) -> set[str]:
    """The names of the component schemas that a schema refers to, itself."""
    if isinstance(node, list):
        return set().union(*map(_referenced, node))
    if not isinstance(node, Mapping):
        return set()
    reference = node.get("$ref")
    if isinstance(reference, str):
        return {reference.removeprefix("#/components/schemas/")}
    return set().union(*map(_referenced, node.values()))


def translate(schema: Any, hidden: str) -> Any:
    """One schema: ``nullable``, hidden members and annotations turned into what JSON Schema Draft 4 can say.

    As in Connexion, ``nullable`` widens ``type`` and ``enum``, and nothing else.
    """
    if not isinstance(schema, Mapping):
        return schema
    if "$ref" in schema:
        return {"$ref": schema["$ref"]}
    if schema.get(hidden):
        return {"not": {}}
    out = {
        key: _part(key, value, hidden)
        for key, value in schema.items()
        if key not in _IGNORED and not key.startswith("x-")
    }
    if "required" in out:
        out["required"] = [name for name in out["required"] if not _is_hidden(schema, name, hidden)]
        if not out["required"]:
            del out["required"]
    if schema.get("nullable"):
        if "type" in out:
            out["type"] = [out["type"], "null"]
        if "enum" in out:
            out["enum"] = [*out["enum"], None]
    return out


def _part(key: str, value: Any, hidden: str) -> Any:
    if key == "properties":
        return {name: translate(part, hidden) for name, part in value.items()}
    if key in _SCHEMAS:
        return translate(value, hidden)
    if key in _SCHEMA_LISTS:
        return [translate(part, hidden) for part in value]
    return value


def _is_hidden(schema: Mapping[str, Any], name: str, hidden: str) -> bool:
    return bool(schema.get("properties", {}).get(name, {}).get(hidden))
