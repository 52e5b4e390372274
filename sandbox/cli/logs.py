"""Whether and where each answer is logged."""

import contextlib
import os
import sys
from collections.abc import Callable

import click

from sandbox.web.log import Log

Command = Callable[..., None]


def log_options(command: Command) -> Command:
    """Adds ``--log`` and ``--quiet``."""
    log = click.option(
        "--log",
        envvar="MSANDBOX_LOG",
        is_flag=True,
        help="Write a line of JSON on standard error for each answer [only where that is a terminal].",
    )
    quiet = click.option("--quiet", envvar="MSANDBOX_QUIET", is_flag=True, help="Write no such lines anywhere.")
    return log(quiet(command))


def make_log(*, log: bool, quiet: bool, alone: bool) -> Log | None:
    """What is to be told of each answer; ``alone`` says that nobody else writes on standard error."""
    if quiet or not (log or (alone and sys.stderr.isatty())):
        return None
    return Log(_write(sys.stderr.fileno()))


def _write(descriptor: int) -> Callable[[bytes], None]:
    def write(line: bytes) -> None:
        with contextlib.suppress(OSError):  # whoever read it is gone: answers go on
            os.write(descriptor, line)

    return write
