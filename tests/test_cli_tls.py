"""``msandbox serve --tls-port``: the vendors' hosts over TLS, by an authority of the sandbox's own."""

import re
import socket
import ssl
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import httpx2
import pytest
from click.testing import CliRunner
from httpx2 import HTTPTransport

from sandbox.cli import main
from sandbox.cli.tls import Authority
from tests.client import ENTERPRISE, STANDARD
from tests.web.serving import MDATA, PATIENCE, Server, serving


class Secured(NamedTuple):
    server: Server
    port: int
    context: ssl.SSLContext

    def ask(self, host: str, path: str, **options: Any) -> httpx2.Response:
        """As ``curl --connect-to ::127.0.0.1:PORT --cacert FILE https://host/path``."""
        extensions = {"sni_hostname": host}
        headers = {"Host": host, "Authorization": f"Bearer {STANDARD}"}
        with httpx2.Client(transport=HTTPTransport(verify=self.context), timeout=PATIENCE) as client:
            method = options.pop("method", "GET")
            url = f"https://127.0.0.1:{self.port}{path}"
            return client.request(method, url, headers=headers, extensions=extensions, **options)


@pytest.fixture(scope="module")
def secured(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Secured]:
    authority = tmp_path_factory.mktemp("tls") / "ca.pem"
    with serving("--scenario", "docs", "--tls-port", "0", "--ca-out", str(authority)) as running:
        found = re.search(r"https://127.0.0.1:(\d+)", running.output)
        assert found is not None
        yield Secured(running, int(found[1]), ssl.create_default_context(cafile=str(authority)))


@pytest.mark.parametrize(
    ("host", "path", "status"),
    [
        ("api.monetize360.com", "/v1/workflows", 200),
        ("sandbox.monetize360.com", "/v1/workflows", 200),
        ("api.moonify.io", "/0.2/moonitize/users", 401),
        ("acme.flexnetoperations.com", "/dynamicmonetization/provisioning/api/v1.0/rate-tables", 401),
        ("acme-uat.flexnetoperations.eu", "/dynamicmonetization/provisioning/api/v1.0/rate-tables", 401),
        ("127.0.0.1", "/health", 200),
        ("localhost", "/health", 200),
        ("localhost", "/", 200),
        ("api.monetize360.com", "/health", 404),
    ],
)
def test_hosts_are_answered_with_a_certificate_of_theirs(secured: Secured, host: str, path: str, status: int) -> None:
    assert secured.ask(host, path).status_code == status


def test_it_is_the_same_sandbox(secured: Secured) -> None:
    before = secured.ask("api.monetize360.com", "/v1/mobjects/mobject-id/mdata?limit=1").json()["pagination"]["total"]
    with secured.server.api(ENTERPRISE) as api:
        api.post(MDATA, json={"data": {"name": "Ada"}})
    after = secured.ask("api.monetize360.com", "/v1/mobjects/mobject-id/mdata?limit=1").json()["pagination"]["total"]
    assert after == before + 1


def test_bodies_of_any_size_and_kind_arrive(secured: Secured) -> None:
    path = "/v1/mobjects/mobject-id/mdata"
    note = "x" * 3_000_000
    big = secured.ask("api.monetize360.com", path, method="POST", json={"data": {"note": note}})
    assert (big.status_code, big.json()["data"]["note"]) == (201, note)
    parts = iter([b'{"data": ', b'{"name": "Chunky"}}'])
    headers = {"Content-Type": "application/json", "Authorization": f"Bearer {STANDARD}", "Host": "api.monetize360.com"}
    with httpx2.Client(transport=HTTPTransport(verify=secured.context)) as client:
        chunked = client.post(
            f"https://127.0.0.1:{secured.port}{path}",
            content=parts,
            headers=headers,
            extensions={"sni_hostname": "api.monetize360.com"},
        )
    assert chunked.status_code == 201


@pytest.mark.parametrize("host", ["evil.example.com", "monetize360.com", "api.monetize360.com.evil.example.com"])
def test_other_hosts_get_no_certificate(secured: Secured, host: str) -> None:
    with pytest.raises(httpx2.ConnectError, match="Hostname mismatch"):
        secured.ask(host, "/")


def test_what_is_no_tls_does_no_harm(secured: Secured) -> None:
    with socket.create_connection(("127.0.0.1", secured.port), PATIENCE) as plain:
        plain.sendall(b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert not plain.recv(100).startswith(b"HTTP")
    assert secured.ask("localhost", "/health").status_code == 200
    assert "Traceback" not in secured.server.output


@pytest.mark.parametrize(
    "name", ["x..flexnetoperations.com", "-.flexnetoperations.com", "a" * 64 + ".flexnetoperations.com", "*"]
)
def test_a_name_that_is_no_host_gets_the_plain_certificate(name: str) -> None:
    authority = Authority(["*.flexnetoperations.*"])
    context = authority.context()
    connection = context.wrap_bio(ssl.MemoryBIO(), ssl.MemoryBIO(), server_side=True)
    assert context.sni_callback is not None
    context.sni_callback(connection, name, context)
    assert connection.context is context


def test_certificates_are_remembered_but_not_without_end() -> None:
    authority = Authority(["*.flexnetoperations.*"])
    context = authority.context()
    connection = context.wrap_bio(ssl.MemoryBIO(), ssl.MemoryBIO(), server_side=True)
    assert context.sni_callback is not None
    chosen = []
    for name in ("a.flexnetoperations.com", "A.flexnetoperations.com", "b.flexnetoperations.com"):
        context.sni_callback(connection, name, context)
        chosen.append(connection.context)
    assert chosen[0] is chosen[1]
    assert chosen[1] is not chosen[2]


def test_the_authority_goes_with_the_port(tmp_path: Path) -> None:
    done = CliRunner().invoke(main, ["serve", "--ca-out", str(tmp_path / "ca.pem")])
    assert (done.exit_code, "--tls-port" in done.output) == (2, True)


def test_an_authority_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    words = ["--scenario", "empty", "--port", "0", "--tls-port", "0", "--ca-out", str(tmp_path / "no" / "ca.pem")]
    done = CliRunner().invoke(main, ["serve", *words])
    assert (done.exit_code, "cannot write" in done.output) == (1, True)
