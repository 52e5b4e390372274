"""How a refusal is worded, and that nothing else has one (B1)."""

from collections.abc import Iterator

from sandbox.contract.apis.moonify.lists import Wrong
from sandbox.contract.wire import Answer, Exchange

REFUSED = (401, 403)
"""What refuses a service ID: the vendor shows the one, and his table has the other (B4.1)."""
_WORDS = {400: ("Malformed request: ", "Invalid parameter: "), 405: ("Method not allowed: ",)}
"""How refusals begin, where the sandbox is the target: the words are its own."""


def worded(answer: Answer, *, ours: bool) -> Iterator[Wrong]:
    """What of the member ``error`` is wrong."""
    told = answer.json.get("error") if isinstance(answer.json, dict) else None
    if answer.ok and told is not None:
        yield "B1", "body.error", "nothing, as it is no refusal", repr(told)
    words = _WORDS.get(answer.status, ())
    if ours and words and not str(told).startswith(words):
        yield "B1", "body.error", " or ".join(words), str(told)


def unasked(exchange: Exchange, *, ours: bool) -> Iterator[Wrong]:
    """What is wrong with the answer to a request of no operation, if it is the API's."""
    if not exchange.sent.path.startswith("/__admin"):
        yield from worded(exchange.answer, ours=ours)
