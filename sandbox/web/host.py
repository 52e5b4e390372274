"""The server application: Connexion hosts it, compiled operations answer, Flask answers whatever no operation does."""

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import connexion
from connexion.middleware.abstract import SpecMiddleware
from connexion.middleware.exceptions import ExceptionMiddleware
from connexion.middleware.lifespan import LifespanMiddleware
from connexion.middleware.server_error import ServerErrorMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send

from sandbox.kernel.api import Api
from sandbox.web.asgi import Adapter
from sandbox.web.compiled import HandlerResolver, compile_api, skeleton
from sandbox.web.pages import add_pages

_FLASK = {"template_folder": str(Path(__file__).parent / "templates"), "static_folder": None}


class CompiledMiddleware(SpecMiddleware):
    """Receives every ``add_api`` of the Connexion app, compiles its operations, and answers them."""

    def __init__(self, app: ASGIApp, adapter: Adapter) -> None:
        self._app = app
        self._adapter = adapter

    def add_api(self, specification: Any, *, api: Api, document: Mapping[str, Any], **_options: Any) -> None:
        """Compile one Api and start answering for it."""
        self._adapter.pipeline.mount(compile_api(specification, document, api))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """The ASGI entry."""
        if scope["type"] == "http":
            await self._adapter.answer(scope, receive, send, self._app)
        else:
            await self._app(scope, receive, send)


def build_app(adapter: Adapter, apis: Iterable[Api], spec: Callable[[str], Mapping[str, Any]]) -> connexion.FlaskApp:
    """The ASGI application; ``spec`` is the parsed document of an Api by its name.

    Connexion compiles at the first ASGI event, its start: there a spec and handlers that do not fit raise ValueError
    or ResolverError.
    """
    apis = tuple(apis)
    middlewares = [
        partial(CompiledMiddleware, adapter=adapter),
        ServerErrorMiddleware,
        ExceptionMiddleware,
        LifespanMiddleware,
    ]
    app = connexion.FlaskApp("sandbox", middlewares=middlewares, lifespan=adapter.lifespan, server_args=_FLASK)
    for api in apis:
        app.add_api(
            skeleton(spec(api.name)),
            base_path=api.mount.prefix + api.mount.base,
            name=api.name,
            resolver=HandlerResolver(api.handlers),
            pythonic_params=True,
            api=api,
            document=spec(api.name),
        )
    add_pages(app.app, apis, spec)
    return app
