"""Nobody is allowed everything on everything.

`Action: "*"` on `Resource: "*"` makes an administrator of whatever carries it: a leaked credential of one function
is then the whole account. The same holds for `NotAction` on everything, which allows whatever is invented later,
and for the managed policy `AdministratorAccess`.

Name the actions that are used and the resources they are used on.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, TypeAlias

from skafu.sdk import Resource, Unknown, Violation, as_list, policy

At: TypeAlias = tuple[str | int, ...]

EVERYTHING = frozenset({"*", "*:*"})


@policy(
    severity="critical",
    resources=["AWS::IAM::*"],
    controls=["cis:1.16", "soc2:CC6.3"],
)
def check(holder: Resource) -> Iterator[Violation | Unknown]:
    """No statement allows it, and no managed policy that does is attached."""
    attached = holder.get("ManagedPolicyArns")
    for index, arn in enumerate(attached if isinstance(attached, list) else []):
        if not isinstance(arn, Unknown) and str(arn).endswith(":policy/AdministratorAccess"):
            yield holder.violation("AdministratorAccess allows everything.", at=("ManagedPolicyArns", index))
    if isinstance(attached, Unknown):
        yield attached
    for at, statement in _statements(holder):
        if isinstance(statement, Unknown):
            yield statement
            continue
        answer = _allows_everything(statement)
        if isinstance(answer, Unknown):
            yield answer
        elif answer:
            yield holder.violation("The statement allows everything on everything.", at=at)


def _statements(holder: Resource) -> Iterator[tuple[At, Any]]:
    documents: list[At] = [("PolicyDocument",)]
    policies = holder.get("Policies")
    if isinstance(policies, Unknown):
        yield (), policies
    elif policies is not None:
        documents += [("Policies", index, "PolicyDocument") for index in range(len(policies))]
    for document in documents:
        at: At = (*document, "Statement")
        statements = holder.get(at)
        if isinstance(statements, Unknown | dict):
            yield at, statements
        elif statements is not None:
            yield from (((*at, index), statement) for index, statement in enumerate(statements))


def _allows_everything(statement: dict[str, Any]) -> bool | Unknown:
    effect, actions = statement.get("Effect"), statement.get("Action")
    for value in (effect, actions):
        if isinstance(value, Unknown):
            return value
    wide = "NotAction" in statement or bool(EVERYTHING.intersection(_known(actions)))
    resources = statement.get("Resource")
    if effect != "Allow" or not wide:
        return False
    return resources if isinstance(resources, Unknown) else "*" in _known(resources)


def _known(items: Any) -> list[Any]:
    """The items that are known: one that is computed among others names something, never everything."""
    return [item for item in as_list(items) if not isinstance(item, Unknown)]
