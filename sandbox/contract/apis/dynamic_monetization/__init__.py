"""What the kit knows of Dynamic Monetization 1.0."""

from sandbox.contract.apis.dynamic_monetization.oracle import Shadow
from sandbox.contract.apis.dynamic_monetization.probes import PROBES
from sandbox.contract.apis.dynamic_monetization.rules import Metered
from sandbox.contract.ledger import Creation
from sandbox.contract.suites import Suite

_KEY = {"keyId": "id"}
_KEYS = ("keys", "*")
_ITEM = {"instanceId": "instanceId", "lineItemId": "lineItemId"}
_ACTIONS = Creation("actions", ("path", "lineItemId"), "deleteActions", _ITEM)
CREATIONS = {
    "producerAdminKeyUpload": Creation(
        "administration key", ("request", "*", "id"), "deleteProducerAdminKey", _KEY, find="getPublicKeys", items=_KEYS
    ),
    "clientKeyUpload": Creation(
        "client key", ("request", "*", "id"), "deleteClientKey", _KEY, find="getPublicKeys", items=_KEYS
    ),
    "addInstance": Creation("instance", ("id",), None, {"instanceId": "id"}),
    "addActivation": Creation(
        "line item",
        ("request", "activationId"),
        "deleteLineItem",
        {"instanceId": "instanceId", "lineItemId": "id"},
        retire={"state": "OBSOLETE"},
    ),
    "createActions": _ACTIONS,
    "putActions": _ACTIONS,
    "postConditionsOfAccess": Creation(
        "condition",
        ("*", "id"),
        "deleteCondition",
        {"instanceId": "instanceId", "conditionId": "id"},
        find="getConditionsOfAccess",
    ),
    "createSession": Creation(
        "session",
        ("sessionId",),
        "closeSession",
        {"sessionId": "id"},
        within={"instanceId": ("request", "instanceId")},
        gone=(403,),
    ),
    "postRateTables": Creation("rate table", ("request", "series"), None, {"series": "id"}),
    "patchTenantConfigurations": Creation("configuration", (), None),
}
"""Instances and rate tables that are in effect can never be deleted, and what the configuration was is not known.

A session that was closed or has expired is not closed again: that is 403.
"""

SUITE = Suite("dynamic_monetization", Shadow, Metered, PROBES, CREATIONS)
