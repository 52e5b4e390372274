"""Certificates of an authority that only the environment names."""

from collections.abc import Iterator
from contextlib import nullcontext
from datetime import UTC, datetime
from ipaddress import ip_address
from pathlib import Path
from ssl import PROTOCOL_TLS_SERVER, SSLContext

import pytest
import requests
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from sandbox.contract import conformance
from sandbox.contract.calls import session
from sandbox.contract.contracts import contract
from sandbox.contract.guard import Guard
from sandbox.contract.loopback import Endpoint
from sandbox.contract.model import Effort, Trial
from sandbox.contract.reach import trusted
from sandbox.contract.suites import suite
from tests.contract.plain import Plain, plain

API = "monetize360"


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    """A certificate of 127.0.0.1 that nobody else signed, with its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "kit")])
    begin, end = datetime(2020, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), 7, begin, end)
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path = tmp_path / "kit.pem"
    path.write_bytes(secret + made.public_bytes(serialization.Encoding.PEM))
    return path


@pytest.fixture
def server(bundle: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Plain]:
    for name in ("REQUESTS_CA_BUNDLE", "SSL_CERT_FILE", "CURL_CA_BUNDLE"):
        monkeypatch.delenv(name, raising=False)
    context = SSLContext(PROTOCOL_TLS_SERVER)
    context.load_cert_chain(bundle)
    with plain(context) as one:
        yield one


def test_the_first_variable_counts() -> None:
    assert trusted({"SSL_CERT_FILE": "b", "REQUESTS_CA_BUNDLE": "a"}) == "a"
    assert trusted({"SSL_CERT_FILE": "b", "REQUESTS_CA_BUNDLE": ""}) == "b"
    assert trusted({"CURL_CA_BUNDLE": "c"}) is True


def test_an_authority_of_ones_own_is_trusted_where_it_is_named(
    server: Plain, bundle: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, trusts in (("CURL_CA_BUNDLE", False), ("SSL_CERT_FILE", True), ("REQUESTS_CA_BUNDLE", True)):
        with monkeypatch.context() as environment:
            environment.setenv(name, str(bundle))
            with session(Guard(API, server.url)) as through:
                if trusts:
                    assert through.get(f"{server.url}/mobjects", timeout=5).ok
                else:
                    with pytest.raises(requests.exceptions.SSLError):
                        through.get(f"{server.url}/mobjects", timeout=5)


def asked(server: Plain) -> int:
    """How often Schemathesis got through."""
    endpoint = Endpoint(server.url, {"first": {}}, frozenset({"writes"}))
    left_out = frozenset(contract(API).operations) - {"listMobjects"}
    trial = Trial(suite(API), 1, "", Effort(examples=1, repeats=0), left_out=left_out)
    conformance.run(trial, lambda: nullcontext(endpoint), [conformance.CONFORMANCE])
    return len(server.asked)


def test_schemathesis_trusts_the_same(server: Plain, bundle: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CURL_CA_BUNDLE", str(bundle))
    assert asked(server) == 0
    monkeypatch.setenv("SSL_CERT_FILE", str(bundle))
    assert asked(server) > 0
