"""The error envelope of Moonify (B1): one text, as its only example has it."""

from typing import Any

from sandbox.kernel.errors import Failure


def envelope(failure: Failure, _now: int) -> dict[str, Any]:
    """``{"error": "…"}``."""
    return {"error": failure.message}
