"""Visits of a distribution are logged wherever the environment asks for access logs.

Who was served what, from where, is asked after an attack and after a bill; it cannot be found out later.
CloudFront logs in the older way by `Logging`, which needs a bucket with access lists, or by a delivery of
CloudWatch Logs, which needs none.

Declare an `AWS::Logs::DeliverySource` for the distribution, a destination, and an `AWS::Logs::Delivery`
between them, where `security.access_logging` of the environment is true.

Source: the deployment architecture, `access_logging`; Amazon CloudFront Developer Guide, "Configure standard
logging (v2)".
"""

from __future__ import annotations

from collections.abc import Iterator

from skafu.sdk import Resource, Unknown, Violation, policy


@policy(
    severity="medium", resources=["AWS::CloudFront::Distribution"], controls=["soc2:CC7.2", "gdpr:art-32"]
)
def check(distribution: Resource) -> Iterator[Violation]:
    """It logs by itself, or a delivery takes its logs away."""
    if not distribution.environment.get("security.access_logging", default=False):
        return
    if distribution.has("DistributionConfig.Logging.Bucket"):
        return
    sources = [
        one for one in distribution.stack.resources("AWS::Logs::DeliverySource") if _is_of(one, distribution)
    ]
    deliveries = distribution.stack.resources("AWS::Logs::Delivery")
    if not any(_takes(delivery, source) for delivery in deliveries for source in sources):
        yield distribution.violation(
            "Visits are not logged." if not sources else "Nothing delivers the log of visits.",
            at="DistributionConfig",
            fix="Declare an AWS::Logs::DeliverySource for it, and an AWS::Logs::Delivery.",
        )


def _is_of(source: Resource, distribution: Resource) -> bool:
    of = source.get("ResourceArn")
    return (
        isinstance(of, Unknown)
        and distribution.logical_id in of.resources
        and source.get("LogType") == "ACCESS_LOGS"
    )


def _takes(delivery: Resource, source: Resource) -> bool:
    taken = delivery.get("DeliverySourceName")
    if isinstance(taken, Unknown):
        return source.logical_id in taken.resources
    return taken is not None and bool(taken == source.get("Name"))
