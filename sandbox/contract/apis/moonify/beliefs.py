"""What is believed of one tenant: its users, groups and members, and what each has earned by when."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from math import floor, isclose
from typing import Any

PERIOD = 300
"""Seconds between two updates of the lists' statistics (B2.2)."""
SLACK = 10
"""Seconds by which a target's clock may have gone on without being told to."""

Group = tuple[str, str]


@dataclass
class Clock:
    """Simulated time, in seconds since the beginning.

    ``zero`` is that beginning in Unix seconds, None until an answer told it. ``ours`` says that nobody else acts at the
    target: whoever lets us move its clock, or pull its levers, is a sandbox.
    """

    now: float = 0
    zero: float | None = None
    ours: bool = False

    def shown(self, at: float) -> bool:
        """Whether lists surely show what happened at that time."""
        if at + PERIOD <= self.now:
            return True
        return self.zero is not None and at + SLACK < self._boundary(self.now)

    def hidden(self, at: float) -> bool:
        """Whether lists surely do not show it yet: what happens at the instant of a boundary shows at the next."""
        return self.zero is not None and at >= self._boundary(self.now + SLACK)

    def _boundary(self, at: float) -> float:
        zero = self.zero or 0
        return floor((zero + at) / PERIOD) * PERIOD - zero


@dataclass(frozen=True)
class State:
    """Figures from a time on; ``stamp`` is how ``updated`` told that time, once it was seen."""

    at: float
    score: float = 0
    rewarded: float = 0
    by_moonify: float = 0
    time: int = 0
    stamp: str | None = None


def text_of(state: State) -> str:
    """For people."""
    return f"score {state.score:g}, rewarded {state.rewarded:g} and {state.by_moonify:g}, time {state.time}"


def unix(stamp: str) -> float | None:
    """An ``updated`` in Unix seconds."""
    try:
        return datetime.strptime(stamp, "%Y-%m-%d %H:%M:%S").replace(tzinfo=UTC).timestamp()
    except ValueError:
        return None


@dataclass
class Track:
    """All figures that something born under our eyes ever had: zeros first (B5)."""

    states: list[State]

    def add(self, at: float, **more: float) -> None:
        """Something was earned, or rewarded."""
        last = self.states[-1]
        figures: dict[str, Any] = {name: getattr(last, name) + value for name, value in more.items()}
        self.states.append(replace(last, at=at, stamp=None, **figures))

    def listed(self, clock: Clock) -> list[int]:
        """The numbers of the states that a list may show now."""
        sure = [number for number, state in enumerate(self.states) if number == 0 or clock.shown(state.at)]
        may = [number for number, state in enumerate(self.states) if number == 0 or not clock.hidden(state.at)]
        return list(range(max(sure), max(may) + 1))

    def wrong(self, number: int, told: dict[str, Any], clock: Clock) -> tuple[str, str] | None:
        """Where figures are not those of a state: the member and what it should be. None where they are."""
        state = self.states[number]
        wanted = {
            "score": state.score,
            "scoreRewarded": state.rewarded,
            "scoreRewardedByMoonify": state.by_moonify,
            "totalTime": state.time,
        }
        for name, value in wanted.items():
            if not isclose(value, told[name], rel_tol=1e-9, abs_tol=1e-9):
                return name, f"{value:g} ({text_of(state)})"
        return self._mistimed(number, told["updated"], clock)

    def _mistimed(self, number: int, stamp: str, clock: Clock) -> tuple[str, str] | None:
        state = self.states[number]
        if state.stamp is not None:
            return None if stamp == state.stamp else ("updated", f"{state.stamp} as before")
        instant = unix(stamp)
        if instant is None or not clock.ours:
            return None
        if clock.zero is not None and abs(clock.zero + state.at - instant) > SLACK:
            right = datetime.fromtimestamp(clock.zero + state.at, UTC)
            return "updated", f"{right:%Y-%m-%d %H:%M:%S}"
        return None

    def learn(self, number: int, stamp: str, clock: Clock) -> None:
        """An answer told when a state began."""
        instant = unix(stamp)
        if instant is not None:
            self.states[number] = replace(self.states[number], stamp=stamp)
            if clock.ours:
                clock.zero = instant - self.states[number].at


@dataclass
class Entry:
    """Something that exists: known ``since`` that request, ``born`` at that one where it was made under our eyes.

    ``alone``: all its sessions were seen.
    """

    since: int
    born: int | None = None
    track: Track | None = None
    alone: bool = False


