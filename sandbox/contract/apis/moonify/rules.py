"""Random steps."""

from collections.abc import Sequence
from typing import Any

from hypothesis.stateful import initialize, rule
from hypothesis.strategies import booleans, integers, lists, none, one_of, sampled_from, tuples

from sandbox.contract.apis.moonify.refusing_probes import INVALID_LISTS
from sandbox.contract.apis.moonify.visits import Visit, activity, at, fields, reward
from sandbox.contract.apis.moonify.words import REFUSED
from sandbox.contract.rules import Rules
from sandbox.contract.steps import FORM, Identity, Tag, Text

NAMES = ("ann", "Ann", "ann b", "bob", "bob+%41", "æ")
VALUES = ("blue", "Blue", "red b")
_USERS = sampled_from(NAMES)
_GROUPS = tuples(sampled_from(("team", "kind")), sampled_from(VALUES))
_WHO: Any = sampled_from(("first", "first", "first", "second"))
_WRONG: Any = sampled_from(("nobody", "stranger"))
_LIMIT = sampled_from((None, None, "1", "2", "3", "6", "100", "101"))
_START = sampled_from((None, None, "0", "1", "2", "5", "6", "7", "30"))
_ORDER = sampled_from(((), (("order", "score"),), (("order", "score"), ("dir", "desc")), (("dir", "asc"),)))
_BROKEN: Any = sampled_from(({"more": True}, {"@kind": ""}, {"@": "x"}, {"more": {"a": 1}}, {"more": [1]}))


