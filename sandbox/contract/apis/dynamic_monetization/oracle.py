"""The shadow of a Dynamic Monetization server: what its answers must be, by the written rules and by what it saw."""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache, partial
from typing import Any, NamedTuple

from sandbox.contract.apis.dynamic_monetization import access, keys, metering, refusals, sessions, settings
from sandbox.contract.apis.dynamic_monetization.beliefs import (
    ALWAYS,
    Ask,
    Differs,
    Expected,
    Span,
    Tenant,
    Unsure,
)
from sandbox.contract.apis.dynamic_monetization.comparing import difference, exact
from sandbox.contract.contracts import contract
from sandbox.contract.findings import Breach
from sandbox.contract.targets import Delivered
from sandbox.contract.wire import MISSING, Exchange
from sandbox.kernel.schema import Check, first_problem
from sandbox.web.dialect import compile_body

_API = "dynamic_monetization"
_BUSY = frozenset({429, 502, 503, 504})
_FAULT = 500
_MADE = {"addInstance": ("id",), "createSession": ("sessionId",)}
_SAFE = frozenset({"GET", "HEAD"})
_LEVER = re.compile(r"/__admin/dynamic_monetization/sessions/([^/]+)/(\w+[-\w]*)")


class Judge(NamedTuple):
    """Who says what an operation must answer, and by which mark.

    ``of`` is what it needs to know: nothing, an ``instance``, or a ``session`` of one.
    """

    mark: str
    says: Callable[..., Expected]
    of: str = ""


def _judges() -> dict[str, Judge]:
    found = {
        "getPublicKeys": Judge("C2.1", keys.list_keys),
        "addInstance": Judge("C2.2", settings.add_instance),
        "listInstances": Judge("C2.2", settings.list_instances),
        "getInstance": Judge("C2.2", settings.get_instance, "instance"),
        "getActivationsForInstance": Judge("C2.3", access.list_lines, "instance"),
        "addActivation": Judge("C2.3", access.put_line, "instance"),
        "getLineItemById": Judge("C2.3", access.get_line, "instance"),
        "deleteLineItem": Judge("C2.3", access.delete_line, "instance"),
        "createActions": Judge("C2.4", access.create_actions, "instance"),
        "putActions": Judge("C2.4", access.put_actions, "instance"),
        "getActions": Judge("C2.4", access.get_actions, "instance"),
        "deleteActions": Judge("C2.4", access.delete_actions, "instance"),
        "getLineItemActions": Judge("C2.4", access.list_actions, "instance"),
        "getConditionsOfAccess": Judge("C2.4", access.list_conditions, "instance"),
        "postConditionsOfAccess": Judge("C2.4", partial(access.save_conditions, new=True), "instance"),
        "patchConditions": Judge("C2.4", partial(access.save_conditions, new=False), "instance"),
        "deleteConditions": Judge("C2.4", access.delete_conditions, "instance"),
        "deleteCondition": Judge("C2.4", access.delete_conditions, "instance"),
        "getRateTables": Judge("C2.5", settings.list_tables),
        "postRateTables": Judge("C2.5", settings.post_table),
        "deleteRateTables": Judge("C2.5", settings.delete_table),
        "createSession": Judge("C2.6", sessions.create, "instance"),
        "getAllSessionsForInstance": Judge("C2.6", sessions.list_all, "instance"),
        "getSession": Judge("C2.6", sessions.read, "session"),
        "putSessionAccessRequest": Judge("C4.5", sessions.request, "session"),
        "getHeartbeat": Judge("C4.5", sessions.heartbeat, "session"),
        "closeSession": Judge("C4.5", sessions.close, "session"),
        "postAccessRequest": Judge("C4.4", metering.one_off, "instance"),
        "getTenantConfigurations": Judge("C2.8", settings.get_configuration),
        "patchTenantConfigurations": Judge("C2.8", settings.patch_configuration),
    }
    for upload, delete in (
        ("producerAdminKeyUpload", "deleteProducerAdminKey"),
        ("clientKeyUpload", "deleteClientKey"),
    ):
        kind = keys.KINDS[upload]
        found[upload] = Judge("C2.1", partial(keys.put_keys, kind))
        found[delete] = Judge("C2.1", partial(keys.delete_key, kind))
    return found


JUDGES = _judges()


@cache
def _body_checks() -> dict[str, Check]:
    """What each operation's body must be."""
    document = contract(_API).document
    return {
        name: compile_body(document, operation.spec["requestBody"]["content"]["application/json"]["schema"])
        for name, operation in contract(_API).operations.items()
        if "requestBody" in operation.spec
    }


