"""``sandbox_server`` puts the sandbox of the test at a real port, for clients in other processes."""

import subprocess
import sys

from sandbox.testing import Local, Served

PROGRAM = """
import sys, urllib.request as r
print(r.urlopen(r.Request(sys.argv[1], headers={"Authorization": sys.argv[2]})).status)
"""


def test_another_program(sandbox: Local, sandbox_server: Served) -> None:
    url = sandbox_server.urls["monetize360"] + "/workflows"
    command = [sys.executable, "-c", PROGRAM, url, "Bearer YOUR_API_TOKEN_ENTERPRISE"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "200"
    assert len(sandbox.exchanges) == 1
