"""SIGTERM during a run: as Ctrl-C, so that what was created is taken back."""

import signal
from _thread import interrupt_main
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from threading import Timer, current_thread, main_thread

_AGAIN = 0.5
"""Seconds after which an interruption is repeated: Python drops one that comes while memory is being freed."""


def _ignore() -> None:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)


@contextmanager
def on_sigterm() -> Iterator[Callable[[], None]]:
    """Within the block SIGTERM raises KeyboardInterrupt in the main thread, until what this yields is called."""
    if current_thread() is not main_thread():
        yield lambda: None
        return

    def interrupt(*_: object) -> None:
        again = Timer(_AGAIN, partial(interrupt_main, signal.SIGTERM))
        again.daemon = True
        again.start()
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield _ignore
    finally:
        signal.signal(signal.SIGTERM, before)
