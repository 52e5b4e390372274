"""The server as a user starts it: over real sockets, with clients that behave and clients that do not."""

import os
import re
import shlex
import shutil
import socket
import struct
import subprocess
import threading
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import orjson
import pytest

from sandbox.kernel.ids import stream
from sandbox.web.passage import BODY_LIMIT
from tests.client import M360, STANDARD
from tests.web.serving import COMMAND, MDATA, PATIENCE, WORKFLOW, Server, read_answer, request_bytes, serving, sound

ROOT = Path(__file__).parents[1]


def curl_lines(page: Path) -> str:
    blocks = re.findall(r"^```sh\n(.*?)^```", page.read_text("utf-8"), re.MULTILINE | re.DOTALL)
    return "\n".join(block for block in blocks if "curl " in block)


PAGES = (ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md")))
CURL_LINES = {page: script for page in PAGES if (script := curl_lines(page))}


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with serving("--scenario", "docs", "--check-responses") as running:
        yield running
        assert "Traceback" not in running.output


class TestDocumentedRequests:
    def test_there_are_some(self) -> None:
        assert ROOT / "README.md" in CURL_LINES

    @pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
    @pytest.mark.parametrize("page", CURL_LINES, ids=lambda page: page.relative_to(ROOT).as_posix())
    def test_every_curl_line_of_the_docs_works(self, server: Server, page: Path, tmp_path: Path) -> None:
        if "openssl" in CURL_LINES[page] and shutil.which("openssl") is None:
            pytest.skip("openssl is not installed")
        script = CURL_LINES[page].replace("4010", str(server.port)).replace(".venv/bin/", "")
        quiet = 'set -e\ncurl() { command curl --silent --show-error --fail-with-body --noproxy "*" "$@"; }\n'
        quiet += f'msandbox() {{ {shlex.join(COMMAND)} "$@" --url http://127.0.0.1:{server.port}; }}\n'
        environment = os.environ | {"PYTHONPATH": str(ROOT)}
        command = ["/bin/sh", "-c", quiet + script]
        done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path, env=environment)
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
        "line",
        [
            *("OPTIONS *", "GET *", "GET http://127.0.0.1/health", "CONNECT 127.0.0.1:80", "GET x"),
            *("GET //monetize360/v1/workflows", "GET //__admin/clock", "GET /%5f%5fadmin/clock"),
        ],
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
