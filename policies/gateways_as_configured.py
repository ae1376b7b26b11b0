"""NAT gateways stand where the environment asks for them, one in each zone, and nowhere else.

A gateway costs the same hour by hour whether anything goes through it; in an environment that reaches AWS
through endpoints it is the largest line of the bill for nothing. Where there is one for all zones, the loss
of its zone takes the others along.

Make the gateways, their addresses and routes depend on `network.nat_gateways` of the environment, and give
each gateway a subnet of its own.

Source: the deployment architecture, "Cost Optimization" and "VPC and Networking".
"""

from __future__ import annotations

from collections.abc import Iterator

from skafu.sdk import Resource, Unknown, Violation, policy

NAT = "AWS::EC2::NatGateway"
FEWEST = 2
"""Gateways of an environment that asks for them: one zone may be lost."""


@policy(severity="low", resources=[NAT], controls=["soc2:A1.2"])
def check(gateway: Resource) -> Iterator[Violation]:
    """It is asked for, and has a companion in another subnet."""
    wanted = gateway.environment.get("network.nat_gateways")
    if wanted is None:
        return
    if not wanted:
        yield gateway.violation(
            "The gateway is paid for by the hour; network.nat_gateways is false.",
            fix="Make it depend on network.nat_gateways.",
        )
        return
    subnets = {_name(one) for one in gateway.stack.resources(NAT)}
    if len(subnets) < FEWEST:
        yield gateway.violation(
            "All zones depend on this one gateway.", at="SubnetId", fix="Add one in a subnet of another zone."
        )


def _name(gateway: Resource) -> str:
    subnet = gateway.get("SubnetId", "")
    if isinstance(subnet, Unknown):
        return f"{sorted(subnet.resources)} {subnet.expression}"
    return str(subnet)