class Shadow:
    """Believes in the instances it saw made, and all that they hold; and in what it saw set or listed of the tenant."""

    def __init__(self) -> None:
        self._tenants = _tenants()
        self._sure_of: Tenant | None = None

    def look(self, exchange: Exchange) -> Iterable[Breach]:
        """What of an answer breaks a rule. Never raises."""
        if exchange.operation is None:
            self._pulled(exchange)
        if exchange.operation not in JUDGES:
            return []
        found = [breach for breach in self._look(exchange, exchange.operation) if breach]
        return found or ([breach] if _plain(exchange) and (breach := refusals.envelope(exchange)) else [])

    def wait(self, seconds: float) -> None:  # noqa: ARG002  # the next exchange says what time it is
        """Each exchange says when it was; a pull of a lever does not."""
        self._sure_of = None

    def _pulled(self, exchange: Exchange) -> None:
        """What a lever did to a session: ended by a fault, it is known; else nothing is."""
        found = _LEVER.fullmatch(exchange.sent.path)
        for tenant in self._tenants.values() if found else ():
            owners = [one for one in tenant.instances.values() if found and one.session(found[1])]
            for instance in owners:
                session = instance.session(found[1]) if found else None
                if found is None or session is None or found[2] != "fail" or tenant is not self._sure_of:
                    tenant.forget(instance.id)
                elif exchange.answer.ok:
                    sessions.fail(tenant, session)

    def hear(self, delivered: Sequence[Delivered]) -> Iterable[Breach]:  # noqa: ARG002  # there are no webhooks
        """Nothing: the API calls nobody."""
        return []

    def _look(self, exchange: Exchange, operation: str) -> Iterator[Breach | None]:
        status = exchange.answer.status
        if exchange.identity in {"nobody", "stranger"}:
            yield _status("C1.3", operation, 401, status) if _plain(exchange) else None
            return
        if exchange.identity not in self._tenants:
            if exchange.sent.method not in _SAFE:
                self._tenants = _tenants()
            return
        tenant = self._tenants[exchange.identity]
        now = ALWAYS if exchange.at is None else Span(*exchange.at)
        sessions.live_on(tenant, now)
        self._sure_of = tenant
        judge, case = JUDGES[operation], _Case(tenant, exchange, operation, now)
        breach = case.breach(judge)
        if breach is not None or not case.sure:
            case.forget(judge)
        if breach is None and status == _FAULT:
            breach = _status("C5", operation, "anything but a fault", status)
        yield breach


def _tenants() -> dict[str, Tenant]:
    tenants = {"first": Tenant(), "second": Tenant()}
    for one in tenants.values():
        one.others = [other for other in tenants.values() if other is not one]
    return tenants


def _status(rule: str, operation: str, wanted: object, got: int) -> Breach | None:
    return None if wanted == got else Breach(rule, operation, "status", str(wanted), str(got))


def _plain(exchange: Exchange) -> bool:
    """Whether the path, and the header that says the instance once more, cannot be taken for others."""
    named = [*exchange.path.values(), exchange.sent.headers.get("x-instance-id", "none")]
    return all(value and value.isascii() and value.isprintable() and not set("/\\.%; ") & set(value) for value in named)


class _Case:
    """One exchange with one tenant. ``sure``: what was believed still holds."""

    def __init__(self, tenant: Tenant, exchange: Exchange, operation: str, now: Span) -> None:
        self.sure = True
        self._tenant, self._exchange, self._operation = tenant, exchange, operation
        sent, answer = exchange.sent, exchange.answer
        query = dict(sent.parameters)
        self._ask = Ask(exchange.path, query, exact(sent.body), answer.status, exact(answer.body), now)
        self._instance, self._session = self._subject()
        if answer.ok and isinstance(self._ask.told, dict):
            tenant.aware |= {
                one for name in _MADE.get(operation, ()) if isinstance(one := self._ask.told.get(name), str)
            }

    def _subject(self) -> tuple[str | None, str | None]:
        body = self._ask.body if isinstance(self._ask.body, dict) else {}
        session = self._exchange.path.get("sessionId")
        named = self._exchange.path.get("instanceId") or self._ask.query.get("instanceId") or body.get("instanceId")
        if session is not None:
            named = next((one.id for one in self._tenant.instances.values() if one.session(session)), None)
        return (named if isinstance(named, str) else None), session

    def breach(self, judge: Judge) -> Breach | None:
        """What is wrong with the answer, by who judges it; None where nothing is, or nothing can be said."""
        answer = self._exchange.answer
        if answer.status in _BUSY or not _plain(self._exchange):
            self.sure = self._exchange.sent.method in _SAFE
            return None
        try:
            expected = self._refusal() or self._missing(judge) or judge.says(*self._arguments(judge))
        except Differs as differs:
            expected = differs.expected
        except Unsure:
            self.sure = self._exchange.sent.method in _SAFE or not answer.ok
            return None
        mark = expected.rule or judge.mark
        if (wrong := _status(mark, self._operation, expected.status, answer.status)) is not None:
            return wrong
        if expected.body is None:
            return (
                Breach(mark, self._operation, "body", "nothing", answer.body.decode(errors="replace"))
                if answer.body
                else None
            )
        found = difference(expected.body, self._ask.told)
        return None if found is None else Breach(mark, self._operation, *found)

    def _refusal(self) -> Expected | None:
        """A body that is not what the spec asks for. Raises Unsure where its meaning is open."""
        check, sent = _body_checks().get(self._operation), self._exchange.sent
        if check is None:
            return None
        if sent.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
            raise Unsure
        if (sent.json is MISSING) != (self._ask.body is MISSING):
            raise Unsure
        wrong = sent.json is MISSING or first_problem(check, sent.json) is not None
        return Expected(400, rule="C5") if wrong else None

    def _missing(self, judge: Judge) -> Expected | None:
        """What is asked of is not there: so it is for what only another tenant made. Raises Unsure."""
        if not judge.of or self._instance in self._tenant.instances:
            return None
        asked = self._session if judge.of == "session" else self._instance
        others = [one for tenant in self._tenant.others for one in tenant.instances.values()]
        made = {one.id for one in others} | {session.id for one in others for session in one.sessions}
        if asked in made - self._tenant.aware:
            return Expected(404, rule="C1.3")
        raise Unsure

    def _arguments(self, judge: Judge) -> tuple[Any, ...]:
        if not judge.of:
            return self._tenant, self._ask
        instance = self._tenant.instances[self._instance or ""]
        session = instance.session(self._session or "")
        more: tuple[Any, ...] = (session,) if judge.of == "session" else ()
        return self._tenant, self._ask, instance, *more

    def forget(self, judge: Judge) -> None:
        """Believe no more in what was asked of."""
        if judge.of:
            self._tenant.forget(self._instance or "")
        else:
            self._tenant.forget_settings()
