"""``make clients``: generate clients from the vendors' specs, and take each through a full life cycle.

Every generator has a folder of its own under ``.clients/`` and a sandbox of its own, so that all of them meet the same
state. What cannot be installed here is skipped and said so; what can be must pass.
"""

import argparse
import hmac
import json
import os
import queue
import re
import shutil
import subprocess
import sys
import threading
import venv
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

HERE = Path(__file__).resolve().parent
SPECS = HERE.parent / "openapi"
APIS = ("monetize360", "moonify", "dynamic_monetization")
HOME = HERE.parent / ".clients"
MSANDBOX = str(Path(sys.executable).with_name("msandbox"))
CLOCK = "2024-01-15T10:30:00Z"
SECRET = "a secret that both sides know"  # noqa: S105  # of a webhook that lives as long as one run
PATIENCE = 10
"""Real seconds that a delivery may take."""


class Missing(Exception):
    """A tool cannot be had here."""


class Broken(Exception):
    """A client cannot be generated, or differs in what it does."""


@dataclass(frozen=True, slots=True)
class Client:
    """``install`` fetches the packages into a folder, ``generate`` makes the clients there and answers what to run."""

    name: str
    install: Callable[[Path, Sequence[str]], None]
    generate: Callable[[Path], Sequence[str]]


def main() -> int:
    """The exit status: 0 where some client passed and none failed."""
    asked = _arguments()
    outcomes = [_outcome(client, getattr(asked, client.name)) for client in CLIENTS]
    print(", ".join(f"{outcomes.count(word)} {word}" for word in ("passed", "skipped", "failed")))
    return 1 if "failed" in outcomes or "passed" not in outcomes else 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for client in CLIENTS:
        option = f"--{client.name.replace('_', '-')}"
        parser.add_argument(option, nargs="+", required=True, metavar="PACKAGE", help="with their versions")
    return parser.parse_args()


def _outcome(client: Client, packages: Sequence[str]) -> str:
    home = HOME / client.name
    try:
        _install(client, home, packages)
        command = client.generate(home)
        with _receiver() as (hook, deliveries), _sandbox() as url:
            told = {"SANDBOX_URL": url, "DM_TOKEN": _token(url), "HOOK_URL": hook, "HOOK_SECRET": SECRET}
            _run(command, home, **told, NO_PROXY="127.0.0.1", no_proxy="127.0.0.1")
            _check(deliveries)
    except Missing as missing:
        print(f"{client.name}: skipped, it cannot be had here: {missing}", flush=True)
        return "skipped"
    except Broken as broken:
        print(f"{client.name}: FAILED: {broken}", flush=True)
        return "failed"
    print(f"{client.name}: passed with {packages[0]}", flush=True)
    return "passed"


def _install(client: Client, home: Path, packages: Sequence[str]) -> None:
    """Unless the same packages are there from before."""
    stamp = home / "installed.txt"
    wanted = "\n".join(packages)
    if stamp.exists() and stamp.read_text("utf-8") == wanted:
        return
    shutil.rmtree(home, ignore_errors=True)
    home.mkdir(parents=True)
    try:
        client.install(home, packages)
    except (Broken, subprocess.CalledProcessError) as refused:
        lines = str(refused).splitlines()
        raise Missing(next((line for line in lines if "error" in line.lower()), lines[0])[:200]) from None
    stamp.write_text(wanted, "utf-8")


def _with_pip(home: Path, packages: Sequence[str]) -> None:
    venv.create(home / "venv", with_pip=True)
    _run([_python(home), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *packages], home)


def _with_npm(home: Path, packages: Sequence[str]) -> None:
    for tool in ("node", "npm"):
        if shutil.which(tool) is None:
            raise Missing(f"there is no {tool}")
    (home / "package.json").write_text('{"private": true, "type": "module"}\n', "utf-8")
    quiet = ("--no-save", "--no-package-lock", "--no-audit", "--no-fund", "--loglevel=error")
    _run(["npm", "install", *quiet, *packages], home)


def _python(home: Path) -> str:
    return str(home / "venv" / "bin" / "python")


def _python_client(home: Path) -> Sequence[str]:
    for api in APIS:
        options = ("--meta=none", "--overwrite", "--output-path", api)
        _tool(home, "openapi-python-client", "generate", "--path", _spec(api), *options)
    return _script(home, "python_client")


