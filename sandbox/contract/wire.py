"""What goes over the wire, whoever carries it: one request, its answer, and both together."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from urllib.parse import parse_qsl

import orjson

MISSING: Any = type("Missing", (), {"__repr__": lambda _: "MISSING", "__bool__": lambda _: False})()
"""What there is instead of JSON where a body is none."""


def parse(body: bytes) -> Any:
    """The JSON of a body; MISSING for anything else."""
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        return MISSING


@dataclass(frozen=True)
class Sent:
    """A request: ``path`` is below the API's base URL and percent-encoded, header names are in lower case."""

    method: str
    path: str
    query: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""

    @cached_property
    def json(self) -> Any:
        """The body, parsed; MISSING where it is no JSON."""
        return parse(self.body)

    @cached_property
    def parameters(self) -> list[tuple[str, str]]:
        """Those of the query, decoded, in their order; one may come several times."""
        return parse_qsl(self.query, keep_blank_values=True)


@dataclass(frozen=True)
class Answer:
    """A response: header names are in lower case, one sent twice is joined with a comma and a blank."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @cached_property
    def json(self) -> Any:
        """The body, parsed; MISSING where it is no JSON."""
        return parse(self.body)

    @property
    def ok(self) -> bool:
        """Whether the status is 2xx."""
        return 200 <= self.status < 300  # noqa: PLR2004  # that class of statuses


@dataclass(frozen=True)
class Exchange:
    """A request and its answer.

    ``operation`` is the operationId that its method and path belong to, None for none, and ``path`` the parameters in
    the path, decoded. ``identity`` is whose credentials it had: ``first``, ``second``, ``nobody`` (none at all) or
    ``stranger`` (wrong ones); None where that is not known. ``at`` are the earliest and the latest instant, in
    milliseconds of the target's clock, at which it may have been handled; None where that is not known.
    """

    operation: str | None
    path: Mapping[str, str]
    identity: str | None
    sent: Sent
    answer: Answer
    at: tuple[int, int] | None = None
