"""States of a namespace to come back to, here or on another machine.

Written from openapi/control.yaml by tools/write_client.py.
"""

from collections.abc import Callable, Mapping
from typing import Any, TypedDict

from sandbox.client.shapes import Deletion, Summary


class Snapshot(TypedDict):
    """A kept state of a namespace, and what that namespace was seeded from."""

    name: str
    namespace: str
    scenario: str
    seed: int
    scale: float
    at: str
    records: int


class SnapshotList(TypedDict):
    """Snapshot list."""

    snapshots: list[Snapshot]


class ExportContent(TypedDict):
    """The member content of Export."""

    namespaces: list[dict[str, Any]]


class Export(TypedDict):
    """States of namespaces as a file that any sandbox of the same format reads."""

    format: str
    formatVersion: int
    sandboxVersion: str
    checksum: str
    content: ExportContent


class SnapshotsOperations:
    """States of a namespace to come back to, here or on another machine."""

    def __init__(self, call: Callable[..., Any]) -> None:
        self._call = call

    def list(self) -> SnapshotList:
        """List the snapshots. All that this server keeps, of whichever namespace, in the order they were taken."""
        answer: SnapshotList = self._call("GET", "/__admin/snapshots")
        return answer

    def take(self, *, name: str | None = None) -> Snapshot:
        """Take a snapshot.

        Keeps the present state of the namespace under a name: data, clock, agenda, settings, webhooks with their
        deliveries. It costs microseconds, whatever the size of the data. A name that is taken, more than 100 snapshots,
        or a clock that is being moved is 409. Snapshots stay until they are deleted or the server ends.
        """
        answer: Snapshot = self._call("POST", "/__admin/snapshots", body={"name": name})
        return answer

    def get(self, name: str) -> Snapshot:
        """Read a snapshot. Which namespace a snapshot was taken of, when on its clock, and how much it holds."""
        answer: Snapshot = self._call("GET", "/__admin/snapshots/{name}", at={"name": name})
        return answer

    def delete(self, name: str) -> Deletion:
        """Delete a snapshot. Forgets a snapshot. Namespaces that were restored to it stay as they are."""
        answer: Deletion = self._call("DELETE", "/__admin/snapshots/{name}", at={"name": name})
        return answer

    def restore(self, name: str) -> Summary:
        """Go back to a snapshot.

        Replaces all that the namespace holds by what the snapshot holds, clock included, and clears faults, limiter and
        journal; this is the start that `reset` returns to. It costs microseconds. The snapshot may be of another
        namespace: credentials issued for this one stay good.
        """
        answer: Summary = self._call("POST", "/__admin/snapshots/{name}/restore", at={"name": name})
        return answer

    def export(self, name: str) -> Export:
        """Export a snapshot. As `GET /__admin/export`, of the state that the snapshot holds."""
        answer: Export = self._call("GET", "/__admin/snapshots/{name}/export", at={"name": name})
        return answer

    def export_namespace(self) -> Export:
        """Export a namespace.

        Answers the present state of the namespace as one portable file: what a snapshot holds, with its credentials.
        The same state is the same bytes. While the clock is being moved it is 409.
        """
        answer: Export = self._call("GET", "/__admin/export")
        return answer

    def import_namespace(self, body: Mapping[str, Any]) -> Summary:
        """Import a namespace.

        Takes what `GET /__admin/export` answered, here or on another machine, and replaces all that the namespace holds
        by it, as restoring a snapshot does. Of a file with several namespaces it takes the one of the same name. The
        whole file is checked first: a wrong format, version or checksum, an unknown table or field, a value of another
        type is 400, and nothing has changed. A file over 10 MiB is for `msandbox serve --import FILE`.
        """
        answer: Summary = self._call("POST", "/__admin/import", body=body)
        return answer
