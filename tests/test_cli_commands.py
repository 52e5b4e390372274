"""The commands that ask a running sandbox: one for every operation, what they print, and how they end."""

import json
import re
import subprocess
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner, Result

from sandbox import assets
from sandbox.cli import main
from sandbox.cli.shown import readable
from sandbox.operations import operations
from tests.web.serving import COMMAND, Server, serving
from tools import write_commands

CONTROL = [name for name in assets.spec_names() if name.endswith("control")]


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with serving("--scenario", "docs") as running:
        yield running


class Told:
    """Runs ``msandbox`` against the server of the module, in a namespace of the test's own."""

    def __init__(self, server: Server, namespace: str) -> None:
        self.environment = {"MSANDBOX_URL": server.url, "MSANDBOX_NAMESPACE": namespace}

    def __call__(self, *words: str, code: int = 0) -> Result:
        done = CliRunner().invoke(main, list(words), env=self.environment)
        assert done.exit_code == code, f"{words}: {done.output} {done.exception!r}"
        return done

    def json(self, *words: str) -> Any:
        return json.loads(self(*words, "--json").stdout)


@pytest.fixture
def told(server: Server, request: pytest.FixtureRequest) -> Told:
    name = re.sub(r"\W+|_", "-", request.node.name).strip("-").lower()[:60].strip("-")
    Told(server, "")("namespace", "create", name, "--scenario", "docs")
    return Told(server, name)


def commands(path: tuple[str, ...], command: click.Command) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    yield path, command
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            below = command.get_command(context, name)
            assert below is not None
            yield from commands((*path, name), below)


EVERY = dict(commands((), main))


def test_every_operation_has_a_command() -> None:
    drawn = {
        (command.callback.args[0].method, command.callback.args[0].path)
        for command in EVERY.values()
        if isinstance(command.callback, partial)
    }
    wanted = {(o.method, o.path) for name in CONTROL for o in operations(assets.spec(name))}
    assert drawn == wanted


def test_the_commands_that_people_look_for_are_there() -> None:
    wanted = "serve exec env apis reset clock namespace snapshot fault journal webhook settings scenario token openapi"
    assert set(wanted.split()) <= {path[0] for path in EVERY if path}


@pytest.mark.parametrize("path", EVERY, ids=" ".join)
def test_every_command_explains_itself_with_an_example(path: tuple[str, ...]) -> None:
    done = CliRunner().invoke(main, [*path, "--help"])
    assert done.exit_code == 0
    if not isinstance(EVERY[path], click.Group):
        assert f"msandbox {' '.join(path)}" in done.output.partition("Usage:")[2].partition("\n")[2]
        if path[0] not in {"serve", "exec"}:
            assert "--json" in done.output


def test_the_page_of_commands_is_what_the_commands_say() -> None:
    page = write_commands.PAGE.read_text("utf-8")
    assert page == write_commands.written(), "docs/commands.md is out of date: run python -m tools.write_commands"


def examples() -> Iterator[tuple[str, ...]]:
    """Those shown for operations that one may just call."""
    for path, command in EVERY.items():
        if isinstance(command.callback, partial) and path[0] in {"clock", "settings", "scenario", "reset", "health"}:
            shown = (command.help or "").partition("\b\n")[2].splitlines()
            yield from (tuple(line.split()[1:]) for line in shown)


@pytest.mark.parametrize("words", [w for w in examples() if "advance" not in w], ids=" ".join)
def test_the_examples_are_right(told: Told, words: tuple[str, ...]) -> None:
    told(*words)


def test_a_group_named_alone_reads(told: Told) -> None:
    assert told("clock").stdout == told("clock", "get").stdout
    assert "default" in told("namespace").stdout
    assert told.json("journal", "--limit", "3") == {"requests": [], "cursor": None}
    assert "Usage" in told("monetize360", code=2).output


