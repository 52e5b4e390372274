"""What must be answered where a list is read page by page (G24)."""

import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from sandbox.contract.apis.dynamic_monetization.beliefs import ANY, Ask, Expected, Json, Tenant, Unsure, Walk
from sandbox.contract.apis.dynamic_monetization.comparing import Bag

_MOST = 9_007_199_254_740_991
_PAGE, _LARGEST = 100, 1000


def _number(text: str | None, least: int, most: int) -> bool:
    """Whether a number in a query is one. Raises Unsure for unusual spellings."""
    if text is None:
        return True
    if re.fullmatch(r"[0-9]{1,16}", text, re.ASCII):
        return least <= int(text) <= most
    if re.fullmatch(r"-[1-9][0-9]*|[a-z]+", text):
        return False
    raise Unsure


def is_page(ask: Ask) -> bool:
    """Whether ``next`` and ``size`` may be asked for. Raises Unsure."""
    return _number(ask.query.get("next"), 0, _MOST) and _number(ask.query.get("size"), 1, _LARGEST)


def page(  # what a page is made of
    tenant: Tenant,
    ask: Ask,
    name: str,
    key: Callable[[Any], Any],
    own: dict[Any, Json],
    banned: Iterable[Any] = (),
    more: Sequence[str] = ("size",),
) -> Expected:
    """A page of the list ``name``: it may hold others' too, but none that are ``banned``. Raises Unsure."""
    if not ask.query.keys() <= {"next", *more}:
        raise Unsure
    if not is_page(ask):
        return Expected(400)
    size = ask.query.get("size")
    found = ask.told.get(name) if isinstance(ask.told, dict) and ask.status == 200 else None  # noqa: PLR2004  # a page
    if not isinstance(found, list):
        return Expected(200)
    if len(found) > int(size or _PAGE):
        return Expected(200, {name: f"at most {size or _PAGE} items", "next": ANY})
    try:
        shown = [key(one) for one in found]
    except (KeyError, TypeError):
        raise Unsure from None
    wanted = _walk(tenant, ask, name, shown, frozenset(own))
    if isinstance(wanted, str):
        return Expected(200, {name: wanted, "next": ANY})
    partial = wanted <= set(shown)
    members = list(own.values()) if partial else [own[one] for one in wanted]
    bag = Bag(key, members, others=True, banned=frozenset(banned), partial=partial)
    return Expected(200, {name: bag, "next": ANY})


def _walk(tenant: Tenant, ask: Ask, name: str, found: Sequence[Any], own: frozenset[Any]) -> frozenset[Any] | str:
    """Those that this page must show: on the last one, all own that no page before did. Raises Unsure.

    Where a page said that there is more, the next one holds something.
    """
    start, cursor = int(ask.query.get("next", 0)), ask.told.get("next")
    place = name, *ask.path.values(), *((one, ask.query[one]) for one in sorted(ask.query.keys() - {"next"}))
    walk = Walk(own) if start == 0 else tenant.walks.pop(place, None)
    if walk is None or walk.next != start:
        raise Unsure
    if start and not found and not walk.shrunk:
        return "something, since the page before said that there is more"
    again = any(one in walk.seen and one in walk.wanted for one in found)
    walk.seen += found
    walk.next = cursor if isinstance(cursor, int) else 0
    if walk.next != 0:
        tenant.walks[place] = walk
    if again:
        return "nothing that a page before had"
    return frozenset() if walk.next else (walk.wanted & own) - set(walk.seen)
