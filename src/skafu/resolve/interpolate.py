"""`${...}` paths in a stack's declaration -> values, with the place they were read from."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from skafu.model.errors import SkafuError
from skafu.model.estate import Account, Environment
from skafu.model.nearest import nearest
from skafu.model.node import Node, Step, Unknown
from skafu.resolve.functions import BadExpressionError, text_of

_PATH = re.compile(r"\$(\$?)\{([^}]*)\}")


class UnknownPathError(SkafuError):
    """A path that leads nowhere."""

    exit_code = 2


@dataclass(frozen=True, slots=True)
class Paths:
    """What `${...}` may name.

    Attributes:
        accounts: every account, by name; a stack may name the ids of those that it works with.
        output: (stack as written, output, the node that names it) -> its value; Unknown until deployed.
    """

    estate: str
    environment: Environment
    account: Account
    accounts: Mapping[str, Account]
    region: str
    output: Callable[[str, str, Node], Node]


def interpolate(node: Node, paths: Paths) -> Node:
    """`node` with every path replaced by its value.

    Text that is one path alone keeps the value's type; paths inside text become text. `$${` is `${`. The
    expression of what is not known yet is the text with everything else in it read.

    Raises:
        UnknownPathError: for a path that leads nowhere, with the nearest right spelling.
    """
    if isinstance(node.value, list):
        return Node([interpolate(item, paths) for item in node.value], node.location, node.key)
    if not isinstance(node.value, str):
        return node
    whole = _PATH.fullmatch(node.value)
    if whole and not whole[1]:
        found = _read(whole[2].strip(), node, paths)
        return Node(found.value, node.location, node.key, found.steps)
    steps: list[Step] = []
    unknown: list[Unknown] = []

    def put(match: re.Match[str]) -> str:
        if match[1]:
            return match[0][1:]
        found = _read(match[2].strip(), node, paths)
        steps.extend(found.steps)
        if isinstance(found.value, Unknown):
            unknown.append(found.value)
            return str(found.value.expression)
        try:
            return text_of(found)
        except BadExpressionError:
            raise _lost(node, f"${{{match[2]}}} is not text, so it cannot stand inside text") from None

    text = _PATH.sub(put, node.value)
    late = replace(unknown[0], expression=text) if unknown else None
    return Node(late or text, node.location, node.key, tuple(steps))


def _read(path: str, node: Node, paths: Paths) -> Node:
    head, _, rest = path.partition(".")
    match head:
        case "environment" if rest:
            return _member(path, rest.split("."), paths.environment.node, node)
        case "account" if rest:
            if rest == "name":
                return Node(paths.account.name, node.location)
            return _member(path, rest.split("."), paths.account.node, node)
        case "accounts" if rest:
            return _of_another(path, rest, paths, node)
        case "region" if not rest:
            return Node(paths.region, node.location, None, (Step("the stack's region", node.location),))
        case "estate" if not rest:
            return Node(paths.estate, node.location)
        case "stacks":
            stack, _, output = rest.partition(".outputs.")
            if stack and output:
                return paths.output(stack, output, node)
            raise _lost(node, f"${{{path}}} must be ${{stacks.<stack>.outputs.<Output>}}")
        case _:
            known = ["environment", "account", "accounts", "region", "estate", "stacks"]
            raise _lost(node, f"${{{path}}} leads nowhere", nearest(head, known))


def _of_another(path: str, rest: str, paths: Paths, node: Node) -> Node:
    name, _, member = rest.partition(".")
    account = paths.accounts.get(name)
    if account is None:
        message = f'${{{path}}} leads nowhere: there is no account "{name}"'
        raise _lost(node, message, nearest(name, paths.accounts))
    if not member:
        raise _lost(node, f"${{{path}}} must be ${{accounts.<account>.id}} or another of its members")
    return _member(path, member.split("."), account.node, node)


def _member(path: str, parts: list[str], holder: Node, node: Node) -> Node:
    found = holder
    for part in parts:
        following = found.members.get(part)
        if following is None:
            where = found.place
            message = f'${{{path}}} leads nowhere: there is no "{part}" at {where}'
            raise _lost(node, message, nearest(part, found.members))
        found = following
    return Node(found.value, found.location, None, (Step(path, found.place), *found.steps))


def _lost(node: Node, message: str, hint: str = "") -> UnknownPathError:
    return UnknownPathError(message, at=node.location, hint=hint)
