"""``python -m benchmarks.order``: many small tests in file order, and shuffled in two processes, give the same.

With ``--plugins`` the second run is ``pytest -n 2 -p randomly`` with both plugins borrowed from the package index;
else two processes each take every second test, in an order of their own.
"""

import argparse
import hashlib
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

from benchmarks.packages import borrowed

_ROOT = Path(__file__).parents[1]
_PLUGINS = ("pytest-xdist", "execnet", "pytest-randomly")
_OPTIONS = ("-q", "-p", "no:schemathesis", "-p", "no:cacheprovider")

_CONFTEST = '''
import hashlib, os, random
import httpx, pytest


def pytest_collection_modifyitems(items):
    shard, seed = os.environ.get("ORDER_SHARD"), os.environ.get("ORDER_SEED")
    if shard:
        items[:] = items[int(shard) :: 2]
    if seed:
        random.Random(seed).shuffle(items)


@pytest.fixture
def told(request, sandbox):
    """A client; afterwards a line with the digest of all that the test was answered and sent."""
    with httpx.Client(transport=sandbox.transport(), base_url="http://sandbox.test") as client:
        yield client
    found = hashlib.sha256()
    for exchange in sandbox.exchanges:
        found.update(repr((exchange.request.path, exchange.at, exchange.response.status)).encode())
        found.update(repr(exchange.response.headers).encode() + exchange.response.body)
    for delivered in sandbox.webhooks:
        found.update(repr((delivered.id, delivered.state, delivered.headers, delivered.body)).encode())
    with open(os.environ["ORDER_RESULTS"], "ab", buffering=0) as file:
        file.write(f"{request.node.nodeid} {found.hexdigest()}\\n".encode())
'''

_TESTS = """
import pytest

AUTH = {{"Authorization": "Bearer YOUR_API_TOKEN_ENTERPRISE"}}
NOTES = "/monetize360/v1/mobjects/mobject-id/mdata"
METERED = "/dynamicmonetization/elastic/api/v1.0/instances/64d2028c-ae87-4069-a624-66089d957ef9/access-request"


def write(client, sandbox, number):
    hook = {{"url": "https://your-app.com/", "events": ["mdata.created"]}}
    client.post("/monetize360/v1/webhooks", headers=AUTH, json=hook)
    for n in range(1 + number % 3):
        client.post(NOTES, headers=AUTH, json={{"data": {{"title": f"{{number}}-{{n}}"}}}})
    assert len(sandbox.webhooks) == 1 + number % 3


def read(client, sandbox, number):
    answer = client.get(NOTES, headers=AUTH, params={{"limit": 1 + number % 7}})
    assert answer.json()["pagination"]["total"] == 5


def execute(client, sandbox, number):
    body = {{"async": True, "data": {{"period": str(number)}}}}
    client.post("/monetize360/v1/workflows/slow-workflow-id/execute", headers=AUTH, json=body)
    sandbox.clock.shift(700 + number % 100)
    client.get("/monetize360/v1/workflows/slow-workflow-id/executions", headers=AUTH)


def visit(client, sandbox, number):
    service = {{"Authorization": "serviceID yourServiceID"}}
    made = client.post("/moonify/0.2/moonitize/sessions", headers=service, json={{"userID": f"user-{{number}}"}}).json()
    sandbox.control("POST", f"/moonify/sessions/{{made['tokenID']}}/activity", {{"score": number / 8}})
    client.get("/moonify/0.2/moonitize/users", headers=service)


def meter(client, sandbox, number):
    token = sandbox.credentials["dynamic_monetization"]["adminToken"]
    item = {{"item": "PhotoPrint", "version": "1.0", "count": 1 + number % 20}}
    wish = {{"requester": {{"type": "user", "value": "Ada"}}, "requestedItems": [item]}}
    answer = client.post(METERED, headers={{"Authorization": f"Bearer {{token}}"}}, json=wish).json()
    assert answer["requestedItems"][0]["status"]["code"] == "101"


@pytest.mark.parametrize("number", range({number}))
def test_small(told, sandbox, number):
    (write, read, execute, visit, meter)[number % 5](told, sandbox, number)
"""


class Order:
    """A folder with that many small tests, to be run in any order."""

    def __init__(self, folder: Path, number: int) -> None:
        self._folder = folder
        self._runs = 0
        (folder / "pytest.ini").write_text("[pytest]\n", "utf-8")
        (folder / "conftest.py").write_text(_CONFTEST, "utf-8")
        (folder / "test_small.py").write_text(_TESTS.format(number=number), "utf-8")

    def run(self, *runs: dict[str, str], options: Sequence[str] = (), path: Path | None = None) -> dict[str, str]:
        """Digests by test, of processes that run at once with these environments.

        Raises RuntimeError with what pytest said where one of them fails.
        """
        self._runs += 1
        results = self._folder / f"results-{self._runs}"
        command = [sys.executable, "-m", "pytest", *_OPTIONS, *options, "test_small.py"]
        paths = os.pathsep.join(str(part) for part in (_ROOT, path) if part)
        shared = os.environ | {"PYTHONPATH": paths, "ORDER_RESULTS": str(results)}
        started = [
            subprocess.Popen(command, cwd=self._folder, env=shared | run, stdout=subprocess.PIPE, text=True)
            for run in runs or ({},)
        ]
        said = [process.communicate()[0] for process in started]
        if any(process.returncode for process in started):
            raise RuntimeError("\n".join(said))
        return dict(line.split(" ") for line in results.read_text("utf-8").splitlines())

    def in_file_order(self) -> dict[str, str]:
        """One process."""
        return self.run()

    def shuffled(self, seed: int) -> dict[str, str]:
        """Two processes at once, each with every second test, in an order that follows from the seed."""
        return self.run(*({"ORDER_SHARD": str(shard), "ORDER_SEED": f"{seed}-{shard}"} for shard in range(2)))

    def at_random(self, seed: int, plugins: Path) -> dict[str, str]:
        """With pytest-xdist and pytest-randomly, which are in ``plugins``."""
        return self.run(options=("-n", "2", "-p", "randomly", "-p", "xdist", f"--randomly-seed={seed}"), path=plugins)


def main() -> None:
    """Run and tell; the exit status is 1 where anything differs."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tests", type=int, default=1_000)
    parser.add_argument("--seeds", type=int, default=2, help="orders to try")
    parser.add_argument("--plugins", action="store_true", help="with pytest-xdist and pytest-randomly")
    options = parser.parse_args()
    with ExitStack() as stack:
        order = Order(Path(stack.enter_context(tempfile.TemporaryDirectory())), options.tests)
        plugins = stack.enter_context(borrowed(*_PLUGINS, alone=True)) if options.plugins else None
        if options.plugins and plugins is None:
            sys.exit(f"{', '.join(_PLUGINS)} could not be installed: run without --plugins")
        wanted = order.in_file_order()
        print(f"{len(wanted)} tests in file order: {_digest(wanted)}")
        same = True
        for seed in range(1, options.seeds + 1):
            found = order.at_random(seed, plugins) if plugins else order.shuffled(seed)
            same &= found == wanted
            print(f"{len(found)} tests in order {seed}, two processes: {_digest(found)}")
    print("all the same" if same else "NOT the same")
    sys.exit(0 if same else 1)


def _digest(results: dict[str, str]) -> str:
    return hashlib.sha256(repr(sorted(results.items())).encode()).hexdigest()[:16]


if __name__ == "__main__":
    main()
