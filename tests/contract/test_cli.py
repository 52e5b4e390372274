"""``msandbox contract``: what it prints, how it ends, and what it says where its packages are not installed."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from sandbox.cli import main
from sandbox.contract import aim, run
from sandbox.contract.inprocess import InProcess
from sandbox.contract.report import THE_REST, Exit, Report, Skip
from tests.contract.made import API, renaming, report

BLOCKED = """
import sys
class Finder:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {"hypothesis", "schemathesis", "requests", "pytest"}:
            raise ModuleNotFoundError(name)
sys.meta_path.insert(0, Finder())
from sandbox.cli import main
main(prog_name="msandbox")
"""


def told(*words: str | Path, code: int) -> Result:
    done = CliRunner().invoke(main, ["contract", *map(str, words)])
    assert done.exit_code == code, f"{done.output} {done.exception!r}"
    return done


@pytest.mark.parametrize("command", ["run", "diff", "replay", "cleanup"])
def test_without_its_packages_it_says_what_to_install(command: str, tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("{}")
    words = {"replay": [str(file)], "cleanup": ["--ledger", str(file)]}.get(command, [])
    done = subprocess.run(
        [sys.executable, "-c", BLOCKED, "contract", command, *words],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert "pip install 'monetization-sandbox[contract]'" in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_the_help_needs_none_of_them(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", BLOCKED, "contract", "--help"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0
    assert "cleanup" in done.stdout


@pytest.mark.parametrize(
    ("change", "code", "words"),
    [
        ({}, 0, "the contract is kept"),
        ({"skipped": [Skip("model", API, THE_REST, "30 calls")]}, 0, "only in part: monetize360 (model): 30 calls"),
        ({"findings": report().findings}, 1, "rule A3.2"),
        ({"unanswered": [(API, "listMobjects")]}, 1, "listMobjects had no successful answer"),
        ({"problems": ["nobody there"]}, 2, "nobody there"),
        ({"leftovers": ["mobject 7"]}, 3, "left over: mobject 7"),
        ({"leftovers": ["mobject 7"] * 40}, 3, "left over: 30 more"),
    ],
)
def test_exit_codes(change: dict[str, Any], code: int, words: str, monkeypatch: pytest.MonkeyPatch) -> None:
    made = report()
    made.findings, made.unanswered = [], []
    for name, value in change.items():
        setattr(made, name, value)

    def stub(_options: object, _tell: object) -> Report:
        return made

    monkeypatch.setattr(run, "run", stub)
    assert words in told("run", code=code).output
    assert json.loads(told("run", "--json", code=code).stdout)["exit"] == code


def test_a_defect_is_told_and_played_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(api: str, _wrap: object = None, name: str = "") -> InProcess:
        return InProcess(api, renaming if name == "sandbox" else None, name)

    monkeypatch.setattr(aim, "InProcess", broken)
    words: list[str | Path] = ["--api", API, "--profile", "quick", "--report-dir", tmp_path]
    done = told("diff", *words, code=1)
    assert "the contract is broken" in done.stdout
    assert "[1/1]" not in done.output
    file = tmp_path / "replay/01.json"
    assert "it still happens" in told("replay", file, code=1).stdout
    monkeypatch.setattr(aim, "InProcess", InProcess)
    assert json.loads(told("replay", file, "--json", code=0).stdout)["happens"] is False


def test_what_was_played_cannot_be_told_where_nobody_answers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CONTRACT_MONETIZE360_TOKEN", "t0k3n-of-a-test")
    file = tmp_path / "01.json"
    steps = [{"operation": "listMobjects"}]
    breach = {"rule": "A3", "operation": "listMobjects", "where": "status", "expected": "200", "got": "500"}
    kept = {"format": 1, "api": API, "layer": "model", "source": "tour", "seed": 1, "breach": breach, "verdict": None}
    file.write_text(json.dumps({**kept, "sides": {}, "requests": [], "steps": steps}))
    assert "no answer" in told("replay", file, "--target", "http://127.0.0.1:9/v1", code=2).output
    file.write_text(json.dumps({**kept, "sides": {}, "requests": ["curl"], "steps": []}))
    assert "requests" in told("replay", file, code=2).output


@pytest.mark.parametrize(
    "words",
    [
        ["run", "--target", "http://x"],
        ["run", "--layers", "z"],
        ["run", "--shard", "2/1"],
        ["run", "--excuse", "getMobject"],
        ["run", "--profile", "huge"],
        ["diff", "--against", "nonsense"],
        ["replay", __file__],
        ["cleanup"],
    ],
)
def test_what_cannot_be_read_is_2(words: list[str]) -> None:
    assert "Error" in told(*words, code=2).output


def test_another_file_is_no_ledger(tmp_path: Path) -> None:
    path = tmp_path / "ledger.jsonl"
    path.write_text('{"calls": 7}\n')
    assert "is no ledger" in told("cleanup", "--ledger", path, code=Exit.COULD_NOT_RUN).output
    assert path.read_text() == '{"calls": 7}\n'


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ('{"intent": "1.1", "api": "monetize360"}', "it lacks 'url'"),
        ('{"intent": "1.1", "made": [{"id": "a"}]}', "it lacks 'names'"),
        ('{"intent": "1.1", "made": 7}', "not iterable"),
        ('{"intent": "1.1", "made": [{"id": "a", "names": [], "undo": [{"way": 1}]}]}', "way"),
    ],
)
def test_a_line_of_a_ledger_that_lacks_something_is_2(tmp_path: Path, line: str, why: str) -> None:
    path = tmp_path / "ledger.jsonl"
    path.write_text(f'{{"open": "kit-1-"}}\n{line}\n')
    output = told("cleanup", "--ledger", path, code=Exit.COULD_NOT_RUN).output
    assert "the ledger is damaged, look at its line 2: " in output
    assert why in output


def test_an_empty_ledger_needs_nothing(tmp_path: Path) -> None:
    path = tmp_path / "ledger.jsonl"
    path.write_text('{"open": "kit-1-"}\n')
    assert told("cleanup", "--ledger", path, code=Exit.SAME).stdout == "0 deleted\n"
