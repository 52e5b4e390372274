"""Faults as the client libraries' own errors: nobody waits, a delay beyond the client's patience is a timeout."""

from http.client import IncompleteRead, RemoteDisconnected
from typing import TYPE_CHECKING, Any

from sandbox.kernel.request import Effect, Response

if TYPE_CHECKING:
    import urllib3

_RESET = ConnectionResetError(104, "Connection reset by peer")
_EMPTY = "Remote end closed connection without response"


def seconds(effect: Effect, body: bytes) -> float:
    """How long the answer would have taken on its way."""
    return effect.delay / 1_000 + (len(body) / effect.rate if effect.rate else 0)


def raise_as_httpx(library: Any, answer: Response, request: Any) -> None:
    """What a client of ``httpx`` (or of httpx2: ``library``) gets instead of the answer; nothing if it gets that."""
    effect = answer.effect
    if effect is None:
        return
    patience = request.extensions.get("timeout", {}).get("read")
    if patience is not None and seconds(effect, answer.body) > patience:
        raise library.ReadTimeout("The read operation timed out", request=request)
    if effect.cut == "reset":
        raise library.ReadError(str(_RESET), request=request)
    if effect.cut == "empty":
        raise library.RemoteProtocolError("Server disconnected without sending a response.", request=request)
    if effect.cut == "truncated":
        received, expected = len(answer.body) // 2, len(answer.body)
        words = f"peer closed connection without sending complete message body (received {received} bytes, expected"
        raise library.RemoteProtocolError(f"{words} {expected})", request=request)


def raise_as_urllib3(answer: Response, pool: "urllib3.HTTPConnectionPool | None", url: str, patience: object) -> None:
    """What a client of urllib3 gets instead; ``patience`` is its read timeout in seconds, else none."""
    import urllib3.exceptions as errors  # noqa: PLC0415  # only who uses urllib3 imports it

    effect = answer.effect
    if effect is None:
        return
    if isinstance(patience, int | float) and seconds(effect, answer.body) > patience:
        raise errors.ReadTimeoutError(pool, url, f"Read timed out. (read timeout={patience})")  # type: ignore[arg-type]  # shown, no more
    if effect.cut == "reset":
        raise errors.ProtocolError("Connection aborted.", _RESET)
    if effect.cut == "empty":
        raise errors.ProtocolError("Connection aborted.", RemoteDisconnected(_EMPTY))
    if effect.cut == "truncated":
        half = answer.body[: len(answer.body) // 2]
        lost = IncompleteRead(half, len(answer.body) - len(half))
        raise errors.ProtocolError(f"Connection broken: {lost!r}", lost)
