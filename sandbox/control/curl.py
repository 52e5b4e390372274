"""A line for the shell that repeats a request; secrets are variables to fill in."""

import re
import shlex
from urllib.parse import quote, urlsplit

from sandbox.control.exchanges import SHOWN_BODY
from sandbox.control.har import relative
from sandbox.control.redaction import HIDDEN, Redaction
from sandbox.kernel.journal import Exchange

_LEFT_OUT = frozenset({"accept-encoding", "connection", "content-length", "host", "user-agent", "transfer-encoding"})
_DATA = re.compile(r"[^\0]*")


def curl(base: str, one: Exchange, redact: Redaction) -> str:
    """``$TOKEN`` stands for a credential, ``$COOKIE`` and so on for the other secrets by their names.

    A body that is no text, too long or not kept is to be in the file ``body``.
    """
    words = ["curl", *_method(one), _quoted(base + relative(one, redact).replace(quote(HIDDEN), HIDDEN), "SECRET")]
    host = one.request.headers.get("host", "")
    if host and host != urlsplit(base).netloc:
        words += ["-H", shlex.quote(f"host: {host}")]
    for name, value in one.request.headers.items():
        if name not in _LEFT_OUT and not (name == "accept" and value == "*/*"):
            words += ["-H", _header(name, value, redact)]
    body = _body(one, redact)
    if body:
        if "content-type" not in one.request.headers:
            words += ["-H", "content-type:"]
        words += ["--data-binary", body]
    return " ".join(words)


def _method(one: Exchange) -> list[str]:
    if one.request.method == "HEAD":
        return ["--head"]
    return [] if one.request.method == "GET" and not one.request.body else ["-X", shlex.quote(one.request.method)]


def _header(name: str, value: str, redact: Redaction) -> str:
    if not redact.hides(name):
        return shlex.quote(f"{name}: {value}" if value else f"{name};")
    scheme, blank, _ = value.partition(" ")
    credential = name.lower() in {"authorization", "proxy-authorization"}
    shown = scheme + blank if credential and blank and scheme.isalnum() else ""
    return _quoted(f"{name}: {shown}{HIDDEN}", "TOKEN" if credential else re.sub(r"\W", "_", name).upper())


def _body(one: Exchange, redact: Redaction) -> str | None:
    if not one.kept:
        return "@body"
    if not one.request.body:
        return None
    try:
        text = redact.body(one.request.body).decode()
    except UnicodeDecodeError:
        return "@body"
    fits = len(text) <= SHOWN_BODY and _DATA.fullmatch(text) and not text.startswith("@")
    return _quoted(text, "SECRET") if fits else "@body"


def _quoted(text: str, variable: str) -> str:
    """One word for the shell, in which what is hidden is a variable."""
    return f'"${variable}"'.join(shlex.quote(part) if part else "" for part in text.split(HIDDEN))
