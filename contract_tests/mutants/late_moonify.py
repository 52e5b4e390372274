"""Moonify with more mistakes, one each: answers, access, sessions, lists and their statistics."""

import json
from dataclasses import replace
from typing import Any

from contract_tests.mutants.making import Asked, Maker, Told, retried_as_others
from sandbox.contract.inprocess import Handle, Wrap
from sandbox.kernel.clock import MINUTE
from sandbox.kernel.request import Pending, Request, Response

make = Maker("moonify")

_NO_ID = 401
_MOST = 100
_LISTS = ("listUsers", "listGroupUsers")
_FIGURES = {"user", "group"}

# What an answer looks like


@make.answers("shape", *_LISTS)
def users_are_an_array(told: Told, _asked: Asked) -> None:
    """users of a list is an array of users instead of an object by their ids."""
    told.json["users"] = list(told.json["users"].values())


@make.answers("shape", "getUser", "getGroup", "getGroupUser")
def updated_is_an_iso_time(told: Told, _asked: Asked) -> None:
    """updated of a single read is written as 2024-01-15T10:30:00Z, unlike in lists."""
    for name in _FIGURES & told.json.keys():
        told.json[name]["updated"] = told.json[name]["updated"].replace(" ", "T") + "Z"


@make.answers("status", "getUser", statuses=[404])
def unknown_user_is_null(told: Told, _asked: Asked) -> None:
    """An unknown user is 200 with null."""
    told.status, told.json = 200, {"user": None}


@make.answers("status", "listGroupUsers", statuses=[404])
def users_of_an_unknown_group_are_none(told: Told, _asked: Asked) -> None:
    """The list of the users of an unknown group is 200 and empty."""
    told.status, told.json = 200, {"users": {}}


@make.answers("headers", "createSession")
def session_is_told_as_a_web_page(told: Told, _asked: Asked) -> None:
    """A new session has the content type text/html, as PHP sends it by default."""
    told.headers["content-type"] = "text/html; charset=UTF-8"


# Who may do what


@make.asks("auth", *_LISTS, "getUser", "getGroup", "getGroupUser", "createSession")
def service_id_in_the_query_is_not_read(asked: Asked) -> None:
    """A service ID is only found in the header and the body: one in the query is 401."""
    if "authorization" not in asked.headers:
        asked.put("serviceID")


@make.mutant("auth")
def wrong_header_is_rescued() -> Wrap:
    """A wrong service ID in the header does not matter if a right one stands in the query or the body."""

    def wrap(handle: Handle, request: Request) -> Response | Pending | None:
        response, asked = handle(request), make.read(request)
        if asked is None or not isinstance(response, Response) or response.status != _NO_ID:
            return response
        asked.headers.pop("authorization", None)
        return handle(asked.request())

    return wrap


@make.mutant("tenants")
def groups_of_other_services_can_be_read() -> Wrap:
    """A group and its users are answered whichever service they belong to."""
    return retried_as_others(make, "getGroup", "listGroupUsers", "getGroupUser")


# What is kept


@make.replaces("persistence", "bodies._written")
def numbers_are_not_taken_as_text(_was: Any) -> Any:
    """A userID or a group's value that is a number is as if it had not been given."""
    return lambda sent: json.loads(sent, parse_int=lambda _: None, parse_float=lambda _: None)


@make.replaces("persistence", "sessions.registered")
def groups_of_anonymous_sessions_are_not_made(was: Any) -> Any:
    """A session without userID makes no groups."""
    return lambda world, service, user, groups: was(world, service, user, groups) if user else service


# Lists


@make.asks("paging", *_LISTS)
def limit_over_a_hundred_is_refused(asked: Asked) -> None:
    """A limit over 100 is 400 instead of being taken as 100."""
    limits = asked.values("limit")
    if limits and limits[-1].isdecimal() and int(limits[-1]) > _MOST:
        asked.put("limit", "0")


@make.replaces("sorting", "lists.page")
def lists_are_by_score_unasked(was: Any) -> Any:
    """Without order users are listed by score, not as they were created."""
    return lambda *asked, **how: was(*asked, **{**how, "order": "score"})


@make.replaces("time rules", "lists.boundary")
def lists_follow_five_minutes_after_a_change(_was: Any) -> Any:
    """Lists are updated five minutes after the first change, as a cache expires, not at the full five minutes."""
    return lambda now: now + 5 * MINUTE


@make.answers("statistics", *_LISTS)
def listed_time_is_none(told: Told, _asked: Asked) -> None:
    """totalTime of users in lists is 0: it is not among the columns that are read."""
    for one in told.json["users"].values():
        one["totalTime"] = 0


@make.replaces("statistics", "activity._grown")
def anonymous_work_counts_for_no_group(was: Any) -> Any:
    """What anonymous sessions make in a group is missing from its score and time."""
    return lambda group, work, now: was(group, [one for one in work if one[0].user is not None], now)


@make.replaces("statistics", "activity._grown")
def activity_does_not_update_the_group(was: Any) -> Any:
    """updated of a group stays when its users earn."""

    def grown(group: Any, work: Any, now: int) -> Any:
        after = was(group, work, now)
        return replace(after, stats=after.stats._replace(updated=group.shown.updated))

    return grown


@make.replaces("statistics", "records.Stats.awarded")
def rewards_add_to_the_score(was: Any) -> Any:
    """A reward raises the score, too."""

    def awarded(stats: Any, score: float, now: int, *, by_moonify: bool) -> Any:
        return was(stats, score, now, by_moonify=by_moonify)._replace(score=stats.score + score)

    return awarded


@make.mutant("statistics")
def figures_in_a_group_are_those_of_the_user() -> Wrap:
    """A user of a group is answered with all that the user made, not what was made in that group."""

    def wrap(handle: Handle, request: Request) -> Response | Pending | None:
        response, asked = handle(request), make.read(request, ["getGroupUser"])
        if asked is None or not isinstance(response, Response) or response.status != 200:
            return response
        before, user = request.path.partition("/group")[0], request.path.rstrip("/").rpartition("/")[2]
        return handle(Request("GET", f"{before}/users/{user}", request.query, request.headers, b""))

    return wrap
