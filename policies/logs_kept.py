"""Logs are kept exactly as long as their environment says.

Kept too short, an incident cannot be reconstructed; kept for ever, personal data outlives its purpose and the
bill grows without a decision. `monitoring.log_retention_days` of the environment is that decision.

Set `RetentionInDays` from it on every log group.
"""

from __future__ import annotations

from collections.abc import Iterator

from skafu.sdk import Resource, Violation, policy


@policy(
    severity="medium", resources=["AWS::Logs::LogGroup"], controls=["soc2:C1.2", "soc2:CC7.2", "gdpr:art-5"]
)
def check(group: Resource) -> Iterator[Violation]:
    """The retention is as the environment says."""
    wanted = group.environment.get("monitoring.log_retention_days")
    if wanted is None:
        return
    kept = group.number("RetentionInDays")
    if kept != wanted:
        shown = "for ever" if kept is None else f"{kept} days"
        yield group.violation(
            f"Logs are kept {shown}, not {wanted} days.",
            at="RetentionInDays",
            fix=f"Set RetentionInDays to {wanted}, from monitoring.log_retention_days.",
        )
