"""The sites of a run: what each API is asked at, and what it is compared with."""

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sandbox.contract.budget import Budget
from sandbox.contract.cleanup import cleanup
from sandbox.contract.credentials import Credentials, Missing, from_environment, variable
from sandbox.contract.dependence import without
from sandbox.contract.guard import Guard
from sandbox.contract.inprocess import InProcess
from sandbox.contract.ledger import Ledger, is_ledger, read
from sandbox.contract.loopback import Endpoint, looped
from sandbox.contract.options import REFERENCE, SANDBOX, Options, Target
from sandbox.contract.permission import Mode, decide
from sandbox.contract.remote import Remote
from sandbox.contract.steps import Identity
from sandbox.contract.targets import Refused, Site, Unreachable
from sandbox.contract.wire import Sent

_LEDGER = "ledger-"
REASONS = (Refused, Missing, OSError)
"""Why a target cannot be asked."""
AGAINST = "AGAINST_"
"""Before the names of the variables that hold the credentials of what is compared with, where they are others."""


@dataclass
class Left:
    """What a run could not, and what nobody can, take back; ``calls`` were made to take back the rest."""

    deleted: int = 0
    calls: int = 0
    leftovers: list[str] = field(default_factory=list)
    permanent: list[str] = field(default_factory=list)

    def add(self, other: "Left") -> None:
        """Count another's too."""
        self.deleted += other.deleted
        self.calls += other.calls
        self.leftovers += other.leftovers
        self.permanent += other.permanent


