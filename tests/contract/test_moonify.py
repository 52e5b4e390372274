from collections.abc import Callable
from dataclasses import replace
from typing import Any

import orjson
import pytest

from sandbox.contract import differential, model
from sandbox.contract.apis.moonify.probes import PROBES
from sandbox.contract.inprocess import Handle, InProcess, Wrap
from sandbox.contract.model import Effort, Outcome, Trial
from sandbox.contract.play import Play
from sandbox.contract.steps import Tag
from sandbox.contract.suites import Probe, suite
from sandbox.kernel.request import Pending, Request, Response

Anything = Response | Pending | None
Change = Callable[[Request, Any], Any]


def run(effort: Effort) -> Outcome:
    return model.run(Trial(suite("moonify"), 1, "t-", effort), InProcess("moonify"))


def answers(change: Change) -> Wrap:
    """A sandbox whose good answers to reads are changed: a change gets their JSON."""

    def wrap(handle: Handle, request: Request) -> Anything:
        response = handle(request)
        if isinstance(response, Response) and response.status < 300 and "/0.2/moonitize/" in request.path:
            response.body = orjson.dumps(change(request, orjson.loads(response.body)))
        return response

    return wrap


def requests(change: Callable[[Request], Request]) -> Wrap:
    """A sandbox that understands requests as something else."""
    return lambda handle, request: handle(change(request) if "/0.2/moonitize/" in request.path else request)


def changed(request: Request, **more: Any) -> Request:
    parts = {"method": request.method, "path": request.path, "query": request.query}
    return Request(**{**parts, "headers": request.headers, "body": request.body, **more})


def users(change: Callable[[Request, list[tuple[str, Any]]], list[tuple[str, Any]]]) -> Wrap:
    """A sandbox whose lists are changed."""

    def one(request: Request, body: Any) -> Any:
        return {"users": dict(change(request, list(body["users"].items())))} if "users" in body else body

    return answers(one)


def every(name: str, value: Callable[[Any], Any], only: str = "") -> Wrap:
    """A sandbox with one wrong figure."""

    def one(request: Request, body: Any) -> Any:
        found = body.get("users", {}).values() if "users" in body else body.values()
        for told in found if only in request.path else ():
            if isinstance(told, dict):
                told[name] = value(told[name])
        return body

    return answers(one)


def first_group(request: Request) -> Request:
    """The first group counts."""
    try:
        said = orjson.loads(request.body)
    except orjson.JSONDecodeError:
        return request
    if not isinstance(said, dict):
        return request
    groups = {name: said.pop(name) for name in list(said) if name.startswith("@")}
    body = orjson.dumps(said | dict(reversed(groups.items())))
    return changed(request, body=body, headers=request.headers | {"content-length": str(len(body))})


def rounded(request: Request) -> Request:
    """A JSON body with its numbers as a program would write them."""
    if not request.body.startswith(b"{"):
        return request
    body = orjson.dumps(orjson.loads(request.body))
    return changed(request, body=body, headers=request.headers | {"content-length": str(len(body))})


def without(sign: str) -> Wrap:
    """A parameter of the query is ignored."""
    return requests(
        lambda request: changed(
            request, query="&".join(part for part in request.query.split("&") if not part.startswith(sign))
        )
    )


def anonymous(handle: Handle, request: Request) -> Anything:
    """Wrong service IDs are as good as right ones."""
    if request.headers.get("authorization", "").endswith("0000"):
        request = changed(request, headers=request.headers | {"authorization": "serviceID yourServiceID"})
    return handle(request)


def found(handle: Handle, request: Request) -> Anything:
    """An unknown group has no users, but is there."""
    response = handle(request)
    if isinstance(response, Response) and response.status == 404 and request.path.endswith("/users/"):
        return Response(200, b'{"users":{}}', response.headers)
    return response


def live_lists(handle: Handle, request: Request) -> Anything:
    """Lists show the figures of this moment."""
    response = handle(request)
    if isinstance(response, Response) and response.status == 200 and request.path.endswith(("/users", "/users/")):
        told = orjson.loads(response.body)["users"]
        path = request.path.rstrip("/")
        for name in told if "moonitize" in path else ():
            single = handle(changed(request, path=f"{path}/{name.replace(' ', '%20')}", query=""))
            if isinstance(single, Response) and single.status == 200:
                told[name] = orjson.loads(single.body)["user"]
        response.body = orjson.dumps({"users": told})
    return response


