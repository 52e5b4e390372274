"""The server as a user starts it: over real sockets, with clients that behave and clients that do not."""

import hashlib
import hmac
import os
import re
import shutil
import signal
import socket
import struct
import subprocess
import threading
from collections import Counter
from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any

import httpx2
import orjson
import pytest
from click.testing import CliRunner

from sandbox import assets
from sandbox.cli import main
from sandbox.kernel.ids import stream
from sandbox.web.pipeline import BODY_LIMIT
from tests.client import ENTERPRISE, M360, STANDARD
from tests.web.serving import MDATA, PATIENCE, Receiver, Server, read_answer, request_bytes, serving, until

ROOT = Path(__file__).parents[1]
WORKFLOW = f"{M360}/workflows/workflow-id"


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with serving("--scenario", "docs", "--check-responses") as running:
        yield running
        assert "Traceback" not in running.output


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    made = Receiver()
    yield made
    made.close()


def sound(server: Server) -> bool:
    """It still runs, and answers correctly."""
    with server.api() as api:
        answer = api.get(WORKFLOW)
        health = api.get("/health")
    assert server.process.poll() is None
    assert answer.json()["id"] == "workflow-id"
    assert health.json()["status"] == "ok"
    return True


class TestDocumentedRequests:
    @pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
    @pytest.mark.parametrize("page", ["README.md", "docs/reference/monetize360.md"])
    def test_every_curl_line_of_the_docs_works(self, server: Server, page: str) -> None:
        blocks = re.findall(r"^```sh\n(.*?)^```", (ROOT / page).read_text("utf-8"), re.MULTILINE | re.DOTALL)
        script = "\n".join(block for block in blocks if "curl" in block).replace("4010", str(server.port))
        assert script.count("curl ") >= 1
        quiet = 'set -e\ncurl() { command curl --silent --show-error --fail-with-body --noproxy "*" "$@"; }\n'
        done = subprocess.run(["/bin/sh", "-c", quiet + script], capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"{script}\n{done.stdout}\n{done.stderr}"

    @pytest.mark.parametrize("host", ["api.monetize360.com", "sandbox.monetize360.com"])
    def test_the_vendors_hosts_are_answered(self, server: Server, host: str) -> None:
        with server.api(STANDARD) as api:
            answer = api.get("/v1/workflows", headers={"Host": host})
            admin = api.get("/health", headers={"Host": host})
        assert answer.json()["data"][0]["id"] == "workflow-id"
        assert answer.headers["x-ratelimit-limit"] == "100"
        assert admin.status_code == 404

    def test_pages_and_specs_are_served(self, server: Server) -> None:
        with server.api() as api:
            assert "Monetization Sandbox" in api.get("/").text
            assert api.get("/openapi/monetize360.json").json()["servers"][0]["url"] == f"{server.url}{M360}"
            assert api.get("/docs/monetize360/").status_code == 200
            assert api.get("/docs/assets/swagger-ui-bundle.js").status_code == 200
            assert api.get("/nowhere").json()["error"]["code"] == "NOT_FOUND"

    def test_head_has_a_length_and_no_body(self, server: Server) -> None:
        with server.api() as api:
            get, head = api.get(WORKFLOW), api.head(WORKFLOW)
        assert (head.content, head.headers["content-length"]) == (b"", str(len(get.content)))

    def test_options_has_no_content(self, server: Server) -> None:
        with server.api() as api:
            answer = api.options(WORKFLOW)
        assert (answer.status_code, answer.content, answer.headers["allow"]) == (204, b"", "GET, HEAD, OPTIONS")
        assert "content-length" not in answer.headers


class TestWire:
    def test_pipelined_requests_are_answered_in_order(self, server: Server) -> None:
        paths = [f"{MDATA}?limit={number}" for number in range(1, 31)]
        with server.connect() as connection, connection.makefile("rb") as answers:
            connection.sendall(b"".join(request_bytes("GET", path) for path in paths))
            limits = [orjson.loads(read_answer(answers)[1])["pagination"]["limit"] for _ in paths]
        assert limits == list(range(1, 31))

    def test_a_body_may_come_in_chunks(self, server: Server) -> None:
        parts = [b'{"data"', b': {"name":', b' "Chunky"}', b"}"]
        with server.api() as api:
            answer = api.post(MDATA, content=iter(parts), headers={"Content-Type": "application/json"})
        assert (answer.status_code, answer.json()["data"]) == (201, {"name": "Chunky"})

    def test_a_body_may_come_byte_by_byte(self, server: Server) -> None:
        sent = request_bytes("POST", MDATA, b'{"data": {"name": "Slow"}}')
        with server.connect() as connection, connection.makefile("rb") as answers:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            for byte in sent:
                connection.sendall(bytes([byte]))
            status, body = read_answer(answers)
        assert (status, orjson.loads(body)["data"]) == (201, {"name": "Slow"})

    def test_a_client_may_ask_before_it_sends_the_body(self, server: Server) -> None:
        body = b'{"data": {"name": "Polite"}}'
        head = request_bytes("POST", MDATA, body, "Expect: 100-continue")[: -len(body)]
        with server.connect() as connection, connection.makefile("rb") as answers:
            connection.sendall(head)
            assert read_answer(answers) == (100, b"")
            connection.sendall(body)
            assert read_answer(answers)[0] == 201

    @pytest.mark.parametrize("chunked", [False, True])
    def test_a_body_over_the_limit_is_refused_in_the_envelope(self, server: Server, *, chunked: bool) -> None:
        big = b"x" * (BODY_LIMIT + 1_048_576)
        pieces = (big[at : at + 65_536] for at in range(0, len(big), 65_536))
        with server.api() as api:
            answer = api.post(MDATA, content=pieces if chunked else big, headers={"Content-Type": "application/json"})
            assert api.get(WORKFLOW).status_code == 200
        assert (answer.status_code, answer.json()["error"]["code"]) == (413, "PAYLOAD_TOO_LARGE")

    def test_long_targets_and_headers_are_refused_in_the_envelope(self, server: Server) -> None:
        with server.api() as api:
            assert api.get(f"{WORKFLOW}?x={'x' * 20_000}").status_code == 414
            long = api.get(WORKFLOW, headers={"X-Long": "x" * 70_000})
        assert (long.status_code, long.json()["error"]["code"]) == (431, "VALIDATION_ERROR")

    @pytest.mark.parametrize(
        "line", ["OPTIONS *", "GET *", "GET http://127.0.0.1/health", "CONNECT 127.0.0.1:80", "GET x"]
    )
    def test_odd_targets_do_no_harm(self, server: Server, line: str) -> None:
        with server.connect() as connection, connection.makefile("rb") as answers:
            connection.sendall(f"{line} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n".encode())
            assert read_answer(answers)[0] < 500
        assert sound(server)


class TestBadClients:
    @pytest.mark.parametrize("farewell", ["close", "reset", "half-close"])
    def test_a_half_sent_body_does_no_harm(self, server: Server, farewell: str) -> None:
        before = total(server)
        sent = request_bytes("POST", MDATA, b'{"data": {"name": "Half"}}')
        for length in (len(sent) - 1, len(sent) - 20, 60, 10):
            with server.connect() as connection:
                connection.sendall(sent[:length])
                if farewell == "half-close":
                    connection.shutdown(socket.SHUT_WR)
                    assert connection.recv(1) == b""
                elif farewell == "reset":
                    reset_on_close(connection)
        assert sound(server)
        assert total(server) == before

    def test_clients_that_are_killed_do_no_harm(self, server: Server) -> None:
        sent = request_bytes("GET", f"{MDATA}?limit=1000")
        for _ in range(50):
            with server.connect() as connection:
                connection.sendall(sent * 5)
                reset_on_close(connection)
        assert sound(server)

    def test_slow_clients_do_not_keep_the_others_waiting(self, server: Server) -> None:
        slow = [server.connect() for _ in range(200)]
        try:
            for connection in slow:
                connection.sendall(b"GET /health HTTP/1.1\r\nHost: x\r\nX-Slow: ")
            for connection in slow[:100]:
                connection.sendall(b"a")
            assert sound(server)
        finally:
            for connection in slow:
                connection.close()

    def test_ten_thousand_random_strings_do_no_harm(self, server: Server) -> None:
        before = total(server)
        heard = b""
        for number in range(10_000):
            with server.connect() as connection:
                reset_on_close(connection)  # leaves no port behind that waits
                heard += exchange(connection, garbage(number))[:12]
        statuses = Counter(heard.split(b"HTTP/1.1 ")[1:])
        assert statuses[b"400"] > 5_000
        assert statuses.keys() >= {b"400", b"404", b"405"}
        assert not {status for status in statuses if status.startswith(b"5")}
        assert sound(server)
        assert total(server) == before
        assert "Traceback" not in server.output


def total(server: Server) -> int:
    with server.api() as api:
        return int(api.get(f"{MDATA}?limit=1").json()["pagination"]["total"])


def reset_on_close(connection: socket.socket) -> None:
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def garbage(number: int) -> bytes:
    """Bytes of any kind, or a request that was damaged."""
    random = stream("garbage", number)
    if number % 2:
        return random.randbytes(random.randrange(1, 200))
    whole = bytearray(request_bytes("POST", f"{MDATA}/{number}", b'{"data": {"name": "x"}}', "X-More: y"))
    for _ in range(random.randrange(1, 6)):
        whole[random.randrange(len(whole))] = random.randrange(256)
    return bytes(whole if number % 4 else whole[: random.randrange(1, len(whole))])


def exchange(connection: socket.socket, text: bytes) -> bytes:
    """What the server has to say until it hangs up, which it must."""
    heard = b""
    try:
        connection.sendall(text)
        connection.shutdown(socket.SHUT_WR)
        while part := connection.recv(65_536):
            heard += part
    except TimeoutError:
        pytest.fail("the server kept the connection")
    except OSError:
        return heard  # it has heard enough
    return heard


class TestManyAtOnce:
    THREADS = 100
    EACH = 5

    def test_nothing_is_lost(self, server: Server) -> None:
        with server.api() as api:
            made = api.post(f"{M360}/mobjects", json={"name": "Busy", "description": "Many write here"}).json()
            mdata = f"{M360}/mobjects/{made['id']}/mdata"
            shared = f"{mdata}/{api.post(mdata, json={'data': {}}).json()['id']}"
            barrier = threading.Barrier(self.THREADS)
            found: list[list[int]] = []
            threads = [
                threading.Thread(target=self._work, args=(server, mdata, shared, number, barrier, found))
                for number in range(self.THREADS)
            ]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join(PATIENCE)
            rows = api.get(f"{mdata}?limit=1000").json()
            record = api.get(shared).json()
        assert found == [[201] * self.EACH + [200] * self.EACH] * self.THREADS
        assert rows["pagination"]["total"] == self.THREADS * self.EACH + 1
        written = {(row["data"]["by"], row["data"]["n"]) for row in rows["data"][1:]}
        assert written == {(by, n) for by in range(self.THREADS) for n in range(self.EACH)}
        assert len({row["id"] for row in rows["data"]}) == self.THREADS * self.EACH + 1
        assert record["data"] == {f"of-{number}": self.EACH - 1 for number in range(self.THREADS)}

    def _work(
        self, server: Server, mdata: str, shared: str, number: int, barrier: threading.Barrier, found: list[list[int]]
    ) -> None:
        with server.api() as api:
            barrier.wait(PATIENCE)
            created = [api.post(mdata, json={"data": {"by": number, "n": n}}) for n in range(self.EACH)]
            updated = [api.put(shared, json={"data": {f"of-{number}": n}}) for n in range(self.EACH)]
        found.append([answer.status_code for answer in (*created, *updated)])


class TestWebhooks:
    @pytest.fixture
    def api(self, server: Server) -> Iterator[httpx2.Client]:
        """A namespace of its own, from the scenario docs."""
        name = f"hooks-{os.urandom(4).hex()}"  # noqa: TID251  # the server is shared by the tests of this module
        with server.api() as control:
            made = control.post("/__admin/namespaces", json={"name": name, "scenario": "docs"})
            assert made.status_code == 201
        with server.api(namespace=name) as api:
            yield api

    def subscribe(self, api: httpx2.Client, url: str, *events: str) -> None:
        body = {"url": url, "events": events or ["workflow.completed"], "secret": "hush"}
        assert api.post(f"{M360}/webhooks", json=body).status_code == 201

    def delivery(self, api: httpx2.Client, state: str) -> Any:
        """The one delivery, once it is in that state."""

        def look() -> Any:
            (found,) = api.get("/__admin/deliveries").json()["deliveries"]
            return found if found["state"] == state else None

        return until(look)

    def test_a_delivery_is_signed_over_its_exact_bytes(self, api: httpx2.Client, receiver: Receiver) -> None:
        self.subscribe(api, f"{receiver.url}/hook?a=1")
        answer = api.post(f"{WORKFLOW}/execute", json={"data": {"customerId": "cust-123"}}).json()
        got = receiver.next()
        assert got.path == "/hook?a=1"
        signature = hmac.new(b"hush", got.body, hashlib.sha256).hexdigest()
        assert got.headers["x-monetize360-signature"] == f"sha256={signature}"
        assert got.headers["content-type"] == "application/json"
        event = orjson.loads(got.body)
        assert (event["event"], event["timestamp"]) == ("workflow.completed", "2024-01-15T10:30:00Z")
        assert event["data"]["executionId"] == answer["executionId"]
        assert self.delivery(api, "delivered")["attempts"] == [
            {"at": "2024-01-15T10:30:00Z", "outcome": "answered 200", "status": 200}
        ]

    def test_redirects_are_not_followed(self, api: httpx2.Client, receiver: Receiver) -> None:
        receiver.status = 307
        self.subscribe(api, f"{receiver.url}/hook")
        api.post(f"{WORKFLOW}/execute", json={})
        assert receiver.next().path == "/hook"
        until(lambda: api.get("/__admin/deliveries").json()["deliveries"][0]["attempts"])
        (attempt,) = self.delivery(api, "pending")["attempts"]
        assert attempt["status"] == 307
        assert receiver.got.empty()

    def test_elsewhere_is_blocked(self, api: httpx2.Client) -> None:
        self.subscribe(api, "https://your-app.com/webhook")
        api.post(f"{WORKFLOW}/execute", json={})
        assert self.delivery(api, "blocked")["attempts"] == []

    def test_retries_follow_the_clock(self, api: httpx2.Client, receiver: Receiver) -> None:
        receiver.status = 503
        self.subscribe(api, receiver.url)
        api.post(f"{WORKFLOW}/execute", json={})
        first = receiver.next()
        until(lambda: api.get("/__admin/deliveries").json()["deliveries"][0]["attempts"])
        assert api.post("/__admin/clock/shift", json={"by": 59}).json()["counts"] == {}
        moved = api.post("/__admin/clock/shift", json={"by": 601}).json()
        assert moved["counts"] == {"webhook.attempted": 2}
        assert [receiver.next().body for _ in range(2)] == [first.body] * 2
        receiver.status = 204
        assert api.post("/__admin/clock/shift", json={"by": "P2D"}).json()["counts"] == {"webhook.delivered": 1}
        assert receiver.next().body == first.body
        assert receiver.got.empty()

    def test_a_clock_move_waits_for_the_receiver_and_nobody_else_does(
        self, api: httpx2.Client, receiver: Receiver, server: Server
    ) -> None:
        self.subscribe(api, receiver.url)
        receiver.gate.clear()
        api.post(f"{WORKFLOW}/execute", json={"async": True})
        moved: list[httpx2.Response] = []
        mover = threading.Thread(target=lambda: moved.append(api.post("/__admin/clock/shift", json={"by": "PT1H"})))
        mover.start()
        assert orjson.loads(receiver.next().body)["timestamp"] == "2024-01-15T10:30:15Z"
        assert sound(server)
        assert api.get("/__admin/clock").json()["now"] == "2024-01-15T10:30:15Z"
        assert api.post("/__admin/clock/shift", json={"by": 1}).status_code == 409
        assert moved == []
        receiver.gate.set()
        mover.join(PATIENCE)
        assert moved[0].json()["to"] == "2024-01-15T11:30:00Z"
        assert moved[0].json()["counts"] == {"execution.completed": 1, "webhook.delivered": 1}

    def test_time_passes_by_itself(self, receiver: Receiver, tmp_path: Path) -> None:
        """With a clock that runs, what is due happens although no request arrives."""
        scenario = tmp_path / "soon.yaml"
        scenario.write_text(f"""
monetize360:
  workflows: [{{id: soon, name: Soon, duration: 0.2}}]
  executions: [{{id: one, workflow: soon, status: running}}]
  webhooks: [{{id: hook, url: "{receiver.url}", events: [workflow.completed]}}]
""")
        with serving("--scenario", str(scenario), "--clock", "2024-01-15T10:30:00Z+"):
            event = orjson.loads(receiver.next().body)
        assert event["data"]["executionId"] == "one"
        assert event["timestamp"] == "2024-01-15T10:30:00Z"


class TestStartAndStop:
    @pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
    def test_signals_end_it_cleanly(self, number: signal.Signals) -> None:
        with serving("--scenario", "empty") as running, running.connect() as idle:
            idle.sendall(request_bytes("GET", "/health"))
            assert idle.recv(1_000).startswith(b"HTTP/1.1 200")
            assert running.end(number) == 0
            assert "Traceback" not in running.output

    def test_a_half_sent_body_does_not_keep_it(self) -> None:
        with serving("--scenario", "empty") as running, running.connect() as half:
            half.sendall(request_bytes("POST", MDATA, b'{"data": {}}')[:-5])
            with running.api() as api:
                assert api.get("/health").status_code == 200
            assert running.end(signal.SIGTERM) == 0
            assert "Traceback" not in running.output

    def test_the_environment_sets_every_option(self) -> None:
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

    def test_options_outrank_the_environment(self) -> None:
        with serving("--scenario", "empty", "--seed", "3", MSANDBOX_SCENARIO="docs") as running, running.api() as api:
            told = api.get("/__admin/namespaces/default").json()
        assert (told["scenario"], told["seed"], told["clock"]["mode"]) == ("empty", 3, "running")

    def test_elsewhere_than_on_loopback_the_control_plane_wants_the_printed_token(self) -> None:
        with serving("--scenario", "docs", "--host", "0.0.0.0") as running:  # noqa: S104  # that is the point
            found = re.search(r"admin token +(\S+)", running.output)
            assert found is not None
            with running.api() as api, running.api(found[1]) as admin:
                for path in ("/__admin/clock", "/__admin/namespaces", "/__admin/monetize360/tokens"):
                    assert api.get(path).status_code == 401
                    assert admin.get(path).status_code == 200
                assert api.get("/health", headers={"Authorization": ""}).status_code == 200
                assert api.get(WORKFLOW).status_code == 200

    def test_it_greets_with_what_is_needed_to_begin(self, server: Server) -> None:
        for told in (f"{server.url}{M360}", STANDARD, ENTERPRISE, "frozen at 2024-01-15T10:30:00Z", "curl "):
            assert told in server.output
        assert "admin token" not in server.output

    def test_a_port_in_use_is_told(self, server: Server) -> None:
        done = CliRunner().invoke(main, ["serve", "--scenario", "empty", "--port", str(server.port)])
        assert done.exit_code != 0
        assert f"cannot listen on 127.0.0.1:{server.port}" in done.output
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
    def test_a_wrong_option_is_told(self, options: list[str], told: list[str]) -> None:
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
    def test_a_wrong_scenario_file_is_told_with_its_place(self, tmp_path: Path, text: str, told: str) -> None:
        scenario = tmp_path / "mine.yaml"
        scenario.write_text(text)
        done = CliRunner().invoke(main, ["serve", "--port", "0", "--scenario", str(scenario)])
        assert done.exit_code not in {0, None}
        assert isinstance(done.exception, SystemExit), done.exception
        assert str(scenario) in done.output
        assert told in done.output

    def test_a_spec_that_does_not_compile_stops_the_start(
        self, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
    ) -> None:
        broken = deepcopy(dict(assets.spec("control")))
        broken["security"] = [{"nowhere": []}]
        shipped = assets.spec
        monkeypatch.setattr(assets, "spec", lambda name: broken if name == "control" else shipped(name))
        done = CliRunner().invoke(main, ["serve", "--port", "0", "--scenario", "empty"])
        assert done.exit_code not in {0, None}
        assert "control: POST /__admin/reset: 'nowhere' is used but nowhere defined" in caplog.text + done.output

    def test_help_and_version(self) -> None:
        assert re.search(r"\d+[.]\d+[.]\d+", CliRunner().invoke(main, ["--version"]).output)
        told = CliRunner().invoke(main, ["serve", "-h"]).output
        for option in ("--host", "--port", "--scenario", "--seed", "--scale", "--clock", "--check-responses"):
            assert option in told
