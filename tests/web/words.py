"""What Connexion's own validators refuse, in the sandbox's words.

Connexion tells what is wrong as one text. The validators here are its own, called through; when one refuses, the same
request is looked at again for all that is wrong with it, so that the oracle can tell a difference in words from a
difference in judgement.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import parse_qs

from connexion.exceptions import BadRequestProblem
from connexion.json_schema import Draft4RequestValidator
from connexion.lifecycle import ConnexionRequest
from connexion.validators import JSONRequestBodyValidator, ParameterValidator
from jsonschema import Draft4Validator, ValidationError  # type: ignore[import-untyped]  # ships no types
from starlette.types import Receive, Scope

from sandbox.kernel.schema import Problem, explain

FORMATS = Draft4Validator.FORMAT_CHECKER


class Refused(BadRequestProblem):  # type: ignore[misc]  # Connexion ships no types
    """What Connexion refused: the first problem is the one it names."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__(problems[0].message)
        self.problems = problems


class Parameters:
    """Connexion's parameter validator."""

    def __init__(self, parameters: Sequence[Mapping[str, Any]], uri_parser: Any, **options: Any) -> None:
        self._exact = options["strict_validation"]
        self._parameters = parameters
        self._uri_parser = uri_parser
        self._validator = ParameterValidator(parameters, uri_parser, **options)

    def validate(self, scope: Scope) -> None:
        try:
            self._validator.validate(scope)
        except BadRequestProblem:
            request = ConnexionRequest(scope, uri_parser=self._uri_parser)
            unknown = _unknown(self._parameters, request) if self._exact else ()
            raise Refused([*unknown, *_parameter_problems(self._parameters, request)]) from None


class JsonBody:
    """Connexion's validator of JSON bodies; ``sent`` answers the body of the present request."""

    def __init__(self, sent: Callable[[], bytes], **options: Any) -> None:
        self._sent = sent
        self._schema = options["schema"]
        self._validator = JSONRequestBodyValidator(**options)

    async def wrap_receive(self, receive: Receive, *, scope: Scope) -> Any:
        try:
            return await self._validator.wrap_receive(receive, scope=scope)
        except BadRequestProblem as error:
            if not isinstance(error.__context__, ValidationError):
                raise
            check = Draft4RequestValidator(self._schema, format_checker=FORMATS)
            told = _like_its_example(in_words(error.__context__), error.__context__)
            found = [part for error in check.iter_errors(json.loads(self._sent())) for part in leaves(error)]
            raise Refused([told, *(problem for problem in found if problem != told)]) from None


def _like_its_example(problem: Problem, error: ValidationError) -> Problem:
    """With how to write it, where the schema that says so has an example."""
    for part in (error, *error.context):
        if part.validator == "pattern" and part.validator_value == problem.pattern and "example" in part.schema:
            like = f"{problem.field} must be written like {part.schema['example']} ({problem.message})"
            return problem._replace(message=like)
    return problem


def _unknown(parameters: Sequence[Mapping[str, Any]], request: Any) -> Iterator[Problem]:
    """The query parameters that there are not."""
    known = [parameter["name"] for parameter in parameters if parameter["in"] == "query"]
    there = f"are {', '.join(known)}" if known else "is none"
    for name in request.query_params:
        if name not in known:
            value = parse_qs(request.url.query, keep_blank_values=True)[name][0]
            yield Problem(name or "query", value, f"There is no query parameter {name!r} here; there {there}")


def _parameter_problems(parameters: Sequence[Mapping[str, Any]], request: Any) -> Iterator[Problem]:
    """Everything wrong with the parameters of a request, in the order in which Connexion looks."""
    places = {"query": request.query_params, "path": request.path_params, "header": request.headers}
    for place, sent in places.items():
        for parameter in (p for p in parameters if p["in"] == place):
            yield from _problems(parameter, sent.get(parameter["name"]))


