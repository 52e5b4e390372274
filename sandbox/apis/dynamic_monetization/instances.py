"""Instances, and the default one of each account (C2.2, G24, G25)."""

from sandbox.apis.dynamic_monetization.records import Instance
from sandbox.apis.dynamic_monetization.state import ACCOUNTS, INSTANCES
from sandbox.kernel.errors import Invalid, NotFound
from sandbox.kernel.world import World


def find(world: World, instance: str) -> Instance:
    """Raises NotFound."""
    found = world.store.get(INSTANCES, instance)
    if found is None:
        msg = f"There is no instance {instance!r}"
        raise NotFound(msg)
    return found


def create(world: World, short_name: str, account: str, id_: str | None = None) -> Instance:
    """A new instance; the first of an account is its default (S16)."""
    first = world.store.get(ACCOUNTS, account) is None
    id_ = id_ or world.new_uuid("dynamic_monetization.instance")
    made = Instance(id_, short_name, account, first, world.now)
    world.store.put(INSTANCES, made.id, made)
    if first:
        world.store.put(ACCOUNTS, account, made.id)
    return made


def find_default(world: World, account: str | None, default: bool | None) -> list[Instance]:  # noqa: FBT001  # as asked
    """The default instance of an account, or none; one parameter goes not without the other. Raises Invalid (G25)."""
    if account is None or default is not True:
        name, value = ("accountId", account) if account is None else ("default", default)
        msg = "accountId and default=true belong together: they find the default instance of an account"
        raise Invalid(msg, field=name, value=value)
    return default_of(world, account)


def default_of(world: World, account: str) -> list[Instance]:
    """The default instance of an account, or none."""
    key = world.store.get(ACCOUNTS, account)
    found = None if key is None else world.store.get(INSTANCES, key)
    return [] if found is None else [found]
