"""Stock Schemathesis against the sandbox: `python -m contract_tests.conformance`.

Each spec and seed gets a server of its own with the scenario docs, on a free port and in a folder of its own, so that
no run sees what another left: neither data, nor a clock, nor what Schemathesis remembers in its cache.

Within a run nothing is put back. The control plane's own run resets its namespace, moves its clock years ahead, loads
scenarios and makes and deletes namespaces, in whatever order Schemathesis chooses, on the namespace `default` that its
requests share. That is honest: after each of these the next answers must still be as documented. It would not be, were
another spec's run on the same server: a reset would pull the data from under the other's requests and turn most of
them into 404, which Schemathesis takes for a good answer. The namespace `default` itself cannot be deleted (409).

The stateful phase is the last of a run. Schemathesis ends it early, without a word, when it repeats a scenario and the
server, which has changed meanwhile, answers otherwise (a name is taken by then, say), so of 100 scenarios about 20 are
played. Therefore that phase is run again, with further seeds and on fresh servers, until there have been as many and
each operation had a successful answer: a fault, say, is read only in the scenario that has just made it.

The only configuration is schemathesis.toml, with what the contract-test kit expects of each API. Beside what is found
wrong, these are failures here: an operation without a successful answer or not tested at all, a phase that did not
run, an error of the run itself, and a warning that says that something was not really tested.
"""

import json
import os
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import NamedTuple

import click
import yaml

from sandbox import assets
from sandbox.contract.schemathesis_report import PHASES, found_wrong, left_out
from sandbox.contract.schemathesis_settings import expected

ROOT = Path(__file__).parents[1]
CONFIGURATION = Path(__file__).with_name("schemathesis.toml")
COMMANDS = Path(sys.executable).parent
PATIENCE = 60
"""Seconds for one answer: loading a scenario ten times its size takes several on a machine that is busy."""


class Subject(NamedTuple):
    """What is run: a spec, where its paths begin, and the arguments of the token it needs, where it needs one.

    ``scheme`` is the security scheme of that token: only operations that take it are run.
    """

    spec: str
    begin: str
    token: tuple[str, ...] = ()
    scheme: str | None = None


INSTANCES = (
    "64d2028c-ae87-4069-a624-66089d957ef9",
    "1f6d3a90-27be-4c58-8e41-b5a3790c6d2e",
    "c5a80e17-63d4-4b29-97f2-0e4d1b86a35c",
    "0b7e41c9-5d2f-4a86-9c13-e8d07f62ab54",
)
"""Those of the scenario docs."""
CLIENT = ("--role", "client", *(word for instance in INSTANCES for word in ("--instance", instance)))
SUBJECTS = {
    "monetize360": Subject("monetize360", "/monetize360/v1"),
    "control": Subject("control", ""),
    "monetize360.control": Subject("monetize360.control", "/__admin/monetize360"),
    "moonify": Subject("moonify", "/moonify/0.2"),
    "moonify.control": Subject("moonify.control", "/__admin/moonify"),
    "dynamic_monetization": Subject(
        "dynamic_monetization", "/dynamicmonetization", ("--role", "admin"), "AdministrationAccess"
    ),
    "dynamic_monetization as a client": Subject("dynamic_monetization", "/dynamicmonetization", CLIENT, "ClientAccess"),
    "dynamic_monetization.control": Subject("dynamic_monetization.control", "/__admin/dynamic_monetization"),
}
"""What is run, by name."""
TOKEN = "SANDBOX_TOKEN"

EXCUSED = {
    "GET /__admin/requests/{id}": "the journal is of the simulated APIs, which no operation of the spec asks",
    "GET /__admin/requests/{id}/explain": "the same; tests/control/test_journal.py and test_explain.py answer for both",
    "GET /__admin/deliveries/{deliveryId}": "the scenario has no delivery, and no operation of the spec makes one",
    "POST /__admin/deliveries/{deliveryId}/replay": "the same; tests/control/test_deliveries.py answers for both",
}
"""Operations that need no successful answer, with the reason."""

MORE = 40
"""How often the stateful phase is run again at most."""
_AGAIN = 10
"""Scenarios of such a run at least."""

METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")


