"""States of namespaces as one file, for another day or another machine: JSON that is checked before it is believed.

    {"format": …, "formatVersion": …, "sandboxVersion": …, "checksum": …, "content": {"namespaces": […]}}

The same states make the same bytes. Reading one executes nothing and changes nothing.
"""

import math
import re
from collections.abc import Iterable, Mapping
from hashlib import sha256
from typing import Any, get_type_hints

import orjson
from immutables import Map

from sandbox import __version__
from sandbox.kernel import misdelivery, plain, webhooks
from sandbox.kernel.agenda import Agenda, Due
from sandbox.kernel.api import Api
from sandbox.kernel.clock import FIRST_INSTANT, LAST_INSTANT
from sandbox.kernel.codec import Codec, Coder, collection, declared, members
from sandbox.kernel.errors import Failure, Invalid
from sandbox.kernel.plain import Unfit
from sandbox.kernel.settings import Setting
from sandbox.kernel.snapshots import Kept
from sandbox.kernel.timeline import Agents
from sandbox.kernel.world import Snapshot

FORMAT = "monetization-sandbox-state"
VERSION = 1
"""Grows whenever a file of before can no longer be read as it was meant."""


_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")


class Portable:
    """Writes and reads the states of a sandbox with these Apis, what runs their agenda items, and their settings."""

    def __init__(self, apis: Iterable[Api], agents: Agents, settings: Mapping[str, Setting[Any]]) -> None:
        modules = [webhooks, misdelivery, *(api.state for api in apis if api.state)]
        self.tables: dict[str, Any] = dict(table for module in modules for table in declared(module))
        """Row type by name of the table."""
        self._agents = agents
        self._settings = settings
        self._codec = Codec()
        self._codec.add(Agenda, self._agenda())
        self._codec.add(get_type_hints(Snapshot)["tables"], Coder(self._write_tables, self._read_tables))
        self._kept = self._codec.of(Kept)

    def write(self, states: Iterable[Kept]) -> bytes:
        """The file. Raises TypeError for a value that no record declares: a defect of its Api."""
        text = orjson.dumps({"namespaces": [self._kept.write(kept) for kept in states]})
        head = {
            "format": FORMAT,
            "formatVersion": VERSION,
            "sandboxVersion": __version__,
            "checksum": _checksum(text),
        }
        return orjson.dumps(head)[:-1] + b',"content":' + text + b"}"

    def parse(self, text: bytes) -> list[Kept]:
        """The states in a file. Raises Invalid that names what is wrong."""
        try:
            told = orjson.loads(text)
        except orjson.JSONDecodeError as error:
            msg = f"The file is not JSON: {error.msg} at line {error.lineno}, column {error.colno}"
            raise Invalid(msg, field="body") from None
        return self.read(told)

    def read(self, told: Any) -> list[Kept]:
        """The states in a file that is parsed. Raises Invalid that names what is wrong."""
        try:
            content = members(_opened(told)["content"], {"namespaces": _LIST})
            states = [self._read_state(place, one) for place, one in enumerate(content["namespaces"])]
            if not 0 < len(states) == len({kept.namespace for kept in states}):
                raise Unfit("must hold at least one, each once").below("namespaces").below("content")
        except Unfit as wrong:
            field = ".".join(wrong.path)
            raise Invalid(f"{field or 'The file'} {wrong.expected}", field=field or "body") from None
        return states

    def _read_state(self, place: int, told: Any) -> Kept:
        try:
            kept: Kept = self._kept.read(told)
            _check(kept)
            self._check_settings(kept.state.settings)
        except Unfit as wrong:
            raise wrong.below(place).below("namespaces").below("content") from None
        return kept

    def _check_settings(self, settings: "Map[str, Any]") -> None:
        for name, value in settings.items():
            if name not in self._settings:
                raise _at("is not a setting of this sandbox", "state", "settings", name)
            try:
                self._settings[name].accept(value)
            except Failure as failure:
                raise _at(f"is refused: {failure.message}", "state", "settings", name) from None

    def _write_tables(self, tables: "Map[str, Any]") -> Any:
        return {name: self._table(name).write(tables[name]) for name in sorted(tables)}

    def _read_tables(self, told: Any) -> Any:
        coders = {name: self._table(name) for name in plain.read_object(told)}
        return Map(members(told, coders))

    def _table(self, name: str) -> Coder:
        """Of a whole table, or of one parent's part of it. Raises Unfit."""
        row = self.tables.get(name.partition("/")[0])
        if row is None:
            raise Unfit("is not a table of this sandbox").below(name)
        return collection(self._codec.of(row))

    def _agenda(self) -> Coder:
        items = self._codec.of(tuple[Due, ...])

        def write(agenda: Agenda) -> Any:
            return {"sequence": agenda.sequence, "items": items.write(agenda)}

        def read(value: Any) -> Any:
            told = members(value, {"sequence": self._codec.of(int), "items": items})
            for place, item in enumerate(told["items"]):
                if (item.api, item.kind) not in self._agents:
                    raise _at("is not something this sandbox does", "items", place, "kind")
                if not FIRST_INSTANT <= item.at <= LAST_INSTANT:
                    raise _at("is outside the years 1 to 9999", "items", place, "at")
            try:
                return Agenda.of(**told)
            except ValueError as error:
                raise _at(str(error), "items") from None

        return Coder(write, read)


_LIST = Coder(list, plain.read_list)


def _at(expected: str, *path: str | int) -> Unfit:
    wrong = Unfit(expected)
    wrong.path = tuple(map(str, path))
    return wrong


def _checksum(text: bytes) -> str:
    return f"sha256:{sha256(text).hexdigest()}"


def _opened(told: Any) -> dict[str, Any]:
    """What is in the file, once it is sure that it is whole and meant for us. Raises Unfit."""
    head = plain.read_object(told)
    if head.get("format") != FORMAT:
        raise _at(f"is not {FORMAT!r}: this is no export of a sandbox", "format")
    if head.get("formatVersion") != VERSION or head["formatVersion"] is True:
        written = f"written by version {head.get('sandboxVersion')} of the sandbox"
        raise _at(f"is not {VERSION}, the only one that version {__version__} reads ({written})", "formatVersion")
    text = Coder(str, plain.read_text)
    anything = Coder(list, lambda value: value)
    opened = members(
        head,
        {"format": text, "formatVersion": anything, "sandboxVersion": text, "checksum": text, "content": anything},
    )
    if opened["checksum"] != _checksum(_again(opened["content"])):
        raise _at("does not fit the content: the file was changed, or is not whole", "checksum")
    return opened


def _again(content: Any) -> bytes:
    try:
        return orjson.dumps(content)
    except TypeError:
        raise _at("is nested too deep", "content") from None


def _check(kept: Kept) -> None:
    """What the types do not say. Raises Unfit."""
    state = kept.state
    if not _NAME.fullmatch(kept.namespace):
        raise _at("is not a name of a namespace", "namespace")
    if not (math.isfinite(kept.origin.scale) and kept.origin.scale > 0):
        raise _at("must be above 0", "origin", "scale")
    for name, instant in (("now", state.now), ("clock", state.clock.frozen or 0), ("clock", state.clock.offset)):
        if not FIRST_INSTANT <= instant <= LAST_INSTANT:
            raise _at("is outside the years 1 to 9999", "state", name)
    if any(number < 0 for number in state.ordinals.values()):
        raise _at("must not be negative", "state", "ordinals")
    if state.outbox:
        raise _at("must be empty", "state", "outbox")
