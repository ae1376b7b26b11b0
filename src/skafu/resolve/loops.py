"""`Fn::ForEach` of AWS::LanguageExtensions: unrolled before anything else is evaluated."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

from skafu.model.node import Node
from skafu.resolve.evaluate import resolve
from skafu.resolve.findings import finding
from skafu.resolve.functions import BadExpressionError, text_of, unknown_in
from skafu.resolve.scope import Scope

PREFIX = "Fn::ForEach::"


def unroll(template: Node, scope: Scope) -> Node:
    """The template with every loop replaced by what it repeats.

    A loop that cannot be unrolled (its collection is unknown, say) is a finding, and is left out. Without
    the transform a loop is no loop: a finding, and it stays.
    """
    if TRANSFORM in _transforms(template):
        return _unrolled(template, {}, scope)
    for path, node in template.walk():
        if path and str(path[-1]).startswith(PREFIX):
            message = f"{path[-1]}: loops need the transform {TRANSFORM}"
            scope.findings.append(finding("template-expression", message, node.place))
    return template


TRANSFORM = "AWS::LanguageExtensions"


def _transforms(template: Node) -> list[object]:
    written = template.get("Transform")
    return [node.value for node in written.items or [written]] if written else []


def _unrolled(node: Node, bound: Mapping[str, str], scope: Scope) -> Node:
    if isinstance(node.value, Mapping):
        if len(node.value) == 1 and "Ref" in node.value and node.text("Ref") in bound:
            return replace(node, value=bound[node.text("Ref")])
        members: dict[str, Node] = {}
        for key, child in node.members.items():
            if key.startswith(PREFIX):
                members |= _repeated(key, child, bound, scope)
            else:
                members[_put(key, bound)] = _unrolled(child, bound, scope)
        return replace(node, value=members)
    if isinstance(node.value, list):
        return replace(node, value=[_unrolled(item, bound, scope) for item in node.value])
    if isinstance(node.value, str):
        return replace(node, value=_put(node.value, bound))
    return node


def _repeated(key: str, loop: Node, bound: Mapping[str, str], scope: Scope) -> dict[str, Node]:
    try:
        name, words, body = _parts(loop, bound, scope)
    except BadExpressionError as error:
        scope.findings.append(finding("template-expression", f"{key}: {error}", loop.place, fix=error.fix))
        return {}
    members: dict[str, Node] = {}
    for word in words:
        members |= _unrolled(body, {**bound, name: word}, scope).members
    return members


def _parts(loop: Node, bound: Mapping[str, str], scope: Scope) -> tuple[str, list[str], Node]:
    if len(loop.items) != 3:  # noqa: PLR2004 - identifier, collection, body
        raise BadExpressionError("an identifier, a collection and a body are needed")
    identifier, collection, body = loop.items
    values = resolve(_unrolled(collection, bound, scope), scope)
    if values is None or not isinstance(values.value, list):
        raise BadExpressionError("the collection must be a list that is known before deployment")
    missing = unknown_in(values)
    if missing:
        raise BadExpressionError(f"the collection is not known before deployment: {missing.reason}")
    return text_of(identifier), [text_of(item) for item in values.items], body


def _put(text: str, bound: Mapping[str, str]) -> str:
    """`${Name}` and `&{Name}` (which drops what is not alphanumeric) replaced by the word of this round."""
    for name, word in bound.items():
        text = text.replace(f"${{{name}}}", word)
        text = text.replace(f"&{{{name}}}", re.sub(r"[^A-Za-z0-9]", "", word))
    return text
