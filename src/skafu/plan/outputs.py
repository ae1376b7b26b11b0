"""Which outputs of a stack become others, so that the stacks that read them know."""

from __future__ import annotations

from collections.abc import Iterable

from skafu.model.change import Action, Change, Replacement
from skafu.plan.comparing import NOTHING, same
from skafu.plan.references import mentions
from skafu.plan.templates import Template, section


def moving_outputs(before: Template | None, after: Template, changes: Iterable[Change]) -> frozenset[str]:
    """The outputs whose value is, or may be, another after the deployment; those that are new are not among them."""
    reborn = {
        one.logical_id
        for one in changes
        if one.action in {Action.REMOVE, Action.DYNAMIC} or one.replacement is not Replacement.NEVER
    }
    was = section(before, "Outputs")
    return frozenset(
        name
        for name, output in section(after, "Outputs").items()
        if name in was and (not same(_value(was[name]), _value(output)) or _refers(_value(output), reborn))
    )


def _value(output: object) -> object:
    return section({"_": output}, "_").get("Value", NOTHING)


def _refers(value: object, reborn: set[str]) -> bool:
    """Whether it names one that becomes another, or an output of a nested stack that holds one."""
    nested = {name.split(".")[0] for name in reborn if "." in name}
    return any(one.name in reborn or (one.attribute and one.name in nested) for one in mentions(value))
