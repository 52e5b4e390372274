"""JSON Web Tokens: who sent a request (C1.3, G1-G3), and tokens of the built-in keys for tests (G34)."""

import math
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

import orjson
from cryptography.hazmat.primitives.asymmetric.ec import (
    ECDSA,
    SECP256R1,
    EllipticCurvePrivateKey,
    derive_private_key,
)
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from jwt import PyJWS
from jwt.exceptions import PyJWTError

from sandbox.apis.dynamic_monetization import keys
from sandbox.apis.dynamic_monetization.records import Key, Principal, Role, Signer
from sandbox.apis.dynamic_monetization.state import SIGNERS
from sandbox.kernel.api import Issued
from sandbox.kernel.clock import DAY, SECOND, iso
from sandbox.kernel.errors import Conflict, Unauthorized
from sandbox.kernel.ids import derive_hex, digest
from sandbox.kernel.namespace import Namespace
from sandbox.kernel.request import Request
from sandbox.kernel.sandbox import DEFAULT, Sandbox
from sandbox.kernel.world import World

LONGEST = 8_192
"""Characters that a token may have."""
LIFE = 400 * DAY
"""How long a token made here lasts, unless asked otherwise: as far as one move of the clock goes."""
ISSUER = "monetization-sandbox"

_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
"""Of the group of P-256 (SEC 2)."""
_SIZE = 32
_HEADER = b'{"alg":"ES256","typ":"JWT"}'
_TIMES = ("nbf", "exp", "iat")
_LATEST = 253_402_300_799
"""31 December 9999, in seconds."""


class Claimed(NamedTuple):
    """What a token says, whoever signed it: times are in seconds, ``instances`` what a client may act on."""

    key_id: str
    role: Role
    valid_from: float
    valid_until: float
    instances: frozenset[str]


def authenticate(_sandbox: Sandbox, namespace: Namespace, request: Request) -> Principal:
    """Raises Unauthorized that says why."""
    token = bearer(request)
    if token is None:
        raise Unauthorized("No token: send the header Authorization: Bearer <JSON Web Token>")
    claimed = read(token)
    world = namespace.world
    pem = keys.in_force(world, claimed.role, claimed.key_id)
    if pem is None:
        raise Unauthorized(_no_key(world, claimed))
    _check_signed(world, token, pem, claimed)
    _check_time(world, claimed)
    return Principal(claimed.role, claimed.key_id, claimed.instances)


def bearer(request: Request) -> str | None:
    """The token of ``Authorization: Bearer …``, None without one."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() or None if scheme.lower() == "bearer" else None


def credential(request: Request) -> str | None:
    """The id of the built-in key that the token claims to be signed with: it selects that key's namespace."""
    token = bearer(request)
    try:
        key_id = read(token).key_id if token else ""
    except Unauthorized:
        return None
    return key_id if key_id.startswith(keys.RESERVED) else None


@lru_cache(maxsize=1_024)
def read(token: str) -> Claimed:
    """What a token claims. Raises Unauthorized for what is none, or lacks a claim (C1.3)."""
    if len(token) > LONGEST:
        raise Unauthorized(f"The token has more than {LONGEST} characters")
    parts = token.split(".")
    if len(parts) != 3:  # noqa: PLR2004  # header, payload, signature
        raise Unauthorized("The token is not a JSON Web Token: it must have three parts with dots between them")
    try:
        payload = orjson.loads(_decoded(parts[1]))
    except ValueError:
        raise Unauthorized("The payload of the token is not JSON in base64url") from None
    return _claimed(payload if isinstance(payload, dict) else {})


def _decoded(part: str) -> bytes:
    return urlsafe_b64decode(part.encode() + b"=" * (-len(part) % 4))


def _claimed(payload: Mapping[str, Any]) -> Claimed:
    if not isinstance(payload.get("iss"), str):
        raise Unauthorized("The token lacks the claim iss: a text that names who issued it")
    for name in _TIMES:
        time = payload.get(name)
        if isinstance(time, bool) or not isinstance(time, int | float) or not math.isfinite(time):
            raise Unauthorized(f"The token lacks the claim {name}: a number of seconds since 1970")
    key = payload.get("cnf")
    key = key.get("jwk") if isinstance(key, dict) else None
    key = key if isinstance(key, dict) else {}
    if not isinstance(key.get("kid"), str):
        raise Unauthorized("The token lacks the claim cnf.jwk.kid: the id of the public key")
    if key.get("kty") not in list(Role):  # not a set: what a token says may have no hash
        raise Unauthorized(f"The claim cnf.jwk.kty of the token must be {' or '.join(Role)}")
    role = Role(key["kty"])
    return Claimed(key["kid"], role, payload["nbf"], payload["exp"], _instances(role, payload.get("aud")))


def _instances(role: Role, audience: object) -> frozenset[str]:
    listed = [audience] if isinstance(audience, str) else audience
    if isinstance(listed, list) and all(isinstance(one, str) for one in listed):
        return frozenset(listed)
    if role is Role.ADMIN:
        return frozenset()
    raise Unauthorized("The token of a client lacks the claim aud: the ids of the instances it may be used with")


def _no_key(world: World, claimed: Claimed) -> str:
    key = keys.get(world, claimed.role, claimed.key_id)
    if key is not None:
        return _uploaded(key)
    other = Role.CLIENT if claimed.role is Role.ADMIN else Role.ADMIN
    if keys.in_force(world, other, claimed.key_id) is not None:
        return f"The key {claimed.key_id!r} is of the class {other}, the token says {claimed.role}"
    return f"There is no {claimed.role} key {claimed.key_id!r}"


