"""How a change of one stack reaches the stacks that read its outputs."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from skafu.model.change import Change
from skafu.model.estate import Stack, StackId
from skafu.plan.outputs import moving_outputs
from skafu.plan.references import mentions
from skafu.plan.templates import Template, section


def moving_parameters(
    stack: Stack, moving: Mapping[StackId, Collection[str]], absent: Collection[StackId] = ()
) -> dict[str, str]:
    """Parameter -> why its value may become another, as `output Arn of production/us-east-1/data`.

    Args:
        stack: what reads outputs.
        moving: stack -> its outputs whose value is, or may be, another after its own deployment.
        absent: the stacks that do not stand, so that all of their outputs are new.
    """
    found: dict[str, str] = {}
    for reference in stack.references:
        target, output = reference.target, reference.what
        if reference.kind != "output" or not (target in absent or output in moving.get(target, ())):
            continue
        text = f"${{stacks.{target}.outputs.{output}}}"
        for name, value in stack.given.items():
            if text in value:
                found.setdefault(name, f"output {output} of {target}")
    return found


def reached_outputs(
    before: Template | None, after: Template, changes: Iterable[Change], parameters: Collection[str]
) -> frozenset[str]:
    """The outputs whose value is, or may be, another after the deployment; all of them where nothing stood.

    Args:
        before: the template that stands.
        after: the template that would be submitted.
        changes: what happens to its resources.
        parameters: those whose value becomes another.
    """
    outputs = section(after, "Outputs")
    was = section(before, "Outputs")
    through = {
        name
        for name, output in outputs.items()
        if any(not one.attribute and one.name in parameters for one in mentions(output))
    }
    new = {name for name in outputs if name not in was}
    return frozenset(moving_outputs(before, after, changes) | through | new)
