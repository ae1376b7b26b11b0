"""Functions that make text."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Mapping
from typing import Any

from skafu.model.node import Node, Step, Unknown
from skafu.resolve.functions.references import get_att, ref
from skafu.resolve.functions.values import (
    BadExpressionError,
    Resolver,
    deferred,
    kind,
    listed,
    steps_of,
    text_of,
    unknown_in,
)
from skafu.resolve.scope import Scope

_VARIABLE = re.compile(r"\$\{(!?)([^}]*)\}")


def sub(argument: Node, scope: Scope, resolver: Resolver) -> Node:
    """Fn::Sub, both forms. Known variables are put in; unknown ones stay, and the whole is unknown."""
    template, own = argument, Node({}, argument.location)
    if isinstance(argument.value, list):
        template, own = listed(argument, 2)
    if not isinstance(template.value, str):
        raise BadExpressionError(f"the text must be written out, not {kind(template)}")
    values = {name: resolver(child, scope) for name, child in own.members.items()}
    used: list[Node] = []
    left: dict[str, Any] = {}
    missing: list[Unknown] = []

    def put(match: re.Match[str]) -> str:
        literal, name = match[1], match[2].strip()
        if literal:
            return match[0]
        found = values[name] if name in values else _variable(name, argument, scope, resolver)
        if found is None:
            raise BadExpressionError(f"${{{name}}} is AWS::NoValue")
        used.append(found)
        unknown = unknown_in(found)
        if unknown is None:
            return text_of(found).replace("${", "${!")
        missing.append(unknown)
        if name in values:
            left[name] = found.plain()
        return match[0]

    text = _VARIABLE.sub(put, template.value)
    steps = steps_of(*used)
    if missing:
        expression = {"Fn::Sub": [text, left] if left else text}
        return Node(Unknown(missing[0].reason, expression), argument.location, None, steps)
    if "${!" in text:
        steps = (*steps, Step("Fn::Sub", argument.location))  # nobody wrote the text as it stands now
    return Node(text.replace("${!", "${"), argument.location, None, steps)


def _variable(name: str, argument: Node, scope: Scope, resolver: Resolver) -> Node | None:
    at = Node(name, argument.location)
    if "." in name and not name.startswith("AWS::"):
        return get_att(at, scope, resolver)
    return ref(at, scope, resolver)


def join(argument: Node, _: Scope, __: Resolver) -> Node:
    """Fn::Join."""
    missing = unknown_in(argument)
    if missing:
        return deferred("Fn::Join", argument, missing)
    delimiter, items = listed(argument, 2)
    texts = [text_of(item) for item in listed(items)]
    return Node(text_of(delimiter).join(texts), argument.location, None, steps_of(*items.items))


def split(argument: Node, _: Scope, __: Resolver) -> Node:
    """Fn::Split."""
    missing = unknown_in(argument)
    if missing:
        return deferred("Fn::Split", argument, missing)
    delimiter, text = listed(argument, 2)
    if not text_of(delimiter):
        raise BadExpressionError("the delimiter is empty")
    parts = text_of(text).split(text_of(delimiter))
    return Node([Node(part, text.location, None, text.steps) for part in parts], argument.location)


def base64_(argument: Node, _: Scope, __: Resolver) -> Node:
    """Fn::Base64."""
    missing = unknown_in(argument)
    if missing:
        return deferred("Fn::Base64", argument, missing)
    encoded = base64.b64encode(text_of(argument).encode()).decode()
    return Node(encoded, argument.location, None, argument.steps)


def to_json_string(argument: Node, _: Scope, __: Resolver) -> Node:
    """Fn::ToJsonString, of AWS::LanguageExtensions: compact JSON."""
    missing = unknown_in(argument)
    if missing:
        return deferred("Fn::ToJsonString", argument, missing)
    if not isinstance(argument.value, Mapping | list):
        raise BadExpressionError("a mapping or a list is needed")
    text = json.dumps(argument.plain(), ensure_ascii=False, separators=(",", ":"))
    steps = steps_of(*(node for _, node in argument.walk()))
    return Node(text, argument.location, None, steps)
