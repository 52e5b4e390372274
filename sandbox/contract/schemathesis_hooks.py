"""The hooks of the kit's Schemathesis runs: Schemathesis imports this module in its own process, nobody else does."""

import os
from collections.abc import Callable, Mapping
from http import HTTPStatus
from importlib import import_module
from io import BytesIO
from typing import Any
from weakref import WeakKeyDictionary, WeakSet

import orjson
import schemathesis
from requests import ConnectionError as NotSent
from requests import PreparedRequest, Response
from requests.adapters import HTTPAdapter
from urllib3 import HTTPResponse

from sandbox.contract.contracts import contract
from sandbox.contract.credentials import Credentials
from sandbox.contract.findings import Breach
from sandbox.contract.guard import Guard
from sandbox.contract.onlooker import SECRETS, SETTINGS, Onlooker, Settings
from sandbox.contract.reach import trusted
from sandbox.contract.targets import Refused
from sandbox.contract.wire import Answer


def _guard(settings: Settings, secrets: Mapping[str, Mapping[str, str]]) -> Guard | None:
    """What keeps a real target safe; the sandbox needs none."""
    if settings.gate is None:
        return None
    values = {one: headers["authorization"] for one, headers in secrets.items() if headers}
    return Guard.from_settings(settings.gate, Credentials(settings.api, **values))


def _onlooker() -> Onlooker:
    settings = Settings.read(os.environ[SETTINGS])
    module, _, name = settings.oracle.partition(":")
    oracle = getattr(import_module(module), name)() if "stateful" in settings.layers else None
    return Onlooker(settings, _secrets, contract(settings.api), oracle)


_secrets: Mapping[str, Mapping[str, str]] = orjson.loads(os.environ[SECRETS])
_onlooker_of_run = _onlooker()
_guard_of_run = _guard(_onlooker_of_run.settings, _secrets)
_noted: "WeakKeyDictionary[PreparedRequest, list[Breach]]" = WeakKeyDictionary()
_unsent: WeakSet[PreparedRequest] = WeakSet()
_send = HTTPAdapter.send
_MACHINE: dict[str, Any] = {"proxies": {}, "verify": trusted()}
"""What is taken from the machine's settings: whom to trust, and nothing else."""
_started_by = os.getppid()


def _watched(self: HTTPAdapter, request: PreparedRequest, *args: Any, **kwargs: Any) -> Response:
    """As HTTPAdapter.send, for each and every request; straight to the target, whatever proxies the machine has."""
    if os.getppid() != _started_by:
        os._exit(1)  # who started this was killed: nobody would take back what is created now
    answered: list[Response] = []

    def send(headers: dict[str, str]) -> Answer:
        real = request.copy()
        real.headers.clear()
        real.headers.update(headers)
        answered.append(_guarded(real, lambda one: _send(self, one, *args, **kwargs | _MACHINE)))
        return _answer(answered[0])

    body = request.body.encode() if isinstance(request.body, str) else request.body or b""
    if not isinstance(body, bytes):
        raise NotSent("the body is a stream: nobody could judge it")
    headers = {name: _text(value) for name, value in request.headers.items()}
    try:
        noted = _onlooker_of_run.carry(request.method or "", request.url or "", headers, body, send)
    except Refused:
        return _refused(request)
    response = answered[0]
    response.request = request
    _noted[request] = noted
    return response


def _guarded(request: PreparedRequest, send: Callable[[PreparedRequest], Response]) -> Response:
    """What a request is answered, where it may be sent. Raises Refused."""
    return send(request) if _guard_of_run is None else _guard_of_run.carry(request, send)


def _refused(request: PreparedRequest) -> Response:
    """An answer in place of one: Schemathesis goes on, and what its checks say of it does not count."""
    response = Response()
    response.status_code = HTTPStatus.FORBIDDEN
    response.reason = "Not sent"
    response.raw = HTTPResponse(BytesIO(), status=HTTPStatus.FORBIDDEN, version=11, preload_content=False)
    response.url, response.request = request.url or "", request
    _unsent.add(request)
    return response


def _text(value: str | bytes) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else value


def _answer(response: Response) -> Answer:
    headers: dict[str, str] = {}
    for name in response.raw.headers:
        headers[name.lower()] = ", ".join(response.raw.headers.getlist(name))
    return Answer(response.status_code, headers, response.content)


HTTPAdapter.send = _watched  # type: ignore[method-assign]  # under whatever sends


@schemathesis.hook
def before_call(_context: Any, case: Any, **_kwargs: Any) -> None:
    """Remember which phase it is: a run has one worker, so what follows is of that phase too."""
    if case.meta is not None:
        _onlooker_of_run.phase = case.meta.phase.name.value


@schemathesis.hook
def filter_failure(_context: Any, _failure: Any, _case: Any, response: Any) -> bool:
    """Whether a failure is the target's: it was asked."""
    return response.request not in _unsent


@schemathesis.check
class Shadow:
    """Fails where the answer breaks the contract in the eyes of the kit: the file of what was found says it all."""

    def after_response(self, _context: Any, response: Any, _case: Any) -> None:
        """Raises AssertionError."""
        noted = _noted.get(response.request, [])
        if noted:
            raise AssertionError("\n".join(f"{one.rule} {one.where}: {one.expected}, got {one.got}" for one in noted))
