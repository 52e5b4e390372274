"""One request of the kit over HTTP, through a guard."""

from collections.abc import Mapping

import requests

from sandbox.contract.guard import Guard, Guarded
from sandbox.contract.reach import TIMEOUT, trusted
from sandbox.contract.wire import Answer, Sent


def session(guard: Guard) -> requests.Session:
    """One that sends nothing past a guard, and takes nothing from the machine's settings but whom to trust."""
    made = requests.Session()
    made.trust_env = False
    made.verify = trusted()
    made.headers.clear()
    made.headers.update({"user-agent": "msandbox-contract", "accept": "*/*", "accept-encoding": "identity"})
    adapter = Guarded(guard)
    made.mount("http://", adapter)
    made.mount("https://", adapter)
    return made


def ask(through: requests.Session, url: str, sent: Sent, headers: Mapping[str, str]) -> requests.Response:
    """The response to a request, as it is; redirects are not followed. Raises RequestException, Refused, Spent."""
    target = f"{url}{sent.path}?{sent.query}" if sent.query else url + sent.path
    request = through.prepare_request(requests.Request(sent.method, url, headers=headers, data=sent.body or None))
    request.url = target
    return through.send(request, allow_redirects=False, timeout=TIMEOUT)


def answer(sent: Sent, response: requests.Response) -> Answer:
    """What the kit makes of a response."""
    headers = {name.lower(): value for name, value in response.headers.items()}
    return Answer(response.status_code, headers, b"" if sent.method == "HEAD" else response.content)
