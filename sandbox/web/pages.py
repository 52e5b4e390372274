"""What Flask answers: the index page, the spec documents and their UI. All of it works offline."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import flask
import orjson
import swagger_ui_bundle
import yaml
from werkzeug.exceptions import HTTPException

from sandbox.kernel.api import Api

SpecText = Callable[[str], Mapping[str, Any]]


def add_pages(app: flask.Flask, apis: Sequence[Api], spec: SpecText) -> None:
    """Add the pages for every Api; ``spec`` is the parsed document of one."""
    by_name = {api.name: api for api in apis}

    def document(name: str) -> dict[str, Any]:
        if name not in by_name:
            flask.abort(404)
        return with_own_url(spec(name), _base_url(by_name[name]))

    @app.get("/")
    def index() -> str:
        rows = [
            {"name": api.name, "title": spec(api.name)["info"]["title"], "url": _base_url(api)}
            | {"hosts": ", ".join(api.mount.hosts) or "-"}
            for api in apis
        ]
        return flask.render_template("index.html", rows=rows)

    @app.get("/openapi/<name>.json")
    def spec_json(name: str) -> flask.Response:
        return flask.Response(orjson.dumps(document(name)), mimetype="application/json")

    @app.get("/openapi/<name>.yaml")
    def spec_yaml(name: str) -> flask.Response:
        text = yaml.dump(document(name), Dumper=yaml.CSafeDumper, sort_keys=False, allow_unicode=True)
        return flask.Response(text, mimetype="application/yaml")

    @app.get("/docs/<name>/")
    def user_interface(name: str) -> str:
        return flask.render_template("ui.html", name=name, title=document(name)["info"]["title"])

    @app.get("/docs/assets/<path:name>")
    def user_interface_asset(name: str) -> flask.Response:
        return flask.send_from_directory(swagger_ui_bundle.swagger_ui_path, name)

    app.before_request(_pages_alone)

    @app.errorhandler(HTTPException)
    def refused(error: HTTPException) -> tuple[dict[str, Any], int, list[tuple[str, str]]]:
        message = f"There is nothing at {flask.request.path}: see / for what this sandbox serves"
        told = message if error.code == 404 else str(error.description)  # noqa: PLR2004  # Not Found
        body = {"error": {"code": str(error.name).upper().replace(" ", "_"), "message": told}}
        answer = error.get_response()
        kept = [(name, value) for name, value in answer.headers.items() if name in {"Allow", "Location"}]
        return body, answer.status_code, kept


def _pages_alone() -> None:
    """Connexion tells Flask the operations too: a path that Flask alone takes for one of them is none."""
    if flask.request.blueprint is not None:
        flask.abort(404)


def _base_url(api: Api) -> str:
    return flask.request.host_url.rstrip("/") + api.mount.prefix + api.mount.base


def with_own_url(spec: Mapping[str, Any], url: str) -> dict[str, Any]:
    """The spec with this sandbox's URL first among its servers."""
    others = [server for server in spec.get("servers", []) if server["url"] != url]
    own = {"url": url or "/", "description": "This sandbox."}
    return {**spec, "servers": [own, *others]}