def _problems(parameter: Mapping[str, Any], value: Any) -> Iterator[Problem]:
    name = parameter["name"]
    if value is None:
        if parameter.get("required"):
            yield Problem(name, None, f"{name} is required")
        return
    for error in Draft4Validator(parameter["schema"], format_checker=FORMATS).iter_errors(value):
        problem = in_words(error, (name,))
        yield Problem(name, problem.value, _with_example(parameter, problem.message, _keyword(error)))


def _with_example(parameter: Mapping[str, Any], message: str, keyword: str) -> str:
    """The message with how to write it: the spec's example."""
    named: Mapping[str, Any] = next(iter(parameter.get("examples", {}).values()), {})
    example = parameter.get("example", named.get("value"))
    if example is None:
        return message
    one = example[0] if isinstance(example, list) else example
    return (
        f"{parameter['name']} must be written like {one} ({message})"
        if keyword == "pattern"
        else f"{message}; for example {one}"
    )


def in_words(error: ValidationError, root: Sequence[str] = ()) -> Problem:
    """A validation error of the ``jsonschema`` package as the sandbox words it; of several forms, the nearest."""
    while error.parent is not None:
        error = error.parent
    return _worded(error, root)


def _worded(error: ValidationError, root: Sequence[str]) -> Problem:
    if error.context:
        forms = _forms(error)
        near = [form for form in forms if form[0].validator != "type" or form[0].path]
        if near:
            return _of_the_nearest(near, root)
        types = sorted({name for form in forms for name in _facts(form[0])["types"]})
        return explain("type", {"types": types}, [*root, *error.absolute_path], error.instance, error.message)
    path = [*root, *error.absolute_path]
    return explain(_keyword(error), _facts(error), path, error.instance, error.message)


def _of_the_nearest(near: Sequence[Sequence[ValidationError]], root: Sequence[str]) -> Problem:
    least = min(map(_distance, near))
    nearest = [form for form in near if _distance(form) == least]
    wants = [next((part for part in form if part.validator == "required"), form[0]) for form in nearest]
    first = wants[0]
    if len(wants) > 1 and all(part.validator == "required" and part.path == first.path for part in wants):
        members = [_facts(part)["property"] for part in wants]
        return explain("anyRequired", {"members": members}, [*root, *first.absolute_path], first.instance, "")
    return _worded(nearest[0][0], root)


def _forms(error: ValidationError) -> list[list[ValidationError]]:
    """What is wrong with each of several forms."""
    forms: dict[Any, list[ValidationError]] = {}
    for part in error.context:
        forms.setdefault(part.relative_schema_path[0], []).append(part)
    return list(forms.values())


def _distance(form: Sequence[ValidationError]) -> tuple[int, int]:
    return sum(part.validator in {"type", "enum"} for part in form), len(form)


def leaves(error: ValidationError) -> Iterator[Problem]:
    """All that is wrong, with whichever form."""
    for part in error.context or ():
        yield from leaves(part)
    yield _worded(error, ())


def _keyword(error: ValidationError) -> str:
    """Draft 4 writes an exclusive bound as a flag beside the bound."""
    keyword = str(error.validator)
    if keyword in {"minimum", "maximum"} and error.schema.get(f"exclusiveM{keyword[1:]}"):
        return f"exclusiveM{keyword[1:]}"
    return keyword


def _facts(error: ValidationError) -> dict[str, Any]:
    wanted = error.validator_value
    null = ["null"] if error.schema.get("nullable") else []
    if error.validator == "type":
        return {"types": sorted([wanted, *null])}
    if error.validator == "enum":
        return {"options": wanted}
    if error.validator == "required":
        return {"property": next(name for name in wanted if error.message.startswith(repr(name)))}
    if error.validator == "additionalProperties":
        return {"unexpected": [name for name in error.instance if name not in error.schema.get("properties", {})]}
    return {"limit": wanted, "pattern": wanted, "format": wanted}
