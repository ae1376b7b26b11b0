"""Every network keeps a log of who talked to whom.

After an incident the first question is what else the attacker reached, and only flow logs answer it: accepted
traffic shows where he got, refused traffic where he tried.

Put an `AWS::EC2::FlowLog` with `ResourceType: VPC`, `TrafficType: ALL` and `ResourceId: !Ref` of the network
beside every `AWS::EC2::VPC`.

Source: Amazon VPC User Guide, "Logging IP traffic using VPC Flow Logs".
"""

from __future__ import annotations

from collections.abc import Iterator

from skafu.sdk import Resource, Unknown, Violation, policy


@policy(severity="medium", resources=["AWS::EC2::VPC"], controls=["cis:3.7", "soc2:CC7.2"])
def check(network: Resource) -> Iterator[Violation]:
    """A flow log of all its traffic stands beside it."""
    logs = [one for one in network.stack.resources("AWS::EC2::FlowLog") if _is_of(network, one)]
    if not logs:
        yield network.violation(
            "The network has no flow log.", fix="Add an AWS::EC2::FlowLog for it to this stack."
        )
    elif all(log.get("TrafficType") != "ALL" for log in logs):
        yield logs[0].violation(
            f"The flow log keeps {logs[0].get('TrafficType', 'no')} traffic, not ALL.",
            at="TrafficType",
            fix="Set TrafficType to ALL.",
        )


def _is_of(network: Resource, log: Resource) -> bool:
    of = log.get("ResourceId")
    return isinstance(of, Unknown) and network.logical_id in of.resources and log.get("ResourceType") == "VPC"
