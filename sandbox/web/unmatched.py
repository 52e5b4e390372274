"""Requests that no Api answers and no page either: journalled, since a misspelt path is the commonest mistake."""

from starlette.types import Message, Send

from sandbox.kernel.request import Request, Response
from sandbox.web.pipeline import Pipeline

_ERROR = 400


class Unmatched:
    """A ``send`` that remembers a refusal on its way out, and has it journalled at its end."""

    def __init__(self, pipeline: Pipeline, request: Request, send: Send) -> None:
        self._pipeline = pipeline
        self._request = request
        self._send = send
        self._answer: Response | None = None

    async def __call__(self, message: Message) -> None:
        """Pass a message on."""
        if message["type"] == "http.response.start" and message["status"] >= _ERROR:
            self._answer = Response(message["status"], b"", list(message["headers"]))
        elif self._answer is not None:
            self._answer.body += message.get("body", b"")
            if not message.get("more_body"):
                reason = f"There is nothing at {self._request.path}: no API is mounted there"
                self._pipeline.note(None, self._request, self._answer, reason)
        await self._send(message)
