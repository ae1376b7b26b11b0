"""Roles are passed and assumed by name.

Whoever may pass any role to a service has the permissions of the strongest one: it starts a function with it.
The same holds for whoever may assume any role. Both permissions therefore name the roles (a prefix such as
`role/skafu-*` is a name), and the right to pass says to which service.

Write the roles into `Resource`, and for `iam:PassRole` add
`Condition: {StringEquals: {iam:PassedToService: ...}}`.

Source: IAM User Guide, "Grant a user permissions to pass a role to an AWS service".
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from skafu.sdk import Resource, Unknown, Violation, as_list, policy
from skafu.sdk.statements import allows, permissions

TESTS = ("StringEquals", "StringLike", "ForAnyValue:StringEquals", "ForAnyValue:StringLike")


@policy(severity="high", resources=["AWS::IAM::*", "AWS::SSO::PermissionSet"], controls=["soc2:CC6.3"])
def check(holder: Resource) -> Iterator[Violation]:
    """No statement hands on, or takes on, just any role."""
    for at, statement in permissions(holder):
        if statement.get("Effect") != "Allow":
            continue
        passes, assumes = allows(statement, "iam:PassRole"), allows(statement, "sts:AssumeRole")
        roles = _meant(statement)
        if (passes or assumes) and "*" in roles:
            yield holder.violation(
                f"Any role may be {'passed to a service' if passes else 'assumed'}.",
                at=(*at, "Resource"),
                fix="Name the roles in Resource, at least by the beginning of their names: role/skafu-...",
            )
        if passes and roles and not _says_to_whom(statement):
            yield holder.violation(
                "Roles may be passed to any service.",
                at=(*at, "Condition"),
                fix="Add the condition StringEquals, iam:PassedToService, with the service that takes the role.",
            )


def _meant(statement: dict[str, Any]) -> list[str]:
    """The names of the roles that the statement is about, a wildcard for any; none if it is about no role."""
    given = statement.get("Resource", "*")
    found = [_role_name(one) for one in ([given] if isinstance(given, Unknown) else as_list(given))]
    return [name for name in found if name is not None]


def _role_name(arn: Any) -> str | None:
    if isinstance(arn, Unknown):
        return "*" if ":role/*" in json.dumps(arn.expression) else "(computed)"
    parts = str(arn).split(":", 5)
    if len(parts) < 6:  # noqa: PLR2004  (not a whole ARN)
        return "*" if "*" in parts[-1] else None
    service, resource = parts[2], parts[5]
    literal = re.split(r"[*?]", resource)[0]
    if service not in ("iam", "*") or not ("role/".startswith(literal) or literal.startswith("role/")):
        return None
    named = literal.removeprefix("role/") if literal.startswith("role/") else ""
    return named or "*"


def _says_to_whom(statement: dict[str, Any]) -> bool:
    condition = statement.get("Condition") or {}
    services = [
        service
        for test in TESTS
        for key, given in condition.get(test, {}).items()
        if key.lower() == "iam:passedtoservice"
        for service in as_list(given)
    ]
    return bool(services) and not any(service == "" or "*" in service for service in services)