MUTANTS: dict[str, tuple[str, Wrap]] = {
    "the first group counts": ("last group", requests(first_group)),
    "one token for all": ("tour", answers(lambda _, body: body | {"tokenID": "0" * 32} if "tokenID" in body else body)),
    "start is ignored": ("paging", without("start=")),
    "limit is ignored": ("paging", without("limit=")),
    "order is ignored": ("paging", without("order=")),
    "a page lacks its last user": ("tenants", users(lambda _, page: page[:-1] if len(page) > 3 else page)),
    "the oldest come last": ("tenants", users(lambda _, page: page[::-1])),
    "lists are live": ("statistics", live_lists),
    "scores are rounded": ("statistics", every("score", int)),
    "time is in milliseconds": ("statistics", every("totalTime", lambda value: value * 1000)),
    "times are of another zone": ("statistics", every("updated", lambda at: at.replace(" 10:", " 11:"), "/groups/")),
    "unknown groups are empty": ("unknown", found),
    "anybody is let in": ("refusals", anonymous),
    "ids are in lower case": ("names", requests(lambda request: changed(request, path=request.path.lower()))),
    "numbers are rounded": ("written", requests(rounded)),
    "names are lost": ("tour", answers(lambda _, body: _renamed(body))),
}


def _renamed(body: Any) -> Any:
    return {"group": body["group"] | {"name": "x"}} if "group" in body else body


def test_the_sandbox_keeps_its_contract() -> None:
    outcome = run(Effort(2, 15))
    assert (list(outcome.findings.values()), outcome.skipped) == ([], [])


@pytest.mark.parametrize("name", MUTANTS)
def test_a_defect_is_found(name: str) -> None:
    probe, wrap = MUTANTS[name]
    whole = suite("moonify")
    one = replace(whole, probes=[one for one in whole.probes if one.name == probe])
    outcome = model.run(Trial(one, 1, "t-", Effort(1, 1)), InProcess("moonify", wrap))
    assert [finding for finding in outcome.findings.values() if finding.source == probe]


def forbidden(handle: Handle, request: Request) -> Anything:
    """A refused service ID is 403, as in the vendor's table."""
    response = handle(request)
    if isinstance(response, Response) and response.status == 401:
        return Response(403, response.body, response.headers)
    return response


def test_both_ways_to_refuse_a_service_id_are_right_and_neither_is_the_odd_one_out() -> None:
    site = InProcess("moonify", forbidden, "real")
    one = replace(suite("moonify"), probes=[one for one in PROBES if one.name == "refusals"])
    trial = Trial(one, 1, "t-", Effort(2, 15))
    assert not model.run(trial, site).findings
    differing = differential.run(trial, InProcess("moonify"), site).findings.values()
    assert {(finding.breach.where, finding.verdict) for finding in differing} == {("status", "spec")}


def test_random_steps_find_a_defect() -> None:
    bare = replace(suite("moonify"), probes=[])
    outcome = model.run(Trial(bare, 1, "t-", Effort(20, 15)), InProcess("moonify", requests(first_group)))
    assert outcome.findings


def test_two_sandboxes_do_not_differ() -> None:
    sites = InProcess("moonify"), InProcess("moonify", name="real")
    names = ("tour", "last group", "forms of a session", "statistics")
    some = replace(suite("moonify"), probes=[one for one in PROBES if one.name in names])
    assert not differential.run(Trial(some, 1, "t-", Effort(3, 15)), *sites).findings


def test_the_order_of_a_page_is_compared() -> None:
    turned = InProcess("moonify", users(lambda _, page: page[::-1]), name="real")
    bare = replace(suite("moonify"), probes=[Probe("crowd", crowd)])
    outcome = differential.run(Trial(bare, 1, "t-", Effort(1, 1)), InProcess("moonify"), turned)
    assert "real" in {finding.verdict for finding in outcome.findings.values()}


def crowd(play: Play) -> None:
    group = {"groupname": "team", "groupvalue": Tag("blue")}
    play.send("getGroup", group)
    for name in ("ann", "bob"):
        play.send("createSession", {}, {"userID": Tag(name), "@team": Tag("blue")})
    play.send("listGroupUsers", group)
