"""Whoever makes a role makes it under a permissions boundary.

A deployer that may create roles and write their policies can write itself an administrator, whatever its own
policy leaves out. It cannot where the permission holds only for roles that carry the boundary, and where nobody
may take a boundary away.

Add `Condition: {StringEquals: {iam:PermissionsBoundary: <ARN of the boundary>}}` to statements that allow
`iam:CreateRole`, `iam:AttachRolePolicy`, `iam:PutRolePolicy` or `iam:PutRolePermissionsBoundary`, and allow
`iam:DeleteRolePermissionsBoundary` nowhere.

Roles that services define for themselves (`role/aws-service-role/...`) cannot have a boundary and are left out.

Source: IAM User Guide, "Delegating responsibility to others using permissions boundaries".
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from skafu.sdk import Resource, Unknown, Violation, as_list, policy
from skafu.sdk.statements import allows, permissions

MAKING = ("iam:CreateRole", "iam:AttachRolePolicy", "iam:PutRolePolicy", "iam:PutRolePermissionsBoundary")
FREEING = "iam:DeleteRolePermissionsBoundary"
TESTS = ("StringEquals", "StringLike", "ArnEquals", "ArnLike")


@policy(severity="critical", resources=["AWS::IAM::*", "AWS::SSO::PermissionSet"], controls=["soc2:CC6.3"])
def check(holder: Resource) -> Iterator[Violation]:
    """No statement makes a role without the boundary, or frees one of it."""
    for at, statement in permissions(holder):
        if statement.get("Effect") != "Allow" or _is_about_service_linked_roles(statement):
            continue
        if allows(statement, FREEING):
            yield holder.violation(
                f"{FREEING} is allowed: a role can be freed of its boundary.",
                at=(*at, "Action"),
                fix=f"List the actions without {FREEING}.",
            )
        made = [action for action in MAKING if allows(statement, action)]
        if made and not _bounded(statement):
            yield holder.violation(
                f"{made[0]} is allowed for roles without a permissions boundary.",
                at=(*at, "Condition"),
                fix="Add the condition StringEquals, iam:PermissionsBoundary, with the ARN of the boundary.",
            )


def _is_about_service_linked_roles(statement: dict[str, Any]) -> bool:
    """Whether all of it is about roles that AWS defines, and that cannot have a boundary."""
    resources = statement.get("Resource")
    if isinstance(resources, Unknown):
        return False
    return bool(resources) and all(
        not isinstance(one, Unknown) and ":role/aws-service-role/" in one for one in as_list(resources)
    )


def _bounded(statement: dict[str, Any]) -> bool:
    """Whether one boundary is asked for. One that is computed is one."""
    condition = statement.get("Condition") or {}
    return any(
        key.lower() == "iam:permissionsboundary"
        and not any(map(_is_open, [given] if isinstance(given, Unknown) else as_list(given)))
        for test in TESTS
        for key, given in condition.get(test, {}).items()
    )


def _is_open(boundary: Any) -> bool:
    return not isinstance(boundary, Unknown) and (
        str(boundary) == "" or "*" in str(boundary) or "?" in str(boundary)
    )
