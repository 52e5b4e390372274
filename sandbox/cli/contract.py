"""``msandbox contract``: whether a server keeps the contract."""

import os
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NoReturn, TypeVar

import click

from sandbox.cli.connection import json_option
from sandbox.cli.shown import json_text
from sandbox.contract.options import (
    FOLDER,
    PROFILES,
    Options,
    read_apis,
    read_excuses,
    read_layers,
    read_shard,
    read_target,
)
from sandbox.contract.report import LAYERS, NO_OPERATION, THE_REST, Exit
from sandbox.contract.suites import NAMES

NEEDED = ("hypothesis", "schemathesis", "requests", "pytest")
"""Packages of the extra ``contract``."""
_PROCESSES = 2
_SHOWN = 10

Read = TypeVar("Read")


@click.group()
def contract() -> None:
    """Check a server against the contract of the simulated APIs: this sandbox, the real one, or your own.

    The credentials for a target at a URL come from the environment: where one is lacking, the command names its
    variable. A target that is not on this machine is only read, unless writing is asked for and the environment allows
    it for that host.

    Exit codes: 0 the contract is kept, 1 it is broken or two servers differ, 2 it could not be tested, 3 something
    that was created is left over. What is needed is installed with
    ``pip install 'monetization-sandbox[contract]'``.
    """


COMMAND = contract


_TARGET = [
    click.option(
        "--target",
        "targets",
        multiple=True,
        metavar="sandbox|URL|API=URL",
        help="What is tested: the sandbox of this process, or the base URL of an API; repeat it for several [sandbox].",
    ),
    click.option(
        "--writes/--read-only",
        "writes",
        default=None,
        help="Whether more than reading is allowed [on this machine only].",
    ),
    click.option("--allow-permanent", is_flag=True, help="Create even what the API can never delete again."),
    click.option(
        "--control",
        multiple=True,
        metavar="URL",
        help="A running sandbox that is the target, or a namespace of it, to move its clock; repeat it.",
    ),
]
_PLAYED = [
    click.option("--api", "apis", multiple=True, type=click.Choice(NAMES), help="Test this API; repeat it [all]."),
    click.option("--seed", default=1, show_default=True, help="What is tried at random follows from it."),
    click.option(
        "--profile", default="full", show_default=True, type=click.Choice(list(PROFILES)), help="How much is tried."
    ),
    click.option("--shard", default="1/1", show_default=True, metavar="I/N", help="Which of how many parallel runs."),
    click.option("--max-calls", type=click.IntRange(min=1), help="Send no more requests to a URL."),
    click.option("--max-seconds", type=click.FloatRange(min=0, min_open=True), help="Send none to a URL after that."),
    click.option("--rate", type=click.FloatRange(min=0, min_open=True), help="Requests a second, over all shards."),
    click.option(
        "--report-dir",
        default=FOLDER,
        show_default=True,
        type=click.Path(file_okay=False, path_type=Path),
        help="Where the evidence is written.",
    ),
    click.option(
        "--accept",
        type=click.Path(dir_okay=False, path_type=Path),
        metavar="FILE",
        help="Known drift as YAML or JSON: a list of api, operation, where and reason.",
    ),
    click.option(
        "--excuse",
        "excuses",
        multiple=True,
        metavar="OPERATION=REASON",
        help="An operation that the target need not have: it is not asked; repeat it.",
    ),
]
_AGAINST = click.option(
    "--against",
    multiple=True,
    metavar="sandbox|URL|API=URL",
    help="What it is compared with; repeat it for several [sandbox].",
)


def _with(*options: Callable[[Any], Any]) -> Callable[[Any], Any]:
    def add(command: Any) -> Any:
        for option in reversed(options):
            command = option(command)
        return command

    return add


@contract.command()
@_with(*_TARGET, *_PLAYED)
@click.option(
    "--layers",
    default=",".join(LAYERS),
    show_default=True,
    metavar="NAMES",
    help="Which, with commas between: a conformance, b stateful, c model, d differential.",
)
def run(*, layers: str, as_json: bool, **told: Any) -> None:
    """Test a server, and write the evidence.

    \b
    msandbox contract run
    msandbox contract run --api monetize360 --profile quick
    msandbox contract run --target http://127.0.0.1:8080/v1 --api monetize360 --report-dir report
    """
    _require()
    _run(_options(told, _read(read_layers, layers)), as_json=as_json)


@contract.command()
@_with(*_TARGET, _AGAINST, *_PLAYED)
def diff(*, against: tuple[str, ...], as_json: bool, **told: Any) -> None:
    """Play the same steps on two servers, and tell where they differ and which is the odd one out.

    \b
    msandbox contract diff --target http://127.0.0.1:8080/v1 --api monetize360
    msandbox contract diff --target moonify=https://api.example.com/0.2 --accept drift.yaml
    """
    _require()
    _run(_options(told, ("differential",), against), as_json=as_json)


@contract.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@_with(*_TARGET, _AGAINST)
def replay(file: Path, *, against: tuple[str, ...], as_json: bool, **told: Any) -> None:
    """Play the steps of a replay file again, ids rebound; exit code 1 says that it still happens, 0 that it does not.

    \b
    msandbox contract replay contract-report/replay/01.json
    msandbox contract replay 01.json --target http://127.0.0.1:8080/v1
    """
    _require()
    replays: Any = import_module("sandbox.contract.evidence.replays")
    player: Any = import_module("sandbox.contract.replay")
    finding = _read(replays.read, file)
    options = replace(_options({**told, "apis": (finding.api,)}, LAYERS, against), folder=file.parent)
    try:
        replayed = player.replay(finding, options)
    except player.REASONS as error:
        _could_not(str(error))
    shown = replayed.as_json()
    click.echo(json_text(shown) if as_json else "\n".join(replayed.lines()))
    sys.exit(_exit(replayed))


