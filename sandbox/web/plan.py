"""One operation compiled from its spec: everything a request needs, decided at the start."""

import inspect
from collections.abc import Callable, Mapping
from typing import Any

import inflection
import orjson

from sandbox.kernel.errors import Crash
from sandbox.kernel.references import resolve
from sandbox.kernel.request import Headers, Request
from sandbox.kernel.schema import Check, first_problem
from sandbox.web.body import JSON, Body
from sandbox.web.dialect import compile_body
from sandbox.web.parameters import Parameter, parse_query, refuse_unknown

NAMESPACE_HEADER = "X-Sandbox-Namespace"

_SECURITY = {"http", "apiKey"}


class Plan:
    """A compiled operation. ``secured`` says whether the Api is asked who sent it, ``method`` is the handler's name.

    An ``exact`` one refuses query parameters that it does not have; others leave them alone.
    """

    __slots__ = (
        "_body",
        "_checks",
        "_defaults",
        "_exact",
        "_headers",
        "_path",
        "_query",
        "_responses",
        "_spec",
        "method",
        "operation_id",
        "secured",
    )

    def __init__(
        self,
        spec: Mapping[str, Any],
        path: str,
        verb: str,
        decode: Callable[[Request], Any] | None = None,
        *,
        exact: bool = False,
    ) -> None:
        """Raises ValueError when something in the operation is not translated."""
        operation = spec["paths"][path][verb]
        self.operation_id: str = operation["operationId"]
        self.method = method_name(self.operation_id)
        self.secured = _secured(spec, operation)
        self._exact = exact
        shared = spec["paths"][path].get("parameters", [])
        given = [resolve(spec, parameter) for parameter in (*shared, *operation.get("parameters", []))]
        cookies = [p["name"] for p in given if p["in"] == "cookie"]
        if cookies:
            msg = f"{verb.upper()} {path}: cookie parameters ({cookies[0]!r}) are not supported"
            raise ValueError(msg)
        by_name = {p["name"]: Parameter(spec, p) for p in given if p["in"] == "path"}
        self._path = [by_name[part[1:-1]] for part in path.split("/") if part.startswith("{")]
        self._query = [Parameter(spec, p) for p in given if p["in"] == "query"]
        self._headers = [Parameter(spec, p) for p in given if p["in"] == "header" and p["name"] != NAMESPACE_HEADER]
        self._defaults = {p.argument: p.default for p in (*self._query, *self._headers) if p.has_default}
        body = operation.get("requestBody")
        self._body = None if body is None else Body(spec, resolve(spec, body), decode)
        self._spec = spec
        self._responses: Mapping[str, Any] = operation["responses"]
        self._checks: dict[int, Check] = {}

    def bind(self, handlers: type) -> Callable[..., Any]:
        """The handler method of this operation; raises ValueError when it is missing or takes other arguments."""
        method = getattr(handlers, self.method, None)
        if method is None:
            msg = f"{handlers.__module__}.{handlers.__name__} has no method {self.method} for {self.operation_id}"
            raise ValueError(msg)
        takes = set(list(inspect.signature(method).parameters)[1:])
        if takes != self.arguments:
            msg = (
                f"{handlers.__module__}.{self.method} takes {sorted(takes)}, its operation has {sorted(self.arguments)}"
            )
            raise ValueError(msg)
        return method  # type: ignore[no-any-return]  # a function of the class

    @property
    def arguments(self) -> set[str]:
        """The keyword arguments of the handler."""
        names = {p.argument for p in (*self._path, *self._query, *self._headers)}
        return names | {"body"} if self._body else names

    def read(self, request: Request, values: list[str]) -> dict[str, Any]:
        """The handler's arguments out of a request whose raw path values are known. Raises Invalid and its kin."""
        arguments = self._defaults.copy()
        for parameter, segment in zip(self._path, values, strict=True):
            arguments[parameter.argument] = parameter.read_path(segment)
        if self._query or self._exact:
            self._read_query(request.query, arguments)
        for header in self._headers:
            text = request.headers.get(header.name.lower())
            if text is not None:
                arguments[header.argument] = header.read([text])
            elif header.required:
                raise header.missing()
        if self._body is not None:
            arguments["body"] = self._body.read(request)
        return arguments

    def _read_query(self, query: str, arguments: dict[str, Any]) -> None:
        sent = parse_query(query) if query else {}
        if self._exact:
            refuse_unknown(sent, self._query)
        for parameter in self._query:
            texts = sent.get(parameter.name)
            if texts is not None:
                arguments[parameter.argument] = parameter.read(texts)
            elif parameter.required:
                raise parameter.missing()

    @property
    def statuses(self) -> list[str]:
        """The statuses its spec documents, in order."""
        return sorted(self._responses)

    def documented(self, status: str) -> Mapping[str, Any] | None:
        """The answer with that status as its spec has it, None when it has none."""
        definition = self._responses.get(status)
        return None if definition is None else self.resolve(definition)

    def resolve(self, node: Mapping[str, Any]) -> Mapping[str, Any]:
        """A part of its spec, or what it refers to."""
        found: Mapping[str, Any] = resolve(self._spec, node)
        return found

    def check(self, status: int, headers: Headers, body: bytes) -> None:
        """Hold an answer against its documented schema and headers. Raises Crash that says what differs."""
        definition = self.documented(str(status))
        if definition is None:
            msg = f"{self.operation_id} answered {status}, which its spec does not document"
            raise Crash(msg)
        sent = {name.decode().lower() for name, _ in headers}
        for name, header in definition.get("headers", {}).items():
            if resolve(self._spec, header).get("required") and name.lower() not in sent:
                msg = f"{self.operation_id} answered {status} without the header {name}"
                raise Crash(msg)
        content = definition.get("content", {}).get(JSON)
        if content is not None:
            self._check_body(status, content["schema"], body)

    def _check_body(self, status: int, schema: Mapping[str, Any], body: bytes) -> None:
        check = self._checks.get(status)
        if check is None:
            check = self._checks[status] = compile_body(self._spec, schema, response=True)
        problem = first_problem(check, orjson.loads(body))
        if problem:
            msg = f"{self.operation_id} answered {status} against its schema: {problem.message}"
            raise Crash(msg)


def method_name(operation_id: str) -> str:
    """``createMdata`` → ``create_mdata``: the handler method of an operation."""
    return inflection.underscore(operation_id)


def _secured(spec: Mapping[str, Any], operation: Mapping[str, Any]) -> bool:
    """Whether any security is declared; whether a credential is needed, the Api then decides.

    Raises ValueError for a scheme that is not translated.
    """
    alternatives = operation.get("security", spec.get("security", []))
    schemes = spec.get("components", {}).get("securitySchemes", {})
    for name in {name for alternative in alternatives for name in alternative}:
        if resolve(spec, schemes[name])["type"] not in _SECURITY:
            msg = f"security scheme {name!r} is neither http nor apiKey"
            raise ValueError(msg)
    return bool(alternatives)
