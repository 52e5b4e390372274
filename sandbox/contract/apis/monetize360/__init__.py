"""What the kit knows of Monetize360 v1."""

from sandbox.contract.apis.monetize360.oracle import Shadow
from sandbox.contract.apis.monetize360.probes import PROBES
from sandbox.contract.apis.monetize360.rules import Directed
from sandbox.contract.ledger import Creation
from sandbox.contract.suites import Suite

SUITE = Suite(
    "monetize360",
    Shadow,
    Directed,
    PROBES,
    {
        "createMobject": Creation("mobject", ("id",), "deleteMobject", {"mobjectId": "id"}),
        "createMdata": Creation("record", ("id",), "deleteMdata", {"mobjectId": "mobjectId", "mdataId": "id"}),
    },
)
