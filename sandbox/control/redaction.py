"""Taking secrets out of what is shown of an exchange."""

import re
from collections.abc import Iterable
from typing import Any

import orjson

HIDDEN = "[redacted]"

_USERINFO = re.compile(r"""(?<=://)[^\s/?#"']+@""", re.ASCII)
_HIDDEN_HEADERS = frozenset({"authorization", "cookie", "proxy-authorization", "set-cookie"})


def without_password(text: str) -> str:
    """With what stands before the host of any URL in it hidden: a webhook's may have a password there."""
    return _USERINFO.sub(f"{HIDDEN}@", text) if "@" in text else text


class Redaction:
    """Hides the values of the headers, query parameters and body members of these names, in whatever case.

    So it does with the passwords in URLs.
    """

    def __init__(self, names: Iterable[str]) -> None:
        self._names = frozenset(name.lower() for name in names)
        self._bytes = tuple(name.encode() for name in self._names)
        self._alternatives = "|".join(map(re.escape, sorted(self._names)))

    def hides(self, name: str) -> bool:
        """Whether the value of a header, parameter or member of that name is a secret."""
        return name.lower() in self._names or name.lower() in _HIDDEN_HEADERS

    def headers(self, headers: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
        """In their order."""
        return [(name, HIDDEN if self.hides(name) else value) for name, value in headers]

    def query(self, query: str) -> str:
        """As it was sent, but for the secrets."""
        if not self._names:
            return query
        return re.sub(rf"(^|&)({self._alternatives})=[^&]*", rf"\1\2={HIDDEN}", query, flags=re.IGNORECASE)

    def body(self, body: bytes) -> bytes:
        """JSON by its members; what is not JSON is hidden from the first of the names on."""
        if b"@" in body:
            body = without_password(body.decode("latin-1")).encode("latin-1")
        if not (b"\\" in body or any(name in body.lower() for name in self._bytes)):
            return body
        try:
            value = orjson.loads(body)
        except orjson.JSONDecodeError:
            text = body.decode("utf-8", "replace")
            found = re.search(self._alternatives, text, re.IGNORECASE) if self._names else None
            return (text if found is None else text[: found.end()] + HIDDEN).encode()
        shown = self.value(value)
        return body if shown == value else orjson.dumps(shown)

    def value(self, value: Any) -> Any:
        """Of JSON, parsed."""
        if isinstance(value, str):
            return without_password(value)
        if isinstance(value, dict):
            return {
                name: HIDDEN if name.lower() in self._names else self.value(member) for name, member in value.items()
            }
        return [self.value(member) for member in value] if isinstance(value, list) else value
