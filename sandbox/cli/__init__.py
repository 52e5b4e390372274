"""The command ``msandbox``."""

import click

from sandbox import __version__
from sandbox.cli.menu import Menu


@click.group(cls=Menu, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="msandbox")
def main() -> None:
    """A stateful, seeded, fast local sandbox of monetization APIs, on a clock of its own.

    Exit codes: 0 done, 1 refused or failed, 2 a command that is not as described here.

    \b
    msandbox serve --scenario docs
    msandbox exec -- pytest
    msandbox clock shift P1D
    """
