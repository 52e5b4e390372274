"""Exchanges as an HTTP Archive (HAR 1.2), for whatever reads these: browsers, proxies, load tests.

Its times are real ones, as every reader expects; the simulated instant of each exchange is in ``_at``. Members of our
own begin with an underscore, as the format has it.
"""

import re
from base64 import b64encode
from collections.abc import Iterable, Sequence
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qsl, quote

from sandbox import __version__
from sandbox.control.exchanges import decoded, redaction, target
from sandbox.control.redaction import HIDDEN, Redaction
from sandbox.kernel.clock import iso_ms
from sandbox.kernel.journal import Exchange
from sandbox.kernel.sandbox import Sandbox

_HTTP = "HTTP/1.1"
_UNKNOWN = -1
_HOST = re.compile(r"[A-Za-z0-9._~\-]+(:\d{1,5})?|\[[0-9A-Fa-f:.]+\](:\d{1,5})?")
_SAFE = "%/:@!$&'()*+,;=-._~?"
_NOT_KEPT = "the body was too large to be kept"


def har(sandbox: Sandbox, namespace: str, exchanges: Iterable[Exchange]) -> dict[str, Any]:
    """The whole archive."""
    entries = [_entry(sandbox, namespace, one) for one in exchanges]
    creator = {"name": "Monetization Sandbox", "version": __version__}
    return {"log": {"version": "1.2", "creator": creator, "entries": entries}}


def _entry(sandbox: Sandbox, namespace: str, one: Exchange) -> dict[str, Any]:
    redact = redaction(sandbox, one)
    took = round(one.duration, 3)
    return {
        "startedDateTime": iso_ms(one.wall - round(one.duration)),
        "time": took,
        "request": _request(sandbox.url, one, redact),
        "response": _response(one, redact),
        "cache": {},
        "timings": {"send": 0, "wait": took, "receive": 0},
        "_id": one.id,
        "_at": iso_ms(one.at),
        "_namespace": namespace,
        "_api": one.api,
        "_operationId": one.operation,
        "_validation": one.validation,
        "_reason": one.reason,
    }


def _url(base: str, one: Exchange, redact: Redaction) -> str:
    """The absolute URL that was asked for: of the host it named, if that is one."""
    host = one.request.headers.get("host", "")
    return (f"http://{host}" if _HOST.fullmatch(host) else base) + relative(one, redact)


def relative(one: Exchange, redact: Redaction) -> str:
    """Path and query as a URL may have them."""
    return quote(target(one, redact), safe=_SAFE, encoding="latin-1")


def _request(base: str, one: Exchange, redact: Redaction) -> dict[str, Any]:
    request = one.request
    pairs = parse_qsl(redact.query(request.query), keep_blank_values=True, errors="replace")
    shown: dict[str, Any] = {
        "method": request.method,
        "url": _url(base, one, redact),
        "httpVersion": _HTTP,
        "cookies": _cookies(request.headers.get("cookie", "")),
        "headers": _pairs(redact.headers(request.headers.items())),
        "queryString": _pairs(pairs),
        "headersSize": _UNKNOWN,
        "bodySize": len(request.body) if one.kept else _UNKNOWN,
    }
    if request.body:
        media = request.headers.get("content-type", "")
        text = redact.body(request.body).decode("utf-8", "replace")
        shown["postData"] = {"mimeType": media, "params": [], "text": text}
    return shown


def _response(one: Exchange, redact: Redaction) -> dict[str, Any]:
    response = one.response
    headers = decoded(response.headers)
    named = {name.lower(): value for name, value in headers}
    return {
        "status": response.status,
        "statusText": _phrase(response.status),
        "httpVersion": _HTTP,
        "cookies": [],
        "headers": _pairs(redact.headers(headers)),
        "content": _content(response.body, named.get("content-type", ""), redact)
        | ({} if one.kept else {"comment": _NOT_KEPT}),
        "redirectURL": named.get("location", ""),
        "headersSize": _UNKNOWN,
        "bodySize": len(response.body) if one.kept else _UNKNOWN,
    }


def _content(body: bytes, media: str, redact: Redaction) -> dict[str, Any]:
    shown = redact.body(body)
    try:
        return {"size": len(body), "mimeType": media, "text": shown.decode()}
    except UnicodeDecodeError:
        return {"size": len(body), "mimeType": media, "text": b64encode(shown).decode(), "encoding": "base64"}


def _cookies(header: str) -> list[dict[str, str]]:
    names = (part.partition("=")[0].strip() for part in header.split(";"))
    return [{"name": name, "value": HIDDEN} for name in names if name]


def _pairs(pairs: Sequence[tuple[str, str]]) -> list[dict[str, str]]:
    return [{"name": name, "value": value} for name, value in pairs]


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return ""
