"""What must be answered about instances, rate tables and configuration (C2.2, C2.5, C2.8)."""

from operator import itemgetter
from typing import Any

from sandbox.contract.apis.dynamic_monetization.beliefs import (
    ANY,
    Ask,
    Expected,
    Instance,
    Json,
    Span,
    Table,
    Tenant,
    Unsure,
)
from sandbox.contract.apis.dynamic_monetization.comparing import Bag
from sandbox.contract.apis.dynamic_monetization.pages import is_page, page

_DEFAULT_ONLY = {"accountId", "default"}


# Instances


def add_instance(tenant: Tenant, ask: Ask) -> Expected:
    """The first of an account is its default."""
    name, account = ask.made(200, "id"), ask.body["accountId"]
    default = ask.told.get("defaultInstance")
    expected: Any = ANY
    if account in tenant.defaults:
        expected = tenant.defaults[account] is None
    elif any(one.shown["accountId"] == account for one in tenant.instances.values()):
        expected = False
    shown = {
        "id": name,
        "shortName": ask.body["shortName"],
        "accountId": account,
        "defaultInstance": expected,
        "created": ask.now,
        "modified": ANY,
    }
    if default is True:
        tenant.defaults[account] = name
    again = name in tenant.instances
    believed = shown | {"defaultInstance": default, "created": ask.told.get("created", ANY)}
    tenant.instances[name] = Instance(name, believed)
    return Expected(200, shown | ({"id": "one that no other instance has"} if again else {}))


def get_instance(_: Tenant, __: Ask, instance: Instance) -> Expected:
    """As it was made."""
    return Expected(200, instance.shown)


def list_instances(tenant: Tenant, ask: Ask) -> Expected:
    """A page, or the default one of an account."""
    own = {one.id: one.shown for one in tenant.instances.values()}
    chosen = _DEFAULT_ONLY & ask.query.keys()
    if chosen and (chosen != _DEFAULT_ONLY or ask.query["default"] == "false"):
        return Expected(400)
    if chosen:
        if ask.query["default"] != "true":
            raise Unsure
        if not is_page(ask):
            return Expected(400)
        if "next" in ask.query:
            raise Unsure
        return _default_of(tenant, ask, own)
    return page(tenant, ask, "content", itemgetter("id"), own, tenant.foreign())


def _default_of(tenant: Tenant, ask: Ask, own: dict[Any, Json]) -> Expected:
    account = ask.query["accountId"]
    if account in tenant.defaults:
        name = tenant.defaults[account]
        shown = own.get(name, ANY)
        return Expected(200, {"content": [] if name is None else [shown], "next": 0})
    content = ask.told.get("content") if isinstance(ask.told, dict) else None
    if ask.query.keys() != _DEFAULT_ONLY or not isinstance(content, list):
        raise Unsure
    mine = any(one["accountId"] == account for one in own.values())
    if not content and not mine:
        tenant.defaults[account] = None
    wanted: Any = [_as_default(account, content[0])] if content else ["the default one"] if mine else ANY
    return Expected(200, {"content": wanted, "next": 0})


def _as_default(account: str, told: Any) -> Any:
    """One that was not seen made: no other than the default instance of the account."""
    return {**(told if isinstance(told, dict) else {}), "accountId": account, "defaultInstance": True}


# Rate tables


def _table(said: Json, created: Any, *, own: bool) -> Table:
    prices = [
        {"name": one["name"], "version": one.get("version", ""), "rate": one["rate"]} for one in said.get("items", [])
    ]
    series = said.get("series", "")
    shown = {
        "created": created,
        "effectiveFrom": said["effectiveFrom"],
        "series": series,
        "version": said["version"],
        "items": prices,
    }
    return Table(series, said["version"], said["effectiveFrom"], prices, shown, own)


def _found(tenant: Tenant, series: str, version: str) -> Table | None:
    return next((one for one in tenant.tables if (one.series, one.version) == (series, version)), None)


def post_table(tenant: Tenant, ask: Ask) -> Expected:
    """A version of a series is there once."""
    series, version = ask.body.get("series", ""), ask.body["version"]
    if _found(tenant, series, version) is not None:
        return Expected(409)
    if not tenant.complete and ask.status == 409:  # noqa: PLR2004  # one that was never seen
        raise Unsure
    tenant.tables.append(_table(ask.body, ask.now, own=True))
    tenant.retired.discard((series, version))
    return Expected(201, {"message": "Rate table successfully saved"})


def delete_table(tenant: Tenant, ask: Ask) -> Expected:
    """Only before it is in effect."""
    if not ask.query.keys() <= {"series", "version"}:
        raise Unsure
    if not ask.query.get("version"):
        return Expected(400)
    name = ask.query.get("series", ""), ask.query["version"]
    table = _found(tenant, *name)
    if table is None:
        if name in tenant.retired or tenant.complete:
            return Expected(404)
        raise Unsure
    if tenant.now.since(table.since):
        return Expected(409)
    tenant.tables.remove(table)
    tenant.retired.add(name)
    return Expected(204, None)


def list_tables(tenant: Tenant, ask: Ask) -> Expected:
    """All of them; those of others are taken as they are."""
    banned = tenant.retired | (_of_others(tenant) if tenant.complete else set())
    if ask.status == 200 and isinstance(ask.told, list):  # noqa: PLR2004  # the list of them
        own = [one for one in tenant.tables if one.own]
        names = {(one.series, one.version) for one in own} | tenant.retired
        try:
            foreign = [
                _table(one, one["created"], own=False)
                for one in ask.told
                if (one["series"], one["version"]) not in names
            ]
        except (KeyError, TypeError, AttributeError):
            raise Unsure from None
        tenant.tables = foreign + own
        tenant.complete = True
    shown = [one.shown for one in tenant.tables]
    return Expected(200, Bag(itemgetter("series", "version"), shown, others=True, banned=frozenset(banned)))


def _of_others(tenant: Tenant) -> set[tuple[str, str]]:
    """The tables that only other tenants made."""
    made = {(one.series, one.version) for other in tenant.others for one in other.tables if one.own}
    return made - {(one.series, one.version) for one in tenant.tables}


# Configuration


def patch_configuration(tenant: Tenant, ask: Ask) -> Expected:
    """The last value said of a name counts."""
    entries = ask.body if isinstance(ask.body, list) else [ask.body]
    if entries:
        tenant.tolerant = entries[-1]["value"] == "true"
        tenant.configured = ask.now
    return get_configuration(tenant, ask)


def get_configuration(tenant: Tenant, ask: Ask) -> Expected:
    """One value."""
    if tenant.tolerant is None:
        try:
            tenant.tolerant = {"true": True, "false": False}[ask.told[0]["value"]]
        except (KeyError, IndexError, TypeError):
            raise Unsure from None
    changed: Any = Span(0, tenant.now.last) if tenant.configured is None else tenant.configured
    value = {"name": "timezone.tolerant", "value": str(tenant.tolerant).lower()}
    value |= {"modified": ANY if tenant.configured is None else changed, "updatedBy": ANY}
    return Expected(200, [value])