def _openapi_generator(home: Path) -> Sequence[str]:
    """With two answers to its limits, both beside the specs, which are valid.

    Its parser wants the requestBody of a link to be a text, where OpenAPI has any value: hence no validation. And
    of a member named ``@`` (Moonify's group without a name) it would make a field without a name.
    """
    wanted = "models,apis,supportingFiles,modelTests=false,apiTests=false,modelDocs=false,apiDocs=false"
    options = ("--skip-validate-spec", "--name-mappings=@=nameless", f"--global-property={wanted}")
    for api in APIS:
        made = ("--input-spec", _spec(api), "--output", f"made/{api}", "--package-name", api)
        _tool(home, "openapi-generator-cli", "generate", "--generator-name=python", *options, *made)
        shutil.rmtree(home / api, ignore_errors=True)
        shutil.move(home / "made" / api / api, home / api)
    return _script(home, "openapi_generator")


def _script(home: Path, name: str) -> Sequence[str]:
    """Copied beside the generated packages, so that they are found."""
    shutil.copy(HERE / name / "lifecycle.py", home)
    return [_python(home), "lifecycle.py"]


def _typescript(home: Path) -> Sequence[str]:
    for api in APIS:
        # a member with a default may be left out of a request
        types = [_node_tool(home, "openapi-typescript"), _spec(api), "--default-non-nullable", "false"]
        _run([*types, "--output", f"{api}.ts"], home)
    shutil.copy(HERE / "typescript" / "lifecycle.ts", home)
    options = ("--strict", "--noUncheckedIndexedAccess", "--target", "es2022", "--module", "nodenext", "--skipLibCheck")
    _run([_node_tool(home, "tsc"), *options, "--outDir", "made", "lifecycle.ts"], home)
    return ["node", "made/lifecycle.js"]


def _spec(api: str) -> str:
    return str(SPECS / f"{api}.yaml")


def _tool(home: Path, name: str, *arguments: str) -> None:
    folder = home / "venv" / "bin"
    _run([str(folder / name), *arguments], home, PATH=f"{folder}{os.pathsep}{os.environ['PATH']}")


def _node_tool(home: Path, name: str) -> str:
    return str(home / "node_modules" / ".bin" / name)


CLIENTS = (
    Client("python_client", _with_pip, _python_client),
    Client("openapi_generator", _with_pip, _openapi_generator),
    Client("typescript", _with_npm, _typescript),
)


def _run(command: Sequence[str], folder: Path, **variables: str) -> None:
    """Raises Broken with the end of what it said, unless it exits with 0."""
    done = subprocess.run(
        command,
        cwd=folder,
        env=os.environ | variables,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if done.returncode:
        raise Broken(f"{Path(command[0]).name} exits with {done.returncode}\n{done.stdout[-3000:].strip()}")


@contextmanager
def _sandbox() -> Iterator[str]:
    """Serves while the block runs. Answers its URL; raises Broken where it does not start."""
    command = [MSANDBOX, "serve", "--port", "0", "--scenario", "docs", "--clock", CLOCK]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        try:
            greeting = server.stdout.readline() if server.stdout else ""
            found = re.search(r"http://\S+", greeting)
            if found is None:
                raise Broken(f"the sandbox does not start: {greeting}")
            yield found[0]
        finally:
            server.terminate()


def _token(url: str) -> str:
    made = subprocess.run(
        [MSANDBOX, "token", "--role", "admin", "--url", url], check=False, capture_output=True, text=True
    )
    if made.returncode:
        raise Broken(f"msandbox token: {made.stderr}")
    return made.stdout.strip()


Deliveries = queue.Queue[tuple[str | None, bytes]]


@contextmanager
def _receiver() -> Iterator[tuple[str, Deliveries]]:
    """Listens while the block runs: its URL, and the signature and body of what arrives."""
    deliveries: Deliveries = queue.Queue()

    class Hook(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            deliveries.put((self.headers["X-Monetize360-Signature"], body))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_arguments: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Hook) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/hook", deliveries
        finally:
            server.shutdown()
            thread.join()


def _check(deliveries: Deliveries) -> None:
    """The webhook of the life cycle heard of the one record created after it, signed with its secret."""
    try:
        signature, body = deliveries.get(timeout=PATIENCE)
    except queue.Empty:
        raise Broken("no delivery reached the webhook") from None
    event = json.loads(body)
    told = (event["event"], event["data"]["data"])
    if told != ("mdata.created", {"title": "Printer on fire", "priority": 5}):
        raise Broken(f"the webhook was told {told}")
    if signature != "sha256=" + hmac.new(SECRET.encode(), body, "sha256").hexdigest():
        raise Broken(f"the delivery is signed {signature}")
    if not deliveries.empty():
        raise Broken("the webhook was told of more than one record")


if __name__ == "__main__":
    sys.exit(main())
