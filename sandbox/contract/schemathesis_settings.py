"""What Schemathesis is told about a run: its configuration, the identities, and which operations it may ask."""

import tomllib
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any

import orjson

from sandbox.contract.contracts import contract
from sandbox.contract.loopback import Endpoint
from sandbox.contract.model import Trial
from sandbox.contract.onlooker import stand_in
from sandbox.contract.reach import TIMEOUT

_SAFE = "GET"
_ANY_TIME = 1_000_000
"""Seconds: speed is not tested, and what the guard waits before it sends would count."""
_POOLED = ("examples", "coverage", "fuzzing")
"""Phases that use again what answers held, ids of somebody else's data among them."""


def expected(api: str) -> str:
    """The TOML of what an API's answers may be beside Schemathesis's own list, as ``[[operations]]`` with reasons."""
    file = files("sandbox.contract.apis").joinpath(api, "expected.toml")
    return file.read_text("utf-8") if file.is_file() else ""


def disabled(api: str) -> set[tuple[str, str]]:
    """The checks that an operation is spared, by (operationId, check): Schemathesis forgets that now and then."""
    found = set()
    for entry in tomllib.loads(expected(api)).get("operations", []):
        named = entry["include-operation-id"]
        checks = [name for name, wanted in entry["checks"].items() if wanted.get("enabled") is False]
        found |= {(one, check) for one in ([named] if isinstance(named, str) else named) for check in checks}
    return found


def selected(trial: Trial, can: frozenset[str]) -> list[str]:
    """The operations that are asked: none that is left out, and only those that read where nothing may be written."""
    operations = contract(trial.suite.api).operations.values()
    return [one.id for one in operations if one.id not in trial.left_out and ("writes" in can or one.method == _SAFE)]


def identities(endpoint: Endpoint) -> bytes:
    """The two tenants as a file of Web Fuzzing Commons, with stand-ins for their credentials."""
    told = [
        {"name": one, "fixedHeaders": [{"name": name.title(), "value": stand_in(one, name)} for name in headers]}
        for one, headers in endpoint.headers.items()
        if one in {"first", "second"} and headers
    ]
    return orjson.dumps({"auth": told})


def configured(trial: Trial, endpoint: Endpoint, peers: bool, folder: Path) -> str:  # noqa: FBT001  # two identities or one
    """The TOML of a run. Nothing is remembered, and nothing hidden: the reports know no credentials."""
    lines = "\n".join(f"{name} = {_toml(value)}" for name, value in _settings(endpoint, folder, peers))
    return f"{lines}\n\n{expected(trial.suite.api)}"


def _settings(endpoint: Endpoint, folder: Path, peers: bool) -> Iterator[tuple[str, Any]]:  # noqa: FBT001  # as above
    yield "workers", 1
    yield "cache.enabled", False
    yield "generation.database", "none"
    yield "output.sanitization.enabled", False
    yield "auth.auto-signup", False
    yield "request-timeout", TIMEOUT[1]
    yield "checks.max_response_time", _ANY_TIME
    if endpoint.headers["first"]:
        yield "auth.wfc.path", str(folder / "identities.json")
        yield "auth.wfc.user", "first"
        if peers:
            yield "auth.wfc.peers", ["first", "second"]
    if "writes" not in endpoint.can:
        yield "phases.coverage.unexpected-methods", []
    if "fresh" not in endpoint.can:
        yield from ((f"phases.{phase}.extra-data-sources.responses", False) for phase in _POOLED)


def _toml(value: Any) -> str:
    return orjson.dumps(value).decode()
