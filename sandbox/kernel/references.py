"""Places in a JSON document: pointers (RFC 6901), and the references that a spec makes within itself."""

from collections.abc import Mapping
from typing import Any


def escaped(step: str | int) -> str:
    """One step of a pointer."""
    return str(step).replace("~", "~0").replace("/", "~1")


def resolve(document: Mapping[str, Any], node: Any) -> Any:
    """What a local reference (or a chain of them) stands for. Raises ValueError for a remote or a broken one."""
    seen = []
    while isinstance(node, Mapping) and "$ref" in node:
        reference = node["$ref"]
        if reference in seen or not reference.startswith("#/"):
            msg = f"reference {reference!r} is remote or leads back to itself"
            raise ValueError(msg)
        seen.append(reference)
        node = document
        for step in reference[2:].split("/"):
            try:
                node = node[step.replace("~1", "/").replace("~0", "~")]
            except KeyError:
                msg = f"reference {reference!r} leads nowhere"
                raise ValueError(msg) from None
    return node
