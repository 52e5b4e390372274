"""How much work a schema is: references multiply, so that a short one may ask for more than ever ends (A2.3)."""

from collections import Counter
from collections.abc import Iterator, Mapping
from graphlib import CycleError, TopologicalSorter
from typing import Any, NamedTuple

from sandbox.kernel.references import pointed

MOST = 5_000
"""Parts of a schema, and times that it may look at one value with its references followed."""
_LONGEST = 20_000
"""Members and items that the parts of a schema name, each counted for every part that applies it."""

Node = Mapping[str, Any]
Place = str | int | None
"""Of what is in a value: a member by its name, an item by its number, any member (None) or any item (-1)."""

_LEVELS = 200
"""That a record may be nested."""
_SAME = ("allOf", "anyOf", "oneOf", "not", "if", "then", "else", "dependentSchemas", "dependencies")
"""Keywords whose schemas look at the value itself, as ``$ref`` does."""
_ANY_ITEM = ("items", "contains", "unevaluatedItems")
_ANY_MEMBER = ("patternProperties", "additionalProperties", "propertyNames", "unevaluatedProperties")
_REST = ("unevaluatedItems", "unevaluatedProperties")
"""Keywords for what is left over, which is found by looking at the value once more."""
_BY_NAME = {"dependentSchemas", "dependencies", "patternProperties"}


class TooMuch(ValueError):
    """A schema that is too much work, or whose work cannot be told."""


class _Part:
    """A schema, the parts of it that look at the same value, and those that look at what is in it."""

    __slots__ = ("inner", "same")

    def __init__(self, schema: Node, node: Node) -> None:
        self.same = [*_applied(node, *_SAME), *_target(schema, node)]
        if any(keyword in node for keyword in _REST):
            self.same *= 2
        named = node.get("properties")
        members = named.items() if isinstance(named, Mapping) else ()
        self.inner: list[tuple[Place, Node]] = [
            *((name, part) for name, part in members if isinstance(part, Mapping)),
            *enumerate(_applied(node, "prefixItems")),
            *((-1, part) for part in _applied(node, *_ANY_ITEM)),
            *((None, part) for part in _applied(node, *_ANY_MEMBER)),
        ]


class _Whole(NamedTuple):
    """A part with all that looks at the same value: how often it does, and how often which part at what is in it."""

    looks: int
    children: Counter[tuple[Place, int]]

    def below(self, looks: Mapping[int, int]) -> int:
        """How often it looks at one child at most, where its parts look as often as told."""
        at: Counter[Place] = Counter()
        for (place, part), times in self.children.items():
            at[place] += times * looks[part]
        any_member, any_item = at.pop(None, 0), at.pop(-1, 0)
        member = max((times for place, times in at.items() if isinstance(place, str)), default=0)
        item = max((times for place, times in at.items() if isinstance(place, int)), default=0)
        return max(any_member + member, any_item + item)


def check_effort(schema: Node) -> None:
    """Raises TooMuch for a schema with too many parts, or that could look too often at a value of a record."""
    wholes = _wholes(schema)
    once = {id(whole): whole for whole in wholes.values()}
    looks = dict.fromkeys(wholes, 0)
    for _ in range(_LEVELS):
        sums = {key: whole.looks + whole.below(looks) for key, whole in once.items()}
        before, looks = looks, {key: sums[id(whole)] for key, whole in wholes.items()}
        if looks[id(schema)] > MOST:
            msg = f"with each $ref followed it looks at one value more than {MOST} times"
            raise TooMuch(msg)
        if looks == before:
            break


def _wholes(schema: Node) -> dict[int, _Whole]:
    """Every part by its identity; one that only refers is what it refers to."""
    parts = _parts(schema)
    try:
        order = list(TopologicalSorter({key: map(id, part.same) for key, part in parts.items()}).static_order())
    except CycleError:
        msg = "a $ref leads to the schema that it stands in, without an end"
        raise TooMuch(msg) from None
    wholes: dict[int, _Whole] = {}
    length = 0
    for key in order:
        same = [wholes[id(part)] for part in parts[key].same]
        if len(same) == 1 and not parts[key].inner:
            wholes[key] = same[0]
            continue
        children = Counter((place, id(part)) for place, part in parts[key].inner)
        for whole in same:
            children.update(whole.children)
        length += len(children)
        looks = 1 + sum(whole.looks for whole in same)
        if looks > MOST or length > _LONGEST:
            msg = f"with each $ref followed it looks at one value more than {MOST} times, or names too many members"
            raise TooMuch(msg)
        wholes[key] = _Whole(looks, children)
    return wholes


def _parts(schema: Node) -> dict[int, _Part]:
    """All that is applied, by its identity."""
    found: dict[int, _Part] = {}
    ahead = [schema]
    while ahead:
        node = ahead.pop()
        if id(node) not in found:
            part = found[id(node)] = _Part(schema, node)
            ahead += part.same
            ahead += [inner for _, inner in part.inner]
        if len(found) > MOST:
            msg = f"it has more than {MOST} parts"
            raise TooMuch(msg)
    return found


def _applied(node: Node, *keywords: str) -> Iterator[Node]:
    """The schemas under these keywords: alone, in a list or by name. What is none is for the compiler to refuse."""
    for keyword in keywords:
        told = node.get(keyword)
        if isinstance(told, Mapping):
            told = told.values() if keyword in _BY_NAME else [told]
        elif not isinstance(told, list):
            continue
        yield from (part for part in told if isinstance(part, Mapping))


def _target(schema: Node, node: Node) -> Iterator[Node]:
    """Where its ``$ref`` leads, which has to be a path from the top: any other could lead around what is counted."""
    if "$dynamicRef" in node or ("$id" in node and node is not schema):
        msg = "it has a $dynamicRef, or an $id below its top"
        raise TooMuch(msg)
    told = node.get("$ref")
    if not isinstance(told, str):
        return
    if told not in {"", "#"} and not told.startswith("#/"):
        msg = f"the $ref {told!r} is no path from its top, as #/$defs/name is"
        raise TooMuch(msg)
    try:
        found = pointed(schema, told)
    except LookupError:
        msg = f"the $ref {told!r} leads nowhere"
        raise TooMuch(msg) from None
    if isinstance(found, Mapping):
        yield found
