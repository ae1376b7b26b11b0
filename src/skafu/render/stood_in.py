"""What something stood in for in the embedded endpoint, by type: counted for a glance, named for the record."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from skafu.model.change import Plan
from skafu.model.deployment import DeployedStack, Deployment
from skafu.model.estate import StackId
from skafu.render.facts import count

MADE = "AWS::SSM::Parameter"
"""What is made in place of a resource whose type the embedded endpoint lacks (`skafu.aws.embedded.stand_ins`)."""

TIMES = "\N{MULTIPLICATION SIGN}"
"""What stands before a count."""

_SAME = frozenset({"unchanged", "compared", "left"})
"""Results of a stack that stands as it stood before."""


@dataclass(frozen=True, slots=True)
class OfType:
    """The resources of one type that something stood in for.

    Attributes:
        type: of the resources.
        named: stack -> their logical ids, both sorted.
    """

    type: str
    named: Mapping[StackId, tuple[str, ...]]

    @property
    def number(self) -> int:
        """How many resources."""
        return sum(map(len, self.named.values()))


def by_type(stacks: Iterable[DeployedStack]) -> list[OfType]:
    """The types of what was stood in for, sorted. A resource counts once, however many reasons there are."""
    found: dict[str, dict[StackId, set[str]]] = {}
    for stack in stacks:
        for one in stack.stood_in:
            found.setdefault(one.type, {}).setdefault(stack.id, set()).add(one.logical_id)
    return [
        OfType(type_, {id_: tuple(sorted(named[id_])) for id_ in sorted(named)})
        for type_, named in sorted(found.items())
    ]


def counted(types: Sequence[OfType]) -> str:
    """`56 resources of 12 types`."""
    resources = count(sum(one.number for one in types), "resource")
    return resources if len(types) == 1 else f"{resources} of {count(len(types), 'type')}"


def lacking(types: Sequence[OfType]) -> str:
    """What the embedded endpoint lacks, as a sentence without its end."""
    each = "it" if sum(one.number for one in types) == 1 else "each"
    return f"The embedded endpoint lacks {counted(types)}; something else stands in for {each}"


def anew(deployment: Deployment) -> list[OfType]:
    """Those of the stacks that this run changed, or tried to change."""
    return by_type(stack for stack in deployment.stacks if stack.state not in _SAME)


def as_before(deployment: Deployment) -> list[OfType]:
    """Those of the stacks that stand as they stood before."""
    return by_type(stack for stack in deployment.stacks if stack.state in _SAME)


def with_real_types(plan: Plan, told: Iterable[tuple[str, str]]) -> Plan:
    """The plan with `AWS::Config::ConfigRule (stand-in)` where the change set has the parameter that stands in.

    Args:
        plan: as the embedded endpoint makes it.
        told: (type, `stack: logical id`) of what was stood in for, as `Planned` has it.
    """
    types = {where: type_ for type_, where in told if type_ != MADE}
    return replace(
        plan,
        changes=tuple(
            replace(change, type=f"{real} (stand-in)")
            if change.type == MADE and (real := types.get(f"{plan.stack}: {change.logical_id}"))
            else change
            for change in plan.changes
        ),
    )