class Run(NamedTuple):
    """What came of one spec and seed. ``answers`` counts the statuses answered, by operation."""

    spec: str
    seed: int
    seconds: float
    cases: int
    scenarios: int
    answers: dict[str, Counter[int]]
    problems: list[str]
    output: str

    @property
    def answered(self) -> int:
        """All answers of the operations."""
        return sum(counted.total() for counted in self.answers.values())

    @property
    def successful(self) -> int:
        """Those with a 2xx status."""
        return sum(map(successes, self.answers.values()))

    @property
    def fewest(self) -> int:
        """Those of the operation that has fewest."""
        return min(map(successes, self.answers.values()), default=0)

    @property
    def unanswered(self) -> list[str]:
        """Operations without a successful answer."""
        return [name for name, counted in self.answers.items() if not successes(counted) and name not in EXCUSED]


def successes(counted: Counter[int]) -> int:
    """How many of the statuses are 2xx."""
    return sum(count for status, count in counted.items() if 200 <= status < 300)


def conform(spec: str, seed: int, max_examples: int, again: int = MORE) -> Run:
    """A run of all phases, and then of the stateful one until it has had its scenarios and each operation a success.

    For the sake of the latter it is run ``again`` that often at most.
    """
    run = attempt(spec, seed, max_examples, PHASES)
    for number in range(1, MORE + 1):
        missing = max_examples - run.scenarios
        if run.problems or (missing <= 0 and (number > again or not run.unanswered)):
            break
        run = joined(run, attempt(spec, seed * 1_000 + number, max(missing, _AGAIN), ("stateful",)))
    if run.scenarios < max_examples:
        run.problems.append(f"only {run.scenarios} stateful scenarios")
    return run


def joined(run: Run, more: Run) -> Run:
    """Both as one."""
    answers = {operation: counted + more.answers[operation] for operation, counted in run.answers.items()}
    sums = {name: getattr(run, name) + getattr(more, name) for name in ("seconds", "cases", "scenarios", "problems")}
    return run._replace(answers=answers, output=more.output if more.problems else run.output, **sums)


def attempt(spec: str, seed: int, max_examples: int, phases: Sequence[str]) -> Run:
    """Run Schemathesis once, against a server of its own."""
    subject = SUBJECTS[spec]
    answers: dict[str, Counter[int]] = {operation: Counter() for operation in operations_of(subject)}
    with tempfile.TemporaryDirectory(prefix="conformance-") as name:
        folder = Path(name)
        with serving(folder) as url:
            (folder / CONFIGURATION.name).write_text(configuration(), "utf-8")
            command = stock_command(subject, url, seed, max_examples, phases)
            environment = os.environ | {TOKEN: token_for(subject, url)}
            done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, env=environment)
        output = done.stdout + done.stderr
        if not (folder / "report.json").exists():
            return Run(spec, seed, 0, 0, 0, answers, ["Schemathesis wrote no report"], output)
        report = json.loads((folder / "report.json").read_text("utf-8"))
        scenarios = count_answers(answers, folder / "report.ndjson")
    problems = [*found_wrong(report), *left_out(report, phases)]
    if phases == PHASES and report["operations"]["tested"] != len(answers):
        problems.append(f"{report['operations']['tested']} of {len(answers)} operations were tested")
    cases = report["test_cases"]["generated"]
    return Run(spec, seed, report["running_time"], cases, scenarios, answers, problems, output)


@contextmanager
def serving(folder: Path) -> Iterator[str]:
    """A fresh server; its URL."""
    command: list[str | Path] = [COMMANDS / "msandbox", "serve", "--port", "0", "--scenario", "docs"]
    with (
        (folder / "server.log").open("w") as log,
        subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, stderr=log, text=True) as server,
    ):
        try:
            greeting = server.stdout.readline() if server.stdout else ""
            url = next((word for word in greeting.split() if word.startswith("http://")), None)
            if url is None:
                raise click.ClickException(f"the server did not start: {(folder / 'server.log').read_text()}")
            yield url
        finally:
            server.terminate()


@cache
def configuration() -> str:
    """schemathesis.toml with what is expected of each API under the title of its spec."""
    start, *projects = CONFIGURATION.read_text("utf-8").split("[[project]]\n")
    named = {f'title = "{assets.spec(name)["info"]["title"]}"': name for name in assets.spec_names()}  # type: ignore[index]  # a parsed document
    added = [expected(named[project.partition("\n")[0]]) for project in projects]
    told = [entries.replace("[[operations]]", "[[project.operations]]") for entries in added]
    return start + "".join(f"[[project]]\n{one.rstrip()}\n\n{more}\n" for one, more in zip(projects, told, strict=True))


def token_for(subject: Subject, url: str) -> str:
    """The token that its requests carry, "" for none."""
    if not subject.token:
        return ""
    command: list[str | Path] = [COMMANDS / "msandbox", "token", *subject.token, "--url", url]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


