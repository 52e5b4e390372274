"""The collections of Dynamic Monetization, all on one page."""

from decimal import Decimal

from sandbox.apis.dynamic_monetization.records import (
    Action,
    Condition,
    Configured,
    Instance,
    Key,
    LineItem,
    RateTable,
    Session,
    Signer,
    Stage,
)
from sandbox.kernel.store import Table

NAME = "dynamic_monetization"

KEYS: Table[Key] = Table("dynamic_monetization.keys")
"""``<role> <key id>`` → key"""
STAGES: Table[tuple[Stage, ...]] = Table("dynamic_monetization.stages")
"""``<role> <key id>`` → what counts as its value now and later, in that order"""
SIGNERS: Table[Signer] = Table("dynamic_monetization.signers")
"""role → the built-in key pair that tokens are made with"""
INSTANCES: Table[Instance] = Table("dynamic_monetization.instances")
"""id → instance"""
ACCOUNTS: Table[str] = Table("dynamic_monetization.accounts")
"""account → its default instance"""
LINE_ITEMS: Table[LineItem] = Table("dynamic_monetization.lineItems")
"""of an instance: activation id → line item"""
USED: Table[Decimal] = Table("dynamic_monetization.used")
"""of an instance: activation id → tokens used, for deleted line items too while a session holds some"""
CONDITIONS: Table[Condition] = Table("dynamic_monetization.conditions")
"""of an instance: id → condition"""
ACTIONS: Table[tuple[Action, ...]] = Table("dynamic_monetization.actions")
"""of an instance: activation id → its actions in order"""
ALLOCATED: Table[Decimal] = Table("dynamic_monetization.allocated")
"""of an instance: action id → tokens used under it"""
RATE_TABLES: Table[RateTable] = Table("dynamic_monetization.rateTables")
"""series and version → rate table"""
SESSIONS: Table[Session] = Table("dynamic_monetization.sessions")
"""id → session"""
LIVE: Table[str] = Table("dynamic_monetization.live")
"""of an instance: session id → the same, while IDLE or ACTIVE"""
CONFIGURATION: Table[Configured] = Table("dynamic_monetization.configuration")
"""name → value, where it was changed"""
