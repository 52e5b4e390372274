"""``Prefer: code=404`` and ``Prefer: example=name`` on a single request: an example of the spec, without any effect."""

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

import orjson

from sandbox.kernel.errors import Invalid
from sandbox.kernel.request import Effect, Headers, Response
from sandbox.web.body import JSON
from sandbox.web.plan import Plan

_PREFERENCE = re.compile(r"(?:^|[,;\s])(code|example)\s*=\s*(\"[^\"]*\"|[^,;\s]*)", re.IGNORECASE)


class Preference(NamedTuple):
    """What a client asks for; None where it leaves the choice. Without a code a success comes before an error."""

    code: str | None = None
    example: str | None = None

    def __str__(self) -> str:
        return ", ".join(f"{name}={value}" for name, value in self._asdict().items() if value is not None)


def read_preference(header: str) -> Preference | None:
    """The preference in a Prefer header; None when it is about something else."""
    found = {name.lower(): value.strip('"') for name, value in _PREFERENCE.findall(header)}
    return Preference(**found) if found else None


def preferred(plan: Plan, wanted: Preference, headers: Headers) -> Response:
    """The spec's example, with the required headers. Raises Invalid for a status or example that is not in the spec."""
    statuses = [wanted.code] if wanted.code is not None else plan.statuses
    for status in statuses:
        definition = plan.documented(status)
        if definition is not None and (wanted.example is None or wanted.example in _examples(plan, definition)):
            return _example(plan, int(status), definition, wanted, headers)
    have = ", ".join(plan.statuses)
    if wanted.code not in {None, *plan.statuses}:
        msg = f"{plan.operation_id} documents no answer {wanted.code}: it has {have}"
    else:
        msg = f"{plan.operation_id} has no example {wanted.example!r} for {wanted.code or have}"
    raise Invalid(msg, field="Prefer", value=str(wanted))


def _example(plan: Plan, status: int, definition: Mapping[str, Any], wanted: Preference, headers: Headers) -> Response:
    named = _examples(plan, definition)
    name = wanted.example or next(iter(named), None)
    body = b"" if name is None else orjson.dumps(named[name])
    sent = [*headers, *_required(plan, definition, headers), (b"preference-applied", str(wanted).encode())]
    answer = Response(status, body, [(b"content-type", JSON.encode()), *sent] if body else sent)
    answer.effect = Effect(f"Prefer: {wanted}: an example of the spec, nothing was carried out")
    return answer


def _examples(plan: Plan, definition: Mapping[str, Any]) -> dict[str, Any]:
    content = definition.get("content", {}).get(JSON, {})
    named = {name: plan.resolve(example)["value"] for name, example in content.get("examples", {}).items()}
    return named or ({"example": content["example"]} if "example" in content else {})


def _required(plan: Plan, definition: Mapping[str, Any], headers: Headers) -> Headers:
    """The headers that the answer must have, beside those it has."""
    sent = {name.decode().lower() for name, _ in headers}
    declared = {name.lower(): plan.resolve(header) for name, header in definition.get("headers", {}).items()}
    return [
        (name.encode(), str(header.get("example", header.get("schema", {}).get("example", 1))).encode())
        for name, header in declared.items()
        if header.get("required") and name not in sent
    ]
