"""Taking back what a run created: at its end, or from its ledger after a crash."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson
import requests

from sandbox.contract.budget import Budget, Spent
from sandbox.contract.calls import answer, ask, session
from sandbox.contract.contracts import contract
from sandbox.contract.creations import Request, make, values
from sandbox.contract.credentials import Credentials, Missing
from sandbox.contract.guard import GONE, Guard
from sandbox.contract.ledger import Creation, Entry, Ledger, Made, Undo, read
from sandbox.contract.permission import decide
from sandbox.contract.reach import TRIES, attempt
from sandbox.contract.steps import encoded_path, encoded_query
from sandbox.contract.targets import Refused, Unreachable
from sandbox.contract.wire import MISSING, Answer, Sent
from sandbox.kernel.references import resolve

GRACE = 120.0
"""Seconds that cleaning up has, whatever a run has used of its own."""
_PAGES = 100
_LATER = frozenset({429, 503})


@dataclass
class Cleaned:
    """What became of a ledger: how many things were deleted, what is left over, and what can never be deleted."""

    deleted: int = 0
    leftovers: list[str] = field(default_factory=list)
    permanent: list[str] = field(default_factory=list)


def cleanup(
    path: Path,
    api: str,
    url: str,
    credentials: Credentials,
    environment: Mapping[str, str],
    budget: Budget | None = None,
    clocks: Sequence[str] = (),
) -> Cleaned:
    """Take back what a ledger holds of an API, made at that base URL; ``clocks`` are as those of a guard.

    Raises Refused where the target may not be written to (see ``permission.decide``), OSError without a ledger.
    """
    entries, _ = read(path)
    prefix = entries[-1].prefix if entries else "kit-none-"
    ledger = Ledger(path, prefix)
    try:
        mode = decide(url, environment, write=True)
        guard = Guard(api, url, mode, ledger=ledger, budget=budget or Budget(), credentials=credentials)
        guard.clocks = clocks
        with session(guard) as through:
            return clean(guard, credentials, through)
    finally:
        ledger.close()


def clean(guard: Guard, credentials: Credentials, through: requests.Session) -> Cleaned:
    """Take back what the guard's ledger holds, the latest first; what is gone is as good as deleted."""
    if guard.ledger is None:
        return Cleaned()
    guard.budget.extend(GRACE)
    entries = guard.ledger.reload()
    sweep = _Sweep(guard, credentials, through, set(guard.ledger.gone))
    guard.sweeping = True
    try:
        return sweep.sweep([one for one in entries if one.api == guard.api])
    finally:
        guard.sweeping = False


Thing = tuple[Entry, Made]


