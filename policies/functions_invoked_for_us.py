"""A bucket invokes a function only for the account that it belongs to.

The ARN of a bucket holds no account. Whoever lets `arn:aws:s3:::skafu-data` invoke a function lets in whoever
owns a bucket of that name, and after ours is deleted that can be anybody. (That there is a source at all is
Checkov's CKV_AWS_364.)

Add `SourceAccount: !Ref AWS::AccountId` to every `AWS::Lambda::Permission` whose `Principal` is
`s3.amazonaws.com`.

Source: Lambda API Reference, "AddPermission", on SourceAccount.
"""

from __future__ import annotations

from collections.abc import Iterator

from skafu.sdk import Resource, Violation, policy


@policy(severity="medium", resources=["AWS::Lambda::Permission"], controls=["soc2:CC6.1", "soc2:CC6.6"])
def check(permission: Resource) -> Iterator[Violation]:
    """Buckets come with their account, which is this one."""
    if permission.get("Principal") != "s3.amazonaws.com":
        return
    given = permission.get("SourceAccount", "not given")
    if str(given) != permission.account.id:
        yield permission.violation(
            f"SourceAccount is {given}, not {permission.account.id}: the bucket may be anybody's.",
            at="SourceAccount",
            fix="Set SourceAccount to !Ref AWS::AccountId.",
        )
