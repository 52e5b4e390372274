"""Dynamic Monetization with one mistake each: answers, access, what is kept, lists, rules of access.

Those of charges and sessions are in ``dynamic_monetization_metering``.
"""

from typing import Any

from contract_tests.mutants.making import Asked, Maker, Told, retried_as_others
from sandbox.apis.dynamic_monetization import rate_tables
from sandbox.apis.dynamic_monetization.records import Key, Role
from sandbox.apis.dynamic_monetization.state import ACCOUNTS, CONDITIONS, INSTANCES, KEYS, LINE_ITEMS, LIVE, RATE_TABLES
from sandbox.contract.inprocess import Handle, Wrap
from sandbox.kernel.request import Pending, Request, Response

make = Maker("dynamic_monetization")

_NO_TOKEN = 401
_LOST = 404

# What an answer looks like


@make.answers("shape", "getRateTables")
def one_rate_table_is_no_array(told: Told, _asked: Asked) -> None:
    """Rate tables are answered as the latest one alone, as the vendor's page shows it."""
    told.json = told.json[-1] if told.json else {}


@make.answers("shape", "addActivation", statuses=[400])
def refused_line_item_has_one_message(told: Told, _asked: Asked) -> None:
    """A refused line item is told in message, as all else, instead of errors."""
    told.json = {"message": "; ".join(told.json["errors"])} if "errors" in told.json else told.json


@make.answers("status", "getHeartbeat")
def heartbeat_is_200(told: Told, _asked: Asked) -> None:
    """A heartbeat is answered with 200."""
    told.status = 200


@make.answers("status", "putSessionAccessRequest", statuses=[403])
def denied_session_request_is_200(told: Told, _asked: Asked) -> None:
    """A denied session request is 200: clients that look at the status alone go on."""
    if "message" not in told.json:
        told.status = 200


@make.replaces("status", "rules_of_access._check_free")
def conditions_in_use_can_be_deleted(_was: Any) -> Any:
    """A condition can be deleted while an action refers to it."""
    return lambda _world, _instance, _conditions: None


@make.answers("headers", statuses=[_LOST])
def not_found_is_a_web_page(told: Told, _asked: Asked) -> None:
    """A 404 has the content type text/html, as a framework's own page."""
    told.headers["content-type"] = "text/html; charset=utf-8"


# Who may do what


@make.mutant("auth")
def last_caller_is_remembered() -> Wrap:
    """A request without a token is answered to whoever asked before, of whom a thread still knows."""
    last: list[str] = []

    def wrap(handle: Handle, request: Request) -> Response | Pending | None:
        asked = make.read(request)
        if asked is None:
            return handle(request)
        if "authorization" not in asked.headers and last:
            asked.headers["authorization"] = last[0]
            return handle(asked.request())
        response = handle(request)
        if isinstance(response, Response) and response.status != _NO_TOKEN:
            last[:] = [asked.headers["authorization"]]
        return response

    return wrap


@make.replaces("auth", "tokens._wrong_signature")
def signatures_are_not_verified(_was: Any) -> Any:
    """A token that names a key is good whoever signed it."""
    return lambda _token, _pem: None


@make.replaces("auth", "tokens._check_time")
def tokens_never_expire(_was: Any) -> Any:
    """A token is good before and after its time."""
    return lambda _world, _claimed: None


@make.replaces("auth", "keys.delete")
def last_administration_key_can_be_deleted(was: Any) -> Any:
    """The last administration key can be deleted: nobody gets in any more."""

    def delete(world: Any, role: Any, key_id: str) -> None:
        spare = Key("spare", Role.ADMIN, "", 0, 0)
        world.store.put(KEYS, "spare", spare)
        was(world, role, key_id)
        world.store.delete(KEYS, "spare")

    return delete


