"""Large answers are compressed, by APIs and by CloudFront.

JSON and scripts often shrink to a fifth: customers wait less, and every byte that leaves AWS is paid for. API
Gateway compresses only when it is told from which size on, CloudFront only where a behavior says so.

Set `MinimumCompressionSize` of the API, 1024 bytes say, and `Compress: true` in each cache behavior.

Source: the deployment architecture, "Data_Transfer_Optimization".
"""

from __future__ import annotations

from collections.abc import Iterator

from skafu.sdk import Resource, Violation, as_list, policy

LARGEST = 10_240
"""Bytes: beyond, most answers of an API would stay as they are."""

CONFIG = "DistributionConfig"


@policy(severity="low", resources=["AWS::ApiGateway::RestApi", "AWS::CloudFront::Distribution"])
def check(resource: Resource) -> Iterator[Violation]:
    """It says from which size on, or that it does."""
    if resource.type == "AWS::ApiGateway::RestApi":
        size = resource.number("MinimumCompressionSize")
        if size is None or size > LARGEST:
            yield resource.violation(
                f"Answers are {'never compressed' if size is None else f'compressed from {size} bytes on'}.",
                at="MinimumCompressionSize",
                fix="Set it to 1024.",
            )
        return
    behaviors = len(as_list(resource.get(f"{CONFIG}.CacheBehaviors")))
    places = [f"{CONFIG}.CacheBehaviors[{index}]" for index in range(behaviors)]
    for place in [f"{CONFIG}.DefaultCacheBehavior", *places]:
        if not resource.flag(f"{place}.Compress"):
            yield resource.violation(
                "Files are sent as they are.", at=f"{place}.Compress", fix="Set it to true."
            )
