"""The server application: Connexion hosts it, compiled operations answer, Flask answers whatever no operation does."""

import inspect
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Any

import connexion
from connexion.exceptions import ResolverError
from connexion.middleware.abstract import AbstractRoutingAPI, SpecMiddleware
from connexion.middleware.exceptions import ExceptionMiddleware
from connexion.middleware.lifespan import LifespanMiddleware
from connexion.middleware.server_error import ServerErrorMiddleware
from connexion.operations import AbstractOperation
from connexion.resolver import Resolution, Resolver
from starlette.types import ASGIApp, Receive, Scope, Send

from sandbox.kernel.api import Api
from sandbox.web.asgi import Adapter
from sandbox.web.pages import add_pages
from sandbox.web.pipeline import Mounted, Operation, Pipeline
from sandbox.web.plan import Plan, method_name

SpecText = Callable[[str], Mapping[str, Any]]
"""The parsed spec of an Api by its name."""


class HandlerResolver(Resolver):
    """Binds each operationId to the handler method of that name; a missing one stops the start."""

    def __init__(self, handlers: type) -> None:
        super().__init__()
        self._handlers = handlers

    def resolve(self, operation: AbstractOperation) -> Resolution:
        name = method_name(operation.operation_id)
        method = inspect.getattr_static(self._handlers, name, None)
        if method is None:
            msg = f"{self._handlers.__module__}.{self._handlers.__name__} has no method {name}"
            raise ResolverError(msg)
        return Resolution(method, operation.operation_id)


class _CompiledApi(AbstractRoutingAPI[Operation]):
    """Every operation of one spec, compiled into a plan."""

    def __init__(self, specification: Any, *, mounted: Mounted, **options: Any) -> None:
        self._mounted = mounted
        super().__init__(specification, **options)

    def make_operation(self, operation: AbstractOperation) -> Operation:
        raw = self.specification.raw
        plan = Plan(raw, operation.path, operation.method, raw["paths"][operation.path][operation.method])
        return plan, plan.bind(self._mounted.api.handlers)

    @staticmethod
    def _framework_path_and_name(operation: AbstractOperation, path: str) -> tuple[str, str]:
        return path, operation.operation_id

    def _add_operation_internal(self, method: str, path: str, operation: Operation, name: str | None = None) -> None:
        self._mounted.routes.add(method, self._mounted.api.mount.base + path, operation)


class CompiledMiddleware(SpecMiddleware):
    """Receives every ``add_api`` of the Connexion app, compiles its operations, and answers them."""

    def __init__(self, app: ASGIApp, pipeline: Pipeline, adapter: Adapter) -> None:
        self._app = app
        self._pipeline = pipeline
        self._adapter = adapter

    def add_api(self, specification: Any, *, mounted: Mounted, **options: Any) -> Any:
        api = _CompiledApi(specification, mounted=mounted, **options)
        self._pipeline.mount(mounted)
        return api

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            await self._adapter.answer(scope, receive, send, self._app)
        else:
            await self._app(scope, receive, send)


def build_app(pipeline: Pipeline, apis: Iterable[Api], spec: SpecText) -> connexion.FlaskApp:
    """The ASGI application. Raises ValueError or ResolverError when a spec and its handlers do not fit."""
    apis = tuple(apis)
    adapter = Adapter(pipeline)
    middlewares = [
        partial(CompiledMiddleware, pipeline=pipeline, adapter=adapter),
        ServerErrorMiddleware,
        ExceptionMiddleware,
        LifespanMiddleware,
    ]
    app = connexion.FlaskApp("sandbox", middlewares=middlewares, lifespan=adapter.lifespan)
    for api in apis:
        app.add_api(
            dict(spec(api.name)),
            base_path=api.mount.prefix + api.mount.base,
            name=api.name,
            resolver=HandlerResolver(api.handlers),
            pythonic_params=True,
            mounted=Mounted(api),
        )
    add_pages(app.app, apis, spec)
    return app