@make.mutant("tenants")
def instances_of_other_tenants_can_be_read() -> Wrap:
    """An instance and its line items can be read by its id whoever they belong to."""
    return retried_as_others(make, "getInstance", "getActivationsForInstance", "getLineItemById")


@make.mutant("tenants")
def sessions_of_other_tenants_can_be_closed() -> Wrap:
    """A session can be closed by its id whoever it belongs to."""
    return retried_as_others(make, "closeSession")


@make.replaces("tenants", "line_items.find")
def line_item_is_found_on_any_instance(was: Any) -> Any:
    """A line item is answered on an instance that is not its own."""

    def find(world: Any, instance: str, line_item: str) -> Any:
        there = (
            one for row in world.store.all(INSTANCES) if (one := world.store.get(LINE_ITEMS.of(row.id), line_item))
        )
        own = world.store.get(LINE_ITEMS.of(instance), line_item)
        return own or next(there, None) or was(world, instance, line_item)

    return find


# What is kept


@make.answers("persistence", "getTenantConfigurations")
def changed_configuration_is_not_read(told: Told, _asked: Asked) -> None:
    """A changed value is answered, but reading the configuration shows the default."""
    told.json = [{"name": one["name"], "value": "false"} for one in told.json]


@make.replaces("persistence", "instances.create")
def newest_instance_is_the_default(was: Any) -> Any:
    """The last instance of an account becomes its default, instead of the first."""

    def create(world: Any, short_name: str, account: str, id_: str | None = None) -> Any:
        made = was(world, short_name, account, id_)
        world.store.put(ACCOUNTS, account, made.id)
        return made

    return create


@make.replaces("persistence", "rules_of_access._save")
def patched_condition_keeps_old_members(was: Any) -> Any:
    """PATCH merges a condition with what it was, instead of replacing it: members that were left out stay."""

    def save(world: Any, instance: str, place: int, told: Any) -> Any:
        before = world.store.get(CONDITIONS.of(instance), told.get("id") or "")
        return was(world, instance, place, {**before.criterion, **told} if before else told)

    return save


@make.replaces("persistence", "rate_tables.create")
def same_version_replaces_the_rate_table(was: Any) -> Any:
    """A rate table of a series and version that exist replaces the old one, instead of 409."""

    def create(world: Any, body: Any) -> Any:
        world.store.delete(RATE_TABLES, rate_tables.table_id(body.get("series") or "", body["version"]))
        return was(world, body)

    return create


@make.asks("persistence", "addInstance")
def short_names_are_trimmed(asked: Asked) -> None:
    """Blanks at either end of shortName are lost."""
    if isinstance(asked.json, dict) and isinstance(asked.json.get("shortName"), str):
        asked.json["shortName"] = asked.json["shortName"].strip() or asked.json["shortName"]


# Lists


@make.replaces("paging", "handlers._page")
def last_page_has_a_next(_was: Any) -> Any:
    """next leads to an empty page when the last page is full."""

    def page(rows: Any, start: int, size: int) -> Any:
        found = list(rows)
        return found[start : start + size], start + size if len(found) >= start + size else 0

    return page


@make.answers("sorting", "getAllSessionsForInstance")
def sessions_are_listed_oldest_first(told: Told, _asked: Asked) -> None:
    """A list of sessions begins with the oldest one."""
    told.json.reverse()


@make.replaces("lists", "sessions.end")
def ended_sessions_are_listed(was: Any) -> Any:
    """A session that has ended is still in the list of its instance."""

    def end(world: Any, session: Any, *why: Any, **how: Any) -> Any:
        ended = was(world, session, *why, **how)
        world.store.put(LIVE.of(session.instance), session.id, session.id)
        return ended

    return end


@make.replaces("filters", "instances.default_of")
def unknown_account_finds_all_defaults(was: Any) -> Any:
    """Asked for the default instance of an account without one, the answer has those of all others."""
    return lambda world, account: was(world, account) or [one for one in world.store.all(INSTANCES) if one.default]
