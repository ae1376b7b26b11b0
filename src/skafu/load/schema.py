"""JSON Schema errors as findings: at the key, with the allowed values and the nearest right spelling."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from functools import cache
from importlib import resources
from typing import Any

from jsonschema import Draft202012Validator, SchemaError
from jsonschema.exceptions import ValidationError
from referencing import Registry
from referencing.exceptions import Unresolvable
from referencing.jsonschema import DRAFT202012

from skafu.load.problems import DocumentError, problem
from skafu.model.finding import Finding
from skafu.model.nearest import nearest
from skafu.model.node import Node
from skafu.model.place import dotted

RULE = "definition-schema"

_NOWHERE: Registry[Any] = Registry()

MAX_QUOTE = 60
"""Characters of a wrong value that are repeated, so that a message stays one line."""

MAX_ALLOWED = 20
"""Allowed values that are listed; of more, only the most similar one is named."""

MAX_SENTENCE = 200
"""Characters of what the JSON Schema library says itself; it repeats whole values."""


@cache
def shipped(name: str) -> dict[str, Any]:
    """The schema `name` (e.g. `stack`) that ships with skafu."""
    text = resources.files("skafu.schemas").joinpath(f"{name}.schema.json").read_text("utf-8")
    schema: dict[str, Any] = json.loads(text)
    return schema


def check(document: Node, schema: dict[str, Any]) -> list[Finding]:
    """Every way in which `document` breaks `schema`, in document order."""
    # A registry of its own, which fetches nothing: no schema makes skafu call anybody.
    validator = Draft202012Validator(schema, registry=_NOWHERE)
    try:
        errors = list(validator.iter_errors(document.plain()))
    except RecursionError:
        message = "cannot be checked: the schema refers to itself without end"
        return [problem(RULE, f"{document.location.file} {message}", document.location)]
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
    resolver = _NOWHERE.with_resource("", DRAFT202012.create_resource(schema)).resolver()
    for path, node in document.walk():
        if path[-1:] in {("$ref",), ("$dynamicRef",)} and isinstance(node.value, str):
            try:
                resolver.lookup(node.value)
            except Unresolvable:
                message = f'"{node.value}" leads to no place in this file'
                fix = "A schema refers to places in its own file only, as #/$defs/<name>."
                raise DocumentError(problem(RULE, message, node.location, fix=fix)) from None
    return schema


def _findings(document: Node, error: ValidationError) -> Iterator[Finding]:
    path = tuple(error.absolute_path)
    node = document.nearest(path)
    name = dotted(path) or "the file"
    rule = _rule(error.schema)
    demanded: Any = error.validator_value
    if error.validator == "additionalProperties" and demanded is False:
        known = rule.get("properties", {})
        patterns = rule.get("patternProperties", {})
        for key in sorted(set(_keys(error)) - set(known)):
            if any(re.search(pattern, key) for pattern in patterns):
                continue
            inside = f" in {name}" if path else ""
            fix = nearest(key, known)
            yield problem(RULE, f'unknown key "{key}"{inside}', node.nearest((key,)).place, fix=fix)
    elif error.validator == "required":
        missing = [key for key in demanded if key not in _keys(error)]
        key = next(key for key in missing if repr(key) in error.message)
        said = _described(_rule(rule.get("properties", {}).get(key)))
        yield problem(RULE, f'{name} lacks the key "{key}"', node.place, fix=said)
    elif "propertyNames" in error.absolute_schema_path:
        key = str(error.instance)
        fix = _described(rule) or f"It must match {demanded}"
        yield problem(
            RULE, f'{name} has the key "{key}", which has the wrong form', node.nearest((key,)).place, fix=fix
        )
    else:
        message, fix = _sentence(name, error)
        at = node.location if error.validator in {"enum", "type", "pattern", "const"} else node.place
        yield problem(RULE, message, at, fix=fix)


def _sentence(name: str, error: ValidationError) -> tuple[str, str]:
    """What is wrong, and what would be right."""
    value = json.dumps(error.instance, ensure_ascii=False, default=str)
    value = _short(value, MAX_QUOTE)
    rule = _rule(error.schema)
    demanded: Any = error.validator_value
    fix = _described(rule)
    match error.validator:
        case _ if error.schema is False:
            said = f"{value} is not allowed in {name}"
        case "enum":
            allowed = [str(item) for item in demanded]
            guess = nearest(str(error.instance), allowed)
            listed = f"Allowed: {', '.join(allowed)}." if len(allowed) <= MAX_ALLOWED else fix
            said = f"{name} is {value}"
            fix = f"{guess} {listed}" if guess.startswith("Did") else listed
        case "type":
            said = f"{name} must be {_types(demanded)}, not {value}"
        case "anyOf" if all("type" in _rule(option) for option in demanded):
            kinds = sorted({kind for option in demanded for kind in _kinds(option)})
            said = f"{name} must be {_types(kinds)}, not {value}"
        case "not":
            said = f"{name} is {value}, which is not allowed"
        case "pattern":
            said = f"{name} is {value}, which has the wrong form"
            fix = fix or f"It must match {demanded}"
        case "minItems" | "minLength" | "minProperties":
            said = f"{name} is empty or too short"
        case "uniqueItems":
            said = f"{name} names something twice"
        case _:
            said = f"{name}: {_short(error.message, MAX_SENTENCE)}"
    return said, fix


def _rule(schema: Any) -> dict[str, Any]:
    """The part of a schema that was broken; `true` and `false` are schemas without a word in them."""
    return schema if isinstance(schema, dict) else {}


def _short(text: str, limit: int) -> str:
    return text if len(text) <= limit else f"{text[: limit - 3]}..."


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
