"""Security Hub holds the accounts against the CIS benchmark.

A hub without a standard collects findings of others and checks nothing itself. The benchmark that this
repository claims controls of (`policies/controls/cis.yaml`, version 3.0.0) is the one to subscribe to, and new
controls of it are to be taken in as they come.

Put an `AWS::SecurityHub::Standard` for `cis-aws-foundations-benchmark/v/3.0.0` beside the hub, and leave
`AutoEnableControls` on.

Source: Security Hub User Guide, "CIS AWS Foundations Benchmark in Security Hub".
"""

from __future__ import annotations

from collections.abc import Iterator

from skafu.sdk import Resource, Violation, policy

BENCHMARK = "cis-aws-foundations-benchmark/v/3.0.0"


@policy(severity="medium", resources=["AWS::SecurityHub::Hub"], controls=["cis:4.16", "soc2:CC7.1"])
def check(hub: Resource) -> Iterator[Violation]:
    """The standard stands beside the hub, and new controls are enabled."""
    standards = hub.stack.resources("AWS::SecurityHub::Standard")
    if not any(str(standard.get("StandardsArn", "")).endswith(BENCHMARK) for standard in standards):
        yield hub.violation(
            f"The hub does not hold the account against {BENCHMARK}.",
            fix=f"Add an AWS::SecurityHub::Standard whose StandardsArn ends in {BENCHMARK}.",
        )
    if not hub.flag("AutoEnableControls", default=True):
        yield hub.violation(
            "New controls of a standard are not enabled.",
            at="AutoEnableControls",
            fix="Set AutoEnableControls to true.",
        )
