"""SIGTERM during a run: as Ctrl-C, so that what was created is taken back."""

import signal
from _thread import interrupt_main
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from threading import Timer, current_thread, main_thread

_AGAIN = 0.5
"""Seconds after which an interruption is repeated: Python drops one that comes while memory is being freed."""


@contextmanager
def on_sigterm() -> Iterator[Callable[[], None]]:
    """Within the block SIGTERM raises KeyboardInterrupt in the main thread, until what this yields is called.

    What is repeated never outlives the block: the handler that stood before hears of no signal that was not sent to it.
    """
    if current_thread() is not main_thread():
        yield lambda: None
        return

    repeats: list[Timer] = []

    def interrupt(*_: object) -> None:
        again = Timer(_AGAIN, partial(interrupt_main, signal.SIGTERM))
        again.daemon = True
        repeats.append(again)
        again.start()
        raise KeyboardInterrupt

    def ignore() -> None:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        for again in repeats:
            again.cancel()
            if again.is_alive():
                again.join()

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield ignore
    finally:
        ignore()
        signal.signal(signal.SIGTERM, before)
