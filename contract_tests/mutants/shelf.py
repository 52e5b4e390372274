"""Which mutants there are."""

import pkgutil
from collections.abc import Iterator
from dataclasses import replace
from importlib import import_module
from pathlib import Path

from contract_tests.mutants.making import Mutant
from sandbox.contract.suites import NAMES

_LATE = "late_"


def modules() -> list[str]:
    """The names of those that declare mutants: ``<api>``, ``<api>_<more>`` and the same after ``late_``."""
    found = (one.name for one in pkgutil.iter_modules([str(Path(__file__).parent)]))
    return [name for name in found if name.removeprefix(_LATE).startswith(NAMES)]


def mutants() -> list[Mutant]:
    """All of them, those of a late module marked so, in the order of their modules and within these of their lines."""
    return [mutant for name in sorted(modules(), key=_place) for mutant in _declared(name)]


def _place(module: str) -> tuple[bool, int, str]:
    bare = module.removeprefix(_LATE)
    return module != bare, next(place for place, name in enumerate(NAMES) if bare.startswith(name)), module


def _declared(name: str) -> Iterator[Mutant]:
    module = import_module(f"{__package__}.{name}")
    for value in vars(module).values():
        if isinstance(value, Mutant) and value.module == module.__name__:
            yield replace(value, late=name.startswith(_LATE))
