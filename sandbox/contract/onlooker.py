"""What stands between Schemathesis and the wire: every request of a run goes through it, whoever sends it."""

from collections import deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import orjson

from sandbox.contract.budget import asked_to_wait
from sandbox.contract.contracts import Contract
from sandbox.contract.findings import Breach
from sandbox.contract.oracles import Oracle
from sandbox.contract.targets import Refused
from sandbox.contract.wire import Answer, Exchange, Sent
from sandbox.kernel.clock import real_now
from sandbox.kernel.references import resolve

SETTINGS = "SANDBOX_CONTRACT_RUN"
"""The environment variable that holds the path of a run's settings."""
SECRETS = "SANDBOX_CONTRACT_HEADERS"
"""That which holds the credentials: JSON, headers by identity. They are in no file and in no report."""
PROBING = "probing"
"""What Schemathesis does before its phases."""
FOUND, CALLS = "found.ndjson", "calls.ndjson"
"""What is written into a run's folder: breaches and problems at once, and a line for every call."""

_REMEMBERED = 2_000
_TOLD = 12
_SHORTEST = 3
_OWN = "x-schemathesis-testcaseid"
"""A random header that Schemathesis adds: without it, a seed gives the same requests again."""


@dataclass(frozen=True)
class Settings:
    """Of one run: ``url`` is the API's base URL, ``layers`` those that judge, ``gate`` the settings of its guard.

    ``oracle`` is where what makes one is found, as ``module:name``.
    """

    api: str
    url: str
    folder: str
    layers: tuple[str, ...]
    oracle: str
    now: int | None = None
    """Where the target's clock stands still, in ms since 1970."""
    gate: Mapping[str, Any] | None = None

    @classmethod
    def read(cls, path: str) -> "Settings":
        """From a file that ``write`` made."""
        stored = orjson.loads(Path(path).read_bytes())
        return cls(**{**stored, "layers": tuple(stored["layers"])})

    def write(self, path: Path) -> None:
        """To a file."""
        path.write_bytes(orjson.dumps(self))


def stand_in(identity: str, header: str) -> str:
    """What Schemathesis knows of a credential: the name of a variable, as in the curl lines of a report."""
    return f"${identity}_{header}".upper().replace("-", "_")