def test_the_clock_moves(told: Told) -> None:
    assert told.json("clock", "shift", "PT90M")["to"] == "2024-01-15T12:00:00Z"
    assert told.json("clock", "shift", "90")["to"] == "2024-01-15T12:01:30Z"
    assert "to: '2024-02-01T00:00:00Z'" in told("clock", "move", "2024-02-01T00:00:00Z").stdout
    assert told.json("reset")["clock"]["now"] == "2024-01-15T10:30:00Z"


def test_bodies_are_told_by_arguments_and_options(told: Told) -> None:
    options = ["--duration", "PT5M", "--output", '{"paid": true}', "--outcome", "completed"]
    made = told.json("monetize360", "put-workflow", "mine", "Mine", *options)
    assert (made["name"], made["duration"], made["output"]) == ("Mine", 300, {"paid": True})
    assert told.json("moonify", "set-simulation", "60", "--spread", "0.5")["spread"] == 0.5
    assert told.json("monetize360", "list-tokens")["tokens"]


def test_settings_are_told_as_pairs(told: Told) -> None:
    pairs = ["monetize360.extendedEvents=true", 'webhooks.retries=["PT1M"]']
    changed = {s["name"]: s["value"] for s in told.json("settings", "change", *pairs)["settings"]}
    assert (changed["monetize360.extendedEvents"], changed["webhooks.retries"]) == (True, ["PT1M"])
    assert "NAME=VALUE" in told("settings", "change", "nonsense", code=2).output


def test_documents_are_told_as_files(told: Told, tmp_path: Path) -> None:
    kept = tmp_path / "kept.json"
    kept.write_text(told("snapshot", "export-namespace").stdout)
    assert json.loads(told("journal", "export-har").stdout)["log"]["version"] == "1.2"
    told("clock", "shift", "P1D")
    told("snapshot", "import-namespace", str(kept))
    assert told.json("clock")["now"] == "2024-01-15T10:30:00Z"
    kept.write_text("{")
    assert "not JSON" in told("snapshot", "import-namespace", str(kept), code=2).output
    assert "cannot read" in told("snapshot", "import-namespace", str(tmp_path / "nowhere"), code=2).output


def test_exports_go_to_files(told: Told, tmp_path: Path) -> None:
    packed, plain, lines = tmp_path / "state.json.gz", tmp_path / "state.json", tmp_path / "journal.ndjson"
    assert told("snapshot", "export-namespace", "--out", str(packed)).stdout == ""
    told("snapshot", "export-namespace", "--out", str(plain))
    told("journal", "export-ndjson", "--out", str(lines))
    assert packed.read_bytes()[:2] == b"\x1f\x8b"
    assert json.loads(plain.read_bytes())["checksum"]
    assert lines.read_bytes() == b""
    told("snapshot", "import-namespace", str(packed))
    packed.write_bytes(packed.read_bytes()[:-20])
    assert "not JSON" in told("snapshot", "import-namespace", str(packed), code=2).output
    assert "as it was" in told("snapshot", "export-namespace", "--out", str(tmp_path / "no" / "x"), code=1).stderr


def test_json_may_come_from_a_file(told: Told, tmp_path: Path) -> None:
    effect = tmp_path / "effect.json"
    effect.write_text('{"status": 503}')
    assert told.json("fault", "create", f"@{effect}")["effect"] == {"status": 503}
    assert "is not JSON" in told("fault", "create", "{", code=2).output


def test_what_the_sandbox_refuses_is_1(told: Told) -> None:
    refused = told("namespace", "delete", "nope", code=1)
    assert (refused.stdout, refused.stderr) == ("", "Error: There is no namespace 'nope'\n")
    body = json.loads(told("namespace", "delete", "nope", "--json", code=1).stderr)
    assert body["error"]["code"] == "NOT_FOUND"


def test_nobody_there_is_1() -> None:
    done = CliRunner().invoke(main, ["clock", "--url", "http://127.0.0.1:1"])
    assert done.exit_code == 1
    assert "msandbox serve" in done.stderr


