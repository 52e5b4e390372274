"""The same seed gives the same bytes in another process too, whatever that process hashes its strings with."""

import os
import subprocess
import sys
from pathlib import Path

from sandbox.kernel.ids import digest
from sandbox.kernel.webhooks import Outcome
from tests.client import M360, Client, make_client

FREE = f"{M360}/mobjects/mobject-id/mdata"


def fingerprint() -> str:
    """Of everything that a long and varied history was answered."""
    client = make_client("demo", check_responses=False, clock="2024-01-15T10:30:00Z")
    client.receiver = lambda attempt: Outcome(200 if len(attempt.body) % 2 else 500)
    answers = [*_written(client), *_read(client)]
    return digest(*(f"{body!r}" for body in answers)).hex()


def _written(client: Client) -> list[bytes]:
    schema = {"properties": {"name": {"type": "string", "unique": True}, "n": {"type": "integer", "required": True}}}
    steps = [
        ("/webhooks", {"url": "http://127.0.0.1:9/hook", "events": ["mdata.created", "workflow.completed"]}),
        ("/webhooks", {"url": "https://your-app.com/", "events": ["mdata.created"]}),
        ("/mobjects", {"name": "Plan", "description": "drawn", "schema": schema}),
        ("/mobjects", {"name": "Plan", "description": "again"}),
        ("/mobjects/mobject-id/mdata/bulk", {"data": [{"b": 1, "a": [2, {"c": None}]}, {"é": "ü"}]}),
        *(("/workflows/slow-workflow-id/execute", {"async": True, "data": {"period": n}}) for n in range(5)),
        ("/workflows/failing-workflow-id/execute", {"data": {}}),
    ]
    made = [client.post(M360 + path, body).body for path, body in steps]
    made.append(client.post("/__admin/clock/shift", {"by": "P2D"}).body)
    return made


def _read(client: Client) -> list[bytes]:
    targets = [f"{M360}/workflows?limit=100", f"{M360}/mobjects?limit=100", "/__admin/events", "/__admin/deliveries"]
    targets += [f"{M360}/mobjects/{row['id']}/mdata?limit=500" for row in client.get(targets[1]).json["data"]]
    targets += [f"{FREE}?sort=title:desc,-author&filter=status:ne:inactive", "/__admin/settings", "/__admin/namespaces"]
    return [client.get(target).body for target in targets]


def test_the_same_bytes_in_every_process() -> None:
    code = "from tests.kernel.test_processes import fingerprint; print(fingerprint())"
    other = subprocess.run(
        [sys.executable, "-c", code],
        env=os.environ | {"PYTHONHASHSEED": "1"},
        cwd=Path(__file__).parents[2],
        capture_output=True,
        check=True,
        text=True,
    )
    assert other.stdout.strip() == fingerprint()
