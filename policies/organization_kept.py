"""An account is never closed, and the organization never dissolved, because a template changed.

CloudFormation deletes what is removed from a template. Of an account that means closing it, with everything
that runs in it; of the organization, letting all accounts go without guardrails. Neither is a deployment's
decision, in any environment.

Set both `DeletionPolicy` and `UpdateReplacePolicy` to `Retain`.

Source: AWS CloudFormation Template Reference Guide, "AWS::Organizations::Account".
"""

from __future__ import annotations

from collections.abc import Iterator

from skafu.sdk import Resource, Unknown, Violation, policy

ATTRIBUTES = ("DeletionPolicy", "UpdateReplacePolicy")


@policy(
    severity="critical",
    resources=[
        "AWS::Organizations::Account",
        "AWS::Organizations::Organization",
        "AWS::Organizations::OrganizationalUnit",
    ],
    controls=["soc2:A1.2", "soc2:CC8.1"],
)
def check(resource: Resource) -> Iterator[Violation | Unknown]:
    """It stays when its declaration goes."""
    for attribute in ATTRIBUTES:
        given = resource.attribute(attribute)
        if isinstance(given, Unknown):
            yield given
        elif given != "Retain":
            yield resource.violation(
                f"{attribute} is {given or 'not given'}: a change of the template could delete it.",
                attribute=attribute,
                fix=f"Set {attribute} to Retain.",
            )
