"""FlexNet Dynamic Monetization 1.0: keys, instances, line items, rules of access, rate tables, sessions, requests."""

from sandbox.apis.dynamic_monetization import errors, keys, seed, sessions, state, tokens
from sandbox.apis.dynamic_monetization.control import Levers
from sandbox.apis.dynamic_monetization.handlers import Handlers
from sandbox.apis.dynamic_monetization.state import NAME
from sandbox.kernel.api import Api, Mount

API = Api(
    name=NAME,
    mount=Mount("", "/dynamicmonetization", ("*.flexnetoperations.*",)),
    handlers=Handlers,
    envelope=errors.envelope,
    authenticate=tokens.authenticate,
    credential=tokens.credential,
    issue=tokens.issue,
    aliases={"/dynamicmonetization/floating/api/": "/dynamicmonetization/api/"},
    due={
        sessions.CHARGE: sessions.on_charge,
        sessions.HEARTBEAT: sessions.on_silence,
        sessions.IDLE: sessions.on_idle_end,
    },
    happens=sessions.HAPPENS,
    state=state,
    seed=seed.seed,
    scenario=seed.SCENARIO,
    settings=(keys.PROPAGATION,),
    welcome=tokens.welcome,
    variables=tokens.variables,
    levers=Levers,
)