def _exit(replayed: Any) -> Exit:
    if replayed.untold:
        return Exit.COULD_NOT_RUN
    if replayed.happens:
        return Exit.FAILED
    return Exit.LEFTOVERS if replayed.leftovers else Exit.SAME


@contract.command()
@click.option(
    "--ledger",
    required=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    metavar="FILE",
    help="What the run created, as it wrote it down in the folder of its evidence.",
)
@click.option("--rate", type=click.FloatRange(min=0, min_open=True), help="Requests a second.")
def cleanup(ledger: Path, rate: float | None, *, as_json: bool) -> None:
    """Take back what a run created and could not delete itself; exit code 3 says that something is still there.

    \b
    msandbox contract cleanup --ledger contract-report/ledger-1a2b3c4d-0.jsonl
    """
    _require()
    aim: Any = import_module("sandbox.contract.aim")
    try:
        left = aim.take_back(ledger, rate=rate)
    except aim.REASONS as error:
        _could_not(str(error))
    told = [f"{left.deleted} deleted", *_first("left over: ", left.leftovers), *_first("permanent: ", left.permanent)]
    click.echo(json_text(left.__dict__) if as_json else "\n".join(told))
    sys.exit(Exit.LEFTOVERS if left.leftovers else Exit.SAME)


for _command in (run, diff, replay, cleanup):
    _command.params.append(json_option())


def _require() -> None:
    """Leave where the extra is not installed."""
    if not all(map(_is_there, NEEDED)):
        _could_not("the contract tests need more packages: pip install 'monetization-sandbox[contract]'")


def _is_there(package: str) -> bool:
    try:
        return find_spec(package) is not None
    except (ImportError, ValueError):
        return False


def _could_not(why: str) -> NoReturn:
    click.echo(f"Error: {why}", err=True)
    sys.exit(Exit.COULD_NOT_RUN)


def _read(read: Callable[..., Read], *words: Any) -> Read:
    """What words say. Raises UsageError, which is exit code 2."""
    try:
        return read(*words)
    except (ValueError, OSError) as error:
        raise click.UsageError(str(error)) from None


def _options(told: Mapping[str, Any], layers: tuple[str, ...], against: tuple[str, ...] = ()) -> Options:
    apis = _read(read_apis, told["apis"], told["targets"])
    options = Options(
        target=_read(read_target, told["targets"], apis),
        against=_read(read_target, against, apis),
        apis=apis,
        layers=layers,
        writes=told["writes"],
        permanent=told["allow_permanent"],
        control=told["control"],
        processes=min(_PROCESSES, os.cpu_count() or 1),
    )
    return _played(options, told) if "seed" in told else options


def _played(options: Options, told: Mapping[str, Any]) -> Options:
    return replace(
        options,
        seed=told["seed"],
        profile=told["profile"],
        shard=_read(read_shard, told["shard"]),
        calls=told["max_calls"],
        seconds=told["max_seconds"],
        rate=told["rate"],
        folder=told["report_dir"],
        accept=told["accept"],
        excused=_read(read_excuses, told["excuses"], options.apis),
    )


def _run(options: Options, *, as_json: bool) -> None:
    runner: Any = import_module("sandbox.contract.run")
    summaries: Any = import_module("sandbox.contract.evidence.summary")
    try:
        report = runner.run(options, _progress)
    except OSError as error:
        _could_not(f"the evidence cannot be written: {error}")
    told = summaries.summary(report)
    click.echo(json_text(told) if as_json else "\n".join(_lines(told, options.folder)))
    sys.exit(report.exit)


def _progress(line: str) -> None:
    """Only where somebody watches."""
    if sys.stderr.isatty():
        click.echo(line, err=True)


def _first(before: str, lines: Sequence[str]) -> list[str]:
    """The first of many."""
    shown = [f"{before}{one}" for one in lines[:_SHOWN]]
    return [*shown, f"{before}{len(lines) - _SHOWN} more"] if len(lines) > _SHOWN else shown


def _lines(told: Mapping[str, Any], folder: Path) -> list[str]:
    """What a person wants to know first."""
    colour = {Exit.SAME: "green", Exit.LEFTOVERS: "yellow"}.get(told["exit"], "red")
    lines = [click.style(told["verdict"], fg=colour, bold=True)]
    lines += told["problems"]
    ended = [f"{one['api']} ({one['layer']}): {one['reason']}" for one in told["skipped"] if one["name"] == THE_REST]
    lines += [f"- {one}" for one in _first("only in part: ", ended)]
    for one in told["findings"][:_SHOWN]:
        where = f"{one['api']} {one['operation'] or NO_OPERATION}, {one['where']} ({one['layer']}, rule {one['rule']})"
        lines.append(" ".join(f"- {where}: expected {one['expected']}, got {one['got']}".split()))
    if len(told["findings"]) > _SHOWN:
        lines.append(f"- and {len(told['findings']) - _SHOWN} more")
    if told["exit"] != Exit.COULD_NOT_RUN:
        lines += [f"- {one} had no successful answer" for one in told["unanswered"][:_SHOWN]]
    lines += [f"- {one}" for one in _first("left over: ", told["leftovers"])]
    lines.append(f"{told['calls']:,} calls in {told['seconds']:g} seconds; see {folder / 'report.html'}")
    return lines
