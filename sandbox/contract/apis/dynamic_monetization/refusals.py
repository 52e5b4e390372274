"""What a refusal looks like (C5, C2.3)."""

from functools import cache
from typing import Any

from sandbox.contract.contracts import contract
from sandbox.contract.findings import Breach
from sandbox.contract.wire import MISSING, Exchange
from sandbox.kernel.schema import Check, broken
from sandbox.web.dialect import compile_body

_API = "dynamic_monetization"
_LINE = "addActivation"
_REFUSALS = frozenset({400, 401, 403, 404, 405, 409, 413, 415})
_INVALID, _DENIED, _CONFLICT = 400, 403, 409
_TOLD = 100


def envelope(exchange: Exchange) -> Breach | None:
    """Whether a refusal's body has another shape than that of its operation and status."""
    operation, status, body = exchange.operation, exchange.answer.status, exchange.answer.json
    if operation is None or status not in _REFUSALS or exchange.sent.method == "HEAD":
        return None
    told = body if isinstance(body, dict) else {}
    wanted = _member(operation, status)
    if (operation, status) == ("putSessionAccessRequest", _DENIED) and "requestedItems" in told:
        return None
    if told.keys() != {wanted}:
        return Breach("C5", operation, "body", f"{wanted} alone", ", ".join(told) or "nothing")
    said = told[wanted]
    if wanted == "errors":
        return _errors(exchange, said)
    return None if isinstance(said, str) and said else Breach("C5", operation, f"body.{wanted}", "a text", repr(said))


def _member(operation: str, status: int) -> str:
    if (operation, status) == (_LINE, _INVALID):
        return "errors"
    return "error" if status == _CONFLICT and operation in {"postRateTables", "deleteRateTables"} else "message"


def _errors(exchange: Exchange, said: Any) -> Breach | None:
    """Every problem with its place, and what the vendor's sample tells of it: the type, or the member's name."""
    texts = said if isinstance(said, list) and all(isinstance(one, str) for one in said) else []
    if not texts:
        return Breach("C2.3", _LINE, "body.errors", "texts", repr(said))
    problems = [] if exchange.sent.json is MISSING else broken(_check(), exchange.sent.json, _TOLD)
    places = {text.partition(": ")[0] for text in texts}
    for problem in problems if len(problems) < _TOLD else ():
        place = "$" + "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in problem.path)
        said_there = [text for text in texts if text.partition(": ")[0] == place]
        missing = [f"{place}: …{one}…" for one in _words(problem.keyword, problem.facts) if one not in str(said_there)]
        if missing or place not in places:
            return Breach("C2.3", _LINE, "body.errors", (missing or [place])[0], str(texts))
    return None


@cache
def _check() -> Check:
    document = contract(_API).document
    body = contract(_API).operations[_LINE].spec["requestBody"]
    return compile_body(document, body["content"]["application/json"]["schema"])


def _words(keyword: str, facts: Any) -> list[str]:
    if keyword == "type" and len(facts["types"]) == 1:
        return [str(facts["types"][0])]
    return [str(name) for name in facts["unexpected"]] if keyword == "additionalProperties" else []
