"""The records of Monetize360. Frozen: change is replacement. Instants are milliseconds since 1970, UTC.

MData records have no class: a record is kept as the exact bytes of its JSON, ready to be answered (see mdata.py).
"""

from dataclasses import dataclass, field
from typing import Any

from sandbox.apis.monetize360.fields import Fields, compile_fields
from sandbox.kernel.codec import derived
from sandbox.kernel.limits import Limit

TIERS = {"standard": 100, "premium": 1_000, "enterprise": 1_000_000}
"""Requests a minute (S-M); that of enterprise is custom, this is the default here."""


@dataclass(frozen=True, slots=True)
class Token:
    """An API token with its tier and what it may ask in a minute."""

    token: str
    tier: str
    limit: Limit


@dataclass(frozen=True, slots=True)
class Mobject:
    """An Object (data model). ``schema`` is as the client wrote it, ``fields`` what it compiles to."""

    id: str
    name: str
    description: str
    type: str
    business_key: str | None
    audit_enabled: bool
    schema: dict[str, Any] | None
    created_at: int
    updated_at: int
    fields: Fields = field(compare=False, metadata=derived(lambda told: compile_fields(told["schema"])))

    @property
    def system(self) -> bool:
        """Read-only, not editable (A3.10)."""
        return self.type == "SYSTEM"


@dataclass(frozen=True, slots=True)
class Workflow:
    """A workflow as a scenario describes it (A5).

    ``queue`` and ``duration`` are spans in ms; ``output`` may quote the input; ``error`` is that of a run that fails;
    ``action`` is (verb, mobject id) for an Object's own workflows.
    """

    id: str
    name: str
    description: str
    status: str
    created_at: int
    updated_at: int
    queue: int = 0
    duration: int = 0
    outcome: str = "completed"
    output: Any = field(default_factory=dict)
    error: dict[str, Any] | None = None
    secondary_status: str | None = None
    action: tuple[str, str] | None = None


FINAL = frozenset({"completed", "failed", "cancelled"})


@dataclass(frozen=True, slots=True)
class Execution:
    """One run of a workflow: pending → running → waiting | completed | failed (A3.7)."""

    id: str
    workflow_id: str
    status: str
    input: dict[str, Any]
    started_at: int | None = None
    completed_at: int | None = None
    output: Any = None
    error: dict[str, Any] | None = None
    secondary_status: str | None = None

    @property
    def final(self) -> bool:
        """It has ended, for good."""
        return self.status in FINAL
