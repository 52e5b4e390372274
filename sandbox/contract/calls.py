"""One request of the kit over HTTP, through a guard."""

import os
from collections.abc import Callable, Mapping

import requests

from sandbox.contract.guard import Guard, Guarded
from sandbox.contract.targets import Unreachable
from sandbox.contract.wire import Answer, Sent

TIMEOUT = (5.0, 30.0)
"""Seconds to connect, and for the target to say something."""
TRIES = 3
_AUTHORITIES = ("REQUESTS_CA_BUNDLE", "SSL_CERT_FILE")


def trusted(environment: Mapping[str, str] = os.environ) -> str | bool:
    """The file or folder of the authorities that certificates may be signed by; True for those of requests."""
    return next((environment[name] for name in _AUTHORITIES if environment.get(name)), True)


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


def attempt(send: Callable[[], requests.Response], tries: int) -> requests.Response:
    """The response; asked again where the connection fails. Raises Unreachable."""
    error = ""
    for _ in range(tries):
        try:
            return send()
        except requests.RequestException as failed:
            error = type(failed).__name__
            if isinstance(failed, requests.exceptions.SSLError):
                error += ": REQUESTS_CA_BUNDLE names the authority of a certificate of your own"
    raise Unreachable(f"no answer ({error})")


def answer(sent: Sent, response: requests.Response) -> Answer:
    """What the kit makes of a response."""
    headers = {name.lower(): value for name, value in response.headers.items()}
    return Answer(response.status_code, headers, b"" if sent.method == "HEAD" else response.content)
