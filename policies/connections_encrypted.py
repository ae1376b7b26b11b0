"""Buckets, queues and topics refuse connections that are not encrypted.

AWS answers over plain HTTP too, to whoever asks that way, and what is sent can then be read and changed on its
way. A statement that denies it holds for every client, however it is configured.

Add a policy of the bucket, queue or topic to the same stack that denies all of its actions to everybody where
`aws:SecureTransport` is false.

Source: Amazon S3 User Guide, "Security best practices": enforce encryption of data in transit.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from skafu.sdk import Resource, Unknown, Violation, as_flag, as_list, policy

POLICIES = {
    "AWS::S3::Bucket": ("AWS::S3::BucketPolicy", "Bucket", "BucketName", {"s3:*", "*"}),
    "AWS::SNS::Topic": ("AWS::SNS::TopicPolicy", "Topics", "TopicName", {"sns:publish", "sns:*", "*"}),
    "AWS::SQS::Queue": ("AWS::SQS::QueuePolicy", "Queues", "QueueName", {"sqs:*", "*"}),
}
"""Type: the type of its policy, where that names it, its own name, and the actions one of which must be denied."""


@policy(
    severity="medium",
    resources=list(POLICIES),
    controls=["cis:2.1.1", "soc2:CC6.7", "gdpr:art-32"],
)
def check(resource: Resource) -> Iterator[Violation]:
    """A policy of it denies them."""
    kind, naming, _, actions = POLICIES[resource.type]
    own = [one for one in resource.stack.resources(kind) if _names(resource, one.get(naming))]
    statements = [
        statement
        for one in own
        for statement in as_list(one.get("PolicyDocument.Statement"))
        if _denies_plain(resource, statement)
    ]
    if not any(actions.intersection(_lower(statement.get("Action"))) for statement in statements):
        lacking = f"{own[0].logical_id} does not deny them" if own else "it has no policy"
        yield resource.violation(
            f"Connections that are not encrypted are answered: {lacking}.",
            fix=f"Add an {kind} that denies {min(actions - {'*'})} where aws:SecureTransport is false.",
        )


def _names(resource: Resource, given: Any) -> bool:
    """Whether what a policy is for is this resource, by reference or by name."""
    name = resource.get(POLICIES[resource.type][2])
    for one in [given] if isinstance(given, Unknown) else as_list(given):
        if isinstance(one, Unknown):
            if resource.logical_id in one.resources:
                return True
        elif not isinstance(name, Unknown) and name == re.split("[:/]", str(one))[-1]:
            return True
    return False


def _denies_plain(resource: Resource, statement: dict[str, Any]) -> bool:
    """Whether it denies plain connections to everybody, under no other condition."""
    if statement.get("Effect") != "Deny":
        return False
    principal = statement.get("Principal")
    if "*" not in as_list(principal.get("AWS") if isinstance(principal, dict) else principal):
        return False
    tests = [
        (test.removesuffix("IfExists"), key.lower(), given)
        for test, tested in (statement.get("Condition") or {}).items()
        for key, given in tested.items()
    ]
    if [test[:2] for test in tests] != [("Bool", "aws:securetransport")] or as_flag(tests[0][2]):
        return False
    return resource.type != "AWS::S3::Bucket" or _covers_bucket_and_objects(statement)


def _covers_bucket_and_objects(statement: dict[str, Any]) -> bool:
    given = statement.get("Resource")
    named = [
        json.dumps(one.expression) if isinstance(one, Unknown) else f'"{one}"'
        for one in ([given] if isinstance(given, Unknown) else as_list(given))
    ]
    return '"*"' in named or len({'/*"' in one for one in named}) == 2  # noqa: PLR2004  (the bucket, its objects)


def _lower(actions: Any) -> list[str]:
    return [str(action).lower() for action in as_list(actions)]
