"""What the kit knows of Monetize360 v1."""

from sandbox.contract.apis.monetize360.oracle import Shadow
from sandbox.contract.apis.monetize360.probes import PROBES
from sandbox.contract.apis.monetize360.rules import Directed
from sandbox.contract.ledger import Creation
from sandbox.contract.suites import Named, Suite

_RECORD = {"mobjectId": "mobjectId", "mdataId": "id"}
_LISTED = ("data", "*")
CREATIONS = {
    "createMobject": Creation(
        "mobject", ("id",), "deleteMobject", {"mobjectId": "id"}, find="listMobjects", items=_LISTED
    ),
    "createMdata": Creation("record", ("id",), "deleteMdata", _RECORD, find="listMdata", items=_LISTED),
    "bulkCreateMdata": Creation("record", (*_LISTED, "id"), "deleteMdata", _RECORD, find="listMdata", items=_LISTED),
    "createWebhook": Creation("webhook", ("id",), None),
    "executeWorkflow": Creation("execution", ("executionId",), None),
}

NAMED = {"listWorkflows": Named("workflowId", _LISTED)}

SUITE = Suite("monetize360", Shadow, Directed, PROBES, CREATIONS, named=NAMED)