def test_an_answer_that_cannot_be_written_is_1() -> None:
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run([*COMMAND, "apis"], stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr == "Error: cannot write the answer: No space left on device\n"


@pytest.mark.parametrize(
    "words", [("colour",), ("clock", "shift"), ("clock", "back"), ("clock", "--colour"), ("namespace", "get")]
)
def test_what_is_no_command_is_2(words: tuple[str, ...]) -> None:
    assert CliRunner().invoke(main, words).exit_code == 2


def test_env_leads_to_the_namespace(told: Told) -> None:
    lines = told("env").stdout.splitlines()
    assert all(re.fullmatch(r"export [A-Z0-9_]+=\S+", line) for line in lines)
    assert f"export MSANDBOX_URL={told.environment['MSANDBOX_URL']}" in lines
    variables = told.json("env")
    assert variables["MSANDBOX_NAMESPACE"] == told.environment["MSANDBOX_NAMESPACE"]
    assert {line.removeprefix("export ").partition("=")[0] for line in lines} == set(variables)
    assert told.json("env", "--admin-token", "x y")["MSANDBOX_ADMIN_TOKEN"] == "x y"
    assert "MSANDBOX_ADMIN_TOKEN='x y'" in told("env", "--admin-token", "x y").stdout


def test_tokens_are_minted(told: Told) -> None:
    assert re.fullmatch(r"[\w-]+[.][\w-]+[.][\w-]+\n", told("token", "--role", "admin").stdout)
    assert told.json("token", "--role", "client", "--instance", "a", "--instance", "b")["instances"] == ["a", "b"]
    assert told("token", "--role", "client", code=1).stderr.startswith("Error: ")


def test_apis_and_their_documents_need_no_server() -> None:
    listed = json.loads(CliRunner().invoke(main, ["apis", "--json"]).stdout)["apis"]
    assert [f"{row['name']}.control" for row in listed] == [name for name in CONTROL if "." in name]
    assert all(row["operations"] > 5 and row["hosts"] for row in listed)
    shown = CliRunner().invoke(main, ["openapi", "control"]).stdout
    assert shown.rstrip() == assets.spec_text("control").rstrip()
    parsed = json.loads(CliRunner().invoke(main, ["openapi", "control", "--json"]).stdout)
    assert parsed == assets.spec("control")


def test_scenarios_are_checked_without_a_server(tmp_path: Path) -> None:
    done = CliRunner().invoke(main, ["scenario", "check", "docs", "--json"])
    assert all(json.loads(done.stdout)["records"].values())
    mine = tmp_path / "mine.yaml"
    mine.write_text("clock: noon\n")
    wrong = CliRunner().invoke(main, ["scenario", "check", str(mine)])
    assert (wrong.exit_code, str(mine) in wrong.stderr) == (1, True)
    assert CliRunner().invoke(main, ["scenario", "check", "nowhere"]).exit_code == 2


def test_tables_show_what_fits() -> None:
    rows = [{"id": 1, "ok": True, "note": None, "text": "x" * 60}, {"id": 22, "ok": False, "note": "n", "text": "a\nb"}]
    lines = click.unstyle(readable({"rows": rows, "cursor": 22})).splitlines()
    assert lines[0].split() == ["id", "ok", "note", "text"]
    assert lines[1].endswith("x…")
    assert lines[2].split() == ["22", "false", "n", "a", "b"]
    assert lines[3] == "more: --after 22"
    assert readable({"rows": [], "cursor": None}) == "(none)"
    assert readable({"a": 1, "b": [1]}) == "a: 1\nb:\n- 1"


def test_colours_are_for_terminals_only(told: Told) -> None:
    assert "\x1b" not in told("namespace").stdout
    coloured = CliRunner().invoke(main, ["namespace"], env=told.environment, color=True)
    assert "\x1b[1m" in coloured.stdout
