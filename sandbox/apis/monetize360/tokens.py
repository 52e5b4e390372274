"""API tokens, their tiers and what they may ask (A1, A3.1, A3.2)."""

from collections.abc import Sequence
from functools import lru_cache
from itertools import chain

from sandbox.apis.monetize360.records import TIERS, Token
from sandbox.apis.monetize360.state import TOKENS
from sandbox.kernel.api import Issued
from sandbox.kernel.clock import MINUTE, SECOND
from sandbox.kernel.errors import Unauthorized
from sandbox.kernel.ids import derive_hex
from sandbox.kernel.limits import Limit, Quota
from sandbox.kernel.namespace import Namespace
from sandbox.kernel.request import Headers, Request
from sandbox.kernel.sandbox import Sandbox
from sandbox.kernel.world import World


def bearer(request: Request) -> str | None:
    """The token of ``Authorization: Bearer …``, None without one."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() or None if scheme.lower() == "bearer" else None


def authenticate(_sandbox: Sandbox, namespace: Namespace, request: Request) -> Token:
    """Raises Unauthorized."""
    text = bearer(request)
    if text is None:
        msg = "No API token: send the header Authorization: Bearer YOUR_API_TOKEN"
        raise Unauthorized(msg)
    token = namespace.world.store.get(TOKENS, text)
    if token is None:
        msg = "Unknown API token"
        raise Unauthorized(msg)
    return token


def limit(_world: World, token: Token) -> Limit:
    """That of the token's tier (A3.2)."""
    return token.limit


def limit_headers(quota: Quota) -> Headers:
    """On every answer to a valid token (A3.2); the reset is in seconds since 1970."""
    remaining = b"x-ratelimit-remaining", b"%d" % quota.remaining
    return [_limit_header(quota.limit), remaining, _reset_header(quota.reset)]


@lru_cache
def _limit_header(most: int) -> tuple[bytes, bytes]:
    """The same for every answer in a window, which a journal then holds once."""
    return b"x-ratelimit-limit", b"%d" % most


@lru_cache
def _reset_header(instant: int) -> tuple[bytes, bytes]:
    """Likewise."""
    return b"x-ratelimit-reset", b"%d" % (instant // SECOND)


def put(world: World, token: str, tier: str, limit: int | None = None) -> Token:
    """Add or change a token: ``limit`` requests in fixed windows of a minute (A3.2), only for enterprise its own."""
    count = limit if limit is not None and tier == "enterprise" else TIERS[tier]
    made = Token(token, tier, Limit(token, count, MINUTE))
    world.store.put(TOKENS, token, made)
    return made


def issue(world: World, namespace: str) -> Issued:
    """A token of each tier that belongs to one namespace and selects it; the same for the same seed and name."""
    made = {tier: derive_hex(world.seed, "monetize360.token", namespace, tier) for tier in TIERS}
    for tier, token in made.items():
        put(world, token, tier)
    return Issued(tuple(made.values()), {"tokens": [{"token": token, "tier": tier} for tier, token in made.items()]})


def welcome(world: World, url: str) -> list[str]:
    """The tokens there are, and a first request."""
    tokens = list(world.store.all(TOKENS))
    lines = [f"token {token.token}  ({token.tier}, {token.limit.most} requests a minute)" for token in tokens]
    return [*lines, f'curl -H "Authorization: Bearer {tokens[0].token}" {url}/workflows'] if tokens else lines


def variables(world: World, own: Sequence[str]) -> dict[str, str]:
    """The first token of the namespace's own, else the first there is."""
    issued = (found for token in own if (found := world.store.get(TOKENS, token)))
    first = next(chain(issued, world.store.all(TOKENS)), None)
    return {} if first is None else {"TOKEN": first.token}
