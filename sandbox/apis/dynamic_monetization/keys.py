"""Public keys of producers and clients: upload, change, deletion, and how long each takes to count (C2.1, C4.7)."""

from collections.abc import Iterable, Mapping
from functools import lru_cache

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, SECP384R1, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from sandbox.apis.dynamic_monetization.records import Key, Role, Stage
from sandbox.apis.dynamic_monetization.state import KEYS, STAGES
from sandbox.kernel.clock import MINUTE
from sandbox.kernel.errors import Forbidden, Invalid, NotFound
from sandbox.kernel.settings import Setting
from sandbox.kernel.world import World

RESERVED = "sandbox-"
"""How the ids of the built-in keys begin: no other key's may, as these select the namespace they were made for."""
DELAY = 10 * MINUTE
_SMALLEST_RSA = 2_048

PROPAGATION = Setting(
    "dynamicMonetization.keyPropagation",
    default=True,
    description="let a key take ten minutes to count after its upload, and to stop after its deletion (G33)",
)

PublicKey = RSAPublicKey | EllipticCurvePublicKey


@lru_cache(maxsize=256)
def read_public_key(pem: str) -> tuple[PublicKey, tuple[str, ...]]:
    """A key with the algorithms that its tokens may be signed with (G1). Raises ValueError that says what is wrong."""
    try:
        key = load_pem_public_key(pem.replace("\\n", "\n").strip().encode())
    except (ValueError, UnsupportedAlgorithm):
        msg = "is not a public key in PEM, as openssl pkey -pubout prints it"
        raise ValueError(msg) from None
    if isinstance(key, RSAPublicKey):
        if key.key_size < _SMALLEST_RSA:
            msg = f"is an RSA key of {key.key_size} bits: {_SMALLEST_RSA} is the least"
            raise ValueError(msg)
        return key, ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512")
    if isinstance(key, EllipticCurvePublicKey) and isinstance(key.curve, SECP256R1):
        return key, ("ES256",)
    if isinstance(key, EllipticCurvePublicKey) and isinstance(key.curve, SECP384R1):
        return key, ("ES384",)
    msg = "must be an RSA key or one on the curve P-256 or P-384"
    raise ValueError(msg)


def upload(world: World, role: Role, told: Iterable[Mapping[str, str]]) -> None:
    """Add or change keys; all of them or, when one is wrong, none. Raises Invalid."""
    for place, one in enumerate(told):
        if one["id"].startswith(RESERVED):
            msg = f"Key ids that begin with {RESERVED} are the sandbox's own: choose another"
            raise Invalid(msg, field=f"{place}.id", value=one["id"])
        try:
            read_public_key(one["publicKey"])
        except ValueError as error:
            msg = f"The publicKey of {one['id']!r} {error}"
            raise Invalid(msg, field=f"{place}.publicKey") from None
        put(world, role, one["id"], one["publicKey"], delay=_delay(world))


def put(world: World, role: Role, key_id: str, pem: str, *, delay: int = 0) -> None:
    """Store a key that counts after ``delay`` ms; until then what it was before does (C4.7)."""
    name = _name(role, key_id)
    before = world.store.get(KEYS, name)
    created = world.now if before is None else before.created
    world.store.put(KEYS, name, Key(key_id, role, pem, created, world.now))
    _add_stage(world, name, Stage(pem, world.now + delay))


def delete(world: World, role: Role, key_id: str) -> None:
    """Delete a key, which stops counting after a while. Raises NotFound, Forbidden for the last administration key."""
    name = _name(role, key_id)
    found = world.store.get(KEYS, name)
    if found is None:
        raise NotFound("Resource not found. The requested resource is not available.")
    if role is Role.ADMIN and sum(key.role is Role.ADMIN for key in world.store.all(KEYS)) == 1:
        msg = "Forbidden. It is not possible to delete the last administration key."
        raise Forbidden(f"{msg} There must always be at least one key present.")
    world.store.delete(KEYS, name)
    _add_stage(world, name, Stage(None, world.now + _delay(world)))


def _add_stage(world: World, name: str, stage: Stage) -> None:
    """What counts from an instant on; only what counts now and later is kept."""
    stages = [one for one in world.store.get(STAGES, name) or () if one.since < stage.since]
    now = next((place for place, one in reversed(list(enumerate(stages))) if one.since <= world.now), 0)
    world.store.put(STAGES, name, (*stages[now:], stage))


def in_force(world: World, role: Role, key_id: str) -> str | None:
    """The value of a key that tokens are checked with now, None for none."""
    stages = world.store.get(STAGES, _name(role, key_id)) or ()
    return next((one.pem for one in reversed(stages) if one.since <= world.now), None)


def get(world: World, role: Role, key_id: str) -> Key | None:
    """The key as it is listed."""
    return world.store.get(KEYS, _name(role, key_id))


def _name(role: Role, key_id: str) -> str:
    return f"{role} {key_id}"


def _delay(world: World) -> int:
    return DELAY if world.setting(PROPAGATION) else 0
