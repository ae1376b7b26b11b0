"""An estate in order: the value that the graph makes and others show or follow."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from skafu.model.estate import Reference, StackId
from skafu.model.finding import Finding


@dataclass(frozen=True, slots=True)
class Order:
    """An estate in order.

    Attributes:
        stacks: every stack that can be deployed, dependencies first; ties by id.
        needs: stack -> the references to the stacks it needs, by place; every stack is a key.
        stuck: stack -> the stacks of the cycle that keeps it from ever being deployed.
        findings: one for each cycle, at the line of its first need.
    """

    stacks: tuple[StackId, ...]
    needs: Mapping[StackId, tuple[Reference, ...]]
    stuck: Mapping[StackId, tuple[StackId, ...]]
    findings: tuple[Finding, ...]
