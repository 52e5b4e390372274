"""What holds however sessions, activity, simulated visitors and the clock are interleaved (B3.5 to B3.8)."""

from collections import defaultdict
from math import isclose
from typing import Any, NamedTuple

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from sandbox.apis.moonify.records import Service, Stats
from tests.apis.moonify.driver import SCENARIO, ZEROS, Driver
from tests.client import make_client_of

CLIENT = make_client_of(SCENARIO)
PERIOD = 300

users = st.sampled_from(["ann", "bob", "carl", "dora", None])
kinds = st.dictionaries(st.sampled_from(["@team", "@kind"]), st.sampled_from(["blue", "red"]))
scores = st.floats(0, 1e9, allow_subnormal=False)
rates = st.floats(0, 1e6, allow_subnormal=False)


class Visitor(NamedTuple):
    """An open session, as the model knows it."""

    user: str | None
    group: str | None
    opened: int


class Made:
    """A score and a time that only grow."""

    def __init__(self, score: float = 0, time: int = 0) -> None:
        self.score, self.time = score, time

    def agrees(self, stats: Stats) -> bool:
        return self.time == stats.time and isclose(self.score, stats.score, rel_tol=1e-9, abs_tol=1e-9)


class Histories(RuleBasedStateMachine):
    """The service beside a model of who made what; every read is held to the schemas as well."""

    @initialize()
    def start(self) -> None:
        assert CLIENT.post("/__admin/reset").status == 200
        self.api = Driver(CLIENT)
        self.now = 0
        self.visitors: dict[str, Visitor] = {}
        self.simulation: tuple[float, int] | None = None
        self.last = 0
        self.users = defaultdict(Made, ann=Made(10, 100), bob=Made(20, 200))
        self.groups: defaultdict[str, Made] = defaultdict(Made)
        self.members: defaultdict[tuple[str, str], Made] = defaultdict(Made)
        self.listed: dict[str, tuple[int, list[Any]]] = {}

    def credit(self, visitor: Visitor, score: float, time: int) -> None:
        places = []
        if visitor.user is not None:
            places.append(self.users[visitor.user])
        if visitor.group is not None:
            places.append(self.groups[visitor.group])
            if visitor.user is not None:
                places.append(self.members[visitor.group, visitor.user])
        for made in places:
            made.score += score
            made.time += time

    @rule(user=users, declared=kinds)
    def open(self, user: str | None, declared: dict[str, str]) -> None:
        token = self.api.open({"userID": user, **declared})
        names = [f"{name[1:]}/{value}" for name, value in declared.items()]
        self.visitors[token] = visitor = Visitor(user, names[-1] if names else None, self.now)
        for name in names:
            self.groups[name].score += 0
        self.credit(visitor, 0, 0)

    @precondition(lambda self: self.visitors)
    @rule(data=st.data(), score=scores, time=st.integers(0, 10**6))
    def earn(self, data: st.DataObject, score: float, time: int) -> None:
        token = data.draw(st.sampled_from(sorted(self.visitors)))
        self.api.earn(token, score, time)
        self.credit(self.visitors[token], score, time)

    @precondition(lambda self: self.visitors)
    @rule(data=st.data())
    def close(self, data: st.DataObject) -> None:
        token = data.draw(st.sampled_from(sorted(self.visitors)))
        self.api.admin("DELETE", f"/moonify/sessions/{token}")
        del self.visitors[token]

    @rule(rate=rates, interval=st.sampled_from([60, 240, 300, 3_600]))
    def simulate(self, rate: float, interval: int) -> None:
        self.api.admin("PUT", "/moonify/simulation", {"ratePerMinute": rate, "spread": 0, "interval": interval})
        self.simulation, self.last = (rate, interval), self.now

    @rule(seconds=st.one_of(st.integers(0, 600), st.integers(0, 9_000)))
    def shift(self, seconds: int) -> None:
        self.api.shift(seconds)
        self.now += seconds
        while self.simulation and self.last + self.simulation[1] <= self.now:
            before, self.last = self.last, self.last + self.simulation[1]
            for visitor in self.visitors.values():
                worked = self.last - max(before, visitor.opened)
                if worked > 0:
                    self.credit(visitor, self.simulation[0] * worked / 60, worked)

    @property
    def service(self) -> Service:
        (service,) = CLIENT.world.store.root["moonify.services"]
        assert isinstance(service, Service)
        return service

    @invariant()
    def everybody_has_what_they_made(self) -> None:
        assert {user.id for user in self.service.users} == self.users.keys()
        assert all(self.users[user.id].agrees(user.stats) for user in self.service.users)
        for group in self.service.groups:
            name = f"{group.name}/{group.value}"
            assert self.groups[name].agrees(group.stats)
            assert {(name, user.id) for user in group.members} == {key for key in self.members if key[0] == name}
            assert all(self.members[name, user.id].agrees(user.stats) for user in group.members)

    @invariant()
    def groups_sum_up_their_users_and_anonymous_visitors(self) -> None:
        for group in self.service.groups:
            made = sum(user.stats.score for user in group.members)
            assert group.stats.score >= made * (1 - 1e-9)
            assert group.stats.time >= sum(user.stats.time for user in group.members)

    @invariant()
    def users_made_at_least_what_they_made_in_groups(self) -> None:
        for user in self.service.users:
            parts = [one for group in self.service.groups if (one := group.members.get(user.id))]
            assert user.stats.score >= sum(one.stats.score for one in parts) * (1 - 1e-9)
            assert user.stats.time >= sum(one.stats.time for one in parts)

    @invariant()
    def lists_only_grow_between_two_boundaries(self) -> None:
        for group in ("", *self.groups):
            for query in ("", "?order=score"):
                key, period = group + query, self.now // PERIOD
                listed = list(self.api.users(query, group).items())
                then, before = self.listed.get(key, (period, []))
                if then == period:
                    assert listed[: len(before)] == before
                    known = len(before) if key in self.listed else len(listed)
                    assert all(ZEROS.items() <= figures.items() for _, figures in listed[known:])
                self.listed[key] = period, listed

    @invariant()
    def at_most_one_boundary_and_one_step_are_due(self) -> None:
        due = self.api.due()
        assert len(set(due)) == len(due)
        assert ("step" in due) == (self.simulation is not None)


