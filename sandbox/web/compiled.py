"""From a spec that Connexion has loaded and a class of handlers to compiled operations."""

import inspect
from collections.abc import Mapping
from typing import Any

from connexion.exceptions import ResolverError
from connexion.http_facts import METHODS
from connexion.middleware.abstract import AbstractRoutingAPI
from connexion.operations import AbstractOperation
from connexion.resolver import Resolution, Resolver
from connexion.spec import Specification

from sandbox.kernel.api import Api
from sandbox.web.mounted import Mounted, Operation
from sandbox.web.plan import Plan, method_name


class HandlerResolver(Resolver):
    """Binds each operationId to the handler method of that name; a missing one stops the start."""

    def __init__(self, handlers: type) -> None:
        super().__init__()
        self._handlers = handlers

    def resolve(self, operation: AbstractOperation) -> Resolution:
        """The handler method. Raises ResolverError."""
        name = method_name(operation.operation_id)
        method = inspect.getattr_static(self._handlers, name, None)
        if method is None:
            msg = f"{self._handlers.__module__}.{self._handlers.__name__} has no method {name}"
            raise ResolverError(msg)
        return Resolution(method, operation.operation_id)


class _CompiledApi(AbstractRoutingAPI):
    """Every operation of one spec, compiled into a plan."""

    def __init__(
        self, specification: Specification, document: Mapping[str, Any], mounted: Mounted, **options: Any
    ) -> None:
        self._document = document
        self._mounted = mounted
        super().__init__(specification, **options)

    def make_operation(self, operation: AbstractOperation) -> Operation:
        """The plan with its handler method. Raises ValueError that names API, method and path."""
        where = f"{self._mounted.api.name}: {operation.method.upper()} {operation.path}"
        try:
            api = self._mounted.api
            plan = Plan(self._document, operation.path, operation.method, api.decode, exact=not api.vendor)
            return plan, plan.bind(api.handlers)
        except KeyError as error:
            msg = f"{where}: {error} is used but nowhere defined"
            raise ValueError(msg) from None
        except ValueError as error:
            msg = f"{where}: {error}"
            raise ValueError(msg) from None

    @staticmethod
    def _framework_path_and_name(operation: AbstractOperation, path: str) -> tuple[str, str]:
        return path, operation.operation_id

    def _add_operation_internal(
        self,
        method: str,
        path: str,
        operation: Operation,
        name: str | None = None,  # noqa: ARG002  # Connexion passes it
    ) -> None:
        self._mounted.routes.add(method, self._mounted.api.mount.base + path, operation)


def skeleton(document: Mapping[str, Any]) -> dict[str, Any]:
    """What Connexion is given of a spec: its paths and operationIds; the plans read the whole document.

    Connexion checks and resolves whatever it is given in pure Python at every start, which would be most of the
    start's time. `make test` checks the whole documents. Raises ValueError for what would be left out silently.
    """
    paths = {
        path: {
            verb: {"operationId": _operation_id(path, verb, operation), "responses": {"200": {"description": ""}}}
            for verb, operation in item.items()
            if _is_operation(path, verb)
        }
        for path, item in document["paths"].items()
    }
    return {"openapi": document["openapi"], "info": {"title": "", "version": ""}, "paths": paths}


def _is_operation(path: str, verb: str) -> bool:
    if verb in {"$ref", "options"}:
        msg = f"path {path}: {verb} is not supported (every path answers OPTIONS by itself)"
        raise ValueError(msg)
    return verb in METHODS


def _operation_id(path: str, verb: str, operation: Mapping[str, Any]) -> str:
    if "operationId" not in operation:
        msg = f"{verb.upper()} {path}: the operation has no operationId"
        raise ValueError(msg)
    return str(operation["operationId"])


def compile_api(specification: Specification, document: Mapping[str, Any], api: Api) -> Mounted:
    """An Api with its operations compiled from its whole ``document``, bound as Connexion resolved them.

    Raises ValueError for what cannot be translated, ResolverError for an operation without a handler.
    """
    mounted = Mounted(api)
    _CompiledApi(specification, document, mounted, resolver=HandlerResolver(api.handlers))
    return mounted
