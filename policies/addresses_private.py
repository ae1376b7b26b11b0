"""Nothing gets a public address by being started.

A subnet that hands out public addresses makes everything in it reachable, also what somebody starts there by
mistake. Who needs a public address (a NAT gateway, a load balancer) asks for it and gets it all the same.

Set `MapPublicIpOnLaunch` to false or leave it out, and leave `AssociatePublicIpAddress` of interfaces out.
(Instances and launch templates are Checkov's CKV_AWS_88.)

Source: Amazon VPC User Guide, "IP addressing for your VPCs and subnets".
"""

from __future__ import annotations

from collections.abc import Iterator

from skafu.sdk import Resource, Violation, policy

SWITCHES = {
    "AWS::EC2::NetworkInterface": "AssociatePublicIpAddress",
    "AWS::EC2::Subnet": "MapPublicIpOnLaunch",
    "AWS::ECS::Service": "NetworkConfiguration.AwsvpcConfiguration.AssignPublicIp",
}


@policy(severity="medium", resources=list(SWITCHES), controls=["soc2:CC6.6"])
def check(resource: Resource) -> Iterator[Violation]:
    """The switch is off."""
    at = SWITCHES[resource.type]
    on = resource.get(at) == "ENABLED" if resource.type == "AWS::ECS::Service" else resource.flag(at)
    if on:
        off = "DISABLED" if resource.type == "AWS::ECS::Service" else "false"
        yield resource.violation("What starts here gets a public address.", at=at, fix=f"Set {at} to {off}.")
