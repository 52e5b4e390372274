"""Routing: the trie answers as a plain search through all templates does."""

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.kernel.errors import MethodNotAllowed, NotFound
from sandbox.web.routes import Routes, allowed_methods

SEGMENT = st.sampled_from(["a", "b", "c", "{x}"])
PATHS = st.lists(SEGMENT, min_size=1, max_size=4).map(lambda parts: "/" + "/".join(parts))
TABLE = st.dictionaries(st.tuples(st.sampled_from(["GET", "POST"]), PATHS), st.integers(), max_size=8)
ASKED = st.lists(st.sampled_from(["a", "b", "c", "d", "%2F", ""]), min_size=1, max_size=5).map(
    lambda p: "/" + "/".join(p)
)


def routes_of(table: dict[tuple[str, str], Any]) -> Routes[Any]:
    routes: Routes[Any] = Routes()
    for (method, path), plan in table.items():
        routes.add(method, path, plan)
    return routes


def search(table: dict[tuple[str, str], Any], path: str) -> tuple[dict[str, Any], list[str]] | None:
    """The methods of the template that matches with the most literals from the left, and the values."""
    if path != "/" and path.endswith("/"):
        path = path[:-1]
    found = []
    for template in {template for _, template in table}:
        match = re.fullmatch(template.replace("{x}", "([^/]+)"), path)
        if match:
            rank = [part == "{x}" for part in template.split("/")]
            found.append((rank, template, list(match.groups())))
    if not found:
        return None
    _, template, values = min(found)
    return {method: plan for (method, other), plan in table.items() if other == template}, values


@given(table=TABLE, method=st.sampled_from(["GET", "POST", "HEAD", "DELETE"]), path=ASKED)
def test_finds_what_a_search_finds(table: dict[tuple[str, str], Any], method: str, path: str) -> None:
    routes, expected = routes_of(table), search(table, path)
    if expected is None:
        with pytest.raises(NotFound):
            routes.find(method, path)
        with pytest.raises(NotFound):
            routes.allowed(path)
        return
    plans, values = expected
    assert routes.allowed(path) == allowed_methods(plans)
    plan = plans.get("GET" if method == "HEAD" else method)
    if plan is None:
        with pytest.raises(MethodNotAllowed) as refused:
            routes.find(method, path)
        assert list(refused.value.allowed) == allowed_methods(plans)
    else:
        assert routes.find(method, path) == (plan, values)


@pytest.mark.parametrize("path", ["/a/x{y}", "/{x}.json", "/a/{x}-{y}/b"])
def test_a_parameter_is_a_whole_segment(path: str) -> None:
    with pytest.raises(ValueError, match="must be a whole segment"):
        routes_of({("GET", path): 1})