def _uploaded(key: Key) -> str:
    return f"The key {key.id!r} was uploaded at {iso(key.modified)}: it counts ten minutes later"


def _check_signed(world: World, token: str, pem: str, claimed: Claimed) -> None:
    wrong = _wrong_signature(token, pem)
    if wrong:
        key = keys.get(world, claimed.role, claimed.key_id)
        raise Unauthorized(wrong if key is None or key.pem == pem else f"{wrong}. {_uploaded(key)}")


@lru_cache(maxsize=1_024)
def _wrong_signature(token: str, pem: str) -> str | None:
    """What is wrong with the signature; the same token and key always answer the same."""
    key, algorithms = keys.read_public_key(pem)
    try:
        PyJWS().decode(token, key, algorithms=algorithms)
    except (PyJWTError, ValueError) as error:
        return f"The signature of the token is not good: {error} (the key is for {', '.join(algorithms)})"
    return None


def _check_time(world: World, claimed: Claimed) -> None:
    now = world.now / SECOND
    if now < claimed.valid_from:
        raise Unauthorized(f"The token is not valid before {_moment(claimed.valid_from)}: {_clock(world)}")
    if now >= claimed.valid_until:
        raise Unauthorized(f"The token expired at {_moment(claimed.valid_until)}: {_clock(world)}")


def _moment(seconds: float) -> str:
    return iso(int(seconds) * SECOND) if 0 <= seconds <= _LATEST else str(seconds)


def _clock(world: World) -> str:
    return f"the clock of this namespace stands at {iso(world.now)}"


# Tokens of the built-in keys


def make_signer(seed: int, namespace: str, role: Role) -> Signer:
    """The key pair of a role in a namespace: it follows from seed and name."""
    key_id = f"{keys.RESERVED}{role.lower()}-{derive_hex(seed, 'dynamic_monetization.key', namespace, role, length=16)}"
    number = int.from_bytes(digest(seed, "dynamic_monetization.private", namespace, role, size=64)) % (_ORDER - 1) + 1
    return Signer(key_id, _public_pem(number), number)


@lru_cache(maxsize=256)
def _private_key(number: int) -> EllipticCurvePrivateKey:
    return derive_private_key(number, SECP256R1())


@lru_cache(maxsize=256)
def _public_pem(number: int) -> str:
    key = _private_key(number).public_key()
    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def install(world: World, namespace: str) -> list[Signer]:
    """Give a namespace its built-in keys, which count at once."""
    made = [make_signer(world.seed, namespace, role) for role in Role]
    for role, signer in zip(Role, made, strict=True):
        world.store.put(SIGNERS, role, signer)
        keys.put(world, role, signer.key_id, signer.pem)
    return made


def seed_keys(world: World) -> None:
    """The built-in keys of the namespace ``default``."""
    install(world, DEFAULT)


def issue(world: World, namespace: str) -> Issued:
    """Keys that belong to one namespace and select it, and an administration token."""
    made = install(world, namespace)
    shown = {"adminToken": mint(world, Role.ADMIN), "keyIds": [signer.key_id for signer in made]}
    return Issued(tuple(signer.key_id for signer in made), shown)


def mint(world: World, role: Role, instances: Sequence[str] = (), life: int = LIFE) -> str:
    """A token of a built-in key, valid from now for ``life`` ms. Raises Conflict when that key is gone."""
    signer = world.store.get(SIGNERS, role)
    if signer is None or keys.in_force(world, role, signer.key_id) != signer.pem:
        msg = f"The built-in {role} key of this namespace is gone: reset it, or sign a token with a key of your own"
        raise Conflict(msg)
    start = world.now // SECOND
    claims = {"iss": ISSUER, "nbf": start, "exp": start + life // SECOND, "iat": start}
    audience = {"aud": list(instances)} if role is Role.CLIENT else {}
    return sign(signer, {**claims, **audience, "cnf": {"jwk": {"kid": signer.key_id, "kty": role}}})


def sign(signer: Signer, payload: Mapping[str, Any]) -> str:
    """A token of that payload, always the same for the same (RFC 6979)."""
    signed = _encoded(_HEADER) + b"." + _encoded(orjson.dumps(payload))
    return (signed + b"." + _signature(signer.number, signed)).decode()


@lru_cache(maxsize=256)
def _signature(number: int, signed: bytes) -> bytes:
    numbers = decode_dss_signature(_private_key(number).sign(signed, ECDSA(SHA256(), deterministic_signing=True)))
    return _encoded(b"".join(number.to_bytes(_SIZE) for number in numbers))


def _encoded(data: bytes) -> bytes:
    return urlsafe_b64encode(data).rstrip(b"=")


def welcome(world: World, url: str) -> list[str]:
    """An administration token, and a first request."""
    if world.store.get(SIGNERS, Role.ADMIN) is None:
        return []
    token = mint(world, Role.ADMIN)
    return [
        f"token {token}  (administration)",
        f'curl -H "Authorization: Bearer {token}" {url}/provisioning/api/v1.0/rate-tables',
    ]


def variables(world: World, _own: Sequence[str]) -> dict[str, str]:
    """An administration token of the namespace's built-in key; none where that is gone."""
    try:
        return {"TOKEN": mint(world, Role.ADMIN)}
    except Conflict:
        return {}
