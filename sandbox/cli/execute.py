"""``msandbox exec``: a sandbox for as long as one command runs."""

import asyncio
import os
import signal
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import click

from sandbox.cli.running import Errand
from sandbox.cli.serve import Options, run, serve
from sandbox.control.environment import variables
from sandbox.kernel.sandbox import DEFAULT, Sandbox

NOT_FOUND = 127
"""What a shell answers for a command that there is not."""
NOT_ALLOWED = 126
_KILLED = 128
_OURS: Mapping[str, Any] = {"host": "127.0.0.1", "port": 0}


@click.command("exec", context_settings={"ignore_unknown_options": False, "allow_interspersed_args": False})
@click.argument("command", nargs=-1, required=True, metavar="CMD...")
def execute(command: tuple[str, ...], **options: Any) -> None:
    """Run a command beside a sandbox of its own, and exit as it does.

    The sandbox takes a free port of this machine. Its URLs and credentials are in the command's environment, as
    ``msandbox env`` prints them.

    \b
    msandbox exec -- pytest
    msandbox exec --scenario docs -- sh -c 'curl "$MSANDBOX_URL/health"'
    """
    codes: list[int] = []
    run(Options(**_OURS, **options), lambda sandbox: _errand(sandbox, command, codes.append))
    sys.exit(codes[0] if codes else 1)


execute.params += [parameter for parameter in serve.params if parameter.name not in {*_OURS, "tls_port", "ca_out"}]
COMMAND = execute


def _errand(sandbox: Sandbox, command: Sequence[str], done: Callable[[int], None]) -> Errand:
    named = variables(sandbox, sandbox.get(DEFAULT))
    cleared = {name: value for name, value in os.environ.items() if not name.startswith("MSANDBOX_")}

    async def errand() -> None:
        done(await _run(command, cleared | named))

    return errand


async def _run(command: Sequence[str], environment: dict[str, str]) -> int:
    """The exit code of the command, as a shell tells it."""
    try:
        process = await asyncio.create_subprocess_exec(*command, env=environment)
    except OSError as error:
        click.echo(f"Error: cannot run {command[0]}: {error.strerror or error}", err=True)
        return NOT_FOUND if isinstance(error, FileNotFoundError) else NOT_ALLOWED
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGINT, lambda: None)  # the terminal tells the command too
    loop.add_signal_handler(signal.SIGTERM, process.terminate)
    code = await process.wait()
    return code if code >= 0 else _KILLED - code
