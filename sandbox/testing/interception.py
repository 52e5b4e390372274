"""Clients whose base URL cannot be changed: the vendors' own hosts lead to the sandbox, and never to the network."""

import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from fnmatch import fnmatchcase
from typing import Any
from unittest.mock import patch

import httpx
import httpx2
import urllib3

from sandbox.testing import urllib3 as urllib3_pools
from sandbox.testing.httpx import ask
from sandbox.testing.local import Local, open_local


class Blocked(OSError):
    """A vendor's host was looked up by a client that is not intercepted: nothing went out."""


@contextmanager
def intercept(local: Local | None = None, **start: Any) -> Iterator[Local]:
    """Within the block, requests to the vendors' hosts are answered by ``local``, or by one opened with ``start``.

    That holds for httpx, httpx2, and urllib3 with all that stands on it, requests among them, in every thread. Other
    clients cannot resolve those hosts: they get Blocked. All other hosts are as they were.
    """
    with ExitStack() as stack:
        chosen = local or stack.enter_context(open_local(**start))
        is_vendor = _matcher(chosen)
        for patched in _patches(chosen, is_vendor):
            stack.enter_context(patched)
        yield chosen


def _matcher(local: Local) -> Callable[[object], bool]:
    patterns = [host for api in local.pipeline.sandbox.vendors for host in api.mount.hosts]

    def is_vendor(host: object) -> bool:
        text = host.decode("latin-1") if isinstance(host, bytes) else str(host)
        return any(fnmatchcase(text.lower().rstrip("."), pattern) for pattern in patterns)

    return is_vendor


def _patches(local: Local, is_vendor: Callable[[object], bool]) -> Iterator[Any]:
    yield patch.object(socket, "getaddrinfo", _guarded(socket.getaddrinfo, is_vendor))
    yield patch.object(urllib3.HTTPConnectionPool, "urlopen", _pooled(local, is_vendor))
    for library in (httpx, httpx2):
        yield patch.object(library.HTTPTransport, "handle_request", _sent(library, local, is_vendor))
        sent_async = _sent_async(library, local, is_vendor)
        yield patch.object(library.AsyncHTTPTransport, "handle_async_request", sent_async)


def _guarded(real: Callable[..., Any], is_vendor: Callable[[object], bool]) -> Callable[..., Any]:
    def getaddrinfo(host: Any, *args: Any, **options: Any) -> Any:
        if is_vendor(host):
            msg = f"{host} is a vendor's host, and sandbox.intercept() lets nothing out to it"
            raise Blocked(msg)
        return real(host, *args, **options)

    return getaddrinfo


def _pooled(local: Local, is_vendor: Callable[[object], bool]) -> Callable[..., Any]:
    real = urllib3.HTTPConnectionPool.urlopen

    def urlopen(pool: urllib3.HTTPConnectionPool, method: str, url: str, *args: Any, **options: Any) -> Any:
        if not is_vendor(pool.host):
            return real(pool, method, url, *args, **options)
        body = args[0] if args else options.get("body")
        headers = (args[1] if len(args) > 1 else options.get("headers")) or pool.headers
        target = f"{pool.scheme}://{pool.host}{url}"
        answer = local.handle(method, target, urllib3_pools.texts(headers), urllib3_pools.asked(body))
        preload, timeout = options.get("preload_content", True), options.get("timeout", pool.timeout)
        return urllib3_pools.answered(answer, method.upper(), preload=preload, timeout=timeout)

    return urlopen


def _sent(library: Any, local: Local, is_vendor: Callable[[object], bool]) -> Callable[..., Any]:
    real = library.HTTPTransport.handle_request

    def handle_request(transport: Any, request: Any) -> Any:
        if not is_vendor(request.url.host):
            return real(transport, request)
        request.read()
        return ask(local, request, library)

    return handle_request


def _sent_async(library: Any, local: Local, is_vendor: Callable[[object], bool]) -> Callable[..., Any]:
    real = library.AsyncHTTPTransport.handle_async_request

    async def handle_async_request(transport: Any, request: Any) -> Any:
        if not is_vendor(request.url.host):
            return await real(transport, request)
        await request.aread()
        return ask(local, request, library)

    return handle_async_request
