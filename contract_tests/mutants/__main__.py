"""The kit against the corpus: ``python -m contract_tests.mutants``."""

import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import click

from contract_tests.mutants import table
from contract_tests.mutants.crew import Done, work
from contract_tests.mutants.making import Mutant
from contract_tests.mutants.shelf import mutants
from contract_tests.mutants.table import Fate
from contract_tests.mutants.trying import LAYERS, Task
from sandbox.contract.suites import NAMES


def _layers(_context: click.Context, _option: click.Parameter, text: str) -> tuple[str, ...]:
    chosen = tuple(text.split(","))
    if not set(chosen) <= set(LAYERS):
        raise click.BadParameter(f"there are {', '.join(LAYERS)}")
    return chosen


@click.command()
@click.option("--only", multiple=True, metavar="NAME", help="Only these mutants.")
@click.option("--api", "apis", multiple=True, type=click.Choice(NAMES), help="Only those of these APIs.")
@click.option("--layers", default=",".join(LAYERS), callback=_layers, show_default=True, help="What is run.")
@click.option("--limit", type=click.IntRange(1), help="Only so many, spread over the corpus.")
@click.option("--jobs", type=click.IntRange(1), default=2, show_default=True, help="Processes at a time.")
@click.option("--seed", type=int, default=1, show_default=True, help="That of every run; the first of the clean ones.")
@click.option("--late/--early", default=None, help="Only late ones, or only early ones.")
@click.option("--clean", type=click.IntRange(0), default=10, show_default=True, help="Runs of the clean sandbox.")
@click.option("--json", "place", type=click.Path(path_type=Path, dir_okay=False), help="Write all of it there too.")
def main(  # noqa: PLR0913, PLR0917  # one for each option
    only: Sequence[str],
    apis: Sequence[str],
    layers: tuple[str, ...],
    limit: int | None,
    jobs: int,
    seed: int,
    late: bool | None,  # noqa: FBT001  # an option
    clean: int,
    place: Path | None,
) -> None:
    """Let the kit look for one defect after another. Exits with 1 when too few are found, or one that is none."""
    chosen = _chosen(only, apis, late, limit)
    named = tuple(apis) or NAMES
    controls = [Task(api, None, layers, seed + number) for number in range(clean) for api in named]
    cleared = list(_cleared(controls, jobs))
    fates = list(_judged(chosen, layers, seed, jobs))
    if place is not None:
        place.write_text(json.dumps(table.written(fates, cleared), indent=1) + "\n", "utf-8")
    for told in table.totals(fates) if fates else ():
        click.echo(told)
    problems = [*(alarm for done in cleared for alarm in _alarms(done)), *table.failed(fates, layers)]
    for problem in problems:
        click.echo(f"FAILED {problem}")
    sys.exit(bool(problems))


def _chosen(only: Sequence[str], apis: Sequence[str], late: bool | None, limit: int | None) -> list[Mutant]:  # noqa: FBT001  # an option
    found = [
        one
        for one in mutants()
        if (not only or one.name in only) and (not apis or one.api in apis) and late in {None, one.late}
    ]
    if not found or set(only) - {one.name for one in found}:
        raise click.UsageError(f"there is no such mutant: {', '.join(set(only) - {one.name for one in found})}")
    return found if limit is None else found[:: max(1, -(-len(found) // limit))]


def _cleared(tasks: Sequence[Task], jobs: int) -> Iterator[Done]:
    for done in work(tasks, jobs, longest=3_600):
        spent = ", ".join(f"{one.layer} {one.seconds:.0f} s {one.calls} calls" for one in done.tried)
        click.echo(f"clean {done.task.api}, seed {done.task.seed}: {spent}")
        for alarm in _alarms(done):
            click.echo(f"  ALARM {alarm}")
        yield done


def _alarms(done: Done) -> list[str]:
    where = f"clean {done.task.api}, seed {done.task.seed}"
    told = [(one.layer, text) for one in done.tried for text in (one.said, one.problem) if text is not None]
    return [f"{where}, {layer}: {text}" for layer, text in told] + ([f"{where}: {done.lost}"] if done.lost else [])


def _judged(chosen: Sequence[Mutant], layers: tuple[str, ...], seed: int, jobs: int) -> Iterator[Fate]:
    tasks = [Task(one.api, one.name, layers, seed) for one in chosen]
    for mutant, done in zip(chosen, work(tasks, jobs), strict=True):
        fate = Fate(mutant, done)
        click.echo(table.line(fate))
        yield fate


if __name__ == "__main__":
    main()
