"""No identity carries a policy of AWS that opens a whole service, or more.

AWS writes `...FullAccess` policies for a first day, not for production: `AmazonS3FullAccess` reads and deletes
every bucket of the account, and AWS widens them when the service grows. `PowerUserAccess` is everything but
identities. (`AdministratorAccess` is another policy's matter: permissions-narrow.)

Attach a policy of the platform that names actions and resources instead; policies for one purpose, under
`service-role/` or ending in `WriteAccess`, may stay.

Source: IAM User Guide, "Security best practices in IAM": apply least-privilege permissions.
"""

from __future__ import annotations

from collections.abc import Iterator

from skafu.sdk import Resource, Unknown, Violation, policy

WIDE = frozenset({"PowerUserAccess", "SystemAdministrator", "DatabaseAdministrator", "NetworkAdministrator"})

LISTS = {
    "AWS::IAM::Group": "ManagedPolicyArns",
    "AWS::IAM::Role": "ManagedPolicyArns",
    "AWS::IAM::User": "ManagedPolicyArns",
    "AWS::SSO::PermissionSet": "ManagedPolicies",
}


@policy(severity="high", resources=list(LISTS), controls=["cis:1.22", "soc2:CC6.3"])
def check(identity: Resource) -> Iterator[Violation | Unknown]:
    """None of the policies attached is one of AWS's wide ones, and none stands for the boundary."""
    at = LISTS[identity.type]
    attached = list(enumerate(identity.get(at, [])))
    places = [((at, index), arn) for index, arn in attached]
    for place, arn in [*places, (("PermissionsBoundary",), identity.get("PermissionsBoundary"))]:
        # What is computed is a policy of an estate: AWS's own have names that everybody knows.
        if arn is None or isinstance(arn, Unknown) or ":iam::aws:policy/" not in str(arn):
            continue
        name = str(arn).rpartition("/")[2]
        if place == ("PermissionsBoundary",):
            yield identity.violation(
                f"The boundary is {name}, a policy of AWS: it is none of ours and bounds little.",
                at=place,
                fix="Take the boundary that foundation/identity makes.",
            )
        elif "FullAccess" in name or name in WIDE:
            yield identity.violation(
                f"{name} opens more than a task needs.",
                at=place,
                fix="Attach a policy that names the actions and resources of this task.",
            )
