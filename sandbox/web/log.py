"""One structured line for each answer."""

from collections.abc import Callable

import orjson

from sandbox.kernel.clock import iso_ms, real_now
from sandbox.kernel.namespace import Namespace
from sandbox.kernel.request import Request, Response


class Log:
    """Writes a JSON object and a line feed for each answer it is told of.

    Neither query, headers nor bodies are in it: some clients send secrets there. What it is about is in the journal
    under ``id``.
    """

    def __init__(self, write: Callable[[bytes], object]) -> None:
        self._write = write

    def tell(
        self,
        number: int | None,
        namespace: Namespace,
        api: str | None,
        operation: str | None,
        request: Request,
        answer: Response,
        took: float,
        reason: str | None,
    ) -> None:
        """``number`` is the exchange's in the journal, ``took`` in real milliseconds."""
        line = {
            "time": iso_ms(real_now()),
            "at": iso_ms(namespace.world.now),
            "namespace": namespace.name,
            "id": number,
            "api": api,
            "operationId": operation,
            "method": request.method,
            "path": request.path,
            "status": answer.status,
            "durationMs": round(took, 3),
        }
        if reason is not None:
            line["reason"] = reason
        self._write(orjson.dumps(line, option=orjson.OPT_APPEND_NEWLINE))
