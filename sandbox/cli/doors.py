"""The options of ``msandbox serve`` that say who comes in."""

from collections.abc import Callable, Sequence
from ipaddress import ip_address
from typing import Any, TypeVar
from urllib.parse import urlsplit

import click

from sandbox.kernel.door import Door, bare_host
from sandbox.kernel.ids import new_secret

Decorated = TypeVar("Decorated", bound=Callable[..., Any])


def _hosts(_context: click.Context, _parameter: click.Parameter, values: Sequence[str]) -> tuple[str, ...]:
    for value in values:
        if not bare_host(value) or ":" in value:
            msg = f"{value!r} is not a host name"
            raise click.BadParameter(msg)
    return tuple(values)


def _origins(_context: click.Context, _parameter: click.Parameter, values: Sequence[str]) -> tuple[str, ...]:
    for value in values:
        parts = urlsplit(value)
        if value != "*" and (not parts.hostname or value.lower() != f"{parts.scheme}://{parts.netloc}".lower()):
            msg = f"{value!r} is not an origin: write it like http://localhost:3000, without a path"
            raise click.BadParameter(msg)
    return tuple(value.lower() for value in values)


_OPTIONS = (
    click.option(
        "--admin-token",
        envvar="MSANDBOX_ADMIN_TOKEN",
        metavar="TOKEN",
        help="What the control plane wants to be shown [made up and printed, where it is not bound to loopback].",
    ),
    click.option(
        "--allow-host",
        envvar="MSANDBOX_ALLOW_HOST",
        multiple=True,
        callback=_hosts,
        metavar="NAME",
        help="A further name that the control plane answers to, as in a network of containers; repeat it.",
    ),
    click.option(
        "--read-only-admin",
        envvar="MSANDBOX_READ_ONLY_ADMIN",
        is_flag=True,
        help="Let nothing be changed through the control plane.",
    ),
    click.option(
        "--cors-origin",
        envvar="MSANDBOX_CORS_ORIGIN",
        multiple=True,
        callback=_origins,
        metavar="URL",
        help="Let pages of that origin (* for any) call the simulated APIs, never the control plane; repeat it.",
    ),
)


def door_options(command: Decorated) -> Decorated:
    """Add them to a command."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def make_door(host: str, token: str | None, names: tuple[str, ...], *, read_only: bool) -> Door:
    """The door of a server that listens on ``host``: elsewhere than on loopback there is always a token."""
    if token or _is_loopback(host):
        return Door(token or None, host, names, read_only)
    return Door(new_secret(), host, names, read_only, made_up=True)


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
