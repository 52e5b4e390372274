"""The error envelopes of Dynamic Monetization (C5, G31), and the validation messages of a line item (C2.3)."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from sandbox.kernel.errors import Conflict, Failure, Invalid
from sandbox.kernel.schema import Broken, broken, type_name

LINE_ITEM = "addActivation"
"""The operation whose refusals are a list, in the words of its schema's validator."""
_TOLD = 100
"""Messages in one answer."""


class Refused(Invalid):
    """400 with one message in the shape of the schema's own: for rules of a line item that no schema can say."""

    def __init__(self, place: str, words: str) -> None:
        super().__init__(f"{place}: {words}")


class Duplicate(Conflict):
    """409 as rate tables answer it: ``{"error": …}`` (G23)."""


def envelope(failure: Failure, _now: int) -> dict[str, Any]:
    """``{"message": …}``; ``{"error": …}`` for a conflict of rate tables, ``{"errors": […]}`` for a line item."""
    if isinstance(failure, Duplicate):
        return {"error": failure.message}
    if failure.operation == LINE_ITEM and isinstance(failure, Invalid) and failure.field != "instanceId":
        return {"errors": list(_messages(failure))}
    return {"message": failure.message}


def _messages(failure: Invalid) -> Iterable[str]:
    if failure.cause is None:
        return [failure.message]
    check, value = failure.cause
    return [message for problem in broken(check, value, _TOLD) for message in _said(problem)]


def _said(problem: Broken) -> list[str]:
    words = _WORDS.get(problem.keyword)
    place = "".join(["$", *(f"[{step}]" if isinstance(step, int) else f".{step}" for step in problem.path)])
    said = words(problem.facts, problem.value) if words else [f"does not match {problem.keyword}"]
    return [f"{place}: {text}" for text in said]


def _unknown(facts: Mapping[str, Any], _value: Any) -> list[str]:
    end = "is not defined in the schema and the schema does not allow additional properties"
    return [f"property '{name}' {end}" for name in facts["unexpected"]]


_WORDS: dict[str, Callable[[Mapping[str, Any], Any], list[str]]] = {
    "type": lambda facts, value: [f"{type_name(value)} found, {' or '.join(facts['types'])} expected"],
    "required": lambda facts, _: [f"required property '{facts['property']}' not found"],
    "additionalProperties": _unknown,
    "enum": lambda facts, _: [f"does not have a value in the enumeration [{', '.join(map(str, facts['options']))}]"],
    "minimum": lambda facts, _: [f"must have a minimum value of {facts['limit']}"],
    "maximum": lambda facts, _: [f"must have a maximum value of {facts['limit']}"],
    "minLength": lambda facts, _: [f"must be at least {facts['limit']} characters long"],
    "maxLength": lambda facts, _: [f"must be at most {facts['limit']} characters long"],
}
