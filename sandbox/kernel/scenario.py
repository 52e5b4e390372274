"""Scenarios: named starting data sets, checked when they are read."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

import yaml

from sandbox.kernel import webhooks
from sandbox.kernel.clock import parse_clock
from sandbox.kernel.errors import Invalid, ScenarioError
from sandbox.kernel.schema import compile_schema, first_problem
from sandbox.kernel.settings import index_settings

if TYPE_CHECKING:
    from sandbox.kernel.api import Api


class Section(NamedTuple):
    """What one file says of one Api; ``label`` names the file."""

    label: str
    data: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Scenario:
    """A checked scenario with what it includes.

    ``clock`` is text as ``--clock`` takes it, None when it says nothing; ``sections`` holds for each API the sections
    of the included scenarios first, then its own.
    """

    name: str
    title: str = ""
    description: str = ""
    seed: int = 0
    clock: str | None = None
    settings: Mapping[str, Any] = field(default_factory=dict)
    sections: Mapping[str, tuple[Section, ...]] = field(default_factory=dict)


_OLD = frozenset({"tag:yaml.org,2002:timestamp", "tag:yaml.org,2002:bool"})


class _Loader(yaml.CSafeLoader):
    """YAML as JSON reads it: instants stay text, only true and false are booleans."""


_Loader.yaml_implicit_resolvers = {
    first: [(tag, regexp) for tag, regexp in resolvers if tag not in _OLD]
    for first, resolvers in yaml.CSafeLoader.yaml_implicit_resolvers.items()
}
_Loader.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile(r"(?:true|false)\Z"), ["t", "f"])

Read = Callable[[str], tuple[str, str]]
"""From a scenario's name or path to its full name and its text; raises KeyError when there is none."""


@dataclass(frozen=True, slots=True)
class Library:
    """Where scenarios come from: the names of those that ship, and how to read one."""

    names: tuple[str, ...]
    read: Read


def read_scenario(name: str, read: Read, apis: Iterable["Api"]) -> Scenario:
    """Load, check and merge a scenario with its includes.

    Raises ScenarioError with file, path and what was expected, KeyError for a name that does not exist.
    """
    apis = tuple(apis)
    return _read(name, read, apis, ())


def _read(name: str, read: Read, apis: tuple["Api", ...], above: tuple[str, ...]) -> Scenario:
    label, text = read(name)
    if label in above:
        raise ScenarioError(f"{label}: include", f"must not include itself (by way of {' → '.join(above)})")
    data = _parse(label, text)
    _check(label, data, apis)
    parts = [_read_part(label, part, read, apis, (*above, label)) for part in data.get("include", ())]
    return _merge(label, data, parts, apis)


def _read_part(label: str, part: str, read: Read, apis: tuple["Api", ...], above: tuple[str, ...]) -> Scenario:
    try:
        return _read(part, read, apis, above)
    except KeyError:
        raise ScenarioError(f"{label}: include", f"no scenario is called {part!r}") from None


def _parse(label: str, text: str) -> dict[str, Any]:
    try:
        data = yaml.load(text, _Loader)  # noqa: S506  # a safe loader, minus timestamps
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f"{label}: line {mark.line + 1}" if mark else label
        raise ScenarioError(where, f"is not YAML: {getattr(error, 'problem', None) or error}") from None
    if not isinstance(data, dict):
        raise ScenarioError(label, "must be a mapping with the keys title, include, clock, seed and one for each API")
    return data


def _check(label: str, data: dict[str, Any], apis: tuple["Api", ...]) -> None:
    try:
        problem = first_problem(compile_schema(_schema(apis)), data)
    except TypeError as error:
        raise ScenarioError(label, f"must have text for every key, quote the others: {error}") from None
    if problem:
        raise ScenarioError(f"{label}: {problem.field or 'top'}", problem.message)
    if "clock" in data:
        try:
            parse_clock(data["clock"])
        except ValueError as error:
            raise ScenarioError(f"{label}: clock", str(error)) from None


def _schema(apis: tuple["Api", ...]) -> dict[str, Any]:
    text = {"type": "string"}
    return {
        "type": "object",
        "additionalProperties": False,
        "properties": {
            "title": text,
            "description": text,
            "include": {"type": "array", "items": text},
            "clock": text,
            "seed": {"type": "integer"},
            "settings": {"type": "object"},
            **{api.name: dict(api.scenario) for api in apis if api.scenario},
        },
    }


def _merge(label: str, data: dict[str, Any], parts: list[Scenario], apis: tuple["Api", ...]) -> Scenario:
    last = parts[-1] if parts else Scenario(label)
    settings: dict[str, Any] = {}
    for part in parts:
        settings.update(part.settings)
    settings.update(_settings(label, data.get("settings", {}), apis))
    names = [api.name for api in apis]
    sections = {
        name: tuple(section for part in parts for section in part.sections.get(name, ()))
        + ((Section(label, data[name]),) if name in data else ())
        for name in names
    }
    return Scenario(
        label,
        data.get("title", label),
        data.get("description", ""),
        data.get("seed", last.seed),
        data.get("clock", last.clock),
        settings,
        sections,
    )


def _settings(label: str, given: dict[str, Any], apis: tuple["Api", ...]) -> dict[str, Any]:
    known = index_settings([webhooks.SETTINGS, *(api.settings for api in apis)])
    accepted = {}
    for name, value in given.items():
        where = f"{label}: settings.{name}"
        if name not in known:
            raise ScenarioError(where, f"is not a setting; there are {', '.join(sorted(known))}")
        try:
            accepted[name] = known[name].accept(value)
        except Invalid as error:
            raise ScenarioError(where, error.message) from None
    return accepted
