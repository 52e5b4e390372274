"""What sits under the HTTP client, so that nothing goes round it: it permits, counts and writes down."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from requests import PreparedRequest, RequestException, Response
from requests.adapters import HTTPAdapter

from sandbox.contract import clocks
from sandbox.contract.budget import Budget, asked_to_wait
from sandbox.contract.contracts import contract
from sandbox.contract.creations import Request, content, is_told, made_by, most, values
from sandbox.contract.credentials import Credentials
from sandbox.contract.ledger import Creation, Entry, Ledger, Made
from sandbox.contract.permission import Mode, Permission
from sandbox.contract.reach import TRIES
from sandbox.contract.suites import suite
from sandbox.contract.targets import Refused, Unreachable
from sandbox.contract.wire import MISSING, parse

GONE = frozenset({404, 410})
"""Statuses that say that there is nothing left to delete."""

Send = Callable[[PreparedRequest], Response]


@dataclass
class Guard:
    """One for a run at one API: what it permits is within the budget, counted, and written into the ledger.

    ``url`` is the API's base URL. ``permanent`` permits to create what can never be deleted. Without a ledger nothing
    can be written but in the mode ``any``.
    """

    api: str
    url: str
    mode: Mode = "read-only"
    permanent: bool = False
    ledger: Ledger | None = None
    budget: Budget = field(default_factory=Budget)
    credentials: Credentials | None = None
    creations: Mapping[str, Creation] = field(default_factory=dict)
    """What the operations create; the suite's, where it is not given."""
    clocks: Sequence[str] = ()
    """Control planes of the sandboxes that the target is: where it asks to wait, time passes there and not here."""
    permitted: int = 0
    refused: list[str] = field(default_factory=list)
    sweeping: bool = False
    """Whether what was made is being taken back: until then the calls that this takes are kept."""

    def __post_init__(self) -> None:
        self.url = self.url.rstrip("/")
        self.creations = self.creations or suite(self.api).creations
        self.contract = contract(self.api)
        self._permission = Permission(
            self.contract, self.creations, self.url, self.mode, self.ledger, permanent=self.permanent
        )
        self.why_not = self._permission.why_not
        """Asks without counting: (method, url, headers, body) → the reason, None for what may be sent."""

    def permit(self, method: str, url: str, headers: Mapping[str, str] | None = None, body: bytes = b"") -> None:
        """Count what may be sent. Raises Refused, with the reason, for what must not be, and counts and lists it."""
        why = self.why_not(method, url, headers, body)
        if why is None:
            self.permitted += 1
            return
        told = f"{method} {urlsplit(url)._replace(query='', fragment='').geturl()}: {why}"
        self.refused.append(told)
        raise Refused(told)

    def never(self) -> frozenset[str]:
        """The operations that are refused whatever they name: a run leaves them out."""
        return frozenset(one.id for one in self.contract.operations.values() if not self._permission.ever(one))

    def of_nothing(self) -> frozenset[str]:
        """Those of them that may be asked of what is not there all the same."""
        return frozenset(one.id for one in self.contract.operations.values() if self._permission.of_nothing(one))

    def carry(self, request: PreparedRequest, send: Send) -> Response:
        """Send what is permitted, within the budget. Raises Refused, Spent, and what ``send`` does.

        What it creates is written down before, and what that came to after. At a rate limit whose window was ended by
        moving the clock it is sent again: whoever waits for that in real time waits for nothing.
        """
        response = self._carry(request, send)
        if self._who(_headers(request)) == "limited":  # what is to reach its limit is not kept from it
            return response
        for _ in range(TRIES):
            if not self._heed(response) or response.status_code != HTTPStatus.TOO_MANY_REQUESTS:
                break
            response.close()
            response = self._carry(request, send)
        return response

    def _carry(self, request: PreparedRequest, send: Send) -> Response:
        method, url, headers, body = str(request.method), str(request.url), _headers(request), _bytes(request)
        self.permit(method, url, headers, body)
        send = partial(self._heard, send)
        said = self._said(method, url, headers, body)
        if said is None or self.ledger is None:
            self.budget.take(self._kept())
            response = send(request)
        else:
            self.budget.take(self._kept() + most(self.creations[said.operation], said))
            entry = self._entry(self.ledger.prefix, said, headers, body)
            response = self._create(self.ledger, entry, said, partial(send, request))
        self._answered(method, url, response)
        return response

    def _heed(self, response: Response) -> bool:
        """Have the time pass that the target asks to wait; whether that was done by moving its clock."""
        asked = asked_to_wait(response.status_code, response.headers)
        if asked and self.clocks:
            with suppress(Unreachable):
                clocks.shift(self.clocks, asked)
                return True
        self.budget.heed(response.status_code, response.headers)
        return False

    def _heard(self, send: Send, request: PreparedRequest) -> Response:
        try:
            response = send(request)
        except RequestException:
            self.budget.hear(answered=False)
            raise
        self.budget.hear(answered=True)
        return response

    def _kept(self) -> int:
        return 0 if self.sweeping or self.ledger is None else self.ledger.open

    def _match(self, method: str, url: str) -> tuple[str, dict[str, str]] | None:
        found = self.contract.match(method, self._permission.below(urlsplit(url)) or "")
        return None if found is None else (found[0].id, found[1])

    def _said(self, method: str, url: str, headers: Mapping[str, str], body: bytes) -> Request | None:
        """A creating request; None for what creates nothing."""
        found = self._match(method, url)
        if found is None or found[0] not in self.creations:
            return None
        return Request(*found, content(headers, body))

    def _entry(self, prefix: str, said: Request, headers: Mapping[str, str], body: bytes) -> Entry:
        made = made_by(self.contract, self.creations[said.operation], said, MISSING)
        tagged = prefix.encode() in body
        return Entry("", self.api, self.url, said.operation, said.path, self._who(headers), prefix, tagged, made)

    def _who(self, headers: Mapping[str, str]) -> str:
        return "first" if self.credentials is None else self.credentials.who(headers)

    def _create(self, ledger: Ledger, entry: Entry, said: Request, send: Callable[[], Response]) -> Response:
        number = ledger.intend(entry)
        try:
            response = send()
        except RequestException:
            ledger.conclude(number, None, entry.made, sure=False)
            raise
        made, sure = self._outcome(entry, said, response)
        ledger.conclude(number, response.status_code, made, sure=sure)
        return response

    def _outcome(self, entry: Entry, said: Request, response: Response) -> tuple[list[Made], bool]:
        """What an answer says was made, and whether that is sure."""
        if response.status_code >= 500:  # noqa: PLR2004  # the classes of statuses
            return entry.made, False
        if response.status_code >= 300:  # noqa: PLR2004  # the same
            return [], True
        creation, answer = self.creations[entry.operation], parse(response.content)
        made = made_by(self.contract, creation, said, answer)
        return made, bool(made) or creation.undo is None or is_told(creation, answer)

    def _answered(self, method: str, url: str, response: Response) -> None:
        found, status = self._match(method, url), response.status_code
        if found is not None and status < 300:  # noqa: PLR2004  # the class of statuses
            self._recognize(found[0], response)
        # A 404 proves nothing here: another tenant may have asked. What is gone all the same, cleaning up finds out.
        if method == "DELETE" and self.ledger is not None and status < 300:  # noqa: PLR2004  # the class of statuses
            asked = urlsplit(url)
            path = self._permission.below(asked) or ""
            self.ledger.forget(f"{method} {path}?{asked.query}" if asked.query else f"{method} {path}")

    def _recognize(self, operation: str, response: Response) -> None:
        """Learn from a list what came with the run's own things."""
        named = suite(self.api).named.get(operation)
        if named is None or self.ledger is None:
            return
        for item in values(parse(response.content), named.items):
            match item:
                case {named.id: str(new), named.name: str(name)}:
                    self.ledger.recognize(named.parameter, new, name)

    def as_settings(self) -> dict[str, Any]:
        """What makes the same guard in another process, without any secret, with what is left of the budget."""
        return {
            "api": self.api,
            "url": self.url,
            "mode": self.mode,
            "permanent": self.permanent,
            "clocks": list(self.clocks),
            "ledger": None if self.ledger is None else str(self.ledger.path.absolute()),
            "prefix": None if self.ledger is None else self.ledger.prefix,
            "budget": self.budget.left(),
        }

    @classmethod
    def from_settings(cls, settings: Mapping[str, Any], credentials: Credentials | None = None) -> "Guard":
        """The guard of another process. Raises KeyError, OSError."""
        ledger = settings.get("ledger")
        return cls(
            settings["api"],
            settings["url"],
            settings["mode"],
            settings["permanent"],
            None if ledger is None else Ledger(Path(ledger), settings["prefix"]),
            Budget.from_settings(settings.get("budget") or {}),
            credentials,
            clocks=settings.get("clocks") or (),
        )


class Guarded(HTTPAdapter):
    """An adapter of requests under which a guard sits."""

    def __init__(self, guard: Guard) -> None:
        super().__init__()
        self.guard = guard

    def send(self, request: PreparedRequest, *args: Any, **kwargs: Any) -> Response:
        """As HTTPAdapter does. Raises Refused, Spent too."""
        plain = super().send
        return self.guard.carry(request, lambda one: plain(one, *args, **kwargs))


def _bytes(request: PreparedRequest) -> bytes:
    """A body as far as it can be known before it is sent: what streams names nothing."""
    body = request.body.encode() if isinstance(request.body, str) else request.body
    return body if isinstance(body, bytes) else b""


def _headers(request: PreparedRequest) -> dict[str, str]:
    """Names are in lower case."""
    return {
        name.lower(): value.decode("latin-1") if isinstance(value, bytes) else value
        for name, value in request.headers.items()
    }
