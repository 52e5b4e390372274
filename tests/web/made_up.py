"""A small made-up API with what the shipped specs do not use: forms, header parameters, a recursive schema."""

from collections.abc import Mapping
from typing import Any

import yaml
from connexion.spec import Specification

from sandbox.control.errors import envelope
from sandbox.kernel.api import Api, Mount
from sandbox.kernel.errors import Unauthorized
from sandbox.kernel.namespace import Namespace
from sandbox.kernel.request import Reply, Request
from sandbox.kernel.sandbox import Sandbox, Start
from sandbox.kernel.scenario import Library
from sandbox.kernel.world import World
from sandbox.web.compiled import compile_api, skeleton
from sandbox.web.mounted import Mounted
from sandbox.web.pipeline import Pipeline
from tests.client import Client

SPEC = """
openapi: 3.0.3
info: {title: Made up, version: '1'}
security:
  - token: []
  - key: []
  - {}
paths:
  /trees/{treeId}:
    parameters:
      - {name: treeId, in: path, required: true, schema: {type: integer}}
      - {name: depth, in: query, schema: {type: integer}}
    put:
      operationId: putTree
      parameters:
        - {name: depth, in: query, schema: {type: integer, maximum: 9, default: 3}}
        - {name: X-Trace-Id, in: header, required: true, schema: {type: string, minLength: 2}}
        - {name: X-Weights, in: header, schema: {type: array, items: {type: number}}}
        - {name: tag, in: query, explode: false, schema: {type: array, items: {type: string, enum: [a, b, c]}}}
        - {name: dry, in: query, schema: {type: boolean}}
      requestBody:
        required: true
        content:
          application/json: {schema: {$ref: '#/components/schemas/Tree'}}
      responses:
        '200':
          description: Done
          headers: {X-Made: {required: true, schema: {type: string}}}
          content: {application/json: {schema: {type: object}}}
  /forms:
    post:
      operationId: postForm
      security: []
      requestBody:
        required: true
        content:
          application/x-www-form-urlencoded:
            schema:
              type: object
              required: [count]
              properties:
                count: {$ref: '#/components/schemas/Count'}
                names: {type: array, items: {type: string}}
                agreed: {type: boolean}
          application/json:
            schema: {type: object, additionalProperties: false, properties: {count: {type: integer}}}
      responses:
        '200': {description: Done, content: {application/json: {schema: {type: object}}}}
components:
  securitySchemes:
    token: {type: http, scheme: bearer}
    key: {type: apiKey, in: header, name: X-Key}
  schemas:
    Count: {type: integer, minimum: 1}
    Tree:
      type: object
      required: [id, value]
      properties:
        id: {type: string, readOnly: true}
        value: {type: integer, nullable: true}
        kind: {type: string, nullable: true, enum: [oak, elm]}
        secret: {type: string, writeOnly: true}
        children: {type: array, items: {$ref: '#/components/schemas/Tree'}}
"""


class Handlers:
    """Answers what it was called with."""

    def __init__(self, world: World) -> None:
        self._world = world

    def put_tree(
        self,
        tree_id: int,
        depth: int,
        x_trace_id: str,
        body: Any,
        x_weights: list[float] | None = None,
        tag: list[str] | None = None,
        dry: Any = None,
    ) -> Reply:
        told = {"tree": tree_id, "depth": depth, "trace": x_trace_id, "weights": x_weights, "tag": tag, "dry": dry}
        return {**told, "body": body, "principal": self._world.principal}, 200, [(b"x-made", b"up")]

    def post_form(self, body: Any) -> Reply:
        return {"body": body}, 200


def authenticate(_sandbox: Sandbox, _namespace: Namespace, request: Request) -> str:
    """Any of the three ways in: a token, a key, nobody at all; not a wrong one."""
    if "x-key" in request.headers:
        return f"key {request.headers['x-key']}"
    sent = request.headers.get("authorization", "")
    if sent and sent != "Bearer good":
        msg = "Unknown token"
        raise Unauthorized(msg)
    return sent


API = Api(name="made-up", mount=Mount("/made-up"), handlers=Handlers, envelope=envelope, authenticate=authenticate)


def document() -> dict[str, Any]:
    """The spec, to be changed at will."""
    parsed: dict[str, Any] = yaml.safe_load(SPEC)
    return parsed


def compiled(spec: Mapping[str, Any], api: Api = API) -> Mounted:
    """The spec as the start compiles it. Raises ValueError or ResolverError."""
    return compile_api(Specification.from_dict(skeleton(spec)), spec, api)


def made_up_client(api: Api = API, *, check_responses: bool = True) -> Client:
    """Calls the made-up API."""
    library = Library(("nothing",), lambda name: (name, "clock: 2024-01-15T10:30:00Z"))
    pipeline = Pipeline(Sandbox([api], library, Start("nothing")), check_responses=check_responses)
    pipeline.mount(compiled(document(), api))
    return Client(pipeline, token=None)
