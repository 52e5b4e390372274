"""Steps as JSON, for replay files."""

from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import Any

from sandbox.contract.steps import NOTHING, At, Hear, Hook, Item, Lever, Move, Ref, Step, Tag, Text, Wait


def dump(moves: Sequence[Move]) -> list[dict[str, Any]]:
    """Steps as JSON; ``load`` reads them back."""
    return [_dumped_move(move) for move in moves]


def load(said: Sequence[Mapping[str, Any]]) -> list[Move]:
    """Steps from JSON. Raises ValueError for what is no step."""
    return [_loaded_move(one) for one in said]


def _dumped_move(move: Move) -> dict[str, Any]:
    if isinstance(move, Wait):
        return {"wait": move.seconds}
    if isinstance(move, Hear):
        return {"hear": True}
    plain: Step | Lever
    if isinstance(move, Lever):
        plain, named = Lever(move.method, move.path), {"lever": move.method, "path": _dumped(move.path)}
    else:
        plain, named = Step(move.operation), {"operation": move.operation}
    told = {one.name: getattr(move, one.name) for one in fields(move)}
    return named | {
        name: _dumped(value) for name, value in told.items() if value is not NOTHING and value != getattr(plain, name)
    }


def _dumped(value: Any) -> Any:  # noqa: PLR0911  # one for each kind of value
    match value:
        case Ref(step=step, at=at):
            return {"$answer": step, "at": list(at)}
        case Item(step=step, at=at, name=name, value=wanted, then=then):
            where = {"name": name, "value": _dumped(wanted)}
            return {"$answer": step, "at": list(at), "where": where, "then": list(then)}
        case Tag(text=text):
            return {"$tag": text}
        case Hook(path=path):
            return {"$hook": path}
        case At(offset=offset):
            return {"$at": offset}
        case Text(parts=parts):
            return {"$text": [_dumped(part) for part in parts]}
        case bytes():
            return {"$bytes": value.decode("latin-1")}
        case Mapping():
            return {name: _dumped(member) for name, member in value.items()}
        case list() | tuple():
            return [_dumped(member) for member in value]
    return value


def _loaded_move(said: Mapping[str, Any]) -> Move:
    if "wait" in said:
        return Wait(float(said["wait"]))
    if "hear" in said:
        return Hear()
    if "lever" in said:
        return Lever(**{"method" if name == "lever" else name: _loaded(value) for name, value in said.items()})
    known = {one.name for one in fields(Step)}
    if "operation" not in said or not said.keys() <= known:
        msg = f"a step has an operation and else only {', '.join(sorted(known))}; this one has {', '.join(said)}"
        raise ValueError(msg)
    told = {name: _loaded(value) for name, value in said.items()}
    told["query"] = tuple((name, value) for name, value in told.get("query", ()))
    told["expect"] = tuple(told.get("expect", ()))
    return Step(**told)


def _loaded(value: Any) -> Any:  # noqa: PLR0911  # one for each kind of value
    match value:
        case {"$answer": step, "at": at, "where": {"name": name, "value": wanted}, "then": then}:
            return Item(step, tuple(at), name, _loaded(wanted), tuple(then))
        case {"$answer": step, "at": at}:
            return Ref(step, tuple(at))
        case {"$tag": text}:
            return Tag(text)
        case {"$hook": path}:
            return Hook(path)
        case {"$at": offset}:
            return At(offset)
        case {"$text": parts}:
            return Text(tuple(map(_loaded, parts)))
        case {"$bytes": text}:
            return text.encode("latin-1")
        case dict():
            return {name: _loaded(member) for name, member in value.items()}
        case list():
            return [_loaded(member) for member in value]
    return value
