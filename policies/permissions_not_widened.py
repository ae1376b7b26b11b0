"""No change lets anybody do more than before without somebody having looked at it.

A statement with one action more, a condition less, a trusted account more or a boundary removed is one line in a
pull request, and an open door in production. What each statement may say at all is for other policies; this one
compares what stands with what will stand: permissions and trust of roles, users and groups, boundaries, managed
policies attached, and the policies of buckets, queues, topics, keys and the like. What was denied and is no longer
is allowed anew.

What is created with its holder is not widened, and neither is a permission to invoke that is created.

Narrow the change. If it is meant, register a waiver that names the resource and the ticket: it is the record of who
agreed. Development is only told.

Source: IAM User Guide, "Policy evaluation logic"; AWS Well-Architected Framework, security pillar, "Permissions
management".
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, TypeAlias

from skafu.sdk import Action, Change, Resource, Unknown, Violation, as_list, plan_policy
from skafu.sdk.statements import Statement, permissions, statements
from skafu.sdk.widening import added, named, widened

Path: TypeAlias = tuple[str | int, ...]

RESOURCE_POLICIES = {
    "AWS::ApiGateway::RestApi": "Policy",
    "AWS::Backup::BackupVault": "AccessPolicy",
    "AWS::DynamoDB::Table": "ResourcePolicy.PolicyDocument",
    "AWS::ECR::Repository": "RepositoryPolicyText",
    "AWS::EFS::FileSystem": "FileSystemPolicy",
    "AWS::KMS::Key": "KeyPolicy",
    "AWS::OpenSearchService::Domain": "AccessPolicies",
    "AWS::S3::AccessPoint": "Policy",
    "AWS::S3::BucketPolicy": "PolicyDocument",
    "AWS::SNS::TopicPolicy": "PolicyDocument",
    "AWS::SQS::QueuePolicy": "PolicyDocument",
    "AWS::SecretsManager::ResourcePolicy": "ResourcePolicy",
}

HOLDERS = {
    "AWS::IAM::GroupPolicy": ("GroupName",),
    "AWS::IAM::ManagedPolicy": ("Roles", "Users", "Groups"),
    "AWS::IAM::Policy": ("Roles", "Users", "Groups"),
    "AWS::IAM::RolePolicy": ("RoleName",),
    "AWS::IAM::UserPolicy": ("UserName",),
    "AWS::S3::BucketPolicy": ("Bucket",),
    "AWS::SNS::TopicPolicy": ("Topics",),
    "AWS::SQS::QueuePolicy": ("Queues",),
    "AWS::SecretsManager::ResourcePolicy": ("SecretId",),
}
"""What is a resource of its own and says for whom, or for what, it holds."""

ATTACHED = ("ManagedPolicyArns", "ManagedPolicies", "CustomerManagedPolicyReferences")

BOUNDARY = "PermissionsBoundary"

NARROWING = {
    "EventSourceToken": "lambda:EventSourceToken",
    "FunctionUrlAuthType": "lambda:FunctionUrlAuthType",
    "PrincipalOrgID": "aws:PrincipalOrgID",
    "SourceAccount": "aws:SourceAccount",
    "SourceArn": "aws:SourceArn",
}
"""Property of `AWS::Lambda::Permission` -> the condition that it becomes."""


@plan_policy(
    severity="high",
    resources=[
        "AWS::IAM::*",
        "AWS::SSO::PermissionSet",
        "AWS::Lambda::Permission",
        *RESOURCE_POLICIES,
    ],
    controls=["soc2:CC6.1", "soc2:CC6.3", "gdpr:art-32"],
)
def check(change: Change) -> Iterator[Violation | Unknown]:
    """What is allowed afterwards was allowed before."""
    severity = "medium" if _in_development(change) else "high"
    for at, what in _widened(change):
        if isinstance(what, Unknown):
            yield what
        else:
            yield change.violation(what, at=at, severity=severity)


def _in_development(change: Change) -> bool:
    return bool(change.environment.get("stage", change.environment.name) == "development")


def _widened(change: Change) -> Iterator[tuple[Path, str | Unknown]]:
    before, after = change.before, change.after
    if (before is None or after is None) and not any(_held(change)):
        return
    for name, new in _documents(after).items():
        for at, what in widened(_documents(before).get(name, []), new):
            yield at, what if isinstance(what, Unknown) else f"It allows {what}."
    if after is None:
        for old in _documents(before).values():
            for at, what in widened(old, []):
                yield at, what if isinstance(what, Unknown) else f"It allows {what}."
    if before is not None and after is not None:
        yield from _attached(change, before, after)


def _documents(resource: Resource | None) -> dict[str, list[tuple[Path, Statement]]]:
    """Its policy documents, each kind of them together."""
    if resource is None:
        return {}
    if resource.type == "AWS::Lambda::Permission":
        return {"": [((), _invoking(resource))]}
    if resource.type in RESOURCE_POLICIES:
        return {"": list(statements(resource, RESOURCE_POLICIES[resource.type]))}
    return {
        "permissions": list(permissions(resource)),
        "trust": list(statements(resource, "AssumeRolePolicyDocument")),
    }


def _invoking(permission: Resource) -> Statement:
    """The statement that Lambda makes of a permission."""
    principal = permission.get("Principal")
    if not isinstance(principal, Unknown) and str(principal).endswith(".amazonaws.com"):
        principal = {"Service": principal}
    narrowed = {key: permission.get(name) for name, key in NARROWING.items()}
    return {
        "Effect": "Allow",
        "Principal": principal,
        "Action": permission.get("Action"),
        "Condition": {"ArnLike": {key: value for key, value in narrowed.items() if value is not None}},
    }


def _attached(change: Change, before: Resource, after: Resource) -> Iterator[tuple[Path, str | Unknown]]:
    """Managed policies and holders that are new, and boundaries that are gone or others."""
    for name in ATTACHED:
        was = before.get(name)
        for one in added(was, after.get(name)):
            yield (name,), was if _is_untold(was) else f"{named(one)} is attached."
    for name in HOLDERS.get(after.type, ()):
        was = before.get(name)
        for one in added(was, after.get(name)):
            if _stands(change, one, Action.ADD):
                yield (name,), was if _is_untold(was) else f"It holds for {named(one)} too."
    was, becomes = before.get(BOUNDARY), after.get(BOUNDARY)
    if not isinstance(becomes, Unknown) and becomes is None:
        if isinstance(was, Unknown) or was is not None:
            yield (BOUNDARY,), was if _is_untold(was) else "Its permissions boundary is removed."
    elif (isinstance(was, Unknown) or was is not None) and added(was, becomes):
        yield (BOUNDARY,), was if _is_untold(was) else f"Its permissions boundary becomes {named(becomes)}."


def _is_untold(value: Any) -> bool:
    """Whether nobody knows even by what expression it is made."""
    return isinstance(value, Unknown) and value.expression is None


def _held(change: Change) -> Iterator[bool]:
    """Whether each holder of what is added or removed stands, before and after."""
    resource = change.after or change.before
    if resource is None or change.action not in (Action.ADD, Action.REMOVE):
        return
    for name in HOLDERS.get(resource.type, ()):
        given = resource.get(name)
        for one in [given] if isinstance(given, Unknown) else as_list(given):
            yield change.plan.kind == "update" and _stands(change, one, change.action)


def _stands(change: Change, holder: Any, action: Action) -> bool:
    """Whether the holder is there without this change: the same does not happen to it."""
    if isinstance(holder, Unknown):
        # Without a name, the change set knows it only after it has been executed: it is new.
        names = holder.resources if isinstance(holder.expression, dict) else frozenset({""})
        return not names or any(_happens(change, name) is not action for name in names if name)
    if holder in change.plan.physical_ids:
        return _happens(change, change.plan.physical_ids[holder]) is not action
    given = {one.logical_id for one in change.stack.resources() if _has_name(one, holder)}
    return not any(_happens(change, name) is action for name in given)


def _happens(change: Change, logical_id: str) -> Action | None:
    return change.plan.actions.get(logical_id)


def _has_name(resource: Resource, name: str) -> bool:
    kind = resource.type.rpartition("::")[2]
    given = resource.get(f"{kind}Name")
    return not isinstance(given, Unknown) and given == name
