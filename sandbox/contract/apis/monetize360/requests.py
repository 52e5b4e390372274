"""Whether a request is valid by itself, whatever the server holds, as far as that can be said for sure."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from sandbox.contract.apis.monetize360.values import Condition
from sandbox.contract.contracts import contract
from sandbox.contract.wire import MISSING, Exchange, Sent
from sandbox.kernel.references import resolve
from sandbox.kernel.schema import Check
from sandbox.web.dialect import compile_body

API = "monetize360"
_FILTER = re.compile(r"([^:]+):(eq|ne|gt|lt|gte|lte|in|contains):([\s\S]*)")
_SORT = re.compile(r"(-[^:,]+|[^:,-][^:,]*(:(asc|desc))?)(,(-[^:,]+|[^:,-][^:,]*(:(asc|desc))?))*")
_WHOLE = re.compile(r"0|-?[1-9]\d{0,17}")
_NO_NUMBER = re.compile(r"[a-z]{3,}")
_MOST_OFFSET = 9007199254740991
_MOST_LIMIT = 1000
_LARGE = 1_000_000


@dataclass(frozen=True)
class Judged:
    """What a request deserves: ``statuses`` are the only right ones, none where it is valid.

    ``unsure`` where neither can be said. ``field`` and ``value`` are the parameter at fault.
    """

    statuses: tuple[int, ...] = ()
    unsure: bool = False
    field: str | None = None
    value: Any = None

    @property
    def valid(self) -> bool:
        """Whether it is surely valid."""
        return not self.statuses and not self.unsure


_UNSURE = Judged(unsure=True)
_VALID = Judged()


@dataclass(frozen=True)
class Query:
    """What a list was asked for."""

    filters: tuple[Condition, ...] = ()
    sort: tuple[tuple[str, bool], ...] = ()
    fields: tuple[str, ...] | None = None
    limit: int = 50
    offset: int = 0

    @property
    def whole(self) -> bool:
        """Whether everything was asked for, from the first item on."""
        return not self.filters and not self.offset


def judge(exchange: Exchange) -> Judged:
    """What a request deserves by the document alone."""
    sent = exchange.sent
    if exchange.operation is None or "%" in sent.path or exchange.path.get("mdataId") == "bulk":
        return _UNSURE
    told = [*_of_query(exchange), _of_body(exchange)]
    wrong = [one for one in told if one.statuses]
    if any(one.unsure for one in told):
        return _UNSURE
    if len(wrong) > 1:
        return Judged(tuple({status for one in wrong for status in one.statuses}))
    return wrong[0] if wrong else _VALID


def _of_query(exchange: Exchange) -> Iterator[Judged]:
    known = _parameters(exchange.operation or "")
    names = [name for name, _ in exchange.sent.parameters]
    for name, value in exchange.sent.parameters:
        if name not in known or not value or "\ufffd" in value or (name != "filter" and names.count(name) > 1):
            yield _UNSURE
        else:
            yield _CHECKS[name](value)


@cache
def _parameters(operation: str) -> frozenset[str]:
    document = contract(API).document
    told = [resolve(document, one) for one in contract(API).operations[operation].spec.get("parameters", ())]
    return frozenset(one["name"] for one in told if one["in"] == "query")


def _of_number(name: str, least: int, most: int) -> Callable[[str], Judged]:
    def check(value: str) -> Judged:
        if _WHOLE.fullmatch(value):
            fine = least <= int(value) <= most
            return _VALID if fine else Judged((400,), field=name, value=int(value))
        return Judged((400,), field=name) if _NO_NUMBER.fullmatch(value) else _UNSURE

    return check


def _of_filter(value: str) -> Judged:
    return _VALID if _FILTER.fullmatch(value) else Judged((400,), field="filter", value=value)


def _of_sort(value: str) -> Judged:
    return _VALID if _SORT.fullmatch(value) else Judged((400,), field="sort")


_CHECKS: Mapping[str, Callable[[str], Judged]] = {
    "limit": _of_number("limit", 1, _MOST_LIMIT),
    "offset": _of_number("offset", 0, _MOST_OFFSET),
    "filter": _of_filter,
    "sort": _of_sort,
    "fields": lambda _: _VALID,
}


def query(sent: Sent) -> Query:
    """What a valid request asked a list for."""
    told = dict(sent.parameters)
    split = [_FILTER.fullmatch(value) for name, value in sent.parameters if name == "filter"]
    return Query(
        tuple((one[1], one[2], one[3]) for one in split if one),
        tuple(map(_key, told["sort"].split(","))) if "sort" in told else (),
        tuple(told["fields"].split(",")) if "fields" in told else None,
        int(told.get("limit", 50)),
        int(told.get("offset", 0)),
    )


def _key(text: str) -> tuple[str, bool]:
    if text.startswith("-"):
        return text[1:], True
    name, _, direction = text.partition(":")
    return name, direction == "desc"


def _of_body(exchange: Exchange) -> Judged:
    sent = exchange.sent
    found = _body_check(exchange.operation or "")
    if found is None:
        return _VALID if not sent.body else _UNSURE
    check, required = found
    if not sent.body:
        return Judged((400, 415)) if required else _VALID
    if len(sent.body) > _LARGE:
        return _UNSURE
    media = sent.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media != "application/json":
        return Judged((415,)) if media in ("text/plain", "application/xml", "text/html", "text/csv") else _UNSURE
    if sent.json is MISSING:
        return _broken(sent.body)
    return _VALID if check.is_valid(sent.json) else Judged((400,))


def _broken(body: bytes) -> Judged:
    try:
        text = body.decode()
        return _UNSURE if "NaN" in text or "Infinity" in text or "\\u" in text else Judged((400,))
    except UnicodeDecodeError:
        return _UNSURE


@cache
def _body_check(operation: str) -> tuple[Check, bool] | None:
    document = contract(API).document
    told = contract(API).operations[operation].spec.get("requestBody")
    if told is None:
        return None
    told = resolve(document, told)
    schema = told["content"]["application/json"]["schema"]
    return compile_body(document, schema), bool(told.get("required"))
