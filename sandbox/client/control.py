"""The client of the control plane. Written from openapi/control.yaml by tools/write_client.py."""

from collections.abc import Callable
from typing import Any, TypeVar

import httpx2

from sandbox.client.clock import ClockOperations
from sandbox.client.faults import FaultsOperations
from sandbox.client.health import HealthOperations
from sandbox.client.journal import JournalOperations
from sandbox.client.namespaces import NamespacesOperations
from sandbox.client.scenarios import ScenariosOperations
from sandbox.client.settings import SettingsOperations
from sandbox.client.snapshots import SnapshotsOperations
from sandbox.client.webhooks import WebhooksOperations
from sandbox.client.wire import PATIENCE, URL, Wire

T = TypeVar("T")


class Control(Wire):
    """The control plane of one sandbox, by groups of operations. Each raises Refused."""

    def __init__(
        self,
        url: str = URL,
        namespace: str | None = None,
        admin_token: str | None = None,
        *,
        timeout: float = PATIENCE,
        transport: httpx2.BaseTransport | None = None,
    ) -> None:
        """``timeout`` is in real seconds; ``transport`` is another way than over the network."""
        super().__init__(url, namespace, admin_token, timeout=timeout, transport=transport)
        self.health = HealthOperations(self.call)
        self.namespaces = NamespacesOperations(self.call)
        self.clock = ClockOperations(self.call)
        self.snapshots = SnapshotsOperations(self.call)
        self.scenarios = ScenariosOperations(self.call)
        self.journal = JournalOperations(self.call)
        self.faults = FaultsOperations(self.call)
        self.settings = SettingsOperations(self.call)
        self.webhooks = WebhooksOperations(self.call)

    def levers(self, kind: Callable[[Callable[..., Any]], T]) -> T:
        """The levers of an API: ``kind`` is ``sandbox.apis.<api>.client.Levers``."""
        return kind(self.call)
