"""``msandbox serve``: the server itself."""

import asyncio
import gc
import logging
import socket
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, cast

import click
import uvicorn

from sandbox.cli import statefile
from sandbox.cli.doors import door_options, make_door
from sandbox.cli.greeting import greeting
from sandbox.cli.logs import log_options, make_log
from sandbox.cli.progress import Progress
from sandbox.cli.running import Errand, Server
from sandbox.cli.tls import Authority
from sandbox.kernel.clock import parse_clock
from sandbox.kernel.errors import NotFound, ScenarioError
from sandbox.kernel.sandbox import MAX_NAMESPACES, Sandbox, Start
from sandbox.kernel.scenario import MAX_SEED
from sandbox.server import build_adapter, build_sandbox, build_server
from sandbox.web.wire import Wire

PORT = 4010
MAX_SCALE = 100
GRACE = 3
"""Real seconds that requests under way get at the end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What ``msandbox serve`` was told, by the names of its options."""

    host: str
    port: int
    scenario: str
    seed: int | None
    scale: float
    clock: str | None
    check_responses: bool
    namespace_ttl: int | None = None
    max_namespaces: int = MAX_NAMESPACES
    tls_port: int | None = None
    ca_out: Path | None = None
    import_: Path | None = None
    export_on_exit: Path | None = None
    admin_token: str | None = None
    allow_host: tuple[str, ...] = ()
    read_only_admin: bool = False
    cors_origin: tuple[str, ...] = ()
    log: bool = False
    quiet: bool = False


def _clock(_context: click.Context, _parameter: click.Parameter, value: str | None) -> str | None:
    if value is not None:
        try:
            parse_clock(value)
        except ValueError as error:
            msg = f"{error} (or running, or an instant followed by + to run from there)"
            raise click.BadParameter(msg) from None
    return value


def _scale(_context: click.Context, _parameter: click.Parameter, value: float) -> float:
    if not 0 < value <= MAX_SCALE:  # nan neither
        msg = f"{value} is not above 0 and at most {MAX_SCALE}"
        raise click.BadParameter(msg)
    return value


