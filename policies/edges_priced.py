"""Distributions are served from where the customers are, not from everywhere.

CloudFront answers from all of its locations unless it is told which; the far ones cost up to two fifths more
a gigabyte, and also pay for robots. Visitors from elsewhere are served too, from the nearest location of the
class.

Set `PriceClass` to `PriceClass_100` or `PriceClass_200`.

Source: the deployment architecture, "Data_Transfer_Optimization"; Amazon CloudFront Developer Guide,
"Choosing the price class for a CloudFront distribution".
"""

from __future__ import annotations

from collections.abc import Iterator

from skafu.sdk import Resource, Violation, policy

AT = "DistributionConfig.PriceClass"
CHEAPER = ("PriceClass_100", "PriceClass_200")


@policy(severity="low", resources=["AWS::CloudFront::Distribution"])
def check(distribution: Resource) -> Iterator[Violation]:
    """A class is chosen, and it is not that of all locations."""
    given = distribution.get(AT, "PriceClass_All")
    if given not in CHEAPER:
        yield distribution.violation(
            f"The price class is {given}.", at=AT, fix=f"Set it to {' or '.join(CHEAPER)}."
        )
