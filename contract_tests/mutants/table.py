"""What a run of the corpus came to, in words and as JSON."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, NamedTuple

from contract_tests.mutants.crew import LATE, LONGEST, Done
from contract_tests.mutants.making import Mutant
from contract_tests.mutants.trying import LAYERS, Tried

_SAID = 150


class Bound(NamedTuple):
    """A share of mutants that must be caught by any of the ``layers``; ``late`` looks at late ones alone."""

    layers: str
    least: float
    late: bool = False

    @property
    def name(self) -> str:
        """In words."""
        return "+".join(self.layers) + (", late" if self.late else "")


BOUNDS = (Bound("abc", 0.95), Bound("abc", 0.9, late=True), Bound("d", 0.8))


@dataclass(frozen=True)
class Fate:
    """A mutant and what became of it."""

    mutant: Mutant
    done: Done

    @property
    def tried(self) -> Mapping[str, Tried]:
        """By layer."""
        return {one.layer: one for one in self.done.tried}

    def caught(self, layers: Iterable[str]) -> bool:
        """Whether any of the layers found it."""
        return any(layer in self.tried and self.tried[layer].caught for layer in layers)

    @property
    def first(self) -> Tried | None:
        """The quickest that found it."""
        found = (one for one in self.done.tried if one.caught and one.layer != "stock")
        return min(found, key=lambda one: one.seconds, default=None)


def line(fate: Fate) -> str:
    """One mutant: who caught it, when, and what it said."""
    mutant, first = fate.mutant, fate.first
    marks = "".join(_mark(fate.tried.get(layer), layer) for layer in LAYERS[:4])
    stock = _mark(fate.tried.get("stock"), "s")
    when = f"{first.seconds:6.1f} s {first.calls:6} calls" if first else " " * 21
    said = (first.said if first else None) or fate.done.lost or "NOT CAUGHT"
    name = f"{mutant.api[:12]}.{mutant.name}{' (late)' if mutant.late else ''}"
    return f"{name:58} {mutant.kind:12} {marks} {stock}  {when}  {' '.join(said.split())[:_SAID]}"


def _mark(tried: Tried | None, letter: str) -> str:
    return " " if tried is None else letter if tried.caught else "-"


def totals(fates: Sequence[Fate]) -> Iterator[str]:
    """Shares by layer, by kind, by API, early and late apart."""
    for name, chosen in _groups(fates).items():
        if chosen:
            yield f"{name} ({len(chosen)}): " + ", ".join(_share(chosen, layers) for layers in _columns(fates))
    yield f"slowest: {max((fate.done.seconds for fate in fates), default=0):.0f} s of {LONGEST} s"


def _groups(fates: Sequence[Fate]) -> dict[str, list[Fate]]:
    def where(test: Callable[[Mutant], bool]) -> list[Fate]:
        return [fate for fate in fates if test(fate.mutant)]

    groups = {"all": list(fates), "early": where(lambda one: not one.late), "late": where(lambda one: one.late)}
    for api in dict.fromkeys(fate.mutant.api for fate in fates):
        groups[api] = where(lambda one, api=api: one.api == api)  # type: ignore[misc]  # bound at once
    for kind in sorted({fate.mutant.kind for fate in fates}):
        groups[kind] = where(lambda one, kind=kind: one.kind == kind)  # type: ignore[misc]  # bound at once
    return groups


def _columns(fates: Sequence[Fate]) -> list[tuple[str, ...]]:
    run = {layer for fate in fates for layer in fate.tried}
    columns: list[tuple[str, ...]] = [(layer,) for layer in LAYERS if layer in run]
    return [*columns, ("a", "b", "c"), ("a", "b", "c", "d")]


def _share(fates: Sequence[Fate], layers: Sequence[str]) -> str:
    return f"{'+'.join(layers)} {_part(fates, layers):.0%}"


def _part(fates: Sequence[Fate], layers: Iterable[str]) -> float:
    chosen = tuple(layers)
    return sum(fate.caught(chosen) for fate in fates) / len(fates) if fates else 1


def failed(fates: Sequence[Fate], layers: Sequence[str]) -> list[str]:
    """The bounds that do not hold, of those whose layers were all run; and what could not be run.

    A layer that did not end in time has not caught its mutant, no more.
    """
    told = [
        f"{bound.name}: {part:.1%} of the mutants were caught, {bound.least:.0%} is the least"
        for bound in BOUNDS
        if set(bound.layers) <= set(layers)
        if (part := _part([one for one in fates if one.mutant.late or not bound.late], bound.layers)) < bound.least
    ]
    return told + [
        f"{one.mutant.api}.{one.mutant.name}: {one.done.lost}" for one in fates if one.done.lost not in {None, LATE}
    ]


def written(fates: Sequence[Fate], clean: Sequence[Done]) -> dict[str, Any]:
    """As JSON."""
    return {
        "mutants": [
            {
                "name": one.mutant.name,
                "api": one.mutant.api,
                "kind": one.mutant.kind,
                "late": one.mutant.late,
                "description": one.mutant.description,
                "seconds": one.done.seconds,
                "lost": one.done.lost,
                "layers": {name: asdict(tried) for name, tried in one.tried.items()},
            }
            for one in fates
        ],
        "clean": [asdict(one) for one in clean],
        "totals": list(totals(fates)),
    }
