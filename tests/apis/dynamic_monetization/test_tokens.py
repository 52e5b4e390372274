"""Who may do what: tokens good and bad, keys, and the time they take to count (C1.3, C1.4, C4.7, G1-G3, G33)."""

import base64
import hashlib
import hmac
from typing import Any

import jwt
import orjson
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as st

from sandbox import assets
from sandbox.apis.dynamic_monetization import tokens
from sandbox.apis.dynamic_monetization.records import Role
from sandbox.apis.dynamic_monetization.state import SIGNERS
from sandbox.kernel.errors import Unauthorized
from tests.apis.dynamic_monetization.driver import API, BASE, NOW, PROVISIONING, Driver
from tests.client import make_client_of

RSA = rsa.generate_private_key(public_exponent=65_537, key_size=2_048)
P256, P384, P521 = (ec.derive_private_key(7, curve()) for curve in (ec.SECP256R1, ec.SECP384R1, ec.SECP521R1))
SHORT = """-----BEGIN PUBLIC KEY-----
MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDTKsp3YjR7IIKDTt0SDffiGoc7
eNWuyco/DKf6T4dry5qOnUXkeDKFoD0S7eqi4NDVJPkKFNc9JiZY63/StVsFlioy
rL3Q6e9PordAdY8viX/LJeqQjbcPzHeiILcsIGUfcFC0l0V5q+Tw3hR/Yaee5rt5
jnKSIRGBRh2tpS/bXQIDAQAB
-----END PUBLIC KEY-----
"""
"""An RSA key of 1,024 bits."""
SECONDS = NOW // 1_000
TABLES = f"{PROVISIONING}/rate-tables"
CLAIMS = {"iss": "producer.org", "nbf": SECONDS - 60, "iat": SECONDS - 60, "exp": SECONDS + 3_600}


def pem(private: Any) -> str:
    public: bytes = private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return public.decode()


def claims(key_id: str, kty: str = "ADMIN", **changed: Any) -> dict[str, Any]:
    told = {**CLAIMS, "cnf": {"jwk": {"kid": key_id, "kty": kty}}, **changed}
    return {name: value for name, value in told.items() if value is not None}


def signed(private: Any, payload: dict[str, Any], algorithm: str = "RS256") -> str:
    return jwt.encode(payload, private, algorithm=algorithm)


def upload(api: Driver, private: Any, key_id: str = "mine", kind: str = "administration-keys") -> None:
    """A key of the tester's own that counts at once."""
    api.set(key_propagation=False)
    assert api.put(f"{API}/{kind}", [{"id": key_id, "publicKey": pem(private)}]).status == 200


def status(api: Driver, token: str | None) -> int:
    return api.get(TABLES, token=token).status


