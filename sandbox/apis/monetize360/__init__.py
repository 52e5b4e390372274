"""Monetize360 v1: workflows, data objects, records, bulk, webhooks."""

from sandbox.apis.monetize360 import errors, events, seed, state, tokens, workflows
from sandbox.apis.monetize360.control import Levers
from sandbox.apis.monetize360.handlers import Handlers
from sandbox.apis.monetize360.state import NAME
from sandbox.kernel.api import Api, Mount

API = Api(
    name=NAME,
    mount=Mount("/monetize360", "/v1", ("api.monetize360.com", "sandbox.monetize360.com")),
    handlers=Handlers,
    envelope=errors.envelope,
    authenticate=tokens.authenticate,
    credential=tokens.bearer,
    issue=tokens.issue,
    limit=tokens.limit,
    limit_headers=tokens.limit_headers,
    due={workflows.START: workflows.on_start, workflows.FINISH: workflows.on_finish},
    happens=workflows.HAPPENS,
    state=state,
    seed=seed.seed,
    scenario=seed.SCENARIO,
    settings=(events.EXTENDED_EVENTS,),
    sign=events.sign,
    welcome=tokens.welcome,
    variables=tokens.variables,
    levers=Levers,
    secrets=("secret",),
)
