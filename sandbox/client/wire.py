"""How the client asks: one request, one answer, one kind of error."""

import ssl
from collections.abc import Mapping
from http.client import NO_CONTENT
from types import TracebackType
from typing import Any, Self
from urllib.parse import quote

import httpx2

URL = "http://127.0.0.1:4010"
PATIENCE = 120.0
"""Real seconds that an answer may take: a move of the clock waits for the webhooks on its way."""


class Refused(Exception):
    """The sandbox said no, or nothing answered.

    ``code`` is that of the control plane's error body (``NOT_FOUND``, ``CONFLICT``, ...), ``UNREACHABLE`` where no
    sandbox answered, ``TIMEOUT`` where one took too long and may be at it still; ``status`` is the HTTP status, None
    where there was none; ``details`` names the field and value.
    """

    def __init__(self, code: str, message: str, details: Mapping[str, Any], status: int | None) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.details = details
        self.status = status


class Wire:
    """Calls the control plane of one sandbox. ``namespace`` is the one to act on; None leaves it to the URL."""

    def __init__(
        self,
        url: str = URL,
        namespace: str | None = None,
        admin_token: str | None = None,
        *,
        timeout: float = PATIENCE,
        transport: httpx2.BaseTransport | None = None,
    ) -> None:
        headers = {} if namespace is None else {"X-Sandbox-Namespace": namespace}
        if admin_token is not None:
            headers["Authorization"] = f"Bearer {admin_token}"
        self.url = url.rstrip("/")
        try:
            self._client = httpx2.Client(
                headers=headers,
                timeout=timeout,
                transport=transport,
                trust_env=False,
                verify=ssl.create_default_context() if url.startswith("https") else _plain(),
            )
        except UnicodeEncodeError:
            msg = "The namespace and the token are sent as headers: plain ASCII only"
            raise Refused("INVALID_REQUEST", msg, {}, None) from None

    def call(
        self,
        method: str,
        path: str,
        *,
        at: Mapping[str, Any] | None = None,
        query: Mapping[str, Any] | None = None,
        headers: Mapping[str, Any] | None = None,
        body: Any = None,
        media: str = "application/json",
    ) -> Any:
        """Ask; JSON is answered parsed, anything else as bytes.

        ``at`` fills the placeholders of ``path``. What is None is left out, in ``query``, in ``headers`` and at the top
        of ``body``, which is bytes unless ``media`` is JSON. Raises Refused.
        """
        values = {name: quote(str(value), safe="") for name, value in (at or {}).items()}
        sent = {} if body is None else _sent(body, media)
        try:
            answer = self._client.request(
                method,
                self.url + path.format_map(values),
                params={name: _text(value) for name, value in _said(query).items()},
                headers={name: str(_text(value)) for name, value in _said(headers).items()} | sent.pop("headers", {}),
                **sent,
            )
        except httpx2.ReadTimeout:
            msg = f"no answer within {self._client.timeout.read:g} s from {self.url}, which may be at it still"
            raise Refused("TIMEOUT", msg, {}, None) from None
        except (httpx2.HTTPError, httpx2.InvalidURL) as error:
            msg = f"no sandbox answers at {self.url}: {error}"
            raise Refused("UNREACHABLE", msg, {}, None) from None
        return _read(answer)

    def close(self) -> None:
        """Hang up."""
        self._client.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _plain() -> ssl.SSLContext:
    """Loads no certificates: plain HTTP needs none, and they take longer than a request."""
    return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


def _said(given: Mapping[str, Any] | None) -> dict[str, Any]:
    return {name: value for name, value in (given or {}).items() if value is not None}


def _text(value: Any) -> Any:
    """A parameter as JSON writes it; a sequence is repeated."""
    return str(value).lower() if isinstance(value, bool) else value


def _sent(body: Any, media: str) -> dict[str, Any]:
    if media == "application/json":
        return {"json": _said(body) if isinstance(body, Mapping) else body}
    return {"content": body, "headers": {"Content-Type": media}}


def _read(answer: httpx2.Response) -> Any:
    is_json = "json" in answer.headers.get("content-type", "").partition(";")[0].split("/")[-1].split("+")
    try:
        body = answer.json() if is_json else answer.content
    except ValueError:
        body = None
    if answer.is_success:
        return None if answer.status_code == NO_CONTENT else body
    told = body.get("error") if isinstance(body, dict) else None
    if not isinstance(told, dict):
        msg = f"what answers at {answer.request.url} is no control plane: {answer.status_code}"
        raise Refused("UNREACHABLE", msg, {}, answer.status_code)
    raise Refused(told.get("code", ""), told.get("message", ""), told.get("details", {}), answer.status_code)
