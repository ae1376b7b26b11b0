"""Nobody is allowed everything on everything.

`Action: "*"` on `Resource: "*"` makes an administrator of whatever carries it: a leaked credential of one function
is then the whole account. The same holds for `NotAction` on everything, which allows whatever is invented later,
for `NotResource`, which is everything but what it lists, and for the managed policy `AdministratorAccess`.

Name the actions that are used and the resources they are used on.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from skafu.sdk import Resource, Unknown, Violation, as_list, policy
from skafu.sdk.statements import permissions

EVERYTHING = "*?:"
"""Of what an element is made that leaves nothing out: `*`, `*:*`."""

ATTACHED = ("ManagedPolicyArns", "ManagedPolicies")
"""Where identities, and where permission sets, name managed policies."""


@policy(
    severity="critical",
    resources=["AWS::IAM::*", "AWS::SSO::PermissionSet"],
    controls=["cis:1.16", "soc2:CC6.3"],
)
def check(holder: Resource) -> Iterator[Violation | Unknown]:
    """No statement allows it, and no managed policy that does is attached."""
    for name in ATTACHED:
        attached = holder.get(name)
        if isinstance(attached, Unknown):
            yield attached
            continue
        for index, arn in enumerate(as_list(attached)):
            if not isinstance(arn, Unknown) and str(arn).endswith(":policy/AdministratorAccess"):
                yield holder.violation("AdministratorAccess allows everything.", at=(name, index))
    for at, statement in permissions(holder):
        answer = statement if isinstance(statement, Unknown) else _allows_everything(statement)
        if isinstance(answer, Unknown):
            yield answer
        elif answer:
            yield holder.violation("The statement allows everything on everything.", at=at)


def _allows_everything(statement: dict[str, Any]) -> bool | Unknown:
    effect, actions, resources = (statement.get(name) for name in ("Effect", "Action", "Resource"))
    for value in (effect, actions):
        if isinstance(value, Unknown):
            return value
    if effect != "Allow" or not ("NotAction" in statement or _leaves_nothing_out(actions)):
        return False
    if "NotResource" in statement:
        return True
    return resources if isinstance(resources, Unknown) else _leaves_nothing_out(resources)


def _leaves_nothing_out(given: Any) -> bool:
    """Whether one is everything: one that is computed among others names something."""
    known = [str(one) for one in as_list(given) if not isinstance(one, Unknown)]
    return any("*" in one and not one.strip(EVERYTHING) for one in known)
