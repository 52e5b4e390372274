"""The ceiling: uvicorn as the sandbox runs it, with an application that does nothing but answer prepared bytes."""

import sys
from pathlib import Path
from typing import Any

import uvicorn


class Bare:
    """An ASGI application over the bodies that it finds in a folder."""

    def __init__(self, folder: Path) -> None:
        record, page = ((folder / name).read_bytes() for name in ("record.json", "page.json"))
        self._created = _answer(201, record)
        self._record = _answer(200, record)
        self._page = _answer(200, page)

    async def __call__(self, scope: dict[str, Any], _receive: Any, send: Any) -> None:
        """Answer by method and path alone."""
        read = self._page if scope["query_string"] else self._record
        for message in self._created if scope["method"] == "POST" else read:
            await send(message)


def _answer(status: int, body: bytes) -> tuple[dict[str, Any], dict[str, Any]]:
    headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))]
    start = {"type": "http.response.start", "status": status, "headers": headers}
    return start, {"type": "http.response.body", "body": body}


if __name__ == "__main__":
    uvicorn.run(
        Bare(Path(sys.argv[1])),
        port=int(sys.argv[2]),
        http="httptools",
        lifespan="off",
        access_log=False,
        log_level="warning",
        server_header=False,
        date_header=False,
    )