@pytest.mark.parametrize(
    ("private", "algorithm"),
    [
        *((RSA, name) for name in ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512")),
        (P256, "ES256"),
        (P384, "ES384"),
    ],
)
def test_a_key_of_ones_own_works_with_every_algorithm_of_its_type(api: Driver, private: Any, algorithm: str) -> None:
    upload(api, private)
    assert status(api, signed(private, claims("mine"), algorithm)) == 200


@pytest.mark.parametrize("end", ["\n", "\\n"])
def test_the_lines_of_a_pem_may_be_escaped_twice(api: Driver, end: str) -> None:
    api.set(key_propagation=False)
    body = [{"id": "mine", "publicKey": pem(RSA).replace("\n", end)}]
    assert api.put(f"{API}/administration-keys", body).status == 200
    assert status(api, signed(RSA, claims("mine"))) == 200


def forged(public: str, payload: dict[str, Any]) -> str:
    """HS256 with the public key as the secret."""
    parts = [base64.urlsafe_b64encode(orjson.dumps(part)).rstrip(b"=") for part in ({"alg": "HS256"}, payload)]
    mac = hmac.new(public.encode(), b".".join(parts), hashlib.sha256).digest()
    return b".".join([*parts, base64.urlsafe_b64encode(mac).rstrip(b"=")]).decode()


GOOD = claims("mine")
BAD = {
    "none at all": (None, "No token"),
    "no token but text": ("YOUR_JWT_HERE", "three parts"),
    "no JSON inside": ("a.b.c", "not JSON"),
    "expired": (signed(RSA, claims("mine", exp=SECONDS)), "expired at 2024-01-15T10:30:00Z"),
    "not yet valid": (signed(RSA, claims("mine", nbf=SECONDS + 1)), "not valid before 2024-01-15T10:30:01Z"),
    "another key": (signed(P256, GOOD, "ES256"), "not good"),
    "another algorithm of the key's size": (signed(P384, GOOD, "ES384"), "not good"),
    "wrong class": (signed(RSA, claims("mine", "CLIENT", aud=["home"])), "is of the class ADMIN"),
    "unknown class": (signed(RSA, claims("mine", "ROOT")), "must be ADMIN or CLIENT"),
    "a class that is no text": (
        signed(RSA, claims("mine", cnf={"jwk": {"kid": "mine", "kty": ["ADMIN"]}})),
        "must be ADMIN or CLIENT",
    ),
    "unknown key": (signed(RSA, claims("theirs")), "no ADMIN key 'theirs'"),
    "HS256 with the public key": (forged(pem(RSA), GOOD), "not good"),
    "no signature": (jwt.encode(GOOD, "", algorithm="none"), "not good"),
    "truncated": (signed(RSA, GOOD)[:-10], "not good"),
    "cut in the payload": (signed(RSA, GOOD)[:80], "three parts"),
    "oversized": (signed(RSA, claims("mine", more="x" * 9_000)), "more than 8192"),
    "a client without instances": (signed(RSA, claims("mine", "CLIENT")), "lacks the claim aud"),
    "a client whose instances are no texts": (signed(RSA, claims("mine", "CLIENT", aud=[1])), "lacks the claim aud"),
    "no key id": (signed(RSA, claims("mine", cnf={"jwk": {"kty": "ADMIN"}})), "cnf.jwk.kid"),
    "no key": (signed(RSA, claims("mine", cnf="mine")), "cnf.jwk.kid"),
    "no issuer": (signed(RSA, claims("mine", iss=None)), "iss"),
    "no end": (signed(RSA, claims("mine", exp=None)), "exp"),
    "no start": (signed(RSA, claims("mine", nbf=None)), "nbf"),
    "no time of issue": (signed(RSA, claims("mine", iat=None)), "iat"),
    "a time that is a text": (
        tokens.sign(tokens.make_signer(1, "x", Role.ADMIN), claims("mine", exp="tomorrow")),
        "lacks the claim exp",
    ),
}


@pytest.mark.parametrize(("token", "words"), BAD.values(), ids=BAD)
def test_a_bad_token_is_401_and_says_why(api: Driver, token: str | None, words: str) -> None:
    upload(api, RSA)
    answer = api.get(TABLES, token=token)
    assert answer.status == 401
    assert words in answer.json["message"]
    assert answer.headers["www-authenticate"] == "Bearer"
    if token is not None:
        assert token not in answer.body.decode()


def test_a_bad_token_is_401_beside_other_namespaces_too(api: Driver) -> None:
    api.admin("POST", "/namespaces", {"name": "other"})
    answered = status(api, BAD["a class that is no text"][0])
    assert (answered, api.client("DELETE", "/__admin/namespaces/other", token=None).status) == (401, 200)


@given(st.binary(max_size=60), st.data())
def test_no_bytes_in_a_token_are_a_crash(noise: bytes, data: st.DataObject) -> None:
    parts = signed(P256, GOOD, "ES256").split(".")
    parts[data.draw(st.integers(0, 2))] = base64.urlsafe_b64encode(noise).rstrip(b"=").decode()
    assert status(DRIVER, ".".join(parts)) == 401


DRIVER = Driver(make_client_of("clock: 2024-01-15T10:30:00Z\ndynamic_monetization: {}\n"))


@given(
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.text(),
        lambda part: st.lists(part) | st.dictionaries(st.text(), part),
    )
)
def test_whatever_is_json_inside_a_token_is_read_or_refused(payload: Any) -> None:
    token = tokens.sign(tokens.make_signer(1, "x", Role.ADMIN), payload)
    with pytest.raises(Unauthorized):
        tokens.read(token)


