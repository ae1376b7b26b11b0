"""Partitions: the parts of AWS that know nothing of one another."""

from __future__ import annotations

from collections.abc import Mapping

PARTITIONS: Mapping[str, tuple[str, str]] = {
    "cn-": ("aws-cn", "amazonaws.com.cn"),
    "us-gov-": ("aws-us-gov", "amazonaws.com"),
}
"""Beginning of a region's name -> partition and URL suffix; everything else is `aws`."""


def partition_of(region: str) -> tuple[str, str]:
    """The partition of a region, and its URL suffix: what `AWS::Partition` and `AWS::URLSuffix` are there."""
    return next(
        (found for beginning, found in PARTITIONS.items() if region.startswith(beginning)),
        ("aws", "amazonaws.com"),
    )