@click.command()
@click.option("--host", envvar="MSANDBOX_HOST", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option(
    "--port",
    envvar="MSANDBOX_PORT",
    default=PORT,
    show_default=True,
    type=click.IntRange(0, 65_535),
    help="Port to listen on; 0 takes any that is free.",
)
@click.option(
    "--scenario",
    envvar="MSANDBOX_SCENARIO",
    default="demo",
    show_default=True,
    help="docs, demo, empty, or the path of a scenario file of your own.",
)
@click.option(
    "--seed",
    envvar="MSANDBOX_SEED",
    type=click.IntRange(0, MAX_SEED),
    help="Ids and fake data follow from it [the scenario's own].",
)
@click.option(
    "--scale",
    envvar="MSANDBOX_SCALE",
    default=1.0,
    show_default=True,
    callback=_scale,
    help=f"How much of the generated data to make: above 0, at most {MAX_SCALE}.",
)
@click.option(
    "--clock",
    envvar="MSANDBOX_CLOCK",
    callback=_clock,
    help="running, an instant like 2024-01-15T10:30:00Z (frozen there), or <instant>+ (running from there) "
    "[the scenario's own, else running].",
)
@click.option(
    "--check-responses",
    envvar="MSANDBOX_CHECK_RESPONSES",
    is_flag=True,
    help="Hold every answer to its documented schema; one that differs becomes a 500.",
)
@click.option(
    "--namespace-ttl",
    envvar="MSANDBOX_NAMESPACE_TTL",
    type=click.IntRange(min=1),
    metavar="SECONDS",
    help="Drop a namespace, default excepted, that no request was for within so many real seconds [never].",
)
@click.option(
    "--max-namespaces",
    envvar="MSANDBOX_MAX_NAMESPACES",
    default=MAX_NAMESPACES,
    show_default=True,
    type=click.IntRange(1, 100_000),
    help="How many namespaces there may be, default included.",
)
@click.option(
    "--tls-port",
    envvar="MSANDBOX_TLS_PORT",
    type=click.IntRange(0, 65_535),
    help="Answer over TLS too, on this port, for this machine and the vendors' hosts; 0 takes any that is free.",
)
@click.option(
    "--ca-out",
    envvar="MSANDBOX_CA_OUT",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Where to write the authority that clients of the TLS port are to trust.",
)
@click.option(
    "--import",
    "import_",
    envvar="MSANDBOX_IMPORT",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Start with the namespaces of an export; a .gz is unpacked.",
)
@click.option(
    "--export-on-exit",
    envvar="MSANDBOX_EXPORT_ON_EXIT",
    type=click.Path(dir_okay=False, writable=True, path_type=Path),
    metavar="FILE",
    help="Write all namespaces there at the end, packed if it is a .gz; with the same file as --import, which need not "
    "exist then, the next start goes on from there.",
)
@door_options
@log_options
def serve(**options: Any) -> None:
    """Start the sandbox and keep it running until SIGINT or SIGTERM.

    Bound elsewhere than on a loopback address, the control plane wants the token given or printed at the start.

    \b
    msandbox serve --scenario docs --clock 2024-01-15T10:30:00Z
    msandbox serve --tls-port 4443 --ca-out ca.pem
    """
    told = Options(**options)
    if told.ca_out and told.tls_port is None:
        msg = "goes with --tls-port"
        raise click.BadParameter(msg, param_hint="--ca-out")
    run(told)


COMMAND = serve


def run(told: Options, errand: Callable[[Sandbox], Errand] | None = None) -> None:
    """Serve until a signal ends it, or while the errand runs. Raises ClickException where it cannot start."""
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    with _listen(told.host, told.port, "--port") as listener:
        sandbox = _seeded(told, listener.getsockname()[1])
        statefile.bring_in(sandbox, told.import_, told.export_on_exit)
        adapter = build_adapter(sandbox, check_responses=told.check_responses, cors_origins=told.cors_origin)
        adapter.pipeline.log = make_log(log=told.log, quiet=told.quiet, alone=errand is None)
        config = uvicorn.Config(
            build_server(adapter),
            http=cast("type[asyncio.Protocol]", partial(Wire, adapter)),
            lifespan="on",
            access_log=False,
            log_level="warning",
            proxy_headers=False,
            server_header=False,
            date_header=False,  # simulated answers carry no real time
            timeout_graceful_shutdown=GRACE,
        )
        secure = _secured(told, sandbox)
        gc.collect()
        gc.freeze()  # what was seeded stays: the collector need not visit it again
        server = Server(
            config,
            lambda: None if errand else click.echo(greeting(sandbox, secure and secure[0].getsockname()[1])),
            secure=secure,
            errand=errand and errand(sandbox),
        )
        server.run(sockets=[listener])
        statefile.take_out(sandbox, told.export_on_exit)


def _listen(host: str, port: int, option: str) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=2_048)
    except OSError as error:
        told = str(error.strerror or error).partition(" (while")[0]  # what follows there is said already
        msg = f"cannot listen on {host}:{port}: {told}; choose another with --host and {option}"
        raise click.ClickException(msg) from None


def _secured(told: Options, sandbox: Sandbox) -> tuple[socket.socket, ssl.SSLContext] | None:
    """A listener with a certificate for the vendors' hosts."""
    if told.tls_port is None:
        return None
    authority = Authority([host for api in sandbox.apis.values() for host in api.mount.hosts])
    if told.ca_out:
        try:
            authority.write(told.ca_out)
        except OSError as error:
            msg = f"cannot write {told.ca_out}: {error.strerror or error}"
            raise click.ClickException(msg) from None
    return _listen(told.host, told.tls_port, "--tls-port"), authority.context()


def _seeded(told: Options, port: int) -> Sandbox:
    host = told.host
    reached = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, f"[{host}]" if ":" in host else host)  # noqa: S104  # shown, not bound
    door = make_door(host, told.admin_token, told.allow_host, read_only=told.read_only_admin)
    start, progress = Start(told.scenario, told.seed, told.scale, told.clock), Progress()
    try:
        return build_sandbox(
            start,
            door=door,
            url=f"http://{reached}:{port}",
            max_namespaces=told.max_namespaces,
            namespace_ttl=told.namespace_ttl,
            walk=progress,
        )
    except NotFound as error:
        raise click.BadParameter(error.message, param_hint="--scenario") from None
    except ScenarioError as error:
        raise click.ClickException(str(error)) from None
    finally:
        progress.over()
