"""One exchange under examination: what it named, and what would come of it elsewhere or now."""

from collections.abc import Iterator
from functools import cached_property
from typing import Any
from urllib.parse import unquote

import orjson

from sandbox.kernel.journal import Exchange
from sandbox.kernel.namespace import Namespace
from sandbox.kernel.rehearsal import Rehearsed
from sandbox.kernel.sandbox import Sandbox
from sandbox.kernel.world import World

_UNASKED = object()
_READS = frozenset({"GET", "HEAD", "OPTIONS"})


class Case:
    """Everything is worked out on copies that are thrown away; ``namespace`` is the one whose journal it is in."""

    def __init__(self, sandbox: Sandbox, namespace: Namespace, one: Exchange) -> None:
        self.sandbox = sandbox
        self.namespace = namespace
        self.one = one

    @cached_property
    def again(self) -> Rehearsed | None:
        """The same request now."""
        return self._rehearsed(self.namespace, self.namespace.world.fork())

    @cached_property
    def unasked(self) -> Rehearsed | None:
        """The same, whoever sends it: good for what comes before its principal matters."""
        return self._rehearsed(self.namespace, self.namespace.world.fork(), _UNASKED)

    @cached_property
    def at_first(self) -> Rehearsed | None:
        """The same on the data that the namespace was seeded with, at the present time."""
        world = World(self.namespace.seeded.seed, self.namespace.seeded.clock)
        world.restore(self.namespace.seeded)
        world.now = self.namespace.world.now
        return self._rehearsed(self.namespace, world, self.principal)

    @property
    def principal(self) -> Any:
        """Whoever sent it, as far as that can still be told."""
        return self.again.principal if self.again else None

    def elsewhere(self, principal: Any) -> Iterator[tuple[str, Rehearsed]]:
        """The same in every other namespace, by its name; ``principal`` sends it, None is whoever that makes it."""
        for name, other in sorted(self.sandbox.namespaces.items()):
            if other is not self.namespace:
                with other.lock:
                    world = other.world.fork()
                found = self._rehearsed(other, world, principal)
                if found is not None:
                    yield name, found

    def _rehearsed(self, namespace: Namespace, world: World, principal: Any = None) -> Rehearsed | None:
        if self.sandbox.rehearse is None or self.one.api is None or not self.one.kept:
            return None
        return self.sandbox.rehearse(namespace, world, self.one.request, principal)

    @cached_property
    def path(self) -> str:
        """Its path below the mount of its API."""
        return self.below(self.one)

    def below(self, one: Exchange) -> str:
        """The path of an exchange with the same API, without what chose namespace and API."""
        prefix = self.sandbox.apis[one.api].mount.prefix if one.api else ""
        return bare(one.request.path).removeprefix(prefix).rstrip("/")

    @cached_property
    def named(self) -> frozenset[str]:
        """The ids and names it is about: those in its path, and what its body says and the refusal repeats."""
        told = self.one.reason or ""
        sent = (text for text in _texts(_parsed(self.one.request.body)) if len(text) > 1 and text in told)
        return frozenset([*map(unquote, self.unasked.values if self.unasked else ()), *sent])

    def earlier(self) -> Iterator[Exchange]:
        """The successful changes before it by the same API, the newest first."""
        for one in reversed(list(self.namespace.journal)):
            changed = one.request.method not in _READS and 200 <= one.response.status < 300  # noqa: PLR2004  # 2xx
            if changed and one.id < self.one.id and one.api == self.one.api:
                yield one


def bare(path: str) -> str:
    """A path without the prefix that chooses the namespace."""
    return "/" + path[4:].partition("/")[2] if path.startswith("/ns/") else path


def _parsed(body: bytes) -> Any:
    try:
        return orjson.loads(body) if body else None
    except orjson.JSONDecodeError:
        return None


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for member in value.values() if isinstance(value, dict) else value:
            yield from _texts(member)
