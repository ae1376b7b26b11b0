"""The whole world reaches port 443, and no other.

What is open to `0.0.0.0/0` is found within minutes and tried for ever. The only thing here that is meant for
everybody speaks HTTPS; everything else names who may come: a range, a prefix list or another security group.
That is what the Config rule `vpc-sg-open-only-to-authorized-ports` finds afterwards, too.

Replace `0.0.0.0/0` and `::/0` by whom it is for, or set `IpProtocol: tcp` and both ports to 443. (Ports 22, 80
and 3389 are also Checkov's CKV_AWS_24, 260 and 25.)

Source: deployment architecture, "Compliance Monitoring"; Amazon VPC User Guide, "Security group rules".
"""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import ip_network
from typing import Any, TypeAlias

from skafu.sdk import Resource, Unknown, Violation, as_number, policy

At: TypeAlias = tuple[str | int, ...]

WORLD = {"CidrIp": "0.0.0.0/0", "CidrIpv6": "::/0"}
OPEN = 443


@policy(
    severity="critical",
    resources=["AWS::EC2::SecurityGroup", "AWS::EC2::SecurityGroupIngress"],
    controls=["cis:5.2", "cis:5.3", "soc2:CC6.6"],
)
def check(group: Resource) -> Iterator[Violation | Unknown]:
    """No rule lets the world in to another port."""
    for at, rule in _rules(group):
        for name, world in WORLD.items():
            source = rule.get(name)
            if isinstance(source, Unknown):
                yield source
            elif source is not None and _is_world(source) and not _is_https(rule):
                yield group.violation(
                    f"The whole world reaches {_ports(rule)}.",
                    at=(*at, name),
                    fix=f"Replace {world} by whom it is for, or open port {OPEN} alone.",
                )


def _rules(group: Resource) -> Iterator[tuple[At, dict[str, Any]]]:
    if group.type == "AWS::EC2::SecurityGroupIngress":
        yield (), group.properties
        return
    for index, rule in enumerate(group.get("SecurityGroupIngress", [])):
        yield ("SecurityGroupIngress", index), rule


def _is_world(source: Any) -> bool:
    """Whether it is everybody, or as good as: `0.0.0.0/1` is half of everybody."""
    return ip_network(str(source), strict=False).prefixlen < 8  # noqa: PLR2004  (nobody owns more than a /8)


def _is_https(rule: dict[str, Any]) -> bool:
    return str(rule.get("IpProtocol")) in ("tcp", "6") and [
        as_number(rule.get(port, -1)) for port in ("FromPort", "ToPort")
    ] == [OPEN, OPEN]


def _ports(rule: dict[str, Any]) -> str:
    protocol = str(rule.get("IpProtocol"))
    if protocol == "-1":
        return "every port of every protocol"
    return f"{protocol} {rule.get('FromPort', 0)} to {rule.get('ToPort', 65535)}"
