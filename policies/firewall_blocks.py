"""A web ACL blocks what it recognizes, and whoever asks too often.

Rules are tried out in count mode, and stay there: the firewall then watches attacks go by. The common rule set
knows the usual attacks; a limit for each address stops whoever guesses passwords or drives the bill up.

Give every managed rule group `OverrideAction: {None: {}}`, and the web ACL the group
`AWSManagedRulesCommonRuleSet` and a `RateBasedStatement` with `Action: {Block: {}}`.

Source: AWS WAF Developer Guide, "AWS Managed Rules for AWS WAF" and "Rate-based rule statement".
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from skafu.sdk import Resource, Violation, policy

COMMON = "AWSManagedRulesCommonRuleSet"


@policy(severity="medium", resources=["AWS::WAFv2::WebACL"], controls=["soc2:CC6.6", "soc2:CC7.1"])
def check(acl: Resource) -> Iterator[Violation]:
    """Both rules are there, and none of its groups only counts."""
    groups: set[str] = set()
    limited = False
    for index, rule in enumerate(acl.get("Rules", [])):
        statement: dict[str, Any] = rule.get("Statement", {})
        if "RateBasedStatement" in statement:
            limited = limited or "Block" in rule.get("Action", {})
        if "ManagedRuleGroupStatement" in statement:
            name = statement["ManagedRuleGroupStatement"].get("Name")
            groups.add(str(name))
            if "Count" in rule.get("OverrideAction", {}):
                yield acl.violation(
                    f"{name} counts what it recognizes and blocks nothing.",
                    at=("Rules", index, "OverrideAction"),
                    fix="Set OverrideAction to {None: {}}.",
                )
    if COMMON not in groups:
        yield acl.violation(f"{COMMON} is not among the rules.", at="Rules", fix=f"Add a rule with {COMMON}.")
    if not limited:
        yield acl.violation(
            "No rule blocks an address that asks too often.",
            at="Rules",
            fix="Add a rule with a RateBasedStatement and the action Block.",
        )