class _Sweep:
    """One cleaning up."""

    def __init__(self, guard: Guard, credentials: Credentials, through: requests.Session, gone: set[str]) -> None:
        self._guard, self._credentials, self._through, self._gone = guard, credentials, through, gone
        self._contract = contract(guard.api)
        self._lists: dict[tuple[str, str], list[Any] | None] = {}
        self._cleaned = Cleaned()
        self._why: dict[str, str] = {}

    def sweep(self, entries: list[Entry]) -> Cleaned:
        things: dict[str, Thing] = {}
        for entry in entries:
            for made in self._made(entry):
                if made.undo and made.target not in self._gone:
                    things.pop(made.target, None)
                    things[made.target] = entry, made
        before = -1
        while things and len(things) != before:
            before = len(things)
            things = {target: one for target, one in reversed(things.items()) if not self._take_back(target, *one)}
            things = dict(reversed(things.items()))
        for target, (entry, made) in reversed(things.items()):
            self._leave(f"{self._kind(entry)} {made.id}: {target} {self._why[target]}")
        return self._cleaned

    def _leave(self, told: str) -> None:
        self._cleaned.leftovers.append(told)

    def _kind(self, entry: Entry) -> str:
        creation = self._guard.creations.get(entry.operation)
        return entry.operation if creation is None else creation.kind

    # What was made

    def _made(self, entry: Entry) -> list[Made]:
        """What an entry made, as far as it can be taken back; what cannot be is reported."""
        creation = self._guard.creations.get(entry.operation)
        if entry.refused:
            return []
        if entry.url != self._guard.url:
            self._leave(f"{self._kind(entry)}: {entry.operation} was sent to {entry.url}, not to {self._guard.url}")
            return []
        if creation is None:
            return entry.made
        if creation.undo is None:
            self._lasting(entry, creation)
            return []
        if entry.sure or entry.made:
            return entry.made
        return self._looked_for(entry, creation)

    def _lasting(self, entry: Entry, creation: Creation) -> None:
        ids = ", ".join(one.id for one in entry.made)
        doubt = "" if entry.sure else f", perhaps ({_known(entry)})"
        self._cleaned.permanent.append(f"{creation.kind} {ids or entry.number} by {entry.operation}{doubt}")

    def _looked_for(self, entry: Entry, creation: Creation) -> list[Made]:
        """What the target lists of what was sent and never answered."""
        within = bool(entry.path) and all(self._owns(*one) for one in entry.path.items())
        listed = self._list(entry, creation) if entry.tagged or within else None
        if listed is None:
            where = f"look for {entry.prefix}" if entry.tagged else "nothing names it"
            self._leave(f"{creation.kind}: {entry.operation} ({_known(entry)}), and it cannot be listed: {where}")
            return []
        own = [item for item in listed if within or entry.prefix.encode() in orjson.dumps(item)]
        return [made for item in own for made in self._item(entry, creation, item)]

    def _owns(self, name: str, value: str) -> bool:
        return self._guard.ledger is not None and self._guard.ledger.owns(name, value)

    def _item(self, entry: Entry, creation: Creation, item: Any) -> Iterator[Made]:
        name = next((part for part in reversed(creation.id) if isinstance(part, str) and part != "*"), "id")
        for new in values(item, (name,)):
            made = make(self._contract, creation, Request(entry.operation, entry.path, item), str(new))
            if self._guard.ledger is not None:
                self._guard.ledger.know([made])
            yield made

    def _list(self, entry: Entry, creation: Creation) -> list[Any] | None:
        """Everything that there is of a kind; None where that cannot be told."""
        if creation.find is None:
            return None
        operation = self._contract.operations[creation.find]
        place = operation.id, operation.fill(encoded_path(entry.path))
        if place not in self._lists:
            try:
                self._lists[place] = self._pages(*place, creation, entry)
            except (Unreachable, Refused, Spent, Missing):
                self._lists[place] = None
        return self._lists[place]

    def _pages(self, operation: str, path: str, creation: Creation, entry: Entry) -> list[Any] | None:
        spec = self._contract.operations[operation].spec
        known = {resolve(self._contract.document, one)["name"] for one in spec.get("parameters", ())}
        found: list[Any] = []
        query = ""
        for _ in range(_PAGES):
            page = self._send(Undo("GET", path, query), entry.identity)
            if entry.path and page.status in GONE:
                return []  # what held it is gone
            if not page.ok or page.json is MISSING:
                return None
            items = values(page.json, creation.items)
            found += items
            onward = _onward(known, page.json, len(found)) if items else None
            if onward is None:
                break
            query = encoded_query([onward])
        return found

    # Taking back

    def _take_back(self, target: str, entry: Entry, made: Made) -> bool:
        """Whether it is gone."""
        try:
            status = [self._send(one, entry.identity).status for one in made.undo][-1]
        except (Unreachable, Refused, Spent, Missing) as error:
            self._why[target] = f"was not answered: {error}"
            return False
        self._why[target] = f"was answered {status}"
        creation = self._guard.creations.get(entry.operation)
        gone = GONE.union(() if creation is None else creation.gone)
        done = status in gone or 200 <= status < 300  # noqa: PLR2004  # the class of statuses
        self._cleaned.deleted += done
        return done

    def _send(self, undo: Undo, identity: str) -> Answer:
        headers = self._credentials.headers(identity)
        body = b"" if undo.body is None else orjson.dumps(undo.body)
        if body:
            headers["content-type"] = "application/json"
        sent = Sent(undo.method, undo.path, undo.query, headers, body)
        for _ in range(TRIES):
            got = answer(sent, attempt(lambda: ask(self._through, self._guard.url, sent, headers), TRIES))
            if got.status not in _LATER:
                break
        return got


def _known(entry: Entry) -> str:
    return "its answer is not known" if entry.status is None else f"answered {entry.status}"


def _onward(parameters: set[str], page: Any, count: int) -> tuple[str, Any] | None:
    """The parameter that leads to the next page; None after the last."""
    for name in ("offset", "start"):
        if name in parameters:
            return name, count
    if "next" in parameters and isinstance(page, dict) and page.get("next") is not None:
        return "next", page["next"]
    return None
