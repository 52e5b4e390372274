"""Operations as their spec has them: where they are reached, and pointers into the spec."""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple, cast

from sandbox import assets
from sandbox.kernel.api import Api
from sandbox.kernel.references import escaped, resolve

_VERBS = ("get", "post", "put", "patch", "delete")


class Operation(NamedTuple):
    """One operation of a spec: ``path`` is where it is reached, ``pointer`` leads to it in the spec."""

    api: str
    operation_id: str
    method: str
    path: str
    pointer: str
    item: Mapping[str, Any]
    """The path item it is in."""

    def shown(self) -> dict[str, Any]:
        """As an answer tells it."""
        return {"api": self.api, "operationId": self.operation_id, "method": self.method, "path": self.path}

    def parameter(self, name: str) -> str:
        """The pointer to a parameter; to the operation when it has none of that name."""
        verb = self.method.lower()
        above = self.pointer.rpartition("/")[0]
        for where, node in ((self.pointer, self.item[verb]), (above, self.item)):
            for place, given in enumerate(node.get("parameters", ())):
                if name == self._resolved(given)["name"]:
                    return str(given.get("$ref", f"{where}/parameters/{place}"))
        return self.pointer

    def body(self) -> str:
        """The pointer to the first schema of its request body."""
        given = self.item[self.method.lower()].get("requestBody", {})
        media = next(iter(self._resolved(given).get("content", {})), "")
        return f"{given.get('$ref', self.pointer + '/requestBody')}/content/{escaped(media)}/schema"

    def _resolved(self, node: Any) -> Any:
        return resolve(assets.spec(self.api), node)


def operations(api: Api) -> Iterator[Operation]:
    """Those of an Api, in the order of its spec."""
    paths = cast("dict[str, Any]", assets.spec(api.name)["paths"])
    for path, item in paths.items():
        above = f"#/paths/{escaped(path)}"
        whole = api.mount.prefix + api.mount.base + path
        for verb in _VERBS:
            if verb in item:
                yield Operation(api.name, item[verb]["operationId"], verb.upper(), whole, f"{above}/{verb}", item)
