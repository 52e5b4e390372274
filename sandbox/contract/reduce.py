"""Making a sequence that finds something as short as it can be."""

from collections.abc import Callable, Sequence

from sandbox.contract.steps import Move, refs, renumber

MOST = 300
"""Trials at most."""


def reduce(moves: Sequence[Move], fails: Callable[[Sequence[Move]], bool], trials: int = MOST) -> list[Move]:
    """The moves without those that are not needed for ``fails``; the last one always stays.

    Halves are left out first, then quarters, down to single moves, again until nothing more can go: no single move
    of the result can be left out (unless ``trials`` ran out).
    """
    current, size, left = list(moves), max(1, len(moves) // 2), trials
    while True:
        shorter, left = _pass(current, size, fails, left)
        changed, current = len(shorter) < len(current), shorter
        if left <= 0 or (size == 1 and not changed):
            return current
        size = min(size, max(1, len(current) // 2)) if changed and size == 1 else max(1, size // 2)


def _pass(moves: list[Move], size: int, fails: Callable[[Sequence[Move]], bool], left: int) -> tuple[list[Move], int]:
    end = len(moves) - 1
    while end > 0 and left > 0:
        start = max(0, end - size)
        shorter = without(moves, set(range(start, end)))
        if shorter is not None:
            left -= 1
            if fails(shorter):
                moves = shorter
        end = min(start, len(moves) - 1)
    return moves, left


def without(moves: Sequence[Move], gone: set[int]) -> list[Move] | None:
    """The moves without these and what needs them, renumbered; None where the last one would go too."""
    gone = set(gone)
    for number, move in enumerate(moves):
        if refs(move) & gone:
            gone.add(number)
    if len(moves) - 1 in gone:
        return None
    kept = [number for number in range(len(moves)) if number not in gone]
    numbers = {old: new for new, old in enumerate(kept)}
    return [renumber(moves[number], numbers) for number in kept]
