"""There are no users and no access keys: people and pipelines come through federation.

An access key works from everywhere until somebody remembers to delete it; a user outlives the person's
contract. People come through IAM Identity Center and pipelines through OpenID Connect: both get roles, for an
hour.

Remove the user and the key, and let a role be assumed instead; attach policies to roles only.

Source: IAM User Guide, "Security best practices in IAM": require temporary credentials.
"""

from __future__ import annotations

from collections.abc import Iterator

from skafu.sdk import Resource, Violation, policy

PEOPLE = {
    "AWS::IAM::User": "It is a user, whose credentials are permanent.",
    "AWS::IAM::AccessKey": "It is an access key, which works until somebody deletes it.",
    "AWS::IAM::UserToGroupAddition": "It adds users to a group.",
    "AWS::IAM::UserPolicy": "It gives permissions to a user.",
}


@policy(
    severity="high",
    resources=[*PEOPLE, "AWS::IAM::Policy", "AWS::IAM::ManagedPolicy"],
    controls=["cis:1.15", "cis:1.21", "soc2:CC6.1"],
)
def check(resource: Resource) -> Iterator[Violation]:
    """It is nobody's permanent credential, and is attached to no user."""
    if resource.type in PEOPLE:
        yield resource.violation(PEOPLE[resource.type], fix="Remove it; let a role be assumed instead.")
    elif resource.get("Users", []):
        yield resource.violation(
            "The policy is attached to users.", at="Users", fix="Remove Users; attach it to roles."
        )
