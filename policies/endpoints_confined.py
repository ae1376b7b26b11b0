"""VPC endpoints lead to our own accounts only.

An endpoint without a policy is a door from the network to the buckets and tables of everybody: whoever gets to
run code inside carries data out through it, to an account of their own, past every firewall.

Give the endpoint a `PolicyDocument` whose every statement has a condition on `aws:PrincipalAccount`,
`aws:PrincipalOrgID`, `aws:ResourceAccount` or `aws:ResourceOrgID`.

Source: AWS whitepaper, "Building a Data Perimeter on AWS".
"""

from __future__ import annotations

from collections.abc import Iterator

from skafu.sdk import Resource, Violation, policy
from skafu.sdk.statements import narrowed, statements

KEYS = frozenset(
    {"aws:principalaccount", "aws:principalorgid", "aws:resourceaccount", "aws:resourceorgid"},
)
TESTS = frozenset({"StringEquals", "StringLike"})


@policy(severity="medium", resources=["AWS::EC2::VPCEndpoint"], controls=["soc2:CC6.6", "soc2:CC6.7"])
def check(endpoint: Resource) -> Iterator[Violation]:
    """Every statement of its policy says whose."""
    if not endpoint.has("PolicyDocument"):
        yield endpoint.violation(
            "The endpoint has no policy: it leads to the resources of everybody.",
            at="PolicyDocument",
            fix="Add a PolicyDocument with a condition on aws:ResourceAccount or aws:PrincipalAccount.",
        )
    for at, statement in statements(endpoint, "PolicyDocument"):
        if statement.get("Effect") == "Allow" and not narrowed(statement, KEYS, TESTS):
            yield endpoint.violation(
                "The statement lets everybody through, to everybody's resources.",
                at=(*at, "Condition"),
                fix="Add the condition StringEquals, aws:ResourceAccount: !Ref AWS::AccountId.",
            )
