"""Credentials for a target: from the environment alone, never from an argument or a file of settings."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any

from sandbox.contract.targets import Refused

_IDENTITIES = ("first", "second", "limited")


@dataclass(frozen=True)
class Access:
    """How an API's credentials are presented: ``scheme`` goes before them in the Authorization header.

    ``variable`` is the environment variable of a target's own; ``issued`` and ``limited`` find, in what the sandbox
    issued for a namespace, the one that goes furthest and the one that reaches its rate limit soonest. ``wrong`` is
    nobody's.
    """

    variable: str
    issued: Callable[[Any], str]
    limited: Callable[[Any], str] | None = None
    scheme: str = "Bearer"
    wrong: str = "00000000-0000-4000-8000-00000000dead"

    def header(self, credential: str) -> dict[str, str]:
        """The header that presents it."""
        return {"authorization": f"{self.scheme} {credential}"}


def access(api: str) -> Access:
    """That of an API."""
    found: Access = import_module(f"sandbox.contract.apis.{api}.credentials").ACCESS
    return found


def authorization(api: str, issued: Mapping[str, Any]) -> dict[str, str]:
    """The header that presents what the sandbox issued for a namespace."""
    how = access(api)
    return how.header(how.issued(issued[api]))


def limited(api: str, issued: Mapping[str, Any]) -> dict[str, str] | None:
    """The header that presents what reaches its rate limit soonest; None where nothing is limited."""
    how = access(api)
    return None if how.limited is None else how.header(how.limited(issued[api]))


def stranger(api: str) -> dict[str, str]:
    """Wrong credentials."""
    how = access(api)
    return how.header(how.wrong)


def forged(header: Mapping[str, str]) -> dict[str, str]:
    """The same header with one letter changed, near the end: in a signature, where there is one."""
    return {name: f"{value[:-5]}{'B' if value[-5] == 'A' else 'A'}{value[-4:]}" for name, value in header.items()}


class Missing(Refused):
    """A credential is not there: the words name the variable to set."""


def variable(api: str, identity: str = "first") -> str:
    """The environment variable that holds the credential of ``first``, ``second`` or ``limited``."""
    name = access(api).variable
    return name if identity == "first" else f"{name}_{identity.upper()}"


@dataclass(frozen=True)
class Credentials:
    """Those of one API, as values of the Authorization header, never shown.

    ``second`` is another tenant's, ``limited`` another one of the first tenant that soon reaches its rate limit.
    """

    api: str
    first: str = field(repr=False)
    second: str | None = field(default=None, repr=False)
    limited: str | None = field(default=None, repr=False)

    def headers(self, identity: str) -> dict[str, str]:
        """The header that presents an identity. Raises Missing for one that was not given."""
        if identity in {"nobody", "own"}:
            return {}
        if identity == "forged":
            return forged(self.headers("first"))
        if identity == "stranger":
            return stranger(self.api)
        value = self._all().get(identity)
        if value is None:
            raise Missing(f"set {variable(self.api, identity)} to the {identity} credential for {self.api}")
        return {"authorization": value}

    def _all(self) -> dict[str, str | None]:
        return {"first": self.first, "second": self.second, "limited": self.limited}

    def who(self, headers: Mapping[str, str]) -> str:
        """Whose credentials a request has: ``first`` where that cannot be told, so that it is taken back as that.

        Header names are in lower case.
        """
        shown = headers.get("authorization", "")
        return next((identity for identity, value in self._all().items() if value == shown), "first")

    @property
    def secrets(self) -> Iterator[str]:
        """The literal texts that no file may hold."""
        for value in self._all().values():
            if value is not None:
                yield value.partition(" ")[2] or value


def from_environment(api: str, environment: Mapping[str, str]) -> Credentials:
    """Those that the environment holds. Raises Missing."""
    scheme = access(api).scheme
    found = {identity: environment.get(variable(api, identity), "").strip() for identity in _IDENTITIES}
    if not found["first"]:
        raise Missing(f"set {variable(api)} to the credential for {api} at the target")
    first, second, limited = (f"{scheme} {value}" if value else None for value in found.values())
    return Credentials(api, first or "", second, limited)
