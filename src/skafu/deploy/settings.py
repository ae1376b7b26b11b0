"""Termination protection and stack policy: what is declared comes into force, and the record tells of it."""

from __future__ import annotations

from skafu.deploy.step import Step
from skafu.model.cloud import Standing
from skafu.model.stack_policy import same_policy


def policy_apart(step: Step) -> bool:
    """Whether the stack policy that is declared is not the one in force; one that is not declared stays."""
    wanted = step.stack.definition.stack_policy
    return bool(wanted) and not same_policy(wanted, step.cloud.policy(step.stack.stack_name))


def protection_apart(step: Step, standing: Standing) -> bool:
    """Whether termination protection is declared and not what stands."""
    declared = step.stack.definition.node.get("termination_protection")
    return declared is not None and declared.value is not standing.termination_protection


def set_policy(step: Step) -> bool:
    """Bring the declared stack policy into force; whether another one was."""
    if not policy_apart(step):
        return False
    step.tell("settings-set", settings=["stack policy"])
    step.cloud.set_policy(step.stack.stack_name, step.stack.definition.stack_policy)
    return True


def set_protection(step: Step, standing: Standing) -> bool:
    """Switch termination protection as declared; whether it was not."""
    if not protection_apart(step, standing):
        return False
    on = not standing.termination_protection
    step.tell("settings-set", settings=[f"termination protection {'on' if on else 'off'}"])
    step.cloud.protect(step.stack.stack_name, on=on)
    return True
