"""Whether a page of users is what was asked for (B2.2)."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sandbox.contract.apis.moonify.asked import Listed
from sandbox.contract.apis.moonify.beliefs import Clock, Entry, Roll, Tenant

Wrong = tuple[str, str, str, str]
"""The rule, where, what was expected, what came."""


@dataclass(frozen=True)
class Page:
    """An answer with users: ``asked`` is what it answers, ``roll`` whom it is of."""

    tenant: Tenant
    roll: Roll
    asked: Listed
    users: Mapping[str, Mapping[str, Any]]

    @property
    def clock(self) -> Clock:
        """The tenant's."""
        return self.tenant.clock

    def judge(self) -> Iterator[Wrong]:
        """What is wrong with it; what it tells is believed afterwards."""
        yield from self._alone()
        yield from self._strangers()
        for user in self.users:
            self.roll.met(user, self.tenant.number)
        yield from self._long_enough()
        yield from self._ordered()
        yield from self._placed()
        yield from self._figures()
        self._close()

    def _alone(self) -> Iterator[Wrong]:
        """What can be said of it without having seen anything before."""
        if len(self.users) > self.asked.limit:
            yield "B2.2", "users", f"at most {self.asked.limit} users", str(len(self.users))
        for key, user in self.users.items():
            if user["id"] != key:
                yield "B2.2", "users.id", f"{key}, as it is keyed", user["id"]
        if self.asked.by_score:
            scores = [user["score"] for user in self.users.values()]
            if scores != sorted(scores, reverse=True):
                yield "B2.2", "users", "the highest score first", _shown(scores)

    def _strangers(self) -> Iterator[Wrong]:
        for user in self.users:
            gone = user in self.roll.absent or (self.roll.complete(self.clock) and user not in self.roll.users)
            if gone:
                yield "B3.1", "users", f"no user {user!r}: no session made one", "one"

    def _long_enough(self) -> Iterator[Wrong]:
        known = len(self.roll.users)
        least = max(0, min(self.asked.limit, known - self.asked.start))
        if len(self.users) < least:
            yield "B3.7", "users", f"{least} users: {known} are there", str(len(self.users))
        elif self.roll.complete(self.clock) and len(self.users) > least:
            yield "B2.2", "users", f"{least} users: {known} are there, from {self.asked.start}", str(len(self.users))
        elif self.asked.start == 0 and len(self.users) < self.asked.limit:
            for user in self.roll.users:
                if user not in self.users:
                    yield "B3.7", "users", f"{user!r} too: new users are listed at once", "not there"

    def _ordered(self) -> Iterator[Wrong]:
        """Of the same score, and without an order all, come in the order of their creation."""
        latest, before, score = -1, "", None
        for user, told in self.users.items():
            if self.asked.by_score and told["score"] != score:
                latest, score = -1, told["score"]
            entry = self.roll.users[user]
            if entry.since < latest:
                yield "B2.2", "users", f"{user!r} before {before!r}, in the order of creation", "after it"
            if entry.born is not None and entry.born > latest:
                latest, before = entry.born, user

    def _placed(self) -> Iterator[Wrong]:
        places = self._places()
        for number, user in enumerate(self.users, self.asked.start):
            if places.get(number, user) != user:
                yield "B2.2", "users", f"{places[number]!r} at {number}", repr(user)
        elsewhere = {user: number for number, user in places.items()}
        for number, user in enumerate(self.users, self.asked.start):
            if elsewhere.get(user, number) != number:
                yield "B2.2", "users", f"{user!r} at {elsewhere[user]}", f"at {number}"
            places[number] = user

    def _places(self) -> dict[int, str]:
        if not self.asked.by_score:
            return self.roll.places
        if not self.clock.ours or self.roll.epoch != self.tenant.epoch:
            self.roll.epoch = self.tenant.epoch
            self.roll.ranks.clear()
        if not self.roll.ranks:
            self.roll.ranks.update(enumerate(self._sorted()))
        return self.roll.ranks

    def _sorted(self) -> list[str]:
        """The users by score, where all of them and all that lists show of them are known; else nobody."""
        if not self.roll.complete(self.clock):
            return []
        scores = {user: _score(entry, self.clock) for user, entry in self.roll.users.items()}
        sure = {user: score for user, score in scores.items() if score is not None}
        created = all(entry.born is not None for entry in self.roll.users.values())
        return sorted(sure, key=lambda user: -sure[user]) if created and len(sure) == len(scores) else []

    def _figures(self) -> Iterator[Wrong]:
        for user, told in self.users.items():
            track = self.roll.users[user].track
            if track is not None:
                numbers = track.listed(self.clock)
                wrong = [track.wrong(number, dict(told), self.clock) for number in numbers]
                if all(wrong):
                    where, wanted = wrong[-1] or ("", "")
                    yield "B3.6", f"users.{where}", f"{wanted}, at the last 5-minute boundary", str(told[where])
                    self.roll.users[user].track = None

    def _close(self) -> None:
        """The page may have shown the end of the list."""
        total = self.asked.start + len(self.users)
        ended = len(self.users) < self.asked.limit and (self.users or not self.asked.start)
        if ended and total == len(self.roll.users):
            self.roll.closed = True


def _score(entry: Entry, clock: Clock) -> float | None:
    if entry.track is None:
        return None
    numbers = entry.track.listed(clock)
    return entry.track.states[numbers[0]].score if len(numbers) == 1 else None


def _shown(values: object) -> str:
    text = str(values)
    return text if len(text) <= 200 else f"{text[:200]}…"  # noqa: PLR2004  # for people
