"""JSON Schema errors as findings: at the key, with the allowed values and the nearest right spelling."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from functools import cache
from importlib import resources
from typing import Any

from jsonschema import Draft202012Validator, SchemaError
from jsonschema.exceptions import ValidationError

from skafu.load.problems import DocumentError, problem
from skafu.model.finding import Finding
from skafu.model.nearest import nearest
from skafu.model.node import Node
from skafu.model.place import dotted

RULE = "definition-schema"

MAX_QUOTE = 60
"""Characters of a wrong value that are repeated, so that a message stays one line."""


@cache
def shipped(name: str) -> dict[str, Any]:
    """The schema `name` (e.g. `stack`) that ships with skafu."""
    text = resources.files("skafu.schemas").joinpath(f"{name}.schema.json").read_text("utf-8")
    schema: dict[str, Any] = json.loads(text)
    return schema


def check(document: Node, schema: dict[str, Any]) -> list[Finding]:
    """Every way in which `document` breaks `schema`, in document order."""
    errors = Draft202012Validator(schema).iter_errors(document.plain())
    found = [finding for error in errors for finding in _findings(document, error)]
    return sorted(found, key=lambda finding: (finding.location, finding.message))


def check_schema(document: Node) -> dict[str, Any]:
    """A team's own schema as plain data.

    Raises:
        DocumentError: when it is not a JSON Schema.
    """
    schema: dict[str, Any] = document.plain()
    try:
        Draft202012Validator.check_schema(schema)
    except SchemaError as error:
        at = document.nearest(tuple(error.absolute_path)).place
        raise DocumentError(problem(RULE, f"not a JSON Schema: {error.message}", at)) from None
    return schema


def _findings(document: Node, error: ValidationError) -> Iterator[Finding]:
    path = tuple(error.absolute_path)
    node = document.nearest(path)
    name = dotted(path) or "the file"
    rule: Any = error.schema
    demanded: Any = error.validator_value
    if error.validator == "additionalProperties" and demanded is False:
        known = rule.get("properties", {})
        for key in sorted(set(_keys(error)) - set(known)):
            inside = f" in {name}" if path else ""
            fix = nearest(key, known)
            yield problem(RULE, f'unknown key "{key}"{inside}', node.nearest((key,)).place, fix=fix)
    elif error.validator == "required":
        missing = [key for key in demanded if key not in _keys(error)]
        key = next(key for key in missing if repr(key) in error.message)
        said = _described(rule.get("properties", {}).get(key, {}))
        yield problem(RULE, f'{name} lacks the key "{key}"', node.place, fix=said)
    else:
        message, fix = _sentence(name, error)
        at = node.location if error.validator in {"enum", "type", "pattern", "const"} else node.place
        yield problem(RULE, message, at, fix=fix)


def _sentence(name: str, error: ValidationError) -> tuple[str, str]:
    """What is wrong, and what would be right."""
    value = json.dumps(error.instance, ensure_ascii=False, default=str)
    value = value if len(value) <= MAX_QUOTE else f"{value[: MAX_QUOTE - 3]}..."
    rule: Any = error.schema
    demanded: Any = error.validator_value
    fix = _described(rule)
    match error.validator:
        case "enum":
            allowed = [str(item) for item in demanded]
            guess = nearest(str(error.instance), allowed)
            fix = f"Allowed: {', '.join(allowed)}."
            said = f"{name} is {value}"
            fix = f"{guess} {fix}" if guess.startswith("Did") else fix
        case "type":
            said = f"{name} must be {_types(demanded)}, not {value}"
        case "anyOf" | "oneOf":
            kinds = sorted({kind for option in demanded for kind in _kinds(option)})
            said = f"{name} must be {_types(kinds)}, not {value}"
        case "pattern":
            said = f"{name} is {value}, which has the wrong form"
            fix = fix or f"It must match {demanded}"
        case "minItems" | "minLength" | "minProperties":
            said = f"{name} is empty or too short"
        case "uniqueItems":
            said = f"{name} names something twice"
        case _:
            said = f"{name}: {error.message}"
    return said, fix


def _keys(error: ValidationError) -> Iterable[str]:
    instance: Any = error.instance
    return list(instance)


def _kinds(option: dict[str, Any]) -> Iterable[str]:
    kinds = option.get("type", [])
    return [kinds] if isinstance(kinds, str) else kinds


def _types(types: str | list[str]) -> str:
    words = {"object": "a mapping", "array": "a list", "string": "text", "boolean": "true or false"}
    words |= {"integer": "a whole number", "number": "a number", "null": "empty"}
    return " or ".join(words[kind] for kind in ([types] if isinstance(types, str) else types))


def _described(schema: dict[str, Any]) -> str:
    return str(schema.get("description", ""))
