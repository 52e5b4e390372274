"""Moonify 0.2: sessions, users, groups."""

from sandbox.apis.moonify import activity, bodies, errors, handlers, lists, scenario, seed, services, state
from sandbox.apis.moonify.control import Levers
from sandbox.apis.moonify.state import NAME
from sandbox.kernel.api import Api, Mount

API = Api(
    name=NAME,
    mount=Mount("/moonify", "/0.2", ("api.moonify.io", "api.moonify.devel")),
    handlers=handlers.Handlers,
    envelope=errors.envelope,
    authenticate=services.authenticate,
    challenge="serviceID",
    credential=services.credential,
    issue=services.issue,
    decode=bodies.parameters,
    aliases={"/0.2/moonitize/group/": "/0.2/moonitize/groups/"},
    due={lists.PUBLISH: lists.on_publish, activity.STEP: activity.on_step},
    happens=(activity.WORKED,),
    state=state,
    seed=seed.seed,
    scenario=scenario.SCENARIO,
    settings=(services.FORBIDDEN, handlers.ASCENDING),
    welcome=services.welcome,
    variables=services.variables,
    levers=Levers,
    secrets=("serviceID",),
)
