"""The sender of webhooks: how each attempt can end, and where none may go."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, closing
from ipaddress import ip_address

import httpx2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.kernel.targets import callable_target
from sandbox.kernel.webhooks import Attempt, Outcome
from sandbox.web.dispatcher import AT_ONCE, Dispatcher

ANY = "0.0.0.0"  # noqa: S104  # nothing is bound to it
Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


def attempt(url: str, body: bytes = b"{}") -> Attempt:
    return Attempt("default", 0, "1", url, [("Content-Type", "application/json"), ("X-Mine", "yes")], body)


@asynccontextmanager
async def receiver(serve: Serve) -> AsyncIterator[str]:
    """A raw receiver on loopback."""
    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/hook"


def sent_to(serve: Serve, *paths: str, timeout: float = 10) -> list[Outcome]:
    """The outcomes of one attempt for each path."""

    async def run() -> list[Outcome]:
        sender = Dispatcher()
        async with receiver(serve) as url:
            outcomes = await sender.send([attempt(url + path)._replace(timeout=timeout) for path in paths or ("",)])
            await sender.close()
        return outcomes

    return asyncio.run(run())


def answering(text: bytes) -> Serve:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(text)
        await writer.drain()
        writer.close()

    return serve


@pytest.mark.parametrize("status", [200, 204, 301, 404, 500])
def test_only_the_status_counts(status: int) -> None:
    head = f"HTTP/1.1 {status} Some\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 1000000000\r\n\r\n"
    (outcome,) = sent_to(answering(head.encode()))
    assert outcome == Outcome(status)
    assert outcome.delivered == (status < 300)


@pytest.mark.parametrize("text", [b"", b"nonsense\r\n\r\n", b"HTTP/1.1 999999 \r\n\r\n", b"\x00" * 100])
def test_an_answer_that_is_none_is_told(text: bytes) -> None:
    (outcome,) = sent_to(answering(text))
    assert outcome.status is None
    assert outcome.error
    assert not outcome.delivered


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:1/", "http://", "http://[", "nonsense", "http://127.0.0.1:99999/", "ftp://127.0.0.1/"]
)
def test_who_cannot_be_called_is_told(url: str) -> None:
    async def run() -> Outcome:
        sender = Dispatcher()
        (outcome,) = await sender.send([attempt(url)])
        await sender.close()
        return outcome

    outcome = asyncio.run(run())
    assert outcome.status is None
    assert outcome.error


def test_silence_has_an_end() -> None:
    never = asyncio.Event()

    async def serve(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with closing(writer):
            await never.wait()

    (outcome,) = sent_to(serve, timeout=0.05)
    assert outcome == Outcome(None, "no answer within 0.05 s")


def test_outcomes_keep_their_order_and_only_some_are_under_way() -> None:
    under_way, most = 0, 0

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal under_way, most
        under_way += 1
        most = max(most, under_way)
        line = await reader.readline()
        await reader.readuntil(b"\r\n\r\n")
        under_way -= 1
        writer.write(b"HTTP/1.1 %s x\r\nContent-Length: 0\r\nConnection: close\r\n\r\n" % line.split()[1][-3:])
        await writer.drain()
        writer.close()

    outcomes = sent_to(serve, *(f"/{200 + number}" for number in range(60)))
    assert [outcome.status for outcome in outcomes] == list(range(200, 260))
    assert 1 <= most <= AT_ONCE


def test_proxies_of_the_environment_are_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:1")
    (outcome,) = sent_to(answering(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"))
    assert outcome == Outcome(200)


PARTS = st.sampled_from(
    [
        *("http://", "https://", "//", "127.0.0.1", "localhost", "[::1]", "evil.example", "2130706433", "0177.0.0.1"),
        *(
            "@",
            ":",
            "/",
            "\\",
            "?",
            "#",
            "%",
            "%40",
            "%2f",
            ".",
            "..",
            "80",
            ":80",
            "a",
            " ",
            "\t",
            "。",
            "\uff11",
            "[",
            "]",
        ),
    ]
)


@given(st.lists(PARTS, max_size=8).map("".join))
def test_what_may_be_called_is_loopback_to_the_client_too(url: str) -> None:
    """Two readers of one URL must not see two hosts."""
    if not callable_target(url, ()):
        return
    try:
        host = httpx2.URL(url).host
    except (httpx2.InvalidURL, ValueError):
        return
    assert host.rstrip(".") == "localhost" or ip_address(host).is_loopback


OK = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"


def called(url: str, *addresses: str) -> tuple[Outcome, list[bytes], int]:
    """Of one attempt whose name has these addresses: the outcome, what a receiver on 127.0.0.1 heard, the look-ups."""
    heard: list[bytes] = []
    asked = 0

    async def resolve(_name: str, _port: int) -> list[str]:
        nonlocal asked
        asked += 1
        return [*addresses] if asked == 1 else ["127.0.0.1"]

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(OK)
        await writer.drain()
        writer.close()

    async def run() -> Outcome:
        sender = Dispatcher(resolve)
        async with receiver(serve) as reached:
            port = reached.split(":")[2].partition("/")[0]
            (outcome,) = await sender.send([attempt(url.replace("PORT", port))])
            await sender.close()
        return outcome

    return asyncio.run(run()), heard, asked


@pytest.mark.parametrize("name", ["localhost", "LOCALHOST", "localhost.", "127.0.0.1.", "hooks.example.com"])
def test_a_name_is_resolved_once_and_that_address_connected_to(name: str) -> None:
    outcome, heard, asked = called(f"http://{name}:PORT/hook", "127.0.0.1")
    assert (outcome, asked, len(heard)) == (Outcome(200), 1, 1)
    assert f"host: {name.lower()}:" in heard[0].decode().lower()


def test_the_next_address_of_a_name_is_tried_when_nobody_listens_at_the_first() -> None:
    outcome, heard, asked = called("http://localhost:PORT/hook", "127.0.0.9", "127.0.0.1")
    assert (outcome, asked, len(heard)) == (Outcome(200), 1, 1)


@pytest.mark.parametrize(
    ("name", "address"),
    [
        *(("localhost", address) for address in ("10.0.0.1", "93.184.216.34", "::ffff:10.0.0.1", "fe80::1", ANY)),
        *(("127.0.0.1.", address) for address in ("10.0.0.1", "2001:db8::1")),
        *(("hooks.example.com", address) for address in ("169.254.169.254", "::ffff:169.254.169.254", "fe80::1%eth0")),
        *(("hooks.example.com", address) for address in (ANY, "::", "224.0.0.1")),
    ],
)
def test_a_name_that_leads_elsewhere_is_not_followed(name: str, address: str) -> None:
    """Nor a second look-up, which would lead to loopback."""
    outcome, heard, asked = called(f"http://{name}:PORT/hook", "127.0.0.1", address)
    assert (outcome.status, asked, heard) == (None, 1, [])
    assert outcome.error == f"{name} leads to {address}, which is never called"


def test_a_name_without_an_address_is_told() -> None:
    outcome, heard, _ = called("http://hooks.example.com:PORT/hook")
    assert (outcome, heard) == (Outcome(None, "hooks.example.com leads to no address"), [])


def test_turns_follow_each_other() -> None:
    order: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        order.append((await reader.readline()).split()[1][-1:])
        await reader.readuntil(b"\r\n\r\n")
        writer.write(OK)
        await writer.drain()
        writer.close()

    async def run() -> list[Outcome]:
        sender = Dispatcher()
        async with receiver(serve) as url:
            outcomes = await sender.send([attempt(f"{url}/{turn}")._replace(turn=turn) for turn in (2, 0, 1, 0)])
            await sender.close()
        return outcomes

    assert asyncio.run(run()) == [Outcome(200)] * 4
    assert order == [b"0", b"0", b"1", b"2"]
