"""AWS Config records every resource, and delivers what it records to the compliance bucket.

A recorder with a list of types does not see the type that somebody uses first tomorrow; without global types it
does not see roles and policies. A recorder without a delivery channel does not record at all.

Set `RecordingGroup.AllSupported` to true, in the environment's own region
`RecordingGroup.IncludeGlobalResourceTypes` too, and put a `AWS::Config::DeliveryChannel` beside the recorder
that delivers to `skafu-compliance-logs`.

Source: deployment architecture, "Compliance Monitoring"; AWS Config Developer Guide, "Managing the
configuration recorder".
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from skafu.sdk import Resource, Unknown, Violation, policy

BUCKET = "skafu-compliance-logs"

SWITCHES = ("RecordingGroup.AllSupported", "RecordingGroup.IncludeGlobalResourceTypes")


@policy(
    severity="high",
    resources=["AWS::Config::ConfigurationRecorder", "AWS::Config::DeliveryChannel"],
    controls=["cis:3.3", "soc2:CC7.1", "soc2:CC7.2"],
)
def check(resource: Resource) -> Iterator[Violation | Unknown]:
    """A recorder sees all and has a channel; a channel delivers to the right bucket."""
    if resource.type == "AWS::Config::DeliveryChannel":
        name = _bucket(resource)
        if name != BUCKET:
            yield resource.violation(
                f"Config delivers to {name}, not to {BUCKET}.", at="S3BucketName", fix=f"Deliver to {BUCKET}."
            )
        return
    if not resource.stack.resources("AWS::Config::DeliveryChannel"):
        yield resource.violation(
            "There is no delivery channel beside the recorder: it does not record.",
            fix="Add an AWS::Config::DeliveryChannel to this stack.",
        )
    home = resource.environment.get("region", resource.region)
    # Global types are the same everywhere: recorded in one region they are all recorded.
    for at in SWITCHES if resource.region == home else SWITCHES[:1]:
        if isinstance(given := resource.get(at), Unknown):
            yield given
        elif not resource.flag(at):
            kinds = "All types" if at.endswith("AllSupported") else "Global types"
            yield resource.violation(
                f"{kinds} should be recorded and are not.", at=at, fix=f"Set {at} to true."
            )


def _bucket(channel: Resource) -> Any:
    """The name of the bucket, also where the same stack makes it."""
    given = channel.get("S3BucketName")
    if isinstance(given, Unknown):
        made = [channel.stack.resource(name) for name in given.resources]
        names = [one.get("BucketName") for one in made if one is not None]
        return names[0] if len(names) == 1 else given
    return given
