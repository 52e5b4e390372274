"""Scenarios: named starting data sets, checked when they are read."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import PurePath
from typing import TYPE_CHECKING, Any, NamedTuple

from sandbox.kernel import webhooks
from sandbox.kernel.clock import parse_clock
from sandbox.kernel.errors import Invalid, ScenarioError
from sandbox.kernel.reading import read_yaml
from sandbox.kernel.schema import Problem, compile_schema, first_traced
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


MAX_SEED = 2**53 - 1
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
    """A scenario that a file includes: beside that file, or else by name or from where the command was started."""
    for name in dict.fromkeys([str(PurePath(label).parent / part), part]):
        try:
            return _read(name, read, apis, above)
        except KeyError:
            continue
    raise ScenarioError(f"{label}: include", f"no scenario is called {part!r}")


def _parse(label: str, text: str) -> dict[str, Any]:
    data = read_yaml(label, text)
    if not isinstance(data, dict):
        raise ScenarioError(label, "must be a mapping with the keys title, include, clock, seed and one for each API")
    return data


def _check(label: str, data: dict[str, Any], apis: tuple["Api", ...]) -> None:
    schema = _schema(apis)
    found = first_traced(compile_schema(schema), data)
    if found:
        raise ScenarioError(f"{label}: {found[0].field}", _words(schema, *found))
    if "clock" in data:
        try:
            parse_clock(data["clock"])
        except ValueError as error:
            raise ScenarioError(f"{label}: clock", str(error)) from None


def _words(schema: Any, problem: Problem, keyword: Sequence[str | int]) -> str:
    """What was expected, without the place; for an unknown key those that there are."""
    said = problem.message.removeprefix(f"{problem.field} ")
    if keyword[-1] != "additionalProperties" or "$ref" in keyword:
        return said
    for step in keyword[:-1]:
        schema = schema[step]
    return f"{said}; there are {', '.join(schema['properties'])}"


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
            "seed": {"type": "integer", "minimum": 0, "maximum": MAX_SEED},
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
        int(data.get("seed", last.seed)),
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
