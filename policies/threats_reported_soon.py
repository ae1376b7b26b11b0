"""GuardDuty watches, and tells what it finds again every fifteen minutes.

A new finding is told at once; that an attack goes on, only at the next publication: unless told, six hours
later. A detector that is there but disabled looks like one that finds nothing.

Set `Enable` to true and `FindingPublishingFrequency` to `FIFTEEN_MINUTES`.

Source: deployment architecture, "Compliance Monitoring"; GuardDuty User Guide, "Processing findings with
EventBridge".
"""

from __future__ import annotations

from collections.abc import Iterator

from skafu.sdk import Resource, Unknown, Violation, policy

WANTED = "FIFTEEN_MINUTES"


@policy(severity="high", resources=["AWS::GuardDuty::Detector"], controls=["soc2:CC7.2", "soc2:CC7.3"])
def check(detector: Resource) -> Iterator[Violation | Unknown]:
    """It is enabled, and publishes that often."""
    if isinstance(enabled := detector.get("Enable"), Unknown):
        yield enabled
    elif not detector.flag("Enable"):
        yield detector.violation("GuardDuty is not enabled.", at="Enable", fix="Set Enable to true.")
    given = detector.get("FindingPublishingFrequency", "SIX_HOURS")
    if given != WANTED:
        yield detector.violation(
            f"Findings are published every {given}, not every {WANTED}.",
            at="FindingPublishingFrequency",
            fix=f"Set FindingPublishingFrequency to {WANTED}.",
        )