Histories.TestCase.settings = settings(max_examples=10, stateful_step_count=20, deadline=None)
TestHistories = Histories.TestCase

arrivals = st.lists(st.integers(0, 3), min_size=1, max_size=12)


@settings(max_examples=20)
@given(
    limits=st.lists(st.integers(1, 7), min_size=1, max_size=8),
    arrivals=arrivals,
    by_score=st.booleans(),
    known=st.integers(0, 12),
)
def test_paging_visits_every_user_once(limits: list[int], arrivals: list[int], known: int, *, by_score: bool) -> None:
    """Between two boundaries, while users come in and earn: nobody is missed who was there, nobody comes twice."""
    assert CLIENT.post("/__admin/reset").status == 200
    api = Driver(CLIENT)
    for number in range(known):
        api.earn(api.open({"userID": f"known-{number}", "@team": "blue"}), number * 7 % 5)
    api.open({"userID": "ann", "@team": "blue"})
    api.shift("PT5M")
    for path in ("/users", "/groups/team/blue/users"):
        there = api.get(path).json["users"]
        visited: list[str] = []
        turn = 0
        while True:
            for number in range(arrivals[turn] if turn < len(arrivals) else 0):
                api.earn(api.open({"userID": f"{len(path)}-{turn}-{number}", "@team": "blue"}), 10**6)
            api.earn(api.open({"userID": "ann", "@team": "blue"}), 10**6)
            limit = limits[turn % len(limits)]
            query = f"?limit={limit}&start={len(visited)}" + "&order=score" * by_score
            found = list(api.get(path + query).json["users"])
            visited += found
            turn += 1
            if len(found) < limit and turn > len(arrivals):
                break
        assert len(set(visited)) == len(visited)
        assert set(visited) == set(api.get(path).json["users"])
        assert set(there) <= set(visited)