@dataclass
class Onlooker:
    """Sees every exchange in the order in which it happened, judges it, counts it and writes down what it found.

    ``phase`` is that of Schemathesis.
    """

    settings: Settings
    secrets: Mapping[str, Mapping[str, str]]
    contract: Contract
    oracle: Oracle | None
    phase: str = PROBING
    _past: deque[Exchange] = field(default_factory=lambda: deque(maxlen=_REMEMBERED))
    _declared: dict[str, list[tuple[str, str]]] = field(default_factory=dict)

    def carry(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes, send: Callable[[dict[str, str]], Answer]
    ) -> list[Breach]:
        """Have a request sent with its real headers, and judge the answer. Raises Refused, and what ``send`` raises."""
        try:
            answer = send(self._real(headers))
        except Refused as error:
            self._call(self._operation(method, url), 0, refused=str(error))
            raise
        exchange = self._exchange(method, url, headers, body, answer)
        breaches = list(self._judge(exchange))
        self._past.append(exchange)
        return breaches

    def _real(self, headers: Mapping[str, str]) -> dict[str, str]:
        """The headers as they go out: credentials instead of their stand-ins."""
        known = {stand_in(one, name): value for one, own in self.secrets.items() for name, value in own.items()}
        return {name: known.get(value, value) for name, value in headers.items() if name.lower() != _OWN}

    def _exchange(self, method: str, url: str, headers: Mapping[str, str], body: bytes, answer: Answer) -> Exchange:
        parts = urlsplit(url)
        lower = {name.lower(): value for name, value in headers.items() if name.lower() != _OWN}
        sent = Sent(method, parts.path.removeprefix(urlsplit(self.settings.url).path), parts.query, lower, body)
        matched = self.contract.match(method, sent.path)
        operation, path = (None, {}) if matched is None else (matched[0].id, matched[1])
        self._call(operation, answer.status, parameters=self._given(operation, path, sent), **self._later(answer))
        now = self.settings.now
        at = None if now is None else (now, now)
        return Exchange(operation, path, self._identity(sent), sent, answer, at)

    def _later(self, answer: Answer) -> dict[str, int]:
        """Until when nothing more may be sent, in ms since 1970; one whose clock is moved is asked again at once."""
        gate = self.settings.gate
        asked = None if gate is None or gate["clocks"] else asked_to_wait(answer.status, answer.headers)
        return {} if asked is None else {"until": real_now() + round(asked * 1000)}

    def _operation(self, method: str, url: str) -> str | None:
        path = urlsplit(url).path.removeprefix(urlsplit(self.settings.url).path)
        matched = self.contract.match(method, path)
        return None if matched is None else matched[0].id

    def _identity(self, sent: Sent) -> str | None:
        for one, own in self.secrets.items():
            if own and all(sent.headers.get(name.lower()) == stand_in(one, name) for name in own):
                return one
        names = {name.lower() for own in self.secrets.values() for name in own}
        if any(name in sent.headers for name in names):
            return "stranger"
        return None if self._otherwise(sent) else "nobody"

    def _otherwise(self, sent: Sent) -> bool:
        """Whether there may be credentials elsewhere than in the headers, and whose is not known then."""
        schemes = self.contract.document["components"].get("securitySchemes", {}).values()
        names = [scheme["name"] for scheme in schemes if scheme.get("in") == "query"]
        given = {name for name, _ in sent.parameters} | (set(sent.json) if isinstance(sent.json, dict) else set())
        return any(name in given for name in names)

    def _given(self, operation: str | None, path: Mapping[str, str], sent: Sent) -> list[str]:
        """The parameters of an operation that a request has."""
        if operation is None:
            return []
        if operation not in self._declared:
            self._declared[operation] = _declared(self.contract, operation)
        queried = {name for name, _ in sent.parameters}
        places = {"path": path.keys(), "query": queried, "header": sent.headers.keys()}
        return [name for place, name in self._declared[operation] if _spelt(place, name) in places.get(place, ())]

    def _call(self, operation: str | None, status: int, **more: Any) -> None:
        self._write(CALLS, {"phase": self.phase, "operation": operation, "status": status, **more})

    def _judge(self, exchange: Exchange) -> Iterable[Breach]:
        if "conformance" in self.settings.layers:
            yield from self._tell("conformance", self.contract.breaches(exchange), exchange)
        if self.oracle is not None:
            try:
                found = list(self.oracle.look(exchange))
            except Exception as error:  # noqa: BLE001  # whatever is wrong with an oracle, the run goes on without it
                self.oracle = None
                text = f"the oracle of {self.settings.api} failed at {exchange.operation}: {error!r}"
                self._write(FOUND, {"problem": text})
            else:
                yield from self._tell("stateful", found, exchange)

    def _tell(self, layer: str, found: list[Breach], exchange: Exchange) -> list[Breach]:
        for breach in found:
            led = [_request(self.settings.url, one) for one in (*self._leading(exchange), exchange)]
            self._write(FOUND, {"layer": layer, "breach": breach._asdict(), "requests": led})
        return found

    def _leading(self, exchange: Exchange) -> list[Exchange]:
        """The last changes that had to do with what this one asks for, oldest first."""
        words = [value.encode() for value in exchange.path.values() if len(value) >= _SHORTEST]
        led = [one for one in self._past if one.sent.method != "GET" and one.answer.ok and _names(one, words)]
        return led[-_TOLD:]

    def _write(self, name: str, line: Mapping[str, Any]) -> None:
        with (Path(self.settings.folder) / name).open("ab") as file:
            file.write(orjson.dumps(line) + b"\n")


def _declared(contract: Contract, operation: str) -> list[tuple[str, str]]:
    """Place and name of the parameters of an operation."""
    found = contract.operations[operation]
    given = [*contract.document["paths"][found.path].get("parameters", ()), *found.spec.get("parameters", ())]
    return [(one["in"], one["name"]) for one in (resolve(contract.document, reference) for reference in given)]


def _spelt(place: str, name: str) -> str:
    return name.lower() if place == "header" else name


def _names(exchange: Exchange, words: Iterable[bytes]) -> bool:
    told = exchange.sent.path.encode(), exchange.sent.body, exchange.answer.body
    return any(word in text for word in words for text in told)


def _request(url: str, exchange: Exchange) -> dict[str, Any]:
    sent = exchange.sent
    query = f"?{sent.query}" if sent.query else ""
    body = sent.body.decode("latin-1")
    return {"method": sent.method, "url": f"{url}{sent.path}{query}", "headers": dict(sent.headers), "body": body}
