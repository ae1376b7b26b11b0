"""Log groups survive their stack, everywhere but in development.

What a function wrote in its last minutes explains why its stack had to go. CloudFormation deletes a log group
with the stack, or when its name changes; retention says how long logs are kept, and only a person may say
sooner.

Set `DeletionPolicy` and `UpdateReplacePolicy` of log groups to `Retain`.

Source: the deployment architecture, `log_retention_days`; AWS CloudFormation Template Reference Guide,
"DeletionPolicy attribute".
"""

from __future__ import annotations

from collections.abc import Iterator

from skafu.sdk import Resource, Unknown, Violation, policy

KEPT = {
    "DeletionPolicy": ("Retain", "RetainExceptOnCreate"),
    "UpdateReplacePolicy": ("Retain",),
}


@policy(severity="low", resources=["AWS::Logs::LogGroup"], controls=["soc2:CC7.2", "soc2:CC7.4"])
def check(group: Resource) -> Iterator[Violation | Unknown]:
    """Neither the stack's end nor a replacement deletes it."""
    if group.environment.get("stage", group.environment.name) == "development":
        return
    for attribute, accepted in KEPT.items():
        given = group.attribute(attribute)
        if isinstance(given, Unknown):
            yield given
        elif given not in accepted:
            yield group.violation(
                f"{attribute} is {given or 'not given'}: the logs would be deleted.",
                attribute=attribute,
                fix=f"Set {attribute} to Retain.",
            )
