"""Findings and configurations of every region that is used come together in one place.

An attacker prefers the region where nobody looks. What watches the organization therefore collects from all
regions, or at least from each one that the environment names in `region` and `regions`.

Let `RegionLinkingMode` of the Security Hub aggregator be `ALL_REGIONS`, or name the regions in `Regions`; for
AWS Config, set `AllAwsRegions` or name them in `AwsRegions`.

Source: Security Hub User Guide, "Cross-Region aggregation"; AWS Config Developer Guide, "Multi-account
multi-Region data aggregation".
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from skafu.sdk import Resource, Violation, as_flag, policy


@policy(
    severity="medium",
    resources=["AWS::Config::ConfigurationAggregator", "AWS::SecurityHub::FindingAggregator"],
    controls=["soc2:CC7.2"],
)
def check(aggregator: Resource) -> Iterator[Violation]:
    """None of the environment's regions is missing."""
    settings = aggregator.environment
    # Security Hub lists the others: findings come to the region that the aggregator stands in.
    used = [settings.get("region", aggregator.region), *settings.get("regions", [])]
    if aggregator.type == "AWS::SecurityHub::FindingAggregator":
        used = [region for region in used if region != aggregator.region]
        yield from _hub(aggregator, used)
        return
    sources = [("OrganizationAggregationSource", aggregator.get("OrganizationAggregationSource"))]
    sources += [
        (f"AccountAggregationSources[{index}]", source)
        for index, source in enumerate(aggregator.get("AccountAggregationSources", []))
    ]
    for at, source in sources:
        if source is not None and not as_flag(source.get("AllAwsRegions", False)):
            yield from _missing(aggregator, used, source.get("AwsRegions", []), f"{at}.AwsRegions")


def _hub(aggregator: Resource, used: list[str]) -> Iterator[Violation]:
    mode, listed = aggregator.get("RegionLinkingMode"), aggregator.get("Regions", [])
    if mode == "ALL_REGIONS":
        return
    if mode == "ALL_REGIONS_EXCEPT_SPECIFIED":
        left = [region for region in used if region in listed]
        yield from _missing(aggregator, left, [], "Regions")
    else:
        yield from _missing(aggregator, used, listed, "Regions")


def _missing(aggregator: Resource, used: list[str], seen: Any, at: str) -> Iterator[Violation]:
    missing = [region for region in used if region not in seen]
    if missing:
        yield aggregator.violation(
            f"What happens in {' and '.join(missing)} is not seen.", at=at, fix=f"Add {', '.join(missing)}."
        )
