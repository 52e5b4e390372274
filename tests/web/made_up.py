"""A small made-up API with what the shipped specs do not use: forms, header parameters, a recursive schema."""

from copy import deepcopy
from typing import Any

import yaml

from sandbox import assets
from sandbox.control.errors import envelope
from sandbox.kernel.api import Api, Mount
from sandbox.kernel.errors import Unauthorized
from sandbox.kernel.namespace import Namespace
from sandbox.kernel.request import Reply, Request
from sandbox.kernel.sandbox import Sandbox, Start
from sandbox.kernel.world import World
from sandbox.web.compiled import Specification, compile_api, skeleton
from sandbox.web.pipeline import Mounted, Pipeline
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

    def put_tree(self, **arguments: Any) -> Reply:
        raise NotImplementedError

    def post_form(self, body: Any) -> Reply:
        return {"body": body, "principal": self._world.principal}, 200


def _put_tree(
    self: Handlers,
    tree_id: int,
    depth: int,
    x_trace_id: str,
    body: Any,
    x_weights: list[float] | None = None,
    tag: list[str] | None = None,
    dry: bool | None = None,
) -> Reply:
    told = {"tree": tree_id, "depth": depth, "trace": x_trace_id, "weights": x_weights, "tag": tag, "dry": dry}
    return {**told, "body": body, "principal": self._world.principal}, 200, [(b"x-made", b"up")]


Handlers.put_tree = _put_tree  # type: ignore[method-assign]
