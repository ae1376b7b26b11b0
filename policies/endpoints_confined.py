"""VPC endpoints lead to our own accounts only.

An endpoint without a policy is a door from the network to the buckets and tables of everybody: whoever gets to
run code inside carries data out through it, to an account of their own, past every firewall.

Give the endpoint a `PolicyDocument` whose every statement has a condition on `aws:PrincipalAccount`,
`aws:PrincipalOrgID`, `aws:ResourceAccount` or `aws:ResourceOrgID`.

Source: AWS whitepaper, "Building a Data Perimeter on AWS".
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from skafu.sdk import Resource, Unknown, Violation, as_list, policy
from skafu.sdk.statements import statements

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
        if statement.get("Effect") == "Allow" and not _says_whose(statement):
            yield endpoint.violation(
                "The statement lets everybody through, to everybody's resources.",
                at=(*at, "Condition"),
                fix="Add the condition StringEquals, aws:ResourceAccount: !Ref AWS::AccountId.",
            )


def _says_whose(statement: dict[str, Any]) -> bool:
    """Whether a condition names it. What is computed is named."""
    return any(
        key.lower() in KEYS
        and not any(map(_is_open, [given] if isinstance(given, Unknown) else as_list(given)))
        for test, tested in (statement.get("Condition") or {}).items()
        if test in TESTS
        for key, given in tested.items()
    )


def _is_open(value: Any) -> bool:
    return not isinstance(value, Unknown) and (str(value) == "" or "*" in str(value) or "?" in str(value))
