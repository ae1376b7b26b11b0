"""Nothing in a network uses its default security group.

What names no security group gets the default one, which lets all of its members talk to each other and to the
world: CloudFormation cannot empty it. Whatever stands in a subnet therefore names a group of its own.

Set the security groups wherever subnets are set, and never to `DefaultSecurityGroup` of the network.

Source: Amazon VPC User Guide, "Default security groups for your VPCs".
"""

from __future__ import annotations

from collections.abc import Iterator

from skafu.sdk import Resource, Unknown, Violation, as_list, policy

GROUPS = {
    "AWS::EC2::Instance": ("SubnetId", "SecurityGroupIds"),
    "AWS::EC2::NetworkInterface": ("SubnetId", "GroupSet"),
    "AWS::EC2::VPCEndpoint": ("SubnetIds", "SecurityGroupIds"),
    "AWS::ECS::Service": (
        "NetworkConfiguration.AwsvpcConfiguration.Subnets",
        "NetworkConfiguration.AwsvpcConfiguration.SecurityGroups",
    ),
    "AWS::Lambda::Function": ("VpcConfig.SubnetIds", "VpcConfig.SecurityGroupIds"),
}
"""Type: where it says its subnets, and where its groups."""


@policy(severity="medium", resources=list(GROUPS), controls=["cis:5.4", "soc2:CC6.6"])
def check(resource: Resource) -> Iterator[Violation]:
    """Whatever has a subnet has a group, and it is not the default one."""
    subnets, groups = GROUPS[resource.type]
    if not resource.has(subnets):
        return
    given = resource.get(groups) if resource.has(groups) else []
    named = [given] if isinstance(given, Unknown) else as_list(given)
    if not named:
        yield resource.violation(
            "It names no security group, so it gets the default one of its network.",
            at=groups,
            fix=f"Set {groups} to a group of its own.",
        )
    elif any(isinstance(group, Unknown) and _is_default(group) for group in named):
        yield resource.violation(
            "It uses the default security group of its network.",
            at=groups,
            fix=f"Set {groups} to a group of its own.",
        )


def _is_default(group: Unknown) -> bool:
    expression = group.expression if isinstance(group.expression, dict) else {}
    attribute = expression.get("Fn::GetAtt", "")
    named = attribute[-1] if isinstance(attribute, list) else str(attribute)
    return "DefaultSecurityGroup" in (named.rpartition(".")[2], group.kind.rpartition(".")[2])