class TestKeys:
    def test_a_key_counts_ten_minutes_after_its_upload(self, api: Driver) -> None:
        api.put(f"{API}/administration-keys", [{"id": "mine", "publicKey": pem(RSA)}])
        token = signed(RSA, claims("mine"))
        early = api.get(TABLES, token=token)
        assert "ten minutes later" in early.json["message"]
        api.shift(599.999)
        assert status(api, token) == 401
        api.shift(0.001)
        assert status(api, token) == 200

    def test_a_changed_key_is_the_old_one_for_ten_minutes(self, api: Driver) -> None:
        upload(api, RSA)
        api.set(key_propagation=True)
        api.put(f"{API}/administration-keys", [{"id": "mine", "publicKey": pem(P256)}])
        old, new = signed(RSA, claims("mine")), signed(P256, claims("mine"), "ES256")
        assert (status(api, old), status(api, new)) == (200, 401)
        assert "it counts ten minutes later" in api.get(TABLES, token=new).json["message"]
        api.shift(300)
        api.put(f"{API}/administration-keys", [{"id": "mine", "publicKey": pem(P384)}])
        api.shift(300)
        assert (status(api, old), status(api, new)) == (401, 200)
        api.shift(300)
        assert (status(api, new), status(api, signed(P384, claims("mine"), "ES384"))) == (401, 200)

    def test_a_deleted_key_counts_for_ten_minutes_and_is_not_listed(self, api: Driver) -> None:
        upload(api, RSA)
        api.set(key_propagation=True)
        assert api.delete(f"{API}/administration-keys/mine").status == 200
        assert [key["id"] for key in api.get(f"{API}/public-keys").json["keys"] if key["id"] == "mine"] == []
        token = signed(RSA, claims("mine"))
        api.shift(599.999)
        assert status(api, token) == 200
        api.shift(0.001)
        assert status(api, token) == 401

    def test_the_last_administration_key_stays(self, api: Driver) -> None:
        listed = api.get(f"{API}/public-keys").json["keys"]
        admin, client = (key["id"] for key in listed)
        assert [key["type"] for key in listed] == ["administration-key", "client-key"]
        refused = api.delete(f"{API}/administration-keys/{admin}")
        assert refused.status == 403
        assert refused.json == {
            "message": "Forbidden. It is not possible to delete the last administration key. "
            "There must always be at least one key present."
        }
        assert api.delete(f"{API}/client-keys/{client}").status == 200
        assert api.delete(f"{API}/client-keys/{client}").status == 404
        upload(api, RSA)
        assert api.delete(f"{API}/administration-keys/{admin}").status == 200
        assert api.delete(f"{API}/administration-keys/mine", token=signed(RSA, claims("mine"))).status == 403

    @pytest.mark.parametrize(
        ("key_id", "public", "words"),
        [
            ("sandbox-mine", pem(RSA), "must not match the pattern ^sandbox-"),
            ("mine", "-----BEGIN PUBLIC KEY-----\nMIIBgjAcBgoqhkiG9w0BD\n-----END PUBLIC KEY-----", "not a public key"),
            ("mine", pem(RSA).replace("PUBLIC", "RSA PUBLIC"), "the pattern -----BEGIN PUBLIC KEY-----"),
            ("mine", pem(RSA).replace("\n", "\\r\\n"), "not a public key in PEM, as openssl pkey -pubout prints it"),
            ("mine", pem(P521), "P-256 or P-384"),
            ("mine", SHORT, "2048 is the least"),
        ],
    )
    def test_what_is_no_key_is_refused_and_nothing_of_it_kept(
        self, api: Driver, key_id: str, public: str, words: str
    ) -> None:
        body = [{"id": "good", "publicKey": pem(RSA)}, {"id": key_id, "publicKey": public}]
        answer = api.put(f"{API}/client-keys", body)
        assert answer.status == 400
        assert words in answer.json["message"]
        assert len(api.get(f"{API}/public-keys").json["keys"]) == 2

    def test_keys_are_listed_in_pages(self, api: Driver) -> None:
        api.put(f"{API}/client-keys", [{"id": f"key-{number}", "publicKey": pem(P256)} for number in range(3)])
        first = api.get(f"{API}/public-keys?size=3").json
        rest = api.get(f"{API}/public-keys?size=3&next={first['next']}").json
        assert (len(first["keys"]), first["next"]) == (3, 3)
        assert ([key["id"] for key in rest["keys"]], rest["next"]) == (["key-1", "key-2"], 0)


