"""No policy of a resource lets everybody in.

`Principal: "*"` on a queue, a topic, a bucket, a secret or a function means everybody with an AWS account, and
sometimes everybody. It can be right together with a condition that says who of everybody.

Name the accounts, roles or services in `Principal`; or add a condition on `aws:PrincipalOrgID`,
`aws:PrincipalAccount`, `aws:SourceAccount`, `aws:SourceArn` or `aws:SourceVpce`.

Keys, container registries and the trust policies of roles are held to this by Checkov (CKV_AWS_33, 32, 60).

Source: IAM User Guide, "AWS JSON policy elements: Principal".
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from skafu.sdk import Resource, Unknown, Violation, as_list, policy
from skafu.sdk.statements import narrowed, statements

DOCUMENTS = {
    "AWS::Backup::BackupVault": "AccessPolicy",
    "AWS::DynamoDB::Table": "ResourcePolicy.PolicyDocument",
    "AWS::S3::AccessPoint": "Policy",
    "AWS::S3::BucketPolicy": "PolicyDocument",
    "AWS::SNS::TopicPolicy": "PolicyDocument",
    "AWS::SQS::QueuePolicy": "PolicyDocument",
    "AWS::SecretsManager::ResourcePolicy": "ResourcePolicy",
}

LETTING_IN = {
    "AWS::Events::EventBusPolicy": ("Condition",),
    "AWS::Lambda::LayerVersionPermission": ("OrganizationId",),
    "AWS::Lambda::Permission": ("PrincipalOrgID", "SourceAccount", "SourceArn"),
}
"""Resources that are themselves a permission: what may narrow their `Principal`."""

TESTS = frozenset(
    f"{each}{test}"
    for each in ("", "ForAnyValue:")
    for test in ("StringEquals", "StringLike", "ArnEquals", "ArnLike")
)
KEYS = frozenset(
    f"aws:{key}"
    for key in (
        *("principalaccount", "principalarn", "principalorgid", "principalorgpaths"),
        *("sourceaccount", "sourcearn", "sourceorgid", "sourcevpc", "sourcevpce"),
    )
)


@policy(
    severity="critical",
    resources=[*DOCUMENTS, *LETTING_IN],
    controls=["soc2:CC6.1", "soc2:CC6.6", "gdpr:art-32"],
)
def check(resource: Resource) -> Iterator[Violation]:
    """Whoever is let in is named, or narrowed by a condition."""
    if resource.type in LETTING_IN:
        narrowing = LETTING_IN[resource.type]
        if resource.get("Principal") == "*" and not any(resource.has(name) for name in narrowing):
            yield resource.violation(
                "Everybody is let in.",
                at="Principal",
                fix=f"Name who is let in, or set {' or '.join(narrowing)}.",
            )
        return
    for at, statement in statements(resource, DOCUMENTS[resource.type]):
        if (
            statement.get("Effect") == "Allow"
            and _means_everybody(statement)
            and not narrowed(statement, KEYS, TESTS)
        ):
            yield resource.violation(
                "Everybody is let in: Principal is *, and no condition says who of everybody.",
                at=(*at, "NotPrincipal" if "NotPrincipal" in statement else "Principal"),
                fix="Name who is let in, or add a condition such as StringEquals, aws:PrincipalOrgID.",
            )


def _means_everybody(statement: dict[str, Any]) -> bool:
    principal = statement.get("Principal")
    named = principal.values() if isinstance(principal, dict) else [principal]
    return "NotPrincipal" in statement or any("*" in _known(one) for one in named)


def _known(given: Any) -> list[Any]:
    if isinstance(given, Unknown):
        return []
    return [one for one in as_list(given) if not isinstance(one, Unknown)]