class Directed(Rules):
    """Visits of a few users in a few groups, read in every way."""

    def __init__(self) -> None:
        super().__init__()
        self.visits: list[Visit] = []
        self.declared: list[tuple[Identity, str | None, tuple[str, str]]] = []
        self.seen: set[tuple[Any, ...]] = set()

    @initialize(minutes=integers(0, 5), seconds=sampled_from((0, 1, 30)))
    def start(self, minutes: int, seconds: int) -> None:
        """Somewhere between two boundaries, knowing who is there."""
        if self.play.can("clock"):
            self.play.wait(60 * minutes + seconds)
        self.play.send("listUsers")

    def _who(self, who: Identity) -> Identity:
        return who if self.play.can("second") else "first"

    def _look(self, who: Identity, user: str | None, groups: Sequence[tuple[str, str]]) -> None:
        """Whether they are there already: asked once."""
        if user is not None and not self.play.can("fresh") and (who, user) not in self.seen:
            self.play.send("getUser", {"userid": Tag(user)}, identity=who)
        for name, value in groups:
            if (who, name, value) not in self.seen:
                self.play.send("getGroup", at((name, value)), identity=who)
        self.seen |= {(who, user), *((who, *group) for group in groups)}

    @rule(user=one_of(none(), _USERS, _USERS, _USERS), groups=lists(_GROUPS, max_size=3), form=booleans(), who=_WHO)
    def visit(self, user: str | None, groups: list[tuple[str, str]], form: bool, who: Identity) -> None:  # noqa: FBT001  # drawn
        """A session is opened."""
        self._visit(user, groups, self._who(who), form=form)

    def _visit(self, user: str | None, groups: list[tuple[str, str]], who: Identity, *, form: bool = False) -> None:
        self._look(who, user, groups)
        given = fields(user, groups)
        media, body = (FORM, [list(pair) for pair in given]) if form else ("application/json", dict(given))
        made = self.play.send("createSession", {}, body, media=media, identity=who)
        if made.ok:
            self.visits.append(Visit(made, who, user, groups[-1] if groups else None))
            self.declared += [(who, user, group) for group in groups]
        if user is not None and len(groups) > 1:
            self.play.send("getGroupUser", at(groups[0], user), identity=who)

    @rule(users=lists(_USERS, min_size=2, max_size=4, unique=True), group=_GROUPS)
    def crowd(self, users: list[str], group: tuple[str, str]) -> None:
        """Several users visit in the same group."""
        for user in users:
            self._visit(user, [group], "first")

    @rule(user=_USERS, who=_WHO)
    def read_user(self, user: str, who: Identity) -> None:
        """One user."""
        self.play.send("getUser", {"userid": Tag(user)}, identity=self._who(who))

    @rule(group=_GROUPS, user=one_of(none(), _USERS), who=_WHO)
    def read_group(self, group: tuple[str, str], user: str | None, who: Identity) -> None:
        """A group, or a user in it."""
        operation = "getGroup" if user is None else "getGroupUser"
        self.play.send(operation, at(group, user), identity=self._who(who))

    @rule(user=_USERS, first=_GROUPS, last=_GROUPS, who=_WHO)
    def move(self, user: str, first: tuple[str, str], last: tuple[str, str], who: Identity) -> None:
        """A session in two groups."""
        self._visit(user, [first, last], self._who(who))

    @rule(which=integers(0, 30), operation=sampled_from(("getGroup", "getGroupUser", "getGroupUser", "listGroupUsers")))
    def follow(self, which: int, operation: str) -> None:
        """What became of a group that a session declared."""
        if self.declared:
            who, user, group = self.declared[-1 - which % len(self.declared)]
            at_user = user if operation == "getGroupUser" else None
            if operation != "getGroupUser" or user is not None:
                self.play.send(operation, at(group, at_user), identity=who)

    @rule(limit=_LIMIT, start=_START, order=_ORDER, group=one_of(none(), _GROUPS), who=_WHO)
    def page(
        self, limit: str | None, start: str | None, order: Sequence[tuple[str, str]], group: Any, who: Identity
    ) -> None:
        """Part of a list."""
        query = [(name, value) for name, value in (("limit", limit), ("start", start)) if value is not None]
        self._list(group, [*query, *order], who)

    def _list(self, group: Any, query: Sequence[tuple[str, str]], who: Identity = "first", **more: Any) -> None:
        operation, path = ("listUsers", {}) if group is None else ("listGroupUsers", at(group))
        self.play.send(operation, path, query=query, identity=self._who(who), **more)

    @rule(query=sampled_from(INVALID_LISTS), group=one_of(none(), _GROUPS))
    def malformed_page(self, query: Sequence[tuple[str, str]], group: Any) -> None:
        """A list that cannot be."""
        self._list(group, query, expect=(400,), rule="B5")

    @rule(minutes=integers(0, 10), seconds=sampled_from((0, 0, 1, 30)))
    def wait(self, minutes: int, seconds: int) -> None:
        """Time passes."""
        if self.play.can("clock"):
            self.play.wait(60 * minutes + seconds)

    @rule(which=integers(0, 20), score=sampled_from((0, 1, 1, 2.5, 40)), time=sampled_from((0, 10, 60)))
    def earn(self, which: int, score: float, time: int) -> None:
        """The visitor's browser earns."""
        if self.visits and self.play.can("levers"):
            self.play.play(activity(self.visits[which % len(self.visits)], score, time))

    @rule(which=integers(0, 20), score=sampled_from((1, 2.5)), of_group=booleans(), by_moonify=booleans())
    def reward(self, which: int, score: float, of_group: bool, by_moonify: bool) -> None:  # noqa: FBT001  # drawn
        """A user or a group is rewarded."""
        if self.visits and self.play.can("levers"):
            visit = self.visits[which % len(self.visits)]
            if (visit.group if of_group else visit.user) is not None:
                self.play.play(reward(visit, score, of_group=of_group, by_moonify=by_moonify))

    @rule(user=_USERS, group=_GROUPS, who=_WRONG, opens=booleans())
    def refused(self, user: str, group: tuple[str, str], who: Identity, opens: bool) -> None:  # noqa: FBT001  # drawn
        """Wrong credentials, and no trace of what was asked with them."""
        self._look("first", user, [group])
        more: dict[str, Any] = {"identity": who, "expect": REFUSED, "rule": "B4.1"}
        if opens:
            self.play.send("createSession", {}, dict(fields(user, [group])), **more)
        else:
            self.play.send("getUser", {"userid": Tag(user)}, **more)
        self.play.send("getUser", {"userid": Tag(user)})

    @rule(user=_USERS, group=_GROUPS, broken=_BROKEN)
    def invalid(self, user: str, group: tuple[str, str], broken: dict[str, Any]) -> None:
        """A session that cannot be, and no trace of it."""
        self._look("first", user, [group])
        body = dict(fields(user, [group])) | broken
        self.play.send("createSession", {}, body, expect=(400,), rule="B2.1")
        self.play.send("getUser", {"userid": Tag(user)})
        self.play.send("getGroup", at(group))

    @rule(user=_USERS, signs=sampled_from((" ", "x", "%41")))
    def nearly(self, user: str, signs: str) -> None:
        """Nobody: an id is taken as it is."""
        path = {"userid": Text((Tag(user), "-", signs))}
        self.play.send("getUser", path, expect=(404,), rule="B1")
