"""Expressions -> values, for one scope.

Every function of CloudFormation is one entry of `FUNCTIONS` (at the end of `functions.py`). A function
gets its arguments resolved, answers a node, and answers an `Unknown` node as soon as something it needs
is unknown. None stands for `AWS::NoValue`: the member that would hold it disappears.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from skafu.model.node import Node, Unknown
from skafu.resolve.findings import finding
from skafu.resolve.functions import FUNCTIONS, BadExpressionError
from skafu.resolve.scope import Scope

DYNAMIC = "{{resolve:"
LATE = "a dynamic reference is read at deployment"
MACRO = "Fn::Transform"


def resolve(node: Node, scope: Scope) -> Node | None:
    """`node` with every expression in it evaluated as far as it can be; None for `AWS::NoValue`."""
    if isinstance(node.value, Mapping):
        if MACRO in node.value:
            # It takes part in making everything beside it, too. `template` states the finding.
            rest = {key: child.plain() for key, child in members(node, scope).items()}
            return replace(node, value=Unknown("a macro will make it at deployment", rest))
        if len(node.value) == 1:
            name = next(iter(node.value))
            if name in FUNCTIONS and _is_call(name, scope):
                return _call(name, node, scope)
        return replace(node, value=members(node, scope))
    if isinstance(node.value, list):
        items = [resolve(item, scope) for item in node.value]
        return replace(node, value=[item for item in items if item is not None])
    if isinstance(node.value, str) and DYNAMIC in node.value:
        return replace(node, value=Unknown(LATE, node.value))
    return node


def _is_call(name: str, scope: Scope) -> bool:
    """`Condition` is a function inside of conditions only; elsewhere it is a key like any other."""
    return name != "Condition" or bool(scope.open_conditions)


def members(node: Node, scope: Scope) -> dict[str, Node]:
    """The members of a mapping, resolved, without those that became `AWS::NoValue`."""
    resolved: dict[str, Node] = {}
    for key, child in node.members.items():
        value = resolve(child, scope)
        if value is not None:
            resolved[key] = value.under(child.key)
    return resolved


def _call(name: str, node: Node, scope: Scope) -> Node | None:
    argument = node.members[name]
    function = FUNCTIONS[name]
    try:
        if function.lazy:
            answer = function.evaluate(argument, scope, resolve)
        else:
            resolved = resolve(argument, scope)
            if resolved is None:
                raise BadExpressionError("its argument is AWS::NoValue")  # noqa: TRY301 - one place tells
            answer = function.evaluate(resolved, scope, resolve)
    except BadExpressionError as error:
        message = f"{name}: {error}"
        scope.findings.append(finding("template-expression", message, node.location, fix=error.fix))
        return replace(node, value=Unknown(f"{name} cannot be evaluated", node.plain()))
    if answer is None:
        return None
    if isinstance(answer.value, str) and DYNAMIC in answer.value:
        answer = replace(answer, value=Unknown(LATE, answer.value))
    return Node(answer.value, node.location, node.key, answer.steps)
