"""Moonify with one mistake each: sessions, groups, lists and their statistics."""

from operator import attrgetter
from typing import Any

from contract_tests.mutants.making import Asked, Maker, Told, retried_as_others, without_allow
from sandbox.apis.moonify import sessions
from sandbox.apis.moonify.records import Stats, User
from sandbox.apis.moonify.state import SESSIONS
from sandbox.contract.inprocess import Wrap

make = Maker("moonify")

_NO_ID = 401
_LISTS = ("listUsers", "listGroupUsers")
_READS = ("listUsers", "getUser", "getGroup", "listGroupUsers", "getGroupUser")
_FIGURES = ("score", "scoreRewarded", "scoreRewardedByMoonify")

# What an answer looks like


@make.answers("shape", *_LISTS)
def no_users_is_an_array(told: Told, _asked: Asked) -> None:
    """Past the last user, users is [] instead of {}, as PHP writes an empty array."""
    told.json["users"] = told.json["users"] or []


@make.answers("shape", "getGroup")
def figures_of_a_group_are_texts(told: Told, _asked: Asked) -> None:
    """The scores of a group are texts, as a database driver reads decimals."""
    told.json["group"] |= {name: str(told.json["group"][name]) for name in _FIGURES}


@make.answers("status", "createSession")
def opening_a_session_is_200(told: Told, _asked: Asked) -> None:
    """A new session is answered with 200."""
    told.status = 200


@make.asks("status", *_LISTS)
def ascending_is_answered_descending(asked: Asked) -> None:
    """dir=asc is accepted and has no effect."""
    asked.put("dir", *(one for one in asked.values("dir") if one != "asc"))


@make.mutant("headers")
def method_is_refused_without_allow() -> Wrap:
    """A 405 does not say which methods there are."""
    return without_allow()


# Who may do what


@make.answers("auth", *_READS, statuses=[_NO_ID])
def missing_service_id_is_400(told: Told, asked: Asked) -> None:
    """A request without a service ID is 400, as any missing parameter."""
    if "authorization" not in asked.headers and not asked.values("serviceID"):
        told.status = 400


@make.mutant("tenants")
def users_of_other_services_can_be_read() -> Wrap:
    """A user is answered by its id whichever service it belongs to."""
    return retried_as_others(make, "getUser")


# What is kept


@make.replaces("persistence", "sessions._groups")
def first_group_counts(was: Any) -> Any:
    """The user is registered in the first declared group instead of the last."""
    return lambda given: was(given)[::-1]


@make.replaces("persistence", "sessions._groups")
def groups_are_taken_by_name(was: Any) -> Any:
    """The groups are put in the order of their names, so that not the last declared one counts."""
    return lambda given: sorted(was(given))


@make.replaces("persistence", "sessions._groups")
def groups_before_the_last_are_not_made(was: Any) -> Any:
    """A declared group that is not the last one is 404 afterwards."""
    return lambda given: was(given)[-1:]


@make.replaces("statistics", "sessions.registered")
def session_resets_its_user(was: Any) -> Any:
    """A further session of a user sets score and time of the user back to zero."""

    def registered(world: Any, service: Any, user: Any, groups: Any) -> Any:
        made = was(world, service, user, groups)
        fresh = User(user, Stats(updated=world.now), world.now) if user else None
        return made if fresh is None else made.changed(made.users.put(user, fresh), made.groups)

    return registered


@make.replaces("persistence", "sessions.open_session")
def user_has_one_session(was: Any) -> Any:
    """A further session of a user has the token of the first one."""

    def open_session(world: Any, service: Any, given: Any) -> Any:
        made = was(world, service, given)
        of_user = (one for one in world.store.all(SESSIONS) if one.user == made.user and one.service == made.service)
        return made if made.user is None else next(of_user)

    return open_session


@make.replaces("persistence", "sessions.text")
def ids_are_in_lower_case(was: Any) -> Any:
    """Ids of users and values of groups are stored in lower case: what was sent is not found."""

    def text(value: Any) -> Any:
        found = was(value)
        return None if found is None else found.lower()

    return text


@make.asks("persistence", "getUser", "getGroup", "listGroupUsers", "getGroupUser")
def plus_in_a_path_is_a_blank(asked: Asked) -> None:
    """A + in a path is read as a blank: such users and groups are not found."""
    asked.path = {name: value.replace("+", " ") for name, value in asked.path.items()}


# Lists


@make.asks("paging", *_LISTS)
def start_counts_pages(asked: Asked) -> None:
    """start is taken as a number of pages."""
    start, limit = (asked.values("start") or ["0"])[-1], (asked.values("limit") or ["100"])[-1]
    if start.isdecimal() and limit.isdecimal():
        asked.put("start", str(int(start) * min(int(limit), 100)))


def _by(rank: Any) -> Any:
    """Users in the order of what ``rank`` makes of them, not remembered with the users."""
    return lambda users, *, ascending=False: sorted(users, key=rank, reverse=not ascending)


@make.replaces("sorting", "lists.by_score")
def scores_are_ordered_as_text(_was: Any) -> Any:
    """Scores are ordered by their digits: 9 before 10."""
    return _by(lambda user: str(user.stats.score))


@make.replaces("sorting", "lists.by_score")
def equal_scores_are_reversed(_was: Any) -> Any:
    """Users with equal scores come in the reverse order of their creation."""
    return lambda users, *, ascending=False: sorted(users, key=attrgetter("stats.score"))[:: 1 if ascending else -1]


@make.replaces("lists", "lists.page")
def new_users_are_listed_late(was: Any) -> Any:
    """A new user is not listed until the statistics are updated."""
    return lambda listed, _live, *at, **how: was(listed, listed, *at, **how)


@make.replaces("statistics", "lists.page")
def lists_are_of_this_moment(was: Any) -> Any:
    """Lists show what is true now instead of at the last five-minute boundary."""
    return lambda _listed, live, *at, **how: was(live, live, *at, **how)


@make.replaces("time rules", "lists.PERIOD")
def lists_are_updated_each_minute(_was: Any) -> Any:
    """Lists are updated every minute instead of every five."""
    return 60_000


@make.answers("statistics", "getUser", "getGroupUser")
def time_of_a_user_is_in_minutes(told: Told, _asked: Asked) -> None:
    """totalTime of a user is in minutes."""
    told.json["user"]["totalTime"] //= 60


@make.replaces("statistics", "sessions.registered")
def who_joins_a_group_brings_the_score(was: Any) -> Any:
    """A user who joins a group has there what was made outside of it."""

    def registered(world: Any, service: Any, user: Any, groups: Any) -> Any:
        made = was(world, service, user, groups)
        key = sessions.group_id(groups[-1]) if user and groups else ""
        group, before = made.groups.get(key), service.groups.get(key)
        if group is None or (before is not None and user in before.members):
            return made
        members = group.members.put(user, made.users.get(user))
        return made.changed(made.users, made.groups.put(key, group.with_members(members)))

    return registered
