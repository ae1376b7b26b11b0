"""What all functions share: their shape, their error, and how values are read."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from skafu.model.errors import SkafuError
from skafu.model.node import Node, Step, Unknown
from skafu.resolve.scope import Scope

Resolver = Callable[[Node, Scope], Node | None]


class BadExpressionError(SkafuError):
    """An intrinsic function whose arguments CloudFormation would refuse."""

    exit_code = 1

    def __init__(self, message: str, fix: str = "") -> None:
        super().__init__(message)
        self.fix = fix


@dataclass(frozen=True, slots=True)
class Function:
    """An intrinsic function.

    Attributes:
        evaluate: (argument, scope, resolver) -> the value, None for `AWS::NoValue`.
        lazy: whether it resolves its argument itself, because not all of it may be evaluated.
    """

    evaluate: Callable[[Node, Scope, Resolver], Node | None]
    lazy: bool = False


def text_of(node: Node) -> str:
    """A scalar as CloudFormation writes it into text.

    Raises:
        BadExpressionError: when it is a mapping or a list.
    """
    value = node.value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str | int | float):
        return str(value)
    raise BadExpressionError(f"text is needed here, not {kind(node)}")


def unknown_in(node: Node) -> Unknown | None:
    """The first unknown value in a tree."""
    for _, child in node.walk():
        if isinstance(child.value, Unknown):
            return child.value
    return None


def kind(node: Node) -> str:
    """A value that is not text, in words."""
    if isinstance(node.value, Mapping):
        return "a mapping"
    return "a list" if isinstance(node.value, list) else "nothing"


def steps_of(*nodes: Node) -> tuple[Step, ...]:
    """The chains of several values, without repetition, in order."""
    return tuple(dict.fromkeys(step for node in nodes for step in node.steps))


def deferred(name: str, argument: Node, missing: Unknown) -> Node:
    """The call itself, left to CloudFormation because something in it is unknown."""
    expression = {name: argument.plain()}
    return Node(Unknown(missing.reason, expression), argument.location, None, steps_of(argument))


def listed(node: Node, *lengths: int) -> list[Node]:
    """The items of a list, of one of these lengths if any are given.

    Raises:
        BadExpressionError: when it is no list, or has another length.
    """
    if not isinstance(node.value, list) or (lengths and len(node.value) not in lengths):
        wanted = " or ".join(str(length) for length in lengths)
        raise BadExpressionError(f"a list of {wanted} items is needed" if lengths else "a list is needed")
    return node.value


def names_in(scope: Scope, section: str) -> list[str]:
    """The names that a section of the template declares."""
    found = scope.template.get(section)
    return list(found.members) if found else []
