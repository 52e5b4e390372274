"""What the shadow of a Monetize360 server holds to be true of each tenant, and one exchange in that light."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from sandbox.contract.apis.monetize360.limits import Window
from sandbox.contract.apis.monetize360.requests import Judged, judge
from sandbox.contract.apis.monetize360.values import instant, same
from sandbox.contract.findings import Breach
from sandbox.contract.wire import Answer, Exchange

Json = dict[str, Any]
_SHOWN = 160
_TOLERANCE = 1.0
"""Seconds by which a server's instants may seem to go back, as those of several machines do."""

_GUESSED = 60_000
"""Milliseconds: a span that is longer says that the target's clock is not known."""

_INVALID = frozenset({400, 413, 415})
_UNAUTHORIZED = 401


@dataclass
class Mobject:
    """An object: ``made`` here or only met.

    ``whole`` says that ``records`` are all it has, in the order of creation.
    """

    id: str
    shown: Json | None = None
    made: bool = False
    whole: bool = False
    records: dict[str, Json] = field(default_factory=dict)
    gone: set[str] = field(default_factory=set)
    saved: list[Json] = field(default_factory=list)
    """What workflows stored, under ids that are not known yet."""

    @property
    def schema(self) -> Json | None:
        """None for free-form records."""
        return (self.shown or {}).get("schema")

    @property
    def read_only(self) -> bool:
        """Whether it is the platform's own."""
        return (self.shown or {}).get("type") == "SYSTEM"

    def loosen(self) -> None:
        """Believe nothing of its records any more."""
        self.whole = False
        self.records.clear()
        self.saved.clear()


@dataclass
class Listing:
    """The ids of a complete list as last seen; None where it may have changed since."""

    ids: list[str] | None = None


@dataclass
class Subscription:
    """A webhook, and how many of its tenant's events had happened before it."""

    id: str
    url: str
    events: list[str]
    secret: str | None
    since: int


@dataclass
class Event:
    """Something that webhooks are told of; ``key`` is the id of the record or the execution.

    ``begun`` is how many events there had been when what led to it was sent.
    """

    name: str
    key: str
    data: Json
    begun: int


@dataclass
class Tenant:
    """All that is believed of one tenant. ``now`` is the latest server time seen, in seconds since 1970."""

    objects: dict[str, Mobject] = field(default_factory=dict)
    gone: dict[str, str] = field(default_factory=dict)
    """The names of deleted objects by id."""
    owners: dict[str, str] = field(default_factory=dict)
    """The object of each record that was ever made here."""
    workflows: dict[str, Json] = field(default_factory=dict)
    lost_workflows: set[str] = field(default_factory=set)
    """The ids of those that went with their objects."""
    executions: dict[str, Json] = field(default_factory=dict)
    """Those started here, with ``workflowId`` and ``input``, as last answered."""
    durations: dict[str, float] = field(default_factory=dict)
    """Seconds that each workflow took when last executed synchronously."""
    hooks: list[Subscription] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    mobject_list: Listing = field(default_factory=Listing)
    workflow_list: Listing = field(default_factory=Listing)
    execution_lists: dict[str, Listing] = field(default_factory=dict)
    now: float | None = None
    simulated: bool = False
    """Whether the server's time was moved: then it stands still otherwise."""
    windows: dict[str, Window] = field(default_factory=dict)

    def saw(self, text: Any) -> None:
        """An instant that the server gave as its present."""
        seen = instant(text)
        if seen is not None:
            self.now = seen if self.now is None else max(seen, self.now)

    def is_past(self, text: Any) -> bool:
        """Whether an instant lies before what the server said already."""
        seen = instant(text)
        return seen is not None and self.now is not None and seen < self.now - _TOLERANCE

    def named(self, name: str) -> list[Mobject]:
        """The objects of a name; at most one, if all is well."""
        return [one for one in self.objects.values() if one.shown is not None and one.shown.get("name") == name]


@dataclass
class Case:
    """One exchange, with what its tenant and the others are believed to have, and what is found wrong with it."""

    exchange: Exchange
    tenant: Tenant
    others: list[Tenant] = field(default_factory=list)
    found: list[Breach] = field(default_factory=list)
    judged: Judged = field(init=False)

    def __post_init__(self) -> None:
        self.judged = judge(self.exchange)

    @property
    def answer(self) -> Answer:
        """What was answered."""
        return self.exchange.answer

    @property
    def path(self) -> Mapping[str, str]:
        """The parameters in the path."""
        return self.exchange.path

    @property
    def body(self) -> Json:
        """The answer's body, empty where it is no object."""
        return self.answer.json if isinstance(self.answer.json, dict) else {}

    @property
    def asked(self) -> Json:
        """The request's body, empty where it is no object."""
        return self.exchange.sent.json if isinstance(self.exchange.sent.json, dict) else {}

    @property
    def error(self) -> Json:
        """The error that was answered, empty where it has not the documented shape."""
        found = self.body.get("error")
        return found if isinstance(found, dict) else {}

    @property
    def details(self) -> Json:
        """Those of the error."""
        found = self.error.get("details")
        return found if isinstance(found, dict) else {}

    def say(self, rule: str, where: str, expected: Any, got: Any) -> None:
        """Something is wrong."""
        self.found.append(Breach(rule, self.exchange.operation or "", where, shown(expected), shown(got)))

    def demand(self, rule: str, where: str, expected: Any, got: Any) -> bool:
        """Whether a value is as it must be; if not, that is said."""
        fine = same(expected, got)
        if not fine:
            self.say(rule, where, expected, got)
        return fine

    def status(self, rule: str, *wanted: int, why: str = "") -> bool:
        """Whether the status is one of these; if not, that is said, unless the request may be refused for itself."""
        got = self.answer.status
        doubtful = self.judged.unsure and got in _INVALID and _UNAUTHORIZED not in wanted
        if got not in wanted and not doubtful:
            words = " or ".join(map(str, wanted))
            self.say(rule, "status", f"{words} ({why})" if why else words, str(got))
        return got in wanted

    def present(self, rule: str, where: str, text: Any) -> None:
        """An instant must be that of the exchange, where that is known: of the clock that can be told, the first's."""
        told, at = instant(text), self.exchange.at
        if told is None or at is None or self.exchange.identity not in ("first", "limited"):
            return
        if at[1] - at[0] > _GUESSED:
            return
        if not at[0] / 1000 - _TOLERANCE <= told <= at[1] / 1000 + _TOLERANCE:
            self.say(rule, where, f"the present time, {datetime.fromtimestamp(at[0] / 1000, UTC):%FT%TZ}", text)

    def refusal(self, rule: str, status: int, why: str, names: str | None = None, *value: Any) -> bool:
        """Whether it was refused with that status, and the field and its value named where they are given."""
        if not self.status(rule, status, why=why):
            return False
        if names is not None:
            told = self.details.get("field")
            if not isinstance(told, str) or (told != names and not told.startswith(f"{names}.")):
                self.say(rule, "body.error.details.field", names, told)
            elif value and told == names:
                self.demand(rule, "body.error.details.value", value[0], self.details.get("value"))
        return True


def shown(value: Any) -> str:
    """A value for people, not too long."""
    text = value if isinstance(value, str) else repr(value)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"


def texts(value: Json, *names: str) -> bool:
    """Whether all these members are texts."""
    return all(isinstance(value.get(name), str) for name in names)


def is_record(value: Any) -> bool:
    """Whether it has the shape of a record."""
    if not isinstance(value, dict) or not isinstance(value.get("data"), dict):
        return False
    return texts(value, "id", "createdAt", "updatedAt")
