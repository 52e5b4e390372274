"""What a tenant keeps, in memory: objects, and the records of each."""

import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from problems import Problem, invalid
from schemas import Json, check, compiled, fields_of, object_schema, same

CURRENCIES = {"EUR": "Euro", "GBP": "Pound sterling", "USD": "US dollar"}


def now() -> str:
    """The real time, as the API writes it."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")  # noqa: TID251  # no part of the sandbox


def new_id() -> str:
    """One that nothing has."""
    return str(uuid.uuid4())  # noqa: TID251  # no part of the sandbox


class Tenant:
    """One customer's data: objects by id, and by that id too their records by id. Methods raise Problem."""

    def __init__(self) -> None:
        self.objects: dict[str, Json] = {}
        self.records: dict[str, dict[str, Json]] = {}
        money = self.keep({"name": "Currency", "description": "What prices are in", "type": "SYSTEM"}, {})
        for code, name in CURRENCIES.items():
            self._store(money["id"], {"code": code, "name": name}, money["createdAt"])

    def object(self, key: str) -> Json:
        """An object to read."""
        if key not in self.objects:
            raise Problem(404, f"There is no object {key}")
        return self.objects[key]

    def editable(self, key: str) -> Json:
        """An object to change, or whose records are to be changed."""
        found = self.object(key)
        if found["type"] == "SYSTEM":
            raise Problem(403, f"{found['name']} belongs to the platform")
        return found

    def create_object(self, said: Json) -> Json:
        """A new object."""
        if any(one["name"] == said["name"] for one in self.objects.values()):
            invalid("name", said["name"], "The name is taken")
        return self.keep(said, {})

    def update_object(self, key: str, said: Json) -> Json:
        """An object with some members changed."""
        before = self.editable(key)
        if said.get("name", before["name"]) != before["name"]:
            invalid("name", said["name"], "The name never changes")
        return self.keep(said, before)

    def keep(self, said: Json, before: Json) -> Json:
        """Keep what is said of an object beside what was said ``before``."""
        made: Json = {"id": new_id(), "type": "PERSISTENT", "auditEnabled": False, "createdAt": now(), **before, **said}
        self._check_schema(made)
        if "businessKey" in made and made["businessKey"] not in fields_of(made):
            invalid("businessKey", made["businessKey"], "businessKey must name a field of the schema")
        made["updatedAt"] = now() if before else made["createdAt"]
        self.objects[made["id"]] = made
        self.records.setdefault(made["id"], {})
        return made

    def _check_schema(self, made: Json) -> None:
        try:
            compiled(object_schema(made.get("schema", {})))
        except ValueError as error:
            invalid("schema", None, f"schema is no JSON Schema: {error}")
        for name in _unique(made):
            seen: set[bytes] = set()
            for value in self._values(made["id"], name):
                if same(value) in seen:
                    invalid(name, value, f"Two records have this {name}")
                seen.add(same(value))

    def delete_object(self, key: str) -> None:
        """Delete an object and its records."""
        self.editable(key)
        del self.objects[key], self.records[key]

    def record(self, of: str, key: str) -> Json:
        """A record to read."""
        self.object(of)
        if key not in self.records[of]:
            raise Problem(404, f"There is no record {key} of this object")
        return self.records[of][key]

    def create_record(self, of: str, data: Json, at: str) -> Json:
        """A new record."""
        self._check_data(self.editable(of), data, data, None)
        return self._store(of, data, at)

    def _store(self, of: str, data: Json, at: str) -> Json:
        made: Json = {"id": new_id(), "mobjectId": of, "data": data, "createdAt": at, "updatedAt": at}
        self.records[of][made["id"]] = made
        return made

    def update_record(self, of: str, key: str, changes: Json, *, merge: bool) -> Json:
        """A record with some fields changed; without ``merge`` it keeps no other."""
        holder, before = self.editable(of), self.record(of, key)
        data = before["data"] | changes if merge else changes
        self._check_data(holder, data, changes, key)
        self.records[of][key] = before | {"data": data, "updatedAt": now()}
        return self.records[of][key]

    def delete_record(self, of: str, key: str) -> None:
        """Delete a record."""
        self.editable(of)
        self.record(of, key)
        del self.records[of][key]

    def _check_data(self, of: Json, data: Json, changes: Json, own: str | None) -> None:
        """Refuse ``data`` that the object's schema does not allow: ``changes`` were sent, for the record ``own``."""
        schema = object_schema(of.get("schema", {}))
        present = {name: value for name, value in data.items() if value is not None or name in schema["required"]}
        check(compiled(schema), present, "data")
        for name, field in fields_of(of).items():
            if changes.get(name) is not None and not self._leads(field, changes[name]):
                invalid(name, changes[name], f"{name} must be the id of a record of object {field['mobjectId']}")
        for name in _unique(of):
            taken = {same(value) for value in self._values(of["id"], name, own)}
            if data.get(name) is not None and same(data[name]) in taken:
                invalid(name, data[name], f"Another record has this {name}")

    def _leads(self, field: Mapping[str, Any], value: str) -> bool:
        is_lookup = field.get("type") == "lookup" and "mobjectId" in field
        return not is_lookup or value in self.records.get(field["mobjectId"], {})

    def _values(self, of: str, name: str, but: str | None = None) -> list[Any]:
        """What the records have in a field, where they have something."""
        records = self.records.get(of, {}).items()
        return [one["data"][name] for key, one in records if key != but and one["data"].get(name) is not None]


def _unique(of: Json) -> list[str]:
    return [name for name, field in fields_of(of).items() if field.get("unique") is True]
