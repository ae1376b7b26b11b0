"""User pools and load balancers refuse to be deleted wherever their environment protects its data.

A deleted user pool takes every account with it: no backup brings passwords back, so each customer registers
anew. A deleted load balancer takes an address that others have written down. Where
`dynamodb.deletion_protection` protects tables, these are protected as well.

Set `DeletionProtection` of the user pool to `ACTIVE`, and `deletion_protection.enabled` of the load balancer
to `true`, from that setting.

Source: the deployment architecture, `deletion_protection`; Amazon Cognito Developer Guide, "User pool
deletion protection".
"""

from __future__ import annotations

from collections.abc import Iterator

from skafu.sdk import Resource, Violation, as_flag, as_list, policy

ATTRIBUTES = "LoadBalancerAttributes"


@policy(
    severity="high",
    resources=["AWS::Cognito::UserPool", "AWS::ElasticLoadBalancingV2::LoadBalancer"],
    controls=["soc2:A1.2", "gdpr:art-32"],
)
def check(resource: Resource) -> Iterator[Violation]:
    """The switch is on where the environment asks for it."""
    if not resource.environment.get("dynamodb.deletion_protection", default=False):
        return
    if resource.type == "AWS::Cognito::UserPool":
        if resource.get("DeletionProtection", "INACTIVE") != "ACTIVE":
            yield resource.violation(
                "The user pool can be deleted, with all users.",
                at="DeletionProtection",
                fix="Set it to ACTIVE.",
            )
        return
    for index, one in enumerate(as_list(resource.get(ATTRIBUTES))):
        if one.get("Key") == "deletion_protection.enabled":
            if not as_flag(one.get("Value")):
                yield resource.violation(
                    "The load balancer can be deleted.",
                    at=f"{ATTRIBUTES}[{index}].Value",
                    fix="Set it to true.",
                )
            return
    yield resource.violation(
        "The load balancer can be deleted.", at=ATTRIBUTES, fix="Add deletion_protection.enabled with true."
    )
