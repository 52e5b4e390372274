"""From a method and a path to an operation: a trie of path segments, a literal before a parameter."""

from typing import Any, Generic, TypeVar

from sandbox.kernel.errors import MethodNotAllowed, NotFound

P = TypeVar("P")


class _Node(Generic[P]):
    __slots__ = ("literals", "parameter", "plans")

    def __init__(self) -> None:
        self.literals: dict[str, _Node[P]] = {}
        self.parameter: _Node[P] | None = None
        self.plans: dict[str, P] = {}


class Routes(Generic[P]):
    """The operations of one spec below its base path."""

    def __init__(self, base: str = "", prefix: str = "") -> None:
        """``base`` is that path, for whoever forgets it; ``prefix`` stands before all paths where one is named."""
        self._base = base + "/"
        self._prefix = prefix
        self._root: _Node[P] = _Node()
        self.first_segments: set[str] = set()

    def add(self, method: str, path: str, plan: P) -> None:
        """Register an operation at a templated path."""
        node = self._root
        for segment in path.strip("/").split("/"):
            if "{" not in segment:
                node = node.literals.setdefault(segment, _Node())
                continue
            if not (segment.startswith("{") and segment.find("}") == len(segment) - 1):
                msg = f"path {path!r}: a parameter must be a whole segment"
                raise ValueError(msg)
            node.parameter = node.parameter or _Node()
            node = node.parameter
        node.plans[method.upper()] = plan
        self.first_segments.add(path.strip("/").split("/")[0])

    def find(self, method: str, path: str) -> tuple[P, list[str]]:
        """The operation and the raw path values in order; one trailing slash means nothing.

        Raises NotFound, or MethodNotAllowed with what is allowed.
        """
        values: list[str] = []
        node = self._node(path, values)
        plan = node.plans.get(method)
        if plan is None and method == "HEAD":
            plan = node.plans.get("GET")
        if plan is None:
            allowed = allowed_methods(node.plans)
            msg = f"{method} is not allowed here: use {', '.join(allowed)}"
            raise MethodNotAllowed(msg, allowed)
        return plan, values

    def allowed(self, path: str) -> list[str]:
        """The methods of a path, for an OPTIONS request. Raises NotFound."""
        return allowed_methods(self._node(path, []).plans)

    def _node(self, path: str, values: list[str]) -> _Node[P]:
        segments = path.split("/")
        if segments[-1] == "" and len(segments) > 2:  # noqa: PLR2004  # more than the bare slash
            segments.pop()
        node = _descend(self._root, segments, values)
        if node is None:
            values.clear()
            node = _walk(self._root, segments, 1, values)
        if node is None:
            hint = "" if (path or "/").startswith(self._base) else f": the paths of this API begin with {self._base}"
            msg = f"There is nothing at {self._prefix + path or '/'}{hint}"
            raise NotFound(msg)
        return node


def allowed_methods(plans: dict[str, Any]) -> list[str]:
    """What the Allow header says: the spec's methods, HEAD beside GET, OPTIONS."""
    return [*plans, *(["HEAD"] if "GET" in plans and "HEAD" not in plans else []), "OPTIONS"]


def _descend(root: _Node[P], segments: list[str], values: list[str]) -> _Node[P] | None:
    """Straight down, which finds nearly every path; None where only ``_walk`` can tell."""
    node = root
    for segment in segments[1:]:
        following = node.literals.get(segment)
        if following is None:
            following = node.parameter
            if following is None or not segment:
                return None
            values.append(segment)
        node = following
    return node if node.plans else None


def _walk(node: _Node[P], segments: list[str], at: int, values: list[str]) -> _Node[P] | None:
    """As ``_descend``, but going back to a parameter where a literal led nowhere."""
    if at == len(segments):
        return node if node.plans else None
    segment = segments[at]
    literal = node.literals.get(segment)
    if literal is not None:
        found = _walk(literal, segments, at + 1, values)
        if found is not None:
            return found
    if node.parameter is None or not segment:
        return None
    values.append(segment)
    found = _walk(node.parameter, segments, at + 1, values)
    if found is None:
        values.pop()
    return found
