"""What must be answered about keys (C2.1)."""

from operator import itemgetter

from sandbox.contract.apis.dynamic_monetization.beliefs import ANY, Ask, Expected, Tenant, Unsure
from sandbox.contract.apis.dynamic_monetization.pages import page

KINDS = {"producerAdminKeyUpload": "administration-key", "clientKeyUpload": "client-key"}
_ADMINISTRATION = "administration-key"
_RESERVED = "sandbox-"


def put_keys(kind: str, tenant: Tenant, ask: Ask) -> Expected:
    """They show at once. Whether a key can be used is for the server to say."""
    if any(one["id"].startswith(_RESERVED) for one in ask.body):
        return Expected(400)
    if ask.status == 400:  # noqa: PLR2004  # a key that is none: then none of them is taken
        if tenant.every is not None:
            tenant.dropped |= {(kind, one["id"]) for one in ask.body} - tenant.every
        raise Unsure
    if tenant.every is not None:
        tenant.every |= {(kind, one["id"]) for one in ask.body}
    for one in ask.body:
        key = tenant.keys.get((kind, one["id"]))
        made = ANY if key is None and (kind, one["id"]) not in tenant.dropped else ask.now
        created = made if key is None else key["created"]
        tenant.dropped.discard((kind, one["id"]))
        tenant.keys[kind, one["id"]] = {
            "id": one["id"],
            "type": kind,
            "publicKey": one["publicKey"] if "\\n" not in one["publicKey"] else ANY,
            "created": created,
            "modified": ANY,
        }
    return Expected(200, None)


def delete_key(kind: str, tenant: Tenant, ask: Ask) -> Expected:
    """Gone from the list at once."""
    name = kind, ask.path["keyId"]
    if name in tenant.dropped:
        return Expected(404)
    if tenant.every is None:
        if name not in tenant.keys or (kind == _ADMINISTRATION and ask.status == 403):  # noqa: PLR2004  # the last one
            raise Unsure
    elif name not in tenant.every:
        return Expected(404)
    elif {one for one in tenant.every if one[0] == _ADMINISTRATION} == {name}:
        return Expected(403)
    tenant.keys.pop(name, None)
    tenant.every = None if tenant.every is None else tenant.every - {name}
    tenant.dropped.add(name)
    tenant.shrink()
    return Expected(200, None)


def list_keys(tenant: Tenant, ask: Ask) -> Expected:
    """A page of both classes. Where one has all that is there, all keys are known."""
    key = itemgetter("type", "id")
    told = ask.told.get("keys") if isinstance(ask.told, dict) and ask.told.get("next") == 0 else None
    shown = page(tenant, ask, "keys", key, tenant.keys, tenant.dropped)
    if isinstance(told, list) and ask.query.get("next", "0") == "0":
        tenant.every = {key(one) for one in told}
    return shown
