"""Finds the specs and scenarios that ship: at the top of a checkout, or inside the installed wheel."""

from functools import cache
from pathlib import Path

import yaml

from sandbox.kernel.errors import ScenarioError
from sandbox.kernel.scenario import Library

_PACKAGE = Path(__file__).parent
_INSTALLED = _PACKAGE / "_assets"
_ROOT = _INSTALLED if _INSTALLED.is_dir() else _PACKAGE.parent


def _names(folder: str) -> list[str]:
    return sorted(path.stem for path in (_ROOT / folder).glob("*.yaml"))


def _text(folder: str, name: str) -> str:
    if name not in _names(folder):
        raise KeyError(name)
    return (_ROOT / folder / f"{name}.yaml").read_text("utf-8")


def spec_names() -> list[str]:
    """The names of all specs, as ``monetize360`` or ``monetize360.control``."""
    return _names("openapi")


def spec_text(name: str) -> str:
    """The YAML of a spec. Raises KeyError."""
    return _text("openapi", name)


@cache
def spec(name: str) -> dict[str, object]:
    """A spec, parsed; do not change it. Raises KeyError."""
    parsed: dict[str, object] = yaml.load(spec_text(name), yaml.CSafeLoader)
    return parsed


def scenario_names() -> list[str]:
    """The names of the scenarios that ship."""
    return _names("fixtures")


def scenario_text(name: str) -> str:
    """The YAML of a scenario. Raises KeyError."""
    return _text("fixtures", name)


def read_scenario_file(name: str) -> tuple[str, str]:
    """From the name of a scenario that ships, or the path of a file, to its label and text.

    Raises KeyError where there is none, ScenarioError for a file that cannot be read.
    """
    if name in scenario_names():
        return name, scenario_text(name)
    path = Path(name)
    if path.suffix not in {".yaml", ".yml"} or not path.is_file():
        raise KeyError(name)
    try:
        return str(path), path.read_text("utf-8")
    except UnicodeDecodeError as error:
        raise ScenarioError(name, f"must be UTF-8: byte {error.start} is not") from None
    except OSError as error:
        raise ScenarioError(name, f"cannot be read: {error.strerror}") from None


def library() -> Library:
    """The scenarios that ship; a user's own are read by their path."""
    return Library(tuple(scenario_names()), read_scenario_file)
