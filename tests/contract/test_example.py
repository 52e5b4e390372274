"""The kit on examples/records_server over HTTP, as a team would run it on its own server."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import requests

from sandbox.contract import options as told
from sandbox.contract.apis import monetize360
from sandbox.contract.options import Options, Size
from sandbox.contract.report import Exit, Report
from sandbox.contract.run import run

APP = Path(__file__).parents[2] / "examples" / "records_server" / "app.py"
TOKENS = {"CONTRACT_MONETIZE360_TOKEN": "token-of-north", "CONTRACT_MONETIZE360_TOKEN_SECOND": "token-of-south"}
LAYERS = ("model", "differential")
PROBES = ("reading", "tour", "list matrix")
ABSENT = ("listWorkflows", "getWorkflow", "executeWorkflow", "listExecutions", "getExecution", "createWebhook")


@contextmanager
def serving(bugs: str, folder: Path) -> Iterator[str]:
    """The server in a process of its own, on a free port; the API's base URL."""
    command: list[str | Path] = [sys.executable, APP, "--port", "0"]
    with (
        (folder / "server.log").open("w") as log,
        subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=log, text=True, env=os.environ | {"RECORDS_SERVER_BUGS": bugs}
        ) as server,
    ):
        try:
            yield server.stdout.readline().strip() if server.stdout else ""
        finally:
            server.terminate()


@pytest.fixture(autouse=True)
def _little(monkeypatch: pytest.MonkeyPatch) -> None:
    """Credentials, and no more than the probes that find what there is."""
    for name, value in TOKENS.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(told, "PROFILES", {"quick": Size(0, 0, 1, 0)})
    few = [probe for probe in monetize360.SUITE.probes if probe.name in PROBES]
    monkeypatch.setattr(monetize360, "SUITE", replace(monetize360.SUITE, probes=few))


def played(url: str, folder: Path, *, writes: bool | None = None) -> Report:
    target, excused = {"monetize360": url}, dict.fromkeys(ABSENT, "it keeps records only")
    options = Options(target=target, layers=LAYERS, profile="quick", folder=folder, excused=excused, writes=writes)
    return run(replace(options, apis=("monetize360",)))


def ask(url: str, token: str) -> Any:
    with requests.Session() as session:
        session.trust_env = False
        return session.get(url, headers={"authorization": f"Bearer {token}"}, timeout=10).json()


def held(url: str) -> list[str]:
    """The names of all objects that there are, of both tenants."""
    lists = [ask(f"{url}/mobjects?limit=1000", token) for token in TOKENS.values()]
    return [one["name"] for page in lists for one in page["data"]]


def test_its_two_bugs_are_found_as_the_servers_and_nothing_is_left(tmp_path: Path) -> None:
    with serving("sort-as-text,put-replaces", tmp_path) as url:
        report = played(url, tmp_path)
        assert held(url) == ["Currency"] * 2
    assert (report.exit, report.problems, report.leftovers, report.permanent) == (Exit.FAILED, [], [], [])
    places = {layer: {one.breach.operation for one in report.findings if one.layer == layer} for layer in report.layers}
    assert all(found == {"listMdata", "updateMdata"} for found in places.values())
    rules = {(one.breach.operation, one.breach.rule) for one in report.findings if one.layer == "model"}
    assert {("listMdata", "A2.5"), ("updateMdata", "A2.7")} <= rules
    assert {one.verdict for one in report.findings if one.layer == "differential"} == {"real"}


def test_without_them_nothing_is_found(tmp_path: Path) -> None:
    with serving("none", tmp_path) as url:
        report = played(url, tmp_path)
        assert held(url) == ["Currency"] * 2
    assert (report.findings, report.problems, report.unanswered) == ([], [], [])
    assert report.exit is Exit.SAME


def test_a_run_that_only_reads_sends_nothing_else(tmp_path: Path) -> None:
    with serving("none", tmp_path) as url:
        report = played(url, tmp_path, writes=False)
        received = ask(url.replace("/v1", "/received"), "")
    assert received.keys() <= {"GET", "HEAD", "OPTIONS"}
    assert received["GET"] > 5
    assert (report.findings, report.problems, report.unanswered) == ([], [], [])
