"""Symbolic steps: requests whose ids are not known yet, so that they can be played anywhere, any number of times."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any, Literal, NamedTuple, TypeAlias
from urllib.parse import quote, urlencode

import orjson

from sandbox.contract.wire import MISSING

NOTHING: Any = type("Nothing", (), {"__repr__": lambda _: "NOTHING", "__bool__": lambda _: False})()
"""No body at all, unlike None, which is JSON's null."""

FORM = "application/x-www-form-urlencoded"

Identity: TypeAlias = Literal["first", "limited", "second", "nobody", "stranger", "forged", "own"]  # Python 3.11
"""Whose credentials a step has: those of one tenant, the same tenant's with a low rate limit, those of another tenant,
none, wrong ones, the first tenant's with a letter changed, or those in the step's own headers."""


class Ref(NamedTuple):
    """A value that an earlier answer holds: ``at`` leads to it in the body of step number ``step`` (from 0)."""

    step: int
    at: tuple[str | int, ...]


class Item(NamedTuple):
    """A value of one item of a list in an earlier answer: the first whose member ``name`` is ``value``.

    ``at`` leads to the list in the body of step number ``step``, ``then`` from the item to the value.
    """

    step: int
    at: tuple[str | int, ...]
    name: str
    value: Any
    then: tuple[str | int, ...]


class Tag(NamedTuple):
    """A text made unique for the run: the run's prefix goes before ``text``. Everything created is named by one."""

    text: str


class Hook(NamedTuple):
    """A URL of the kit's own webhook receiver, that ends in ``path``."""

    path: str


class At(NamedTuple):
    """An instant in milliseconds, ``offset`` of them after what the target's clock says when the step is sent."""

    offset: int


class Text(NamedTuple):
    """Several parts in one text: plain and symbolic ones, as in the filter ``name=eq=<tag>``."""

    parts: tuple[Any, ...]


@dataclass(frozen=True)
class Step:
    """One request by its operation: values in ``path``, ``query``, ``headers`` and ``body`` may be symbolic.

    ``body`` is JSON; bytes go out as they are, and a list of pairs as a form where ``media``, its type, is one.
    ``method`` goes instead of the operation's own, to its path: the request is of no operation then.
    ``expect`` are the only statuses that are right, by ``rule``, whatever was done before: what depends on earlier
    steps is for the oracle to say.
    """

    operation: str
    path: Mapping[str, Any] = field(default_factory=dict)
    query: Sequence[tuple[str, Any]] = ()
    body: Any = NOTHING
    headers: Mapping[str, Any] = field(default_factory=dict)
    identity: Identity = "first"
    media: str = "application/json"
    expect: tuple[int, ...] = ()
    rule: str = ""
    method: str = ""


@dataclass(frozen=True)
class Wait:
    """Simulated time passes, in seconds: only where the target's clock can be moved."""

    seconds: float


@dataclass(frozen=True)
class Hear:
    """The webhook deliveries so far are shown to the oracle: only where the target can reach the kit's receiver."""


@dataclass(frozen=True)
class Lever:
    """A pull of one of the sandbox's levers: only where the target has them.

    ``path`` is below ``/__admin``; it and ``body`` may be symbolic. The oracle sees it as an exchange of no operation.
    """

    method: str
    path: Any
    body: Any = NOTHING
    identity: Identity = "first"


Move: TypeAlias = Step | Wait | Hear | Lever  # Python 3.11


class Lost(Exception):
    """A Ref leads nowhere: the answer it points into is not what it was thought to be."""


@dataclass(frozen=True)
class Known:
    """What symbolic values stand for on one target: ``answers`` are the JSON bodies so far, by step.

    ``now`` answers the target's time in milliseconds.
    """

    prefix: str
    hooks: str = ""
    answers: list[Any] = field(default_factory=list)
    now: Callable[[], int] = int

    def resolve(self, value: Any) -> Any:  # noqa: PLR0911  # one for each kind of value
        """The value with everything symbolic replaced. Raises Lost."""
        match value:
            case Ref():
                return _follow(value, self.answers)
            case Item():
                return _pick(value, self.resolve(value.value), self.answers)
            case Tag(text=text):
                return self.prefix + text
            case Hook(path=path):
                return self.hooks + path
            case At(offset=offset):
                return self.now() + offset
            case Text(parts=parts):
                return "".join(str(self.resolve(part)) for part in parts)
            case Mapping():
                return {name: self.resolve(member) for name, member in value.items()}
            case list() | tuple():
                return [self.resolve(member) for member in value]
        return value


def _follow(ref: Ref, answers: Sequence[Any]) -> Any:
    value = answers[ref.step] if ref.step < len(answers) else MISSING
    for part in ref.at:
        try:
            value = value[part]
        except (KeyError, IndexError, TypeError):
            raise Lost from None
    if value is MISSING:
        raise Lost
    return value


def _pick(item: Item, wanted: Any, answers: Sequence[Any]) -> Any:
    listed = _follow(Ref(item.step, item.at), answers)
    for place, one in enumerate(listed if isinstance(listed, list) else ()):
        if isinstance(one, dict) and one.get(item.name) == wanted:
            return _follow(Ref(item.step, (*item.at, place, *item.then)), answers)
    raise Lost


def refs(value: Any) -> set[int]:  # noqa: PLR0911  # one for each kind of value
    """The numbers of the steps that a value needs."""
    match value:
        case Ref(step=step):
            return {step}
        case Item(step=step, value=wanted):
            return {step} | refs(wanted)
        case Tag() | Hook() | At():
            return set()
        case Text(parts=parts):
            return set().union(*map(refs, parts))
        case Step() | Lever():
            return set().union(*(refs(getattr(value, one.name)) for one in fields(value)))
        case Mapping():
            return set().union(*map(refs, value.values()))
        case list() | tuple():
            return set().union(*map(refs, value))
    return set()


def renumber(value: Any, numbers: Mapping[int, int]) -> Any:  # noqa: PLR0911  # one for each kind of value
    """The value with each Ref's step number replaced."""
    match value:
        case Ref(step=step, at=at):
            return Ref(numbers[step], at)
        case Item(step=step, value=wanted):
            return value._replace(step=numbers[step], value=renumber(wanted, numbers))
        case Tag() | Hook() | At():
            return value
        case Text(parts=parts):
            return Text(tuple(renumber(part, numbers) for part in parts))
        case Step() | Lever():
            return type(value)(**{one.name: renumber(getattr(value, one.name), numbers) for one in fields(value)})
        case Mapping():
            return {name: renumber(member, numbers) for name, member in value.items()}
        case list():
            return [renumber(member, numbers) for member in value]
        case tuple():
            return tuple(renumber(member, numbers) for member in value)
    return value


def encoded_path(values: Mapping[str, Any]) -> dict[str, str]:
    """Values for the placeholders of a path, percent-encoded."""
    return {name: quote(str(value), safe="") for name, value in values.items()}


def encoded_query(values: Sequence[tuple[str, Any]]) -> str:
    """A query; blanks are ``%20``."""
    return urlencode([(name, str(value)) for name, value in values], quote_via=quote)


def encoded_body(body: Any, media: str = "application/json") -> bytes:
    """The bytes of a body: bytes as they are, a list of pairs as a form where ``media`` is one, all else as JSON."""
    if media == FORM and isinstance(body, list):
        return urlencode([(name, str(value)) for name, value in body]).encode()
    return body if isinstance(body, bytes) else orjson.dumps(body)
