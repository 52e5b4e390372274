"""``msandbox exec``: what the command finds in its environment, and how it all ends."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import httpx2
import orjson
import pytest

from tests.web.serving import COMMAND, PATIENCE, PLAIN

ROOT = Path(__file__).parents[1]
TELL = "import json, os; print(json.dumps(dict(os.environ)))"


def execute(*words: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("MSANDBOX_")}
    return subprocess.run(
        [*COMMAND, "exec", *words],
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE,
        env=inherited | {"PYTHONPATH": str(ROOT)} | environment,
    )


def test_the_environment_leads_to_a_sandbox_of_its_own() -> None:
    ask = (
        "import os, sys, httpx2, ssl; u = os.environ['MSANDBOX_URL']\n"
        "get = httpx2.Client(trust_env=False, verify=ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)).get\n"
        "token = {'Authorization': 'Bearer ' + os.environ['MONETIZE360_TOKEN']}\n"
        "print(get(os.environ['MONETIZE360_URL'] + '/workflows', headers=token).status_code)\n"
        "print(get(u + '/__admin/namespaces/default').json()['scenario'], u)\n"
        "sys.exit(7)"
    )
    done = execute("--scenario", "docs", "--", sys.executable, "-c", ask, MSANDBOX_SCENARIO="empty")
    assert done.returncode == 7, done.stderr
    status, scenario, url = done.stdout.split()
    assert (status, scenario) == ("200", "docs")
    with httpx2.Client(trust_env=False, verify=PLAIN) as client, pytest.raises(httpx2.ConnectError):
        client.get(url)


def test_credentials_of_every_api_are_there_and_options_are_not_handed_on() -> None:
    done = execute("--scenario", "empty", "--", sys.executable, "-c", TELL, MSANDBOX_SEED="7")
    found = orjson.loads(done.stdout)
    assert found.keys() >= {
        "MSANDBOX_URL",
        "MONETIZE360_URL",
        "MONETIZE360_TOKEN",
        "MOONIFY_URL",
        "MOONIFY_SERVICE_ID",
        "DYNAMIC_MONETIZATION_URL",
        "DYNAMIC_MONETIZATION_TOKEN",
    }
    assert "MSANDBOX_SEED" not in found


def test_a_command_that_is_not_there_is_told() -> None:
    done = execute("--scenario", "empty", "--", "no-such-command")
    assert (done.returncode, done.stdout) == (127, "")
    assert done.stderr == "Error: cannot run no-such-command: No such file or directory\n"


def test_a_signal_ends_both() -> None:
    wait = "import signal; print('up', flush=True); signal.pause()"
    command = [*COMMAND, "exec", "--scenario", "empty", "--", sys.executable, "-c", wait]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "up\n"
        process.send_signal(signal.SIGTERM)
        assert process.wait(PATIENCE) == 128 + signal.SIGTERM


def test_the_story_of_a_webhook_can_be_followed() -> None:
    done = execute("--scenario", "empty", "--", sys.executable, str(ROOT / "examples" / "webhook_story.py"))
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("All connection attempts failed") == 5
    assert "to be tried again at 2024-01-16T17:41:00Z" in done.stdout
    assert ": genuine" in done.stdout
    assert "is delivered after 6 attempts" in done.stdout
    assert "curl -X POST" in done.stdout
