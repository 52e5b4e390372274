"""The operations of Monetize360: unpack, apply the rule, represent."""

from collections.abc import Sequence
from itertools import islice
from typing import Any

import orjson

from sandbox.apis.monetize360 import events, mdata, mobjects, query, workflows
from sandbox.apis.monetize360 import representations as show
from sandbox.apis.monetize360.state import EXECUTIONS, MDATA, MOBJECTS, WORKFLOWS
from sandbox.kernel.request import Reply
from sandbox.kernel.world import World

Body = dict[str, Any]


class Handlers:
    """One method per operationId of openapi/monetize360.yaml."""

    __slots__ = ("_world",)

    def __init__(self, world: World) -> None:
        self._world = world

    def list_workflows(self, limit: int, offset: int) -> Reply:
        rows = self._world.store.all(WORKFLOWS)
        page = [show.workflow(row) for row in islice(rows, offset, offset + limit)]
        return show.page(page, len(rows), limit, offset), 200

    def get_workflow(self, workflow_id: str) -> Reply:
        return show.workflow(workflows.find(self._world, workflow_id)), 200

    def execute_workflow(self, workflow_id: str, body: Body | None) -> Reply:
        workflow = workflows.find(self._world, workflow_id)
        given = body or {}
        execution = workflows.execute(self._world, workflow, given.get("data", {}), later=given.get("async", False))
        return show.execution(execution), 200

    def list_executions(self, workflow_id: str, limit: int, offset: int, filter_: Sequence[str] = ()) -> Reply:
        workflows.find(self._world, workflow_id)
        rows = [show.execution(row) for row in self._world.store.all(EXECUTIONS.of(workflow_id))][::-1]
        for field, passes in map(query.parse_filter, filter_):
            rows = [row for row in rows if passes(row.get(field))]
        return show.page(rows[offset : offset + limit], len(rows), limit, offset), 200

    def get_execution(self, workflow_id: str, execution_id: str) -> Reply:
        return show.execution(workflows.find_execution(self._world, workflow_id, execution_id)), 200

    def list_mobjects(self, limit: int, offset: int) -> Reply:
        rows = self._world.store.all(MOBJECTS)
        page = [show.mobject(row) for row in islice(rows, offset, offset + limit)]
        return show.page(page, len(rows), limit, offset), 200

    def create_mobject(self, body: Body) -> Reply:
        return show.mobject(mobjects.create(self._world, body)), 201

    def get_mobject(self, mobject_id: str) -> Reply:
        return show.mobject(mobjects.find(self._world, mobject_id)), 200

    def update_mobject(self, mobject_id: str, body: Body) -> Reply:
        return show.mobject(mobjects.update(self._world, mobject_id, body)), 200

    def delete_mobject(self, mobject_id: str) -> Reply:
        mobjects.delete(self._world, mobject_id)
        return {"success": True, "message": "Object deleted successfully"}, 200

    def create_mdata(self, mobject_id: str, body: Body) -> Reply:
        return mdata.create(self._world, mobjects.find(self._world, mobject_id), body["data"]), 201

    def list_mdata(
        self,
        mobject_id: str,
        limit: int,
        offset: int,
        filter_: Sequence[str] = (),
        sort: str | None = None,
        fields: str | None = None,
    ) -> Reply:
        mobjects.find(self._world, mobject_id)
        names = tuple(fields.split(",")) if fields is not None else None
        asked = query.Query(tuple(filter_), sort, names, limit, offset)
        rows, total = query.run(self._world.store.all(MDATA.of(mobject_id)), asked)
        return show.mdata_page(rows, total, limit, offset), 200

    def get_mdata(self, mobject_id: str, mdata_id: str) -> Reply:
        return mdata.find(self._world, mobject_id, mdata_id), 200

    def update_mdata(self, mobject_id: str, mdata_id: str, body: Body) -> Reply:
        mobject = mobjects.find(self._world, mobject_id)
        return mdata.update(self._world, mobject, mdata_id, body["data"]), 200

    def delete_mdata(self, mobject_id: str, mdata_id: str) -> Reply:
        mdata.delete(self._world, mobjects.find(self._world, mobject_id), mdata_id)
        return {"success": True, "message": "Record deleted successfully"}, 200

    def bulk_create_mdata(self, mobject_id: str, body: Body) -> Reply:
        rows, errors = mdata.create_many(self._world, mobjects.find(self._world, mobject_id), body["data"])
        answer: dict[str, Any] = {
            "success": not errors,
            "totalProcessed": len(rows) + len(errors),
            "created": len(rows),
            "failed": len(errors),
            "data": [orjson.Fragment(row) for row in rows],
        }
        if errors:
            answer["errors"] = errors
        return answer, 201 if rows else 200

    def create_webhook(self, body: Body) -> Reply:
        made = events.subscribe(self._world, body["url"], body["events"], body.get("secret"))
        return show.webhook(made), 201
