"""What a request means, as far as that is beyond doubt."""

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from math import inf, isfinite
from typing import Any, Literal
from urllib.parse import parse_qsl

from sandbox.contract.wire import Sent

MOST = 100
"""Users of a page at most (B2.2)."""
_WHOLE = re.compile(r"0|[1-9][0-9]{0,14}")
_ODD = re.compile(r"\+.*|\s*|.*\s.*|-?0[0-9]+|-0|[0-9]{16,}|[0-9]+\.0*|.*[^\x21-\x7e].*", re.DOTALL)
_FORM = re.compile(r"(?:[\w@.~+*-]|%[0-9A-Fa-f]{2})+=(?:[\w@.~+*-]|%[0-9A-Fa-f]{2})*", re.ASCII)

Verdict = Literal["good", "invalid", "unread", "large", "unsure"]
_MOST = 10 << 20
"""The bytes that a body may have (B1)."""
_PARAMETERS = 1_000
"""That a request may have (B2.1)."""
"""What is right for a request: an answer, 400, 415, or none can tell."""


class Doubt(Exception):
    """The reference does not say for sure what this means."""


class Invalid(Exception):
    """This is 400."""


@dataclass(frozen=True)
class Opened:
    """A session that is asked for: ``groups`` as (name, value) in the order of their declaration (B2.1)."""

    verdict: Verdict
    user: str | None = None
    groups: Sequence[tuple[str, str]] = ()
    service: str | None = None

    @property
    def group(self) -> tuple[str, str] | None:
        """The one that counts: the last."""
        return self.groups[-1] if self.groups else None


def opened(sent: Sent) -> Opened:
    """What a request of createSession asks for."""
    if len(sent.body) > _MOST:
        return Opened("large")
    try:
        queried, given = _queried(sent), _given(sent)
        if len(sent.parameters) + len(given) > _PARAMETERS:
            return Opened("invalid")
        pairs = _merged(queried, given)
    except _Unread:
        return Opened("unread")
    except Doubt:
        return Opened("unsure")
    except Invalid:
        return Opened("invalid")
    return _meant(pairs)


class _Unread(Exception):
    """This is 415."""


def _queried(sent: Sent) -> list[tuple[str, Any]]:
    pairs = _pairs(sent.query) if sent.query else []
    if len(dict(pairs)) != len(pairs):
        raise Doubt
    return [(name, value) for name, value in pairs if name != "serviceID"]


def _given(sent: Sent) -> list[tuple[str, Any]]:
    if not sent.body:
        return []
    try:
        text = sent.body.decode()
    except UnicodeDecodeError:
        raise Doubt from None
    media = sent.headers.get("content-type", "").partition(";")[0].strip().lower()
    first = text.lstrip(" \t\r\n")[:1]
    if not first or "\ufeff" in text:
        raise Doubt
    if first == "{":
        return _members(text)
    if media == "application/json":
        raise Invalid
    if media in ("multipart/form-data", "text/plain", "application/xml", "text/html", "application/octet-stream"):
        if first in '["-0123456789tfn':
            raise Doubt
        raise _Unread
    if media not in ("application/x-www-form-urlencoded", ""):
        raise Doubt
    return _pairs(text)


def _pairs(text: str) -> list[tuple[str, Any]]:
    """Those of a form, or a query."""
    pairs: list[tuple[str, Any]] = list(parse_qsl(text, keep_blank_values=True))
    if not all(_FORM.fullmatch(part) for part in text.split("&")) or "\ufffd" in str(pairs):
        raise Doubt
    return pairs


def _members(text: str) -> list[tuple[str, Any]]:
    try:
        pairs = json.loads(
            text, object_pairs_hook=_Pairs, parse_int=_digits, parse_float=_digits, parse_constant=_refuse
        )
    except RecursionError:
        raise Doubt from None
    except ValueError:
        raise Invalid from None
    if len({name for name, _ in pairs}) != len(pairs):
        raise Doubt
    return list(pairs)


class _Pairs(list[tuple[str, Any]]):
    """An object as it is written."""


def _digits(text: str) -> str | float:
    """A number as it is written; a float where that is in doubt: a reader may refuse one that is out of reach."""
    return text if isfinite(float(text)) else inf


def _refuse(word: str) -> None:
    raise ValueError(word)


def _merged(queried: list[tuple[str, Any]], given: list[tuple[str, Any]]) -> list[tuple[str, Any]]:
    names = {name for name, _ in given}
    if any(name in names and not (isinstance(value, str) and value) for name, value in queried):
        raise Doubt
    return [(name, value) for name, value in queried if name not in names] + given


def _meant(pairs: Sequence[tuple[str, Any]]) -> Opened:
    try:
        texts = list(_texts(pairs))
    except Invalid:
        return Opened("invalid")
    except Doubt:
        return Opened("unsure")
    said = dict(texts)
    groups = [(name[1:], value) for name, value in texts if name.startswith("@")]
    return Opened("good", said.get("userID"), groups, said.get("serviceID"))


def _texts(pairs: Iterable[tuple[str, Any]]) -> Iterator[tuple[str, str]]:
    """Each parameter that is given, as text. An invalid one decides, whatever else is in doubt."""
    doubt = False
    read: list[tuple[str, str]] = []
    for name, value in pairs:
        if isinstance(value, bool | list) or name == "@" or (name.startswith("@") and value == ""):
            raise Invalid
        doubt = doubt or isinstance(value, float)
        doubt = doubt or any("\ud800" <= sign <= "\udfff" for sign in f"{name}{value}")
        if value is not None and value != "":
            read.append((name, str(value)))
    if doubt:
        raise Doubt
    yield from read


@dataclass(frozen=True)
class Listed:
    """A page that is asked for."""

    verdict: Verdict
    limit: int = MOST
    start: int = 0
    by_score: bool = False


def listed(sent: Sent) -> Listed:
    """What a request for a list asks for (B2.2)."""
    said = dict(sent.parameters)
    mine = {name: value for name, value in said.items() if name in ("limit", "start", "order", "dir")}
    unclear = len(said) != len(sent.parameters) or any(not value for value in mine.values())
    try:
        limit, start = _number(mine.get("limit", "100"), 1), _number(mine.get("start", "0"), 0)
        _ordered(mine)
    except Invalid:
        return Listed("unsure" if unclear else "invalid")
    except Doubt:
        return Listed("unsure")
    return Listed("unsure" if unclear else "good", min(limit, MOST), start, "order" in mine)


def _ordered(said: dict[str, str]) -> None:
    order, direction = said.get("order", "score"), said.get("dir", "desc")
    if order != "score" or direction not in ("asc", "desc") or (direction == "asc" and "order" in said):
        raise Invalid


def _number(text: str, least: int) -> int:
    if _WHOLE.fullmatch(text):
        if int(text) < least:
            raise Invalid
        return int(text)
    if _ODD.fullmatch(text):
        raise Doubt
    raise Invalid
