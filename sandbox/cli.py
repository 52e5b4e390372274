"""The command ``msandbox``."""

import asyncio
import contextlib
import gc
import logging
import signal
import socket
from collections.abc import Iterator
from functools import partial
from http.client import CREATED
from ipaddress import ip_address
from typing import cast

import click
import httpx2
import uvicorn

from sandbox import __version__
from sandbox.kernel.clock import iso_ms, parse_clock
from sandbox.kernel.errors import NotFound, ScenarioError
from sandbox.kernel.ids import new_secret
from sandbox.kernel.sandbox import DEFAULT, Sandbox, Start
from sandbox.server import all_apis, build_adapter, build_sandbox, build_server
from sandbox.web.wire import Wire

PORT = 4010
MAX_SEED = 2**53 - 1
MAX_SCALE = 100
GRACE = 3
"""Real seconds that requests under way get at the end."""


class Server(uvicorn.Server):
    """Greets once it listens; ends with exit code 0 on SIGINT and SIGTERM."""

    def __init__(self, config: uvicorn.Config, greeting: str) -> None:
        super().__init__(config)
        self._greeting = greeting

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listen, then greet."""
        await super().startup(sockets)
        if self.started:
            click.echo(self._greeting)

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Unlike uvicorn's own, does not raise the signal once more after a clean stop."""
        before = {number: signal.signal(number, self.handle_exit) for number in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="msandbox")
def main() -> None:
    """A stateful, seeded, fast local sandbox of three monetization APIs."""


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


@main.command()
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
def serve(
    host: str, port: int, scenario: str, seed: int | None, scale: float, clock: str | None, *, check_responses: bool
) -> None:
    """Start the sandbox and keep it running until SIGINT or SIGTERM.

    Bound elsewhere than on a loopback address, the control plane wants the token printed at the start.
    """
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    with _listen(host, port) as listener:
        sandbox = _seeded(Start(scenario, seed, scale, clock), host, listener.getsockname()[1])
        adapter = build_adapter(sandbox, check_responses=check_responses)
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
        gc.collect()
        gc.freeze()  # what was seeded stays: the collector need not visit it again
        Server(config, greeting(sandbox)).run(sockets=[listener])


@main.command()
@click.option("--role", type=click.Choice(["admin", "client"]), required=True, help="Whose key signs it.")
@click.option(
    "--instance", "instances", multiple=True, metavar="ID", help="An instance a client's token is good for; repeat it."
)
@click.option(
    "--expires-in", type=click.IntRange(1, 34_560_000), metavar="SECONDS", help="Simulated seconds it lasts [400 days]."
)
@click.option(
    "--url",
    envvar="MSANDBOX_URL",
    default=f"http://127.0.0.1:{PORT}",
    show_default=True,
    help="Where the sandbox runs; <url>/ns/<name> for a namespace of it.",
)
@click.option(
    "--admin-token", envvar="MSANDBOX_ADMIN_TOKEN", help="That of the control plane, for one not bound to loopback."
)
def token(role: str, instances: tuple[str, ...], expires_in: int | None, url: str, admin_token: str | None) -> None:
    """Print a token for Dynamic Monetization, signed with a built-in key, and nothing else.

    Send it along: curl -H "Authorization: Bearer $(msandbox token --role admin)" ...
    """
    body = {"role": role, "instances": list(instances)} if instances else {"role": role}
    lasting = {} if expires_in is None else {"expiresIn": expires_in}
    headers = {} if admin_token is None else {"Authorization": f"Bearer {admin_token}"}
    try:
        answer = httpx2.post(_tokens_url(url), json=body | lasting, headers=headers, trust_env=False, timeout=10)
        told = answer.json()
    except (httpx2.HTTPError, httpx2.InvalidURL, ValueError) as error:
        msg = f"no sandbox answers at {url}: {error}; start one with msandbox serve, or name another with --url"
        raise click.ClickException(msg) from None
    if answer.status_code != CREATED:
        raise click.ClickException(told["error"]["message"])
    click.echo(told["token"])


def _tokens_url(url: str) -> str:
    """Where the levers that have it make tokens; a namespace's prefix stays in front."""
    levers = next(api for api in all_apis() if hasattr(api.handlers, "mint_token"))
    return f"{url.rstrip('/')}{levers.mount.prefix}/tokens"


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=2_048)
    except OSError as error:
        msg = f"cannot listen on {host}:{port}: {error.strerror or error}; choose another with --host and --port"
        raise click.ClickException(msg) from None


def _seeded(start: Start, host: str, port: int) -> Sandbox:
    reached = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, f"[{host}]" if ":" in host else host)  # noqa: S104  # shown, not bound
    token = None if _is_loopback(host) else new_secret()
    try:
        return build_sandbox(start, admin_token=token, url=f"http://{reached}:{port}")
    except NotFound as error:
        raise click.BadParameter(error.message, param_hint="--scenario") from None
    except ScenarioError as error:
        raise click.ClickException(str(error)) from None


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def greeting(sandbox: Sandbox) -> str:
    """URLs, credentials, the clock if it is frozen, and a first request to paste."""
    namespace = sandbox.get(DEFAULT)
    world = namespace.world
    lines = [f"Monetization Sandbox {__version__} at {sandbox.url} with scenario {namespace.origin.scenario}"]
    for name, url in sandbox.urls(DEFAULT).items():
        welcome = sandbox.apis[name].welcome(world, url)
        if welcome:
            lines += ["", f"  {name}  {url}", *(f"    {line}" for line in welcome)]
    lines += ["", f"  documentation  {sandbox.url}/", f"  control plane  {sandbox.url}/__admin"]
    if sandbox.admin_token:
        lines.append(f"  admin token    {sandbox.admin_token}")
    if world.clock.frozen is not None:
        lines.append(f"  clock          frozen at {iso_ms(world.now)}; move it with POST /__admin/clock/shift")
    return "\n".join(lines)