def operations() -> list[tuple[str, str, list[str]]]:
    spec: Any = assets.spec("dynamic_monetization")
    return [
        (verb.upper(), path, [name for scheme in operation["security"] for name in scheme])
        for path, item in spec["paths"].items()
        for verb, operation in item.items()
        if isinstance(operation, dict)
    ]


BODIES = {
    "/api/v1.0/administration-keys": [{"id": "other", "publicKey": pem(P256)}],
    "/api/v1.0/client-keys": [{"id": "other", "publicKey": pem(P256)}],
    f"{PROVISIONING}/instances": {"shortName": "a", "accountId": "b"},
    f"{PROVISIONING}/rate-tables": {"version": "9", "effectiveFrom": 0, "items": [{"name": "a", "rate": 1}]},
    f"{PROVISIONING}/configuration": {"name": "timezone.tolerant", "value": "true"},
    f"{PROVISIONING}/instances/home/line-items": {
        "activationId": "new",
        "state": "DEPLOYED",
        "quantity": 1,
        "start": 0,
        "end": 1,
        "attributes": {},
    },
}


@pytest.mark.parametrize(("method", "path", "schemes"), operations(), ids=str)
def test_a_client_may_do_what_the_spec_says(api: Driver, method: str, path: str, schemes: list[str]) -> None:
    filled = path.replace("{instanceId}", "home").replace("{lineItemId}", "ACT").replace("{keyId}", "x")
    target = filled.replace("{sessionId}", "x").replace("{conditionId}", "x")
    token = api.mint("home")
    query = "?version=9" if (method, target) == ("DELETE", TABLES) else ""
    answer = api(method, target + query, BODIES.get(target), token=token)
    assert (answer.status == 403) is ("ClientAccess" not in schemes), answer
    assert answer.status != 401


class TestClients:
    def test_a_client_acts_on_its_instances_alone(self, api: Driver) -> None:
        other = api.post(f"{PROVISIONING}/instances", {"shortName": "a", "accountId": "b"}).json["id"]
        token = api.mint("home", "nowhere")
        for path, expected in (("home", 200), (other, 403), ("unknown", 403), ("nowhere", 404)):
            assert api.get(f"{PROVISIONING}/instances/{path}/line-items", token=token).status == expected
            assert api.get(f"{API}/sessions?instanceId={path}", token=token).status == expected

    def test_a_client_names_its_instance_in_a_header(self, api: Driver) -> None:
        token, session = api.mint("home", "other"), api.open()
        where = f"{API}/sessions/{session}"
        assert api.get(where, token=token).status == 400
        for header, expected in (("home", 200), ("other", 403), ("unknown", 403)):
            assert api.get(where, token=token, headers={"x-instance-id": header}).status == expected
        assert api.get(where).status == 200
        body = {"instanceId": "home"}
        assert api.post(f"{API}/sessions", body, token=token).status == 400
        assert api.post(f"{API}/sessions", body, token=token, headers={"x-instance-id": "other"}).status == 403
        assert api.post(f"{API}/sessions", body, token=token, headers={"x-instance-id": "home"}).status == 200

    def test_one_instance_may_be_a_text(self, api: Driver) -> None:
        upload(api, RSA, kind="client-keys")
        token = signed(RSA, claims("mine", "CLIENT", aud="home"))
        assert api.get(f"{PROVISIONING}/instances/home/line-items", token=token).status == 200


