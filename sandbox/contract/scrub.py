"""Taking secrets out of evidence: known texts in whatever form, and whatever stands under a telling name."""

import html
import json
import re
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Iterable, Iterator
from urllib.parse import quote, quote_plus

from sandbox.control.redaction import HIDDEN

NAMES = frozenset(
    {
        "access_token",
        "api_key",
        "apikey",
        "authorization",
        "client_secret",
        "cookie",
        "passphrase",
        "password",
        "privatekey",
        "private_key",
        "proxy-authorization",
        "refresh_token",
        "secret",
        "serviceid",
        "set-cookie",
        "token",
        "x-api-key",
    }
)
"""Names of headers, parameters and members whose values are secrets, in lower case."""
_PRIVATE = frozenset({"d", "p", "q", "dp", "dq", "qi", "k", "oth"})
"""Members of a JWK that nobody else may know."""
_SHORTEST = 4
_FIRST = "".join(sorted({name[0] for name in NAMES}))
_ALTERNATIVES = f"(?=[{_FIRST}])(?:{'|'.join(map(re.escape, sorted(NAMES, key=lambda name: (-len(name), name))))})"
_STRING = r'"(?:\\.|[^"\\])*"'
_QUOTED = "&(?:#x27|#39|quot);"
"""A quotation mark in HTML."""
_HEADER = (
    r"([acx](?:(?<=a)uthorization|(?<=c)ookie|(?<=x)-api-key)"
    rf"['\"]?[ \t]*:\s*(?:-\s+)?['\"]?(?:{_QUOTED})*+(?:(?:bearer|serviceid|basic)[ \t]+)?+)"
)
_PATTERNS = (
    (r"-----BEGIN ([A-Z ]*)PRIVATE KEY-----.*?-----END \1PRIVATE KEY-----", HIDDEN),
    # cut off before its end
    (r"-----BEGIN [A-Z ]*PRIVATE KEY-----[\w+/=\s\\…]*", HIDDEN),
    (rf'("(?:{_ALTERNATIVES})"\s*:\s*)"(?:\\.|[^"\\])*\Z', rf'\1"{HIDDEN}"'),
    # as Python shows it
    (rf"('(?:{_ALTERNATIVES})': )(?:'(?:\\.|[^'\\])*(?:'|\Z)|-?\d[\d.eE+-]*)", rf"\1'{HIDDEN}'"),
    (rf"('(?:{_ALTERNATIVES})': )\"(?:\\.|[^\"\\])*(?:\"|\Z)", rf"\1'{HIDDEN}'"),
    (r"(?-i:eyJ)[\w-]+\.[\w-]+\.[\w-]*", HIDDEN),
    # {"name": "Authorization", "value": "…"}, as in HAR
    (rf'("name"\s*:\s*"(?:{_ALTERNATIVES})"\s*,\s*"value"\s*:\s*){_STRING}', rf'\1"{HIDDEN}"'),
    (rf'("(?:{_ALTERNATIVES})"\s*:\s*)(?:{_STRING}|-?\d[\d.eE+-]*|\[[^\[\]]*\])', rf'\1"{HIDDEN}"'),
    # JSON within a text of JSON, however deep
    (rf'((\\+)"(?:{_ALTERNATIVES})\2"\s*:\s*\2").*?((?<!\\)\2")', rf"\1{HIDDEN}\3"),
    (rf"(&quot;(?:{_ALTERNATIVES})&quot;\s*:\s*&quot;).*?(&quot;)", rf"\1{HIDDEN}\2"),
    (rf"([?&;\s\"'](?:{_ALTERNATIVES})=)[^&\s\"'<>\\$][^&\s\"'<>\\]*", rf"\1{HIDDEN}"),
    # a header in a line of its own, of a command or of YAML, whose value may stand below it
    (rf"{_HEADER}[^\s'\"\\$\[{{&](?:(?!{_QUOTED})[^\s'\"\\])*", rf"\1{HIDDEN}"),
)
_COMPILED = [(re.compile(pattern, re.IGNORECASE | re.DOTALL), shown) for pattern, shown in _PATTERNS]
_JWK = re.compile(r'\{[^{}]*"kty"[^{}]*\}')
_MEMBER = re.compile(rf'("(?:{"|".join(sorted(_PRIVATE))})"\s*:\s*){_STRING}')


class Scrub:
    """Hides the literal ``secrets`` in their forms, what stands under NAMES, and the private part of a key."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        forms = {form for secret in secrets if len(secret) >= _SHORTEST for form in _forms(secret)}
        longest = sorted(forms, key=lambda form: (-len(form), form))
        self._literal = re.compile("|".join(map(re.escape, longest))) if longest else None

    def known(self, text: str) -> str:
        """A text without the known secrets; names are not looked at."""
        return text if self._literal is None else self._literal.sub(HIDDEN, text)

    def text(self, text: str) -> str:
        """Any text: JSON, YAML, HTML, a log, a URL, a command."""
        text = "\n" + self.known(text)  # so that a name at the beginning has something before it, too
        for pattern, shown in _COMPILED:
            text = pattern.sub(shown, text)
        return _JWK.sub(lambda found: _MEMBER.sub(rf'\1"{HIDDEN}"', found[0]), text)[1:]


def _forms(secret: str) -> Iterator[str]:
    """How a secret may be written."""
    yield secret
    yield quote(secret, safe="")
    yield quote(secret)
    yield quote_plus(secret)
    yield html.escape(secret)
    yield html.escape(secret, quote=False)
    for ascii_only in (True, False):
        escaped = json.dumps(secret, ensure_ascii=ascii_only)[1:-1]
        yield escaped
        yield escaped.replace("/", "\\/")
        yield json.dumps(escaped)[1:-1]
    yield from _within_base64(secret.encode())


def _within_base64(secret: bytes) -> Iterator[str]:
    """What every base64 text has in it that holds the secret somewhere, by where it begins in a group of three."""
    for before in range(3):
        first, last = -(-before * 8 // 6), (before + len(secret)) * 8 // 6
        for encode in (b64encode, urlsafe_b64encode):
            core = encode(b"\0" * before + secret).decode()[first:last]
            if len(core) >= 2 * _SHORTEST:
                yield core
