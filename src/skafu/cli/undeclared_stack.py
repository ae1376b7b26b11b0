"""What the gate is shown of a stack that nothing declares any more."""

from __future__ import annotations

from dataclasses import replace

from skafu.cli.left_over import LeftOver
from skafu.model.estate import Definition, Stack
from skafu.model.node import Node


def stand_in(one: LeftOver) -> Stack:
    """What policies are shown of a stack that has no definition: its place, its environment and its tags."""
    location = one.beside.environment.node.location
    nothing = Node({}, location)
    id_ = one.origin.id
    return replace(
        one.beside,
        id=id_,
        definition=Definition(id_.name, "", "", (id_.environment,), (id_.region,), nothing),
        stack_name=one.standing.name,
        source=nothing,
        template=nothing,
        parameters={},
        tags={name: Node(value, location) for name, value in sorted(one.standing.tags.items())},
        references=(),
        digest="",
        obstacle="",
        nested=(),
        parts={},
        given={},
    )