class Aim:
    """Opens the sites that the options name. Everything raises one of REASONS where it must not be asked."""

    def __init__(self, options: Options, environment: Mapping[str, str] = os.environ) -> None:
        self._options, self._environment = options, environment
        rate = None if options.rate is None else options.rate / options.shard[1]
        self.budget = Budget(options.calls, options.seconds, rate)
        self._remotes: dict[tuple[str, str], Remote] = {}

    def site(self, api: str) -> Site:
        """What is tested."""
        if self._options.target == SANDBOX:
            return InProcess(api, self._options.wrap, SANDBOX)
        return self._remote(api, self._options.target, "")

    def reference(self, api: str) -> Site:
        """What it is compared with: another of its name would be the same one."""
        if self._options.against == SANDBOX:
            return InProcess(api, name=SANDBOX if self._options.target != SANDBOX else REFERENCE)
        return self._remote(api, self._options.against, AGAINST)

    def knock(self, api: str) -> int:
        """Make sure that somebody answers, whatever it is; how many calls that took. Raises one of REASONS."""
        differs = "differential" in self._options.layers
        asked = [(self._options.target, ""), *([(self._options.against, AGAINST)] if differs else [])]
        return sum(self._heard(self._remote(api, target, before)) for target, before in asked if target != SANDBOX)

    def _heard(self, remote: Remote) -> int:
        """Ask for a list that needs nothing, where there is one that may be asked for."""
        before = self.budget.used
        for one in remote.guard.contract.operations.values():
            if one.method == "GET" and "{" not in one.path and one.id not in self._options.excused:
                try:
                    remote.send(Sent("GET", one.path), "first")
                except Unreachable as error:
                    raise Refused(f"nobody answers at {remote.guard.url}: {error}") from None
                break
        return self.budget.used - before

    @contextmanager
    def served(self, api: str) -> Iterator[Endpoint]:
        """Where Schemathesis finds what is tested: the sandbox at a port of its own, anew each time."""
        if self._options.target == SANDBOX:
            with looped(api, self._options.wrap) as endpoint:
                yield endpoint
        else:
            remote = self._remote(api, self._options.target, "")
            known = _credentials(api, "", self._environment)
            headers: dict[Identity, Mapping[str, str]] = {"first": known.headers("first"), "nobody": {}}
            headers |= {"second": {} if known.second is None else known.headers("second")}
            yield Endpoint(remote.guard.url, headers, remote.can - {"receiver"})

    def gate(self, api: str) -> dict[str, Any] | None:
        """What makes the guard of ``served`` in another process; None where nothing needs one."""
        if self._options.target == SANDBOX:
            return None
        return self._remote(api, self._options.target, "").guard.as_settings()

    def spent(self, api: str, calls: int, wait: float = 0) -> None:
        """Learn what the other process did: its calls, the seconds it was asked to wait, and what it created."""
        self.budget.spend(calls)
        self.budget.hold(wait)
        remote = self._remotes.get((api, ""))
        if remote is not None and remote.guard.ledger is not None:
            remote.guard.ledger.reload()

    def refused(self, api: str) -> list[str]:
        """Why requests of this process were not sent since this was asked last."""
        guards = [remote.guard for (name, _), remote in self._remotes.items() if name == api]
        told = [why for guard in guards for why in guard.refused]
        for guard in guards:
            guard.refused.clear()
        return told

    def unasked(self, api: str) -> dict[str, str]:
        """The operations that the target is spared, with the reasons."""
        if self._options.target == SANDBOX:
            return {}
        guard = self._remote(api, self._options.target, "").guard
        reason = "the run only reads" if guard.mode == "read-only" else "what it creates can never be deleted"
        return dict.fromkeys(sorted(guard.never()), reason)

    def unhad(self, api: str) -> dict[str, str]:
        """The operations that cannot succeed without those that the target is spared, with the reasons.

        They are asked all the same: some of what they refuse is known. For the rule see ``dependence.without``.
        """
        unasked = self.unasked(api)
        if not unasked:
            return {}
        guard = self._remote(api, self._options.target, "").guard
        lost = without(guard.contract, guard.creations, unasked.keys()).items()
        return {name: f"it needs {lacks}: {unasked[lacks]}" for name, lacks in lost}

    def of_nothing(self, api: str) -> frozenset[str]:
        """Those of them that directed sequences may still ask of what is not there."""
        remote = self._remotes.get((api, ""))
        return frozenset() if remote is None else remote.guard.of_nothing() - self._options.excused.keys()

    def _url(self, api: str, target: Target) -> str:
        return target[api] if isinstance(target, Mapping) else target

    def _mode(self, url: str) -> Mode:
        return decide(url, self._environment, write=self._options.writes)

    def _remote(self, api: str, target: Target, before: str) -> Remote:
        if (api, before) not in self._remotes:
            url = self._url(api, target)
            mode, credentials = self._mode(url), _credentials(api, before, self._environment)
            control = () if before else [self._controlled(one) for one in self._options.control]
            ledger = None if mode == "read-only" else Ledger(self._path(before), self._options.prefix)
            guard = Guard(api, url, mode, self._options.permanent, ledger, self.budget)
            self._remotes[api, before] = Remote(guard, credentials, name=url, control=control)
        return self._remotes[api, before]

    def _controlled(self, url: str) -> str:
        """A control plane's URL. Raises Refused for one that may not be written to."""
        if self._options.writes is not False and self._mode(url) == "read-only":
            raise Refused(f"moving the clock at {url} needs --writes")
        return url

    def _path(self, before: str) -> Path:
        """Where the ledger is."""
        return self._options.folder / f"{_LEDGER}{before.lower()}{self._options.run}-{self._options.shard[0]}.jsonl"

    @property
    def secrets(self) -> Iterator[str]:
        """What no file may hold."""
        for api, before in self._remotes:
            yield from _credentials(api, before, self._environment).secrets

    def clean(self) -> Left:
        """Take back what was created, and let go of everything."""
        left = Left()
        for remote in self._remotes.values():
            remote.close()
            if remote.guard.ledger is not None:
                remote.guard.ledger.close()
        clocks = {self._path(before): remote.guard.clocks for (_, before), remote in self._remotes.items()}
        for path, moved in clocks.items():
            if path.exists():
                left.add(take_back(path, self._environment, self.budget.rate, self.budget.waits, moved))
        return left


def take_back(
    path: Path,
    environment: Mapping[str, str] = os.environ,
    rate: float | None = None,
    wait: float = 0,
    clocks: Sequence[str] = (),
) -> Left:
    """Take back what a ledger holds, ``wait`` seconds from now, at ``rate`` calls a second. Raises one of REASONS.

    ``clocks`` are as those of a guard.
    """
    left = Left()
    before = AGAINST if path.name.startswith(_LEDGER + AGAINST.lower()) else ""
    entries, _ = read(path)
    if not is_ledger(path):
        raise Refused(f"{path} is no ledger")
    for api, url in dict.fromkeys((entry.api, entry.url) for entry in entries):
        budget = Budget(rate=rate, wait=wait)
        cleaned = cleanup(path, api, url, _credentials(api, before, environment), environment, budget, clocks)
        left.add(Left(cleaned.deleted, budget.used, cleaned.leftovers, cleaned.permanent))
    return left


def _credentials(api: str, before: str, environment: Mapping[str, str]) -> Credentials:
    own = {name.removeprefix(before): value for name, value in environment.items() if name.startswith(before)}
    return from_environment(api, own if variable(api) in own else environment)
