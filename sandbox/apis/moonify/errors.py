"""The error envelope of Moonify (B1): one text, as its only example has it, the words of B5 before the reason."""

from typing import Any

from sandbox.kernel.errors import Failure, Invalid, MethodNotAllowed, NotFound


def envelope(failure: Failure, _now: int) -> dict[str, Any]:
    """``{"error": "…"}``."""
    return {"error": _words(failure)}


def _words(failure: Failure) -> str:
    said = failure.message
    if isinstance(failure, MethodNotAllowed):
        return f"Method not allowed: use {', '.join(failure.allowed)}"
    if isinstance(failure, Invalid) and not said.startswith("Malformed request"):
        return f"Invalid parameter: {said}"
    if isinstance(failure, NotFound) and not said.endswith(" not found"):
        return f"Not found: {said[0].lower()}{said[1:]}"
    return said
