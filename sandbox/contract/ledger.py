"""What a run created, written down before it is sent, so that it can be taken back even after a crash."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Creation:
    """What an operation creates.

    ``id`` leads to the new id in the answer's body, or, where it begins with ``request``, in the request's. ``undo`` is
    the operationId that deletes it, None for what can never be deleted: it is permanent. ``parameters`` are the path
    parameters of ``undo``: each is ``id``, or the name of a path parameter of the creating request.
    """

    kind: str
    id: tuple[str | int, ...]
    undo: str | None
    parameters: Mapping[str, str] = field(default_factory=dict)
