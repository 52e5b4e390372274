"""Headers of two targets made comparable: media types, methods, rate limits by how they go, signatures by their fit."""

import hashlib
import hmac
import re
from dataclasses import dataclass, field
from typing import Any

from sandbox.contract.targets import Delivered
from sandbox.contract.wire import Exchange

FOREIGN: Any = type("Foreign", (), {"__repr__": lambda _: "what others keep there"})()
"""What depends on others' data, which two targets need not share: it is not compared."""

_TOLD = ("content-type", "allow", "retry-after")
_LIMIT, _LEFT, _RESET = "x-ratelimit-limit", "x-ratelimit-remaining", "x-ratelimit-reset"
_DIGEST = re.compile(r"[0-9a-f]{64}", re.IGNORECASE)


@dataclass
class Headers:
    """What one target's headers come to, in one play. ``whole``: nobody else asks there.

    ``secrets`` are those of webhooks by their URL, as far as the kit made them.
    """

    whole: bool
    secrets: dict[str, str] = field(default_factory=dict)
    _left: dict[tuple[str | None, str], int] = field(default_factory=dict)

    def of(self, exchange: Exchange) -> dict[str, Any]:
        """Those of an answer."""
        self._note(exchange)
        headers = exchange.answer.headers
        named = [name for name in _TOLD if name in headers and (name != "content-type" or exchange.answer.body)]
        told: dict[str, Any] = {name: _plain(name, headers[name]) for name in named}
        if _LIMIT in headers:
            told[_LIMIT] = _shape(headers[_LIMIT])
        if _LEFT in headers:
            told[_LEFT] = self._fall(exchange, headers[_LEFT])
        if _RESET in headers:
            told[_RESET] = _instant(headers[_RESET])
        return told

    def _note(self, exchange: Exchange) -> None:
        """Keep the secret of a webhook that is made."""
        asked = exchange.sent.json
        if exchange.answer.ok and isinstance(asked, dict) and isinstance(asked.get("url"), str):
            secret = asked.get("secret")
            self.secrets[asked["url"]] = secret if isinstance(secret, str) else ""

    def _fall(self, exchange: Exchange, text: str) -> Any:
        """By how much what is left fell within one window: how much that is, each target may decide."""
        left = int(text) if text.isdecimal() and text.isascii() else None
        if left is None:
            return _shape(text)
        window = exchange.identity, exchange.answer.headers.get(_RESET, "")
        before = self._left.get(window)
        self._left[window] = left
        if before is None:
            return FOREIGN
        if before == left == 0:
            return "none is left"
        return f"falls by {before - left}" if self.whole else "falls" if left < before else "does not fall"

    def of_delivery(self, one: Delivered) -> dict[str, Any]:
        """Those of a webhook attempt: its media type, and whether a signature fits its exact bytes."""
        return {
            "content-type": _plain("content-type", one.headers.get("content-type", "")),
            "signature": self._fit(one),
        }

    def _fit(self, one: Delivered) -> str:
        digests = [found[0].lower() for value in one.headers.values() for found in _DIGEST.finditer(value)]
        secret = self.secrets.get(one.url)
        if not digests:
            return "none"
        if secret is None:
            return "by a secret that is not known"
        wanted = hmac.new(secret.encode(), one.body, hashlib.sha256).hexdigest()
        return "fits the body" if wanted in digests else "does not fit the body"


def _plain(name: str, value: str) -> str:
    if name == "allow":
        return ", ".join(sorted(part.strip() for part in value.split(",")))
    if name == "content-type":
        return value.partition(";")[0].strip().lower()
    return _shape(value)


def _shape(value: str) -> str:
    return "a number" if re.fullmatch(r"-?\d+", value) else value


def _instant(value: str) -> str:
    """In which unit, from when on."""
    if not value.isdecimal() or not value.isascii():
        return value
    return {9: "seconds", 12: "seconds since 1970", 15: "milliseconds since 1970"}.get(
        next((most for most in (9, 12, 15) if len(value) < most), 0), "a large number"
    )
