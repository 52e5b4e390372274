"""The operations of the control plane (openapi/control.yaml), by what they act on."""

from platform import python_version
from typing import Any, cast

from sandbox import __version__, assets
from sandbox.control.environment import Environment
from sandbox.control.faults import FaultRules
from sandbox.control.hooks import Hooks
from sandbox.control.journal import Exchanges
from sandbox.control.metrics import Metrics
from sandbox.control.namespaces import Namespaces
from sandbox.control.scenarios import Scenarios
from sandbox.control.settings import Settings
from sandbox.control.snapshots import Snapshots
from sandbox.control.time import Time
from sandbox.kernel.clock import stopwatch
from sandbox.kernel.request import Reply


class Handlers(Time, Namespaces, Environment, Scenarios, Exchanges, Metrics, FaultRules, Settings, Hooks, Snapshots):
    """One method per operationId."""

    __slots__ = ()

    def get_health(self) -> Reply:
        names = [api.name for api in self._sandbox.vendors]
        return {
            "status": "ok",
            "version": __version__,
            "versions": {"python": python_version()} | {name: _spec_version(name) for name in names},
            "uptimeSeconds": round(stopwatch() - self._sandbox.started, 3),
            "apis": names,
            "namespaces": len(self._sandbox.namespaces),
        }, 200


def _spec_version(name: str) -> str:
    """That of the contract that is simulated."""
    info = cast("dict[str, Any]", assets.spec(name)["info"])
    return str(info["version"])
