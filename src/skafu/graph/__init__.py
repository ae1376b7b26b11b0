"""The order of an estate: what must stand before what, what a change affects, and what can never stand.

Pure: stacks in, values out.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from skafu.model.estate import Reference, Stack, StackId
from skafu.model.order import Order


def order(stacks: Mapping[StackId, Stack]) -> Order:
    """Order the stacks of an estate."""
    needs = {id_: _needs(stack, stacks) for id_, stack in sorted(stacks.items())}
    if not any(needs.values()):
        return Order(stacks=tuple(needs), needs=needs, stuck={}, findings=())
    from skafu.graph.network import ordered  # noqa: PLC0415 - 0.1 s that stacks without needs can do without

    return ordered(needs)


def affected(found: Order, changed: Iterable[StackId]) -> tuple[StackId, ...]:
    """The changed stacks and everything that directly or indirectly needs one of them, sorted."""
    from skafu.graph.network import reached  # noqa: PLC0415 - the same

    return tuple(sorted(reached(found.needs, changed)))


def _needs(stack: Stack, stacks: Mapping[StackId, Stack]) -> tuple[Reference, ...]:
    known = [reference for reference in stack.references if reference.target in stacks]
    return tuple(sorted(known, key=lambda reference: (reference.location, reference.target, reference.what)))
