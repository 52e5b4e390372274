"""The typed client of the control plane: ``Control(url, namespace).clock.shift("P1D")``."""

from sandbox.client.control import Control
from sandbox.client.wire import Refused

__all__ = ["Control", "Refused"]
