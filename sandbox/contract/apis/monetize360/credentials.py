"""How the kit presents itself to Monetize360."""

from typing import Any

from sandbox.contract.credentials import Access


def _of_tier(issued: Any, tier: str) -> str:
    return next(str(one["token"]) for one in issued["tokens"] if one["tier"] == tier)


ACCESS = Access(
    "CONTRACT_MONETIZE360_TOKEN",
    lambda issued: _of_tier(issued, "enterprise"),
    lambda issued: _of_tier(issued, "standard"),
)
