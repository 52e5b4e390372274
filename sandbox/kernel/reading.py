"""YAML as JSON reads it, with every mistake told by its place."""

import re
from collections.abc import Iterator
from math import isfinite
from typing import Any

import yaml

from sandbox.kernel.errors import ScenarioError

_CORE = "tag:yaml.org,2002:"
_KEPT = {_CORE + name for name in ("null", "merge")}
_PLAIN = {_CORE + name for name in ("null", "bool", "int", "float", "str", "seq", "map")}
_DEEPEST = 200
"""Levels that a value may be nested: as many as can be checked, and answered."""
_MERGE = _CORE + "merge"
_TEXT = _CORE + "str"
_FLOAT = _CORE + "float"
Path = tuple[str, ...]


class _Loader(yaml.CSafeLoader):
    """Only what JSON writes as a number, true or false is one; instants, ``yes``, ``0123`` and ``12:30`` are text."""


_Loader.yaml_implicit_resolvers = {
    first: [(tag, regexp) for tag, regexp in resolvers if tag in _KEPT]
    for first, resolvers in yaml.CSafeLoader.yaml_implicit_resolvers.items()
}
_DIGITS = list("-0123456789")
_Loader.add_implicit_resolver(_CORE + "bool", re.compile(r"(?:true|false)\Z"), ["t", "f"])
_Loader.add_implicit_resolver(_CORE + "int", re.compile(r"-?(?:0|[1-9][0-9]*)\Z"), _DIGITS)
_Loader.add_implicit_resolver(_FLOAT, re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?\Z"), _DIGITS)


def read_yaml(label: str, text: str) -> Any:
    """What a file holds; ``label`` names it. Raises ScenarioError."""
    try:
        loader = _Loader(text)
        try:
            node = loader.get_single_node()
            if node is None:
                return None
            for path, mark, wrong in _mistakes(node):
                raise ScenarioError(f"{label}: {'.'.join(path) or 'top'}", f"{wrong} (line {mark.line + 1})")
            return loader.construct_document(node)
        finally:
            loader.dispose()
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f"{label}: line {mark.line + 1}" if mark else label
        raise ScenarioError(where, f"is not YAML: {getattr(error, 'problem', None) or error}") from None
    except RecursionError:
        raise ScenarioError(label, "must not be nested as deep") from None
    except ValueError as error:
        raise ScenarioError(label, f"has a value that cannot be read: {error}") from None


def _mistakes(top: yaml.Node) -> Iterator[tuple[Path, Any, str]]:
    """What JSON could not say: the place, its mark and what is wrong there. Each node is looked at once."""
    seen: set[yaml.Node] = set()
    yield from _below(top, (), (), seen)


def _below(
    node: yaml.Node, path: Path, above: tuple[yaml.Node, ...], seen: set[yaml.Node]
) -> Iterator[tuple[Path, Any, str]]:
    if node in above:
        yield path, node.start_mark, "must not hold itself"
    if node in seen:
        return
    seen.add(node)
    if len(above) > _DEEPEST:
        yield path, node.start_mark, "must not be nested as deep"
    if node.tag not in _PLAIN:
        yield path, node.start_mark, f"must be plain YAML, without the tag {node.tag.removeprefix(_CORE)}"
    if node.tag == _FLOAT and not isfinite(float(node.value)):
        yield path, node.start_mark, "must be a number that JSON can hold"
    if isinstance(node, yaml.MappingNode):
        yield from _keys(node, path)
    for name, part in _parts(node):
        yield from _below(part, (*path, name), (*above, node), seen)


def _parts(node: yaml.Node) -> Iterator[tuple[str, yaml.Node]]:
    if isinstance(node, yaml.MappingNode):
        yield from ((key.value, part) for key, part in node.value)
    elif isinstance(node, yaml.SequenceNode):
        yield from ((str(place), part) for place, part in enumerate(node.value))


def _keys(node: yaml.MappingNode, path: Path) -> Iterator[tuple[Path, Any, str]]:
    """Keys that are no text, and those given twice; merged ones may be given again."""
    lines: dict[str, int] = {}
    for key, _ in node.value:
        if key.tag not in {_TEXT, _MERGE}:
            shown = key.value if isinstance(key, yaml.ScalarNode) else key.id
            yield path, key.start_mark, f"must have text for every key: quote {shown or 'null'}"
        elif key.value in lines:
            yield (*path, key.value), key.start_mark, f"must be given once: line {lines[key.value]} has it already"
        else:
            lines[key.value] = key.start_mark.line + 1