class TestBuiltIn:
    def test_tokens_are_the_same_every_time(self, api: Driver) -> None:
        assert api.mint() == api.mint() == api.token
        again = Driver(make_client_of("clock: 2024-01-15T10:30:00Z\ndynamic_monetization: {}\n"))
        assert again.token == api.token

    def test_a_token_of_a_namespace_selects_it_and_no_other(self, api: Driver) -> None:
        made = api.admin("POST", "/namespaces", {"name": "b", "from": "default"})
        token = made["credentials"]["dynamic_monetization"]["adminToken"]
        api.post(f"{PROVISIONING}/instances", {"shortName": "only-in-b", "accountId": "B"}, token=token)
        names = [one["shortName"] for one in api.get(f"{PROVISIONING}/instances", token=token).json["content"]]
        assert names == ["Home", "only-in-b"]
        assert len(api.get(f"{PROVISIONING}/instances").json["content"]) == 1
        there = api.client("GET", f"/ns/b{BASE}{TABLES}", token=api.token)
        assert there.status == 200  # forked from default with its keys, and asked for by name

    def test_an_uploaded_key_id_never_selects_a_namespace(self, api: Driver) -> None:
        made = api.admin("POST", "/namespaces", {"name": "c"})
        key_id = made["credentials"]["dynamic_monetization"]["keyIds"][0]
        api.set(key_propagation=False)
        assert api.put(f"{API}/administration-keys", [{"id": key_id, "publicKey": pem(RSA)}]).status == 400
        answer = api.get(TABLES, token=signed(RSA, claims(key_id)))
        assert answer.status == 401  # it selects c, where another key has that id

    def test_none_is_made_of_a_key_that_is_gone(self, api: Driver) -> None:
        client = api.get(f"{API}/public-keys").json["keys"][1]["id"]
        api.set(key_propagation=False)
        api.delete(f"{API}/client-keys/{client}")
        refused = api.lever("POST", "/tokens", {"role": "client", "instances": ["home"]})
        assert (refused.status, refused.json["error"]["code"]) == (409, "CONFLICT")

    @pytest.mark.parametrize("body", [{"role": "client"}, {"role": "admin", "instances": ["home"]}, {"role": "root"}])
    def test_a_role_has_what_belongs_to_it(self, api: Driver, body: dict[str, Any]) -> None:
        assert api.lever("POST", "/tokens", body).status == 400

    def test_they_expire_on_the_clock_of_the_namespace(self, api: Driver) -> None:
        token = api.mint(expiresIn=60)
        api.shift(59)
        assert status(api, token) == 200
        api.shift(1)
        assert status(api, token) == 401

    def test_the_keys_follow_from_the_seed(self) -> None:
        one, two = (tokens.make_signer(seed, "default", Role.ADMIN) for seed in (1, 2))
        assert one == tokens.make_signer(1, "default", Role.ADMIN)
        assert one.number != two.number
        assert one.key_id != tokens.make_signer(1, "b", Role.ADMIN).key_id

    def test_no_private_number_is_shown(self, api: Driver) -> None:
        signer = api.client.world.store.get(SIGNERS, Role.ADMIN)
        assert signer is not None
        listed = api.get(f"{API}/public-keys").body.decode() + str(api.admin("GET", "/namespaces"))
        assert str(signer.number) not in listed
