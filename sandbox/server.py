"""Composition root: from options to a Sandbox, and from a Sandbox to the application that serves it."""

from collections.abc import Sequence
from typing import Any

import connexion
from connexion.spec import Specification

from sandbox import assets, control
from sandbox.apis import discover
from sandbox.kernel.api import Api
from sandbox.kernel.sandbox import Sandbox, Start
from sandbox.web.asgi import Adapter
from sandbox.web.compiled import compile_api, skeleton
from sandbox.web.cors import OpenPipeline
from sandbox.web.host import build_app
from sandbox.web.pipeline import Pipeline


def all_apis() -> tuple[Api, ...]:
    """The simulated APIs with their levers, and the control plane."""
    vendors = discover()
    levers = [levers for api in vendors if (levers := control.levers_of(api)) is not None]
    return (*vendors, *levers, control.API)


def build_sandbox(start: Start, **options: Any) -> Sandbox:
    """A seeded Sandbox of everything that ships; ``options`` are those of Sandbox."""
    return Sandbox(all_apis(), assets.library(), start, **options)


def build_pipeline(sandbox: Sandbox, *, check_responses: bool = False) -> Pipeline:
    """A pipeline to call in process, without a server: every spec is compiled here and now."""
    pipeline = Pipeline(sandbox, check_responses=check_responses)
    for api in sandbox.apis.values():
        document = assets.spec(api.name)
        pipeline.mount(compile_api(Specification.from_dict(skeleton(document)), document, api))
    return pipeline


def build_adapter(sandbox: Sandbox, *, check_responses: bool = False, cors_origins: Sequence[str] = ()) -> Adapter:
    """What answers over HTTP for a Sandbox; its specs are compiled when ``build_server`` starts.

    Pages of ``cors_origins`` may call the simulated APIs.
    """
    if cors_origins:
        return Adapter(OpenPipeline(sandbox, cors_origins, check_responses=check_responses))
    return Adapter(Pipeline(sandbox, check_responses=check_responses))


def build_server(adapter: Adapter) -> connexion.FlaskApp:
    """The ASGI application over a Sandbox."""
    return build_app(adapter, adapter.pipeline.sandbox.apis.values(), assets.spec)