@dataclass
class Roll:
    """The users of a tenant, or of a group.

    ``whole``: nobody else can be in it. ``closed``: nobody else was in it when it was last seen to its end. ``places``
    are positions in the order of creation, which are for ever; ``ranks`` those by score, good for one ``epoch``.
    """

    users: dict[str, Entry] = field(default_factory=dict)
    absent: set[str] = field(default_factory=set)
    whole: bool = False
    closed: bool = False
    places: dict[int, str] = field(default_factory=dict)
    ranks: dict[int, str] = field(default_factory=dict)
    epoch: int = -1

    def complete(self, clock: Clock) -> bool:
        """Whether all its users are surely known."""
        return self.whole or (self.closed and clock.ours)

    def lacks(self, user: str) -> bool:
        """Whether a user is believed not to be in it."""
        return user not in self.users and (user in self.absent or self.whole or self.closed)

    def met(self, user: str, number: int) -> Entry:
        """A user was seen in it."""
        self.absent.discard(user)
        return self.users.setdefault(user, Entry(number))

    def forget(self) -> None:
        """Nothing that was thought of it can be relied on."""
        self.users.clear()
        self.places.clear()
        self.ranks.clear()
        self.doubt()

    def doubt(self) -> None:
        """Anybody may have come."""
        self.absent.clear()
        self.whole = self.closed = False


@dataclass(frozen=True)
class Session:
    """Where an open session counts."""

    user: str | None
    group: Group | None


@dataclass
class Tenant:
    """One service: ``number`` counts its requests, ``epoch`` what may have changed its lists.

    ``sessions`` are those whose parameters are beyond doubt, ``tokens`` those of all.
    """

    clock: Clock
    users: Roll = field(default_factory=Roll)
    groups: dict[Group, Entry] = field(default_factory=dict)
    absent: set[Group] = field(default_factory=set)
    members: dict[Group, Roll] = field(default_factory=dict)
    sessions: dict[str, Session] = field(default_factory=dict)
    tokens: set[str] = field(default_factory=set)
    number: int = 0
    epoch: int = 0

    def roll(self, group: Group) -> Roll:
        """The users of a group."""
        return self.members.setdefault(group, Roll())

    def outside(self, group: Group, user: str) -> bool:
        """Whether a user is believed not to be in a group."""
        roll, entry = self.roll(group), self.users.users.get(user)
        if user in roll.users:
            return False
        alone = entry is not None and entry.alone
        return roll.lacks(user) or group in self.absent or alone or self.users.lacks(user)

    def open(self, token: str, session: Session, groups: list[Group]) -> None:
        """A session was opened: its groups exist, its user, and the user in the last of them (B3.2)."""
        self.epoch += 1
        for group in groups:
            self._declare(group)
        if session.user is not None:
            if session.group is not None:
                self._join(self.roll(session.group), session.user, new=self.outside(session.group, session.user))
            self._join(self.users, session.user, new=self.users.lacks(session.user))
        self.sessions[token] = session

    def _declare(self, group: Group) -> None:
        if group in self.absent:
            self.absent.discard(group)
            self.groups[group] = self._newborn()
            self.members[group] = Roll(whole=True)
        self.groups.setdefault(group, Entry(self.number))

    def _join(self, roll: Roll, user: str, *, new: bool) -> None:
        if new:
            roll.users[user] = self._newborn()
        roll.met(user, self.number)

    def _newborn(self) -> Entry:
        return Entry(self.number, self.number, Track([State(self.clock.now)]), alone=True)

    def tracks(self, session: Session) -> Iterator[Track]:
        """Of all that a session counts for (B3.4)."""
        entries = []
        if session.user is not None:
            entries.append(self.users.users.get(session.user))
        if session.group is not None:
            entries.append(self.groups.get(session.group))
            if session.user is not None:
                entries.append(self.roll(session.group).users.get(session.user))
        return (entry.track for entry in entries if entry is not None and entry.track is not None)

    def everything(self) -> Iterator[Entry]:
        """All entries."""
        yield from self.users.users.values()
        yield from self.groups.values()
        for roll in self.members.values():
            yield from roll.users.values()

    def doubt(self) -> None:
        """A session was opened, and nobody can tell whose."""
        self.epoch += 1
        self.absent.clear()
        for roll in (self.users, *self.members.values()):
            roll.doubt()
        for entry in self.everything():
            entry.alone = False

    def unearned(self) -> None:
        """Something was earned, and nobody can tell by whom."""
        self.epoch += 1
        for entry in self.everything():
            entry.track = None
