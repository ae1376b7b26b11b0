"""No network ACL lets the world in to where machines are administered.

A network ACL holds for whole subnets, whatever their security groups say: with one that is open at ports 22 and
3389, one careless group is enough.

Replace `0.0.0.0/0` and `::/0` by whom it is for, or leave 22 and 3389 out of `PortRange`. Nothing of the
platform is administered over the network.

Source: Amazon VPC User Guide, "Control subnet traffic with network access control lists".
"""

from __future__ import annotations

from collections.abc import Iterator

from skafu.sdk import Resource, Unknown, Violation, as_number, policy

WORLD = {"CidrBlock": "0.0.0.0/0", "Ipv6CidrBlock": "::/0"}
PORTS = (22, 3389)
TCP, UDP, ALL = "6", "17", "-1"


@policy(
    severity="high",
    resources=["AWS::EC2::NetworkAclEntry"],
    controls=["cis:5.1", "soc2:CC6.6"],
)
def check(entry: Resource) -> Iterator[Violation | Unknown]:
    """Where the world may come in, those ports are left out."""
    if entry.flag("Egress") or entry.get("RuleAction") != "allow":
        return
    for name, world in WORLD.items():
        source = entry.get(name)
        if isinstance(source, Unknown):
            yield source
        elif source == world and (reached := _reached(entry)):
            yield entry.violation(
                f"The whole world reaches port {' and '.join(map(str, reached))}.",
                at=name,
                fix=f"Replace {world} by whom it is for, or leave the port out of PortRange.",
            )


def _reached(entry: Resource) -> list[int]:
    protocol = str(entry.get("Protocol"))
    if protocol == ALL:
        return list(PORTS)
    if protocol not in (TCP, UDP):
        return []
    first, last = as_number(entry.get("PortRange.From", 0)), as_number(entry.get("PortRange.To", 65535))
    return [port for port in PORTS if first <= port <= last]
