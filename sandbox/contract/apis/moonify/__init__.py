"""What the kit knows of Moonify 0.2."""

from sandbox.contract.apis.moonify.oracle import Shadow
from sandbox.contract.apis.moonify.probes import PROBES
from sandbox.contract.apis.moonify.rule_probes import MORE
from sandbox.contract.apis.moonify.rules import Directed
from sandbox.contract.ledger import Creation
from sandbox.contract.suites import Suite

SUITE = Suite(
    "moonify",
    Shadow,
    Directed,
    [*PROBES, *MORE],
    {"createSession": Creation("session", ("tokenID",), None)},
)
