"""Derived identity: every id and every fake value follows from (seed, kind, ordinal), never from a shared stream.

So the same seed gives the same ids whatever else was made before or beside. The only module that makes randomness.
"""

import random
import secrets
from functools import lru_cache
from hashlib import blake2b
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from faker import Faker


@lru_cache(maxsize=1_024)
def _begun(*parts: str | int) -> "blake2b":
    """A hash of the parts and of what separates them from one more: copied, never fed."""
    return blake2b("\x1f".join([*map(str, parts), ""]).encode(), digest_size=16)


def numbered_uuid(*parts: str | int, number: int) -> str:
    """``derive_uuid(*parts, number)``, quicker where many numbers follow the same parts."""
    state = _begun(*parts).copy()
    state.update(b"%d" % number)
    return _uuid(state.hexdigest())


def digest(*parts: str | int, size: int = 16) -> bytes:
    """``size`` bytes that follow from the parts alone."""
    return blake2b("\x1f".join(map(str, parts)).encode(), digest_size=size).digest()


def derive_hex(*parts: str | int, length: int = 32) -> str:
    """``length`` hexadecimal digits that follow from the parts alone."""
    return digest(*parts, size=(length + 1) // 2).hex()[:length]


def derive_uuid(*parts: str | int) -> str:
    """A UUID that follows from the parts alone; its version says name-based (5)."""
    return _uuid(digest(*parts).hex())


def _uuid(text: str) -> str:
    variant = "89ab"[int(text[16], 16) & 3]
    return f"{text[:8]}-{text[8:12]}-5{text[13:16]}-{variant}{text[17:20]}-{text[20:]}"


def stream(*parts: str | int) -> random.Random:
    """A random stream of its own for the named purpose."""
    return random.Random(digest(*parts))


def new_secret() -> str:
    """A real secret, for doors and not for simulated data: never the same twice."""
    return secrets.token_urlsafe(24)


class Fakes:
    """Faker, re-seeded for each (name, ordinal), so that value n of a stream never depends on the ones before."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._faker: Faker | None = None

    def at(self, name: str, ordinal: int) -> "Faker":
        """The Faker of that stream at that ordinal; use it before asking for another. The first call is slow."""
        if self._faker is None:
            from faker import Faker  # noqa: PLC0415  # reads hundreds of files: only a scenario that needs it waits

            self._faker = Faker("en_US", use_weighting=False)
        self._faker.seed_instance(int.from_bytes(digest(self._seed, name, ordinal)))
        return self._faker
