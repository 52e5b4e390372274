"""Places in a JSON document: pointers (RFC 6901), and the references that a spec makes within itself."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote


def escaped(step: str | int) -> str:
    """One step of a pointer."""
    return str(step).replace("~", "~0").replace("/", "~1")


def pointed(document: Any, reference: str) -> Any:
    """What stands at a reference of the form ``#/…``. Raises LookupError where that leads nowhere."""
    found = document
    for step in reference.split("/")[1:]:
        name = unquote(step).replace("~1", "/").replace("~0", "~")
        try:
            found = found[int(name)] if isinstance(found, list) else found[name]
        except (LookupError, TypeError, ValueError):
            raise LookupError(reference) from None
    return found


def resolve(document: Mapping[str, Any], node: Any) -> Any:
    """What a local reference (or a chain of them) stands for. Raises ValueError for a remote or a broken one."""
    seen = []
    while isinstance(node, Mapping) and "$ref" in node:
        reference = node["$ref"]
        if reference in seen or not reference.startswith("#/"):
            msg = f"reference {reference!r} is remote or leads back to itself"
            raise ValueError(msg)
        seen.append(reference)
        try:
            node = pointed(document, reference)
        except LookupError:
            msg = f"reference {reference!r} leads nowhere"
            raise ValueError(msg) from None
    return node
