"""A bar for what takes long at the start; where nobody watches there is none."""

import sys
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, TextIO

import click

LONG = 1_000
"""Fewer items than this are made before a bar is read."""


class Progress:
    """Goes through what is seeded, as ``Seeding.walk``. Once ``over``, what is seeded later shows no bar."""

    def __init__(self, stream: TextIO = sys.stderr) -> None:
        self._stream = stream
        self._busy = not stream.isatty()

    def __call__(self, what: str, items: Sequence[Any]) -> Iterable[Any]:
        """The items; one bar at a time."""
        return items if self._busy or len(items) < LONG else self._shown(what, items)

    def over(self) -> None:
        """The start is made."""
        self._busy = True

    def _shown(self, what: str, items: Sequence[Any]) -> Iterator[Any]:
        self._busy = True
        label = f"{len(items):,} {what}"
        step = max(1, len(items) // 100)
        with click.progressbar(length=len(items), label=label, file=self._stream, show_eta=False) as bar:
            for number, item in enumerate(items, 1):
                yield item
                if number % step == 0:
                    bar.update(step)
            bar.update(len(items) % step)
        self._busy = False
