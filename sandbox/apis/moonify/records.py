"""The records of Moonify. Frozen: change is replacement. Instants are milliseconds since 1970, UTC."""

from dataclasses import dataclass, replace
from typing import NamedTuple

from sandbox.kernel.store import Collection


class Stats(NamedTuple):
    """What a user, a group or a user in a group has achieved: ``score`` is a double, ``time`` in seconds."""

    score: float = 0
    rewarded: float = 0
    rewarded_by_moonify: float = 0
    time: int = 0
    updated: int = 0

    def grown(self, score: float, time: int, now: int) -> "Stats":
        """With that much more, at instant ``now``."""
        return Stats(self.score + score, self.rewarded, self.rewarded_by_moonify, self.time + time, now)

    def awarded(self, score: float, now: int, *, by_moonify: bool) -> "Stats":
        """With that much more rewarded, at instant ``now``."""
        if by_moonify:
            return self._replace(rewarded_by_moonify=self.rewarded_by_moonify + score, updated=now)
        return self._replace(rewarded=self.rewarded + score, updated=now)


@dataclass(frozen=True, slots=True)
class User:
    """A user of a service, or of a group: then the statistics are those made in that group (B2.3).

    ``created`` is the instant of coming, which lists show until the next boundary.
    """

    id: str
    stats: Stats
    created: int = 0


@dataclass(frozen=True, slots=True)
class Group:
    """A group ``name``/``value`` with its members' own statistics.

    ``stats`` sums up its members and what anonymous sessions made in it (B3.8); ``stated`` stands in for it until the
    group first changes, for documented figures that no sum gives.
    """

    name: str
    value: str
    stats: Stats
    members: Collection[User]
    stated: Stats | None = None

    @property
    def shown(self) -> Stats:
        """What a read answers."""
        return self.stats if self.stated is None else self.stated

    def with_members(self, members: Collection[User]) -> "Group":
        """The same group with other members."""
        return replace(self, members=members)


@dataclass(frozen=True, slots=True)
class Session:
    """An open monetization session, number ``seq`` in the order of opening.

    It works for the user and the last declared group, where there are any.
    """

    token: str
    seq: int
    service: str
    user: str | None
    group: tuple[str, str] | None
    opened_at: int


@dataclass(frozen=True, slots=True)
class Service:
    """One service ID with its users and groups, and both as of the last 5-minute boundary, which lists show.

    ``publishing`` says that the next boundary is on the agenda.
    """

    id: str
    users: Collection[User]
    groups: Collection[Group]
    listed_users: Collection[User]
    listed_groups: Collection[Group]
    publishing: bool = False

    def changed(self, users: Collection[User], groups: Collection[Group]) -> "Service":
        """With that as its live state."""
        return replace(self, users=users, groups=groups)

    def awaiting(self) -> "Service":
        """With the next boundary on the agenda."""
        return replace(self, publishing=True)

    def published(self) -> "Service":
        """With lists that show what is true now."""
        return replace(self, listed_users=self.users, listed_groups=self.groups, publishing=False)


@dataclass(frozen=True, slots=True)
class Simulation:
    """Visitors: every ``interval`` ms each open session makes ``rate`` score a minute, more or less by ``spread``."""

    rate: float
    spread: float
    interval: int
    started_at: int
    step: int = 0

    @property
    def last_at(self) -> int:
        """The instant of the last step, or of the start."""
        return self.started_at + self.step * self.interval

    @property
    def next_at(self) -> int:
        """The instant of the next step."""
        return self.last_at + self.interval
