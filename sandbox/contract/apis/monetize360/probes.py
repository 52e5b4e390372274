"""Directed sequences."""

from sandbox.contract.play import Play
from sandbox.contract.steps import Tag
from sandbox.contract.suites import Probe

OBJECT = {
    "name": Tag("customers"),
    "description": "Made by the contract tests",
    "type": "PERSISTENT",
    "businessKey": "kind",
    "auditEnabled": False,
    "schema": {"type": "object", "properties": {"kind": {"type": "string"}}},
}


def tour(play: Play) -> None:
    """Every operation once."""
    made = play.send("createMobject", body=OBJECT)
    play.send("getMobject", {"mobjectId": made.ref("id")})


PROBES = [Probe("tour", tour)]
