"""The command: how it starts and stops, its options and environment, and what it says when something is wrong."""

import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path

import pytest
from click.testing import CliRunner

from sandbox import __version__, assets
from sandbox.cli import main
from tests.client import ENTERPRISE, M360, STANDARD
from tests.web.serving import MDATA, WORKFLOW, Server, request_bytes, serving


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with serving("--scenario", "docs") as running:
        yield running


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_signals_end_it_cleanly(number: signal.Signals) -> None:
    with serving("--scenario", "empty") as running, running.connect() as idle:
        idle.sendall(request_bytes("GET", "/health"))
        assert idle.recv(1_000).startswith(b"HTTP/1.1 200")
        assert running.end(number) == 0
        assert "Traceback" not in running.output


def test_python_runs_it_by_the_name_of_the_package() -> None:
    command = [sys.executable, "-m", "sandbox", "--version"]
    assert (
        subprocess.run(command, capture_output=True, text=True, check=True).stdout
        == f"msandbox, version {__version__}\n"
    )


def test_an_impatient_signal_changes_nothing() -> None:
    with serving("--scenario", "empty") as running:
        running.process.send_signal(signal.SIGINT)
        assert running.end(signal.SIGINT) == 0
        assert "Traceback" not in running.output


def test_a_half_sent_body_does_not_keep_it() -> None:
    with serving("--scenario", "empty") as running, running.connect() as half:
        half.sendall(request_bytes("POST", MDATA, b'{"data": {}}')[:-5])
        with running.api() as api:
            assert api.get("/health").status_code == 200
        assert running.end(signal.SIGTERM) == 0
        assert "Traceback" not in running.output


def test_the_environment_sets_every_option() -> None:
    with (
        serving(
            MSANDBOX_HOST="localhost",
            MSANDBOX_PORT="0",
            MSANDBOX_SCENARIO="demo",
            MSANDBOX_SEED="7",
            MSANDBOX_SCALE="0.5",
            MSANDBOX_CLOCK="2025-02-03T04:05:06Z",
            MSANDBOX_CHECK_RESPONSES="true",
        ) as running,
        running.api() as api,
    ):
        told = api.get("/__admin/namespaces/default").json()
    assert (told["scenario"], told["seed"], told["scale"]) == ("demo", 7, 0.5)
    assert (told["clock"]["mode"], told["clock"]["now"]) == ("frozen", "2025-02-03T04:05:06Z")
    assert "frozen at 2025-02-03T04:05:06Z" in running.output


def test_options_outrank_the_environment() -> None:
    with serving("--scenario", "empty", "--seed", "3", MSANDBOX_SCENARIO="docs") as running, running.api() as api:
        told = api.get("/__admin/namespaces/default").json()
    assert (told["scenario"], told["seed"], told["clock"]["mode"]) == ("empty", 3, "running")


def test_elsewhere_than_on_loopback_the_control_plane_wants_the_printed_token() -> None:
    with serving("--scenario", "docs", "--host", "0.0.0.0") as running:  # noqa: S104  # that is the point
        found = re.search(r"admin token +(\S+)", running.output)
        assert found is not None
        with running.api() as api, running.api(found[1]) as admin:
            for path in ("/__admin/clock", "/__admin/namespaces", "/__admin/monetize360/tokens"):
                assert api.get(path).status_code == 401
                assert admin.get(path).status_code == 200
            assert api.get("/health", headers={"Authorization": ""}).status_code == 200
            assert api.get(WORKFLOW).status_code == 200


def test_it_greets_with_what_is_needed_to_begin(server: Server) -> None:
    for told in (f"{server.url}{M360}", STANDARD, ENTERPRISE, "frozen at 2024-01-15T10:30:00Z", "curl "):
        assert told in server.output
    assert "admin token" not in server.output


def test_a_port_in_use_is_told(server: Server) -> None:
    done = CliRunner().invoke(main, ["serve", "--scenario", "empty", "--port", str(server.port)])
    assert done.exit_code != 0
    assert f"cannot listen on 127.0.0.1:{server.port}: Address already in use; choose" in done.output
    assert "--port" in done.output


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--scenario", "nowhere"], ["--scenario", "'nowhere'", "docs"]),
        (["--scenario", "/nowhere/my.yaml"], ["--scenario", "/nowhere/my.yaml"]),
        (["--clock", "yesterday"], ["--clock", "'yesterday'", "2024-01-15T10:30:00Z"]),
        (["--clock", "2024-01-15"], ["--clock", "running"]),
        (["--clock", "+"], ["--clock"]),
        (["--scale", "0"], ["--scale"]),
        (["--scale", "nan"], ["--scale"]),
        (["--scale", "inf"], ["--scale"]),
        (["--seed", "one"], ["--seed"]),
        (["--port", "65536"], ["--port"]),
        (["--host", "256.0.0.1"], ["cannot listen on 256.0.0.1", "--host"]),
        (["--colour", "red"], ["--colour"]),
    ],
)
def test_a_wrong_option_is_told(options: list[str], told: list[str]) -> None:
    done = CliRunner().invoke(main, ["serve", "--port", "0", *options])
    assert done.exit_code not in {0, None}
    assert isinstance(done.exception, SystemExit), done.exception
    assert all(word in done.output for word in told), done.output


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("monetize360: {tokens: [{token: a}]}", "monetize360.tokens.0"),
        ("colour: red", "colour"),
        ("clock: noon", "clock"),
        ("include: [nowhere]", "nowhere"),
        ("a: [", "line 2"),
        ("- 1", "mapping"),
    ],
)
def test_a_wrong_scenario_file_is_told_with_its_place(tmp_path: Path, text: str, told: str) -> None:
    scenario = tmp_path / "mine.yaml"
    scenario.write_text(text)
    done = CliRunner().invoke(main, ["serve", "--port", "0", "--scenario", str(scenario)])
    assert done.exit_code not in {0, None}
    assert isinstance(done.exception, SystemExit), done.exception
    assert str(scenario) in done.output
    assert told in done.output


def test_a_spec_that_does_not_compile_stops_the_start(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    broken = deepcopy(dict(assets.spec("control")))
    broken["security"] = [{"nowhere": []}]
    shipped = assets.spec
    monkeypatch.setattr(assets, "spec", lambda name: broken if name == "control" else shipped(name))
    done = CliRunner().invoke(main, ["serve", "--port", "0", "--scenario", "empty"])
    assert done.exit_code not in {0, None}
    assert re.search(r"control: [A-Z]+ \S+: 'nowhere' is used but nowhere defined", caplog.text + done.output)


def test_help_and_version() -> None:
    assert re.search(r"\d+[.]\d+[.]\d+", CliRunner().invoke(main, ["--version"]).output)
    told = CliRunner().invoke(main, ["serve", "-h"]).output
    for option in ("--host", "--port", "--scenario", "--seed", "--scale", "--clock", "--check-responses"):
        assert option in told
