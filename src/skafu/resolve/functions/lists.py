"""Functions over lists and mappings."""

from __future__ import annotations

import ipaddress

from skafu.model.nearest import nearest
from skafu.model.node import Node, Step, Unknown
from skafu.resolve.functions.values import (
    BadExpressionError,
    Resolver,
    deferred,
    listed,
    steps_of,
    text_of,
    unknown_in,
)
from skafu.resolve.scope import Scope


def select(argument: Node, _: Scope, __: Resolver) -> Node:
    """Fn::Select."""
    index, items = listed(argument, 2)
    if isinstance(index.value, Unknown):
        return deferred("Fn::Select", argument, index.value)
    if isinstance(items.value, Unknown):
        return deferred("Fn::Select", argument, items.value)
    try:
        position = int(text_of(index))
    except ValueError:
        raise BadExpressionError(f'the index is "{index.value}", not a number') from None
    choices = listed(items)
    if not 0 <= position < len(choices):
        raise BadExpressionError(f"there is no item {position} in a list of {len(choices)}")
    return choices[position]


MAX_BLOCKS = 256
"""As many blocks as Fn::Cidr makes ("Valid range is between 1 and 256")."""


def cidr(argument: Node, _: Scope, __: Resolver) -> Node:
    """Fn::Cidr: `count` blocks with `bits` host bits each."""
    missing = unknown_in(argument)
    if missing:
        return deferred("Fn::Cidr", argument, missing)
    block, count, *rest = listed(argument, 2, 3)
    try:
        network = ipaddress.ip_network(text_of(block))
        host_bits = int(text_of(rest[0])) if rest else 8
        subnets = network.subnets(new_prefix=network.max_prefixlen - host_bits)
        wanted = int(text_of(count))
        if not 1 <= wanted <= MAX_BLOCKS:
            raise BadExpressionError(f"{wanted} blocks are asked for; it makes 1 to {MAX_BLOCKS}")
        blocks = [next(subnets) for _ in range(wanted)]
    except StopIteration:
        raise BadExpressionError(f"{text_of(block)} has no room for {text_of(count)} blocks") from None
    except ValueError as error:
        raise BadExpressionError(str(error)) from None
    return Node([Node(str(one), argument.location) for one in blocks], argument.location, None, block.steps)


def get_azs(argument: Node, _: Scope, __: Resolver) -> Node:
    """Fn::GetAZs: which zones an account may use is known only there."""
    reason = "the availability zones of an account are known only there"
    return Node(Unknown(reason, {"Fn::GetAZs": argument.plain()}), argument.location)


def find_in_map(argument: Node, scope: Scope, resolver: Resolver) -> Node | None:
    """Fn::FindInMap, with the DefaultValue of AWS::LanguageExtensions."""
    parts = listed(argument, 3, 4)
    keys = [resolver(part, scope) for part in parts[:3]]
    names = [key for key in keys if key is not None]
    missing = next((unknown for key in names if (unknown := unknown_in(key))), None)
    if missing:
        given = [key.plain() for key in names]
        for fallback in parts[3:]:
            resolved = resolver(fallback, scope)
            given += [resolved.plain()] if resolved is not None else []
        return Node(Unknown(missing.reason, {"Fn::FindInMap": given}), argument.location)
    texts = [text_of(key) for key in names]
    found = scope.template.get("Mappings", *texts)
    if found is not None:
        step = Step(f"mapping {'.'.join(texts)}", found.place)
        return Node(found.value, found.location, None, (step, *steps_of(*names)))
    default = parts[3].get("DefaultValue") if len(parts) > 3 else None  # noqa: PLR2004 - the fourth argument
    if default is not None:
        return resolver(default, scope)
    holder = scope.template.get("Mappings")
    known: list[str] = []
    for name in texts:
        known = list(holder.members) if holder else []
        holder = holder.members.get(name) if holder else None
        if holder is None:
            raise BadExpressionError(f"the mappings have no {'.'.join(texts)}", nearest(name, known))
    raise BadExpressionError(f"the mappings have no {'.'.join(texts)}")


def length(argument: Node, _: Scope, __: Resolver) -> Node:
    """Fn::Length."""
    if isinstance(argument.value, Unknown):
        return deferred("Fn::Length", argument, argument.value)
    return Node(len(listed(argument)), argument.location, None, argument.steps)
