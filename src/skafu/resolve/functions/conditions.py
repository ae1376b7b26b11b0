"""Conditions: three answers, true, false and unknown."""

from __future__ import annotations

from collections.abc import Callable

from skafu.model.nearest import nearest
from skafu.model.node import Node, Unknown
from skafu.resolve.functions.values import (
    BadExpressionError,
    Resolver,
    deferred,
    listed,
    names_in,
    steps_of,
    text_of,
    unknown_in,
)
from skafu.resolve.scope import Scope


def condition(name: str, scope: Scope, resolver: Resolver) -> bool | Node:
    """The value of a condition, or a node that is Unknown.

    Raises:
        BadExpressionError: when it does not exist, depends on itself or is no condition.
    """
    if name not in scope.conditions:
        written = scope.template.get("Conditions", name)
        if written is None:
            fix = nearest(name, names_in(scope, "Conditions"))
            raise BadExpressionError(f'there is no condition "{name}"', fix)
        if name in scope.open_conditions:
            raise BadExpressionError(f"the condition {name} depends on itself")
        scope.open_conditions.append(name)
        value = resolver(written, scope)
        scope.open_conditions.remove(name)
        scope.conditions[name] = truth(value) if value is not None else False
    return scope.conditions[name]


def truth(node: Node) -> bool | Node:
    """A condition's value: true, false, or the node itself where it is unknown.

    Raises:
        BadExpressionError: when it is neither.
    """
    if isinstance(node.value, Unknown):
        return node
    if node.value in (True, "true"):
        return True
    if node.value in (False, "false"):
        return False
    raise BadExpressionError("true or false is needed here")


def if_(argument: Node, scope: Scope, resolver: Resolver) -> Node | None:
    """Fn::If: only the chosen branch is evaluated; both when the condition is unknown."""
    test, yes, no = listed(argument, 3)
    name = text_of(test)
    value = condition(name, scope, resolver)
    if isinstance(value, bool):
        return resolver(yes if value else no, scope)
    branches = [resolver(branch, scope) for branch in (yes, no)]
    plain = [{"Ref": "AWS::NoValue"} if branch is None else branch.plain() for branch in branches]
    reason = value.value.reason if isinstance(value.value, Unknown) else ""
    return Node(Unknown(reason, {"Fn::If": [name, *plain]}), argument.location)


def named_condition(argument: Node, scope: Scope, resolver: Resolver) -> Node:
    """Condition: the value of another condition."""
    name = text_of(argument)
    value = condition(name, scope, resolver)
    if isinstance(value, bool):
        return Node(value, argument.location)
    reason = value.value.reason if isinstance(value.value, Unknown) else ""
    return Node(Unknown(reason, {"Condition": name}), argument.location)


def equals(argument: Node, _: Scope, __: Resolver) -> Node:
    """Fn::Equals: compares as text, as CloudFormation does."""
    one, other = listed(argument, 2)
    missing = unknown_in(argument)
    if missing:
        return deferred("Fn::Equals", argument, missing)
    if isinstance(one.value, list) or isinstance(other.value, list):
        same = one.plain() == other.plain()
    else:
        same = text_of(one) == text_of(other)
    return Node(same, argument.location, None, steps_of(one, other))


def and_(argument: Node, _: Scope, __: Resolver) -> Node:
    """Fn::And: false as soon as one is false, whatever the others are."""
    return _combined("Fn::And", argument, decisive=False)


def or_(argument: Node, _: Scope, __: Resolver) -> Node:
    """Fn::Or: true as soon as one is true, whatever the others are."""
    return _combined("Fn::Or", argument, decisive=True)


def _combined(name: str, argument: Node, *, decisive: bool) -> Node:
    values = [truth(item) for item in listed(argument)]
    if decisive in [value for value in values if isinstance(value, bool)]:
        return Node(decisive, argument.location, None, steps_of(*argument.items))
    open_ = [item for item in argument.items if isinstance(item.value, Unknown)]
    if len(open_) == 1:
        return open_[0]  # the others are decided, and CloudFormation takes no literals here
    if open_:
        left = Node(open_, argument.location)
        return deferred(name, left, unknown_in(left) or Unknown("", None))
    return Node(not decisive, argument.location, None, steps_of(*argument.items))


def not_(argument: Node, _: Scope, __: Resolver) -> Node:
    """Fn::Not."""
    (item,) = listed(argument, 1)
    value = truth(item)
    if isinstance(value, bool):
        return Node(not value, argument.location, None, item.steps)
    return deferred("Fn::Not", argument, unknown_in(item) or Unknown("", None))


# Functions of assertions in the Rules section.


def contains(argument: Node, _: Scope, __: Resolver) -> Node:
    """Fn::Contains: whether a list of texts has this one."""
    return _members("Fn::Contains", argument, lambda many, one: one[0] in many)


def each_member_equals(argument: Node, _: Scope, __: Resolver) -> Node:
    """Fn::EachMemberEquals: whether a list holds nothing but this text."""
    return _members("Fn::EachMemberEquals", argument, lambda many, one: set(many) <= {one[0]})


def each_member_in(argument: Node, _: Scope, __: Resolver) -> Node:
    """Fn::EachMemberIn: whether every text of the first list is in the second."""
    return _members("Fn::EachMemberIn", argument, lambda many, other: set(many) <= set(other))


def _members(name: str, argument: Node, test: Callable[[list[str], list[str]], bool]) -> Node:
    missing = unknown_in(argument)
    if missing:
        return deferred(name, argument, missing)
    first, second = listed(argument, 2)
    many = [text_of(item) for item in listed(first)]
    one = [text_of(item) for item in second.items] if isinstance(second.value, list) else [text_of(second)]
    return Node(test(many, one), argument.location)
