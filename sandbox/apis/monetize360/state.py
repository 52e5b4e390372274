"""The collections of Monetize360, all on one page."""

from sandbox.apis.monetize360.records import Execution, Mobject, Token, Workflow
from sandbox.kernel.store import Table

NAME = "monetize360"

TOKENS: Table[Token] = Table("monetize360.tokens")
MOBJECTS: Table[Mobject] = Table("monetize360.mobjects")
MOBJECT_NAMES: Table[str] = Table("monetize360.names")
"""name → mobject id"""
MDATA: Table[bytes] = Table("monetize360.mdata")
"""of(mobject id): record id → the record's JSON"""
UNIQUE: Table[str] = Table("monetize360.unique")
"""of(mobject id/field): value as JSON text → record id"""
WORKFLOWS: Table[Workflow] = Table("monetize360.workflows")
EXECUTIONS: Table[Execution] = Table("monetize360.executions")
"""of(workflow id): execution id → execution"""