def stock_command(subject: Subject, url: str, seed: int, max_examples: int, phases: Sequence[str]) -> list[str | Path]:
    """``st run`` with all checks, of the operations that take the subject's token."""
    options: dict[str, object] = {
        "--url": url + subject.begin,
        "--checks": "all",
        "--phases": ",".join(phases),
        "--max-examples": max_examples,
        "--seed": seed,
        "--request-timeout": PATIENCE,
        "--report": "json,ndjson",
        "--report-json-path": "report.json",
        "--report-ndjson-path": "report.ndjson",
    }
    location = ROOT / "openapi" / f"{subject.spec}.yaml"
    named = [str(part) for option in options.items() for part in option]
    only = (
        [] if subject.scheme is None else [f"--include-operation-id={id_}" for id_ in operations_of(subject).values()]
    )
    return [COMMANDS / "st", "--config-file", CONFIGURATION.name, "run", location, *named, *only, "--no-color"]


@cache
def operations_of(subject: Subject) -> dict[str, str]:
    """``METHOD /path`` and operationId of every operation that takes the subject's token."""
    text = (ROOT / "openapi" / f"{subject.spec}.yaml").read_text("utf-8")
    return {
        f"{method.upper()} {path}": item[method]["operationId"]
        for path, item in yaml.load(text, yaml.CSafeLoader)["paths"].items()
        for method in METHODS
        if method in item and (subject.scheme is None or {subject.scheme: []} in item[method]["security"])
    }


def count_answers(answers: dict[str, Counter[int]], events: Path) -> int:
    """Count the statuses answered to each operation, in all phases; how many stateful scenarios there were."""
    scenarios = 0
    with events.open(encoding="utf-8") as lines:
        for line in lines:
            finished = json.loads(line).get("ScenarioFinished", {})
            scenarios += finished.get("phase") == "stateful"
            recorder = finished.get("recorder", {})
            for key, interaction in recorder.get("interactions", {}).items():
                case, response = recorder["cases"][key]["value"], interaction.get("response")
                counted = answers.get(f"{case['method']} {case['path']}")
                if counted is not None and response:
                    counted[response["status_code"]] += 1
    return scenarios


def table(runs: Iterable[Run]) -> str:
    """The runs as a table of Markdown."""
    columns: dict[str, Callable[[Run], object]] = {
        "spec": lambda run: run.spec,
        "seed": lambda run: run.seed,
        "operations": lambda run: len(run.answers),
        "cases": lambda run: run.cases,
        "scenarios": lambda run: run.scenarios,
        "answers": lambda run: run.answered,
        "2xx": lambda run: run.successful,
        "fewest 2xx of an operation": lambda run: run.fewest,
        "seconds": lambda run: round(run.seconds),
        "problems": lambda run: len(run.problems),
    }
    rows = [[str(column(run)) for column in columns.values()] for run in runs]
    return "\n".join(f"| {' | '.join(row)} |" for row in (list(columns), ["---"] * len(columns), *rows))


@click.command()
@click.option("--max-examples", default=100, show_default=True, help="Cases for each operation and phase.")
@click.option("--seeds", default=(1, 2), show_default=True, multiple=True, type=int, help="Repeat for several.")
@click.option(
    "--spec", "specs", default=tuple(SUBJECTS), multiple=True, type=click.Choice(list(SUBJECTS)), help="Repeat too."
)
@click.option("--details", is_flag=True, help="Show the answers by operation and status.")
def main(max_examples: int, seeds: tuple[int, ...], specs: tuple[str, ...], *, details: bool) -> None:
    """Run stock Schemathesis against the sandbox; exit code 1 when it finds anything wrong."""
    runs = []
    for spec in specs:
        for seed in seeds:
            click.echo(f"{spec}, seed {seed} …", err=True)
            run = conform(spec, seed, max_examples)
            run.problems.extend(f"no successful answer: {operation}" for operation in run.unanswered)
            show(run, details=details)
            runs.append(run)
    click.echo(table(runs))
    if any(run.problems for run in runs):
        raise SystemExit(1)


def show(run: Run, *, details: bool) -> None:
    """What a run found, at once."""
    if run.problems:
        click.echo(run.output)
    for problem in run.problems:
        click.echo(f"{run.spec}, seed {run.seed}: {problem}")
    if details:
        for operation, counted in run.answers.items():
            told = ", ".join(f"{status}: {count}" for status, count in sorted(counted.items()))
            click.echo(f"  {operation}  {told}")


if __name__ == "__main__":
    main()
