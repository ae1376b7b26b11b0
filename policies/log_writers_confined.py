"""What services may write into our logs is bound to our account.

A resource policy of CloudWatch Logs lets a service write into log groups. Without a condition it lets the
service write for any customer: a stranger's hosted zone could fill our logs, and hide something among the
noise. A policy for everybody would let them be read as well.

Name the service in `Principal` and add `"Condition": {"StringEquals": {"aws:SourceAccount": "${AWS::AccountId}"}}`,
or `aws:SourceArn`, to every statement of `PolicyDocument`.

Source: CloudWatch Logs User Guide, "Identity-based and resource-based policies": confused deputy prevention.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from skafu.sdk import Resource, Unknown, Violation, as_list, policy
from skafu.sdk.statements import narrowed

KEYS = frozenset({"aws:sourceaccount", "aws:sourcearn", "aws:sourceorgid"})
TESTS = frozenset({"StringEquals", "StringLike", "ArnEquals", "ArnLike"})


@policy(severity="high", resources=["AWS::Logs::ResourcePolicy"], controls=["soc2:CC6.1", "soc2:CC7.2"])
def check(resource: Resource) -> Iterator[Violation]:
    """Every statement names a service, and for whom it writes."""
    text = resource.get("PolicyDocument", "{}")
    for statement in as_list(json.loads(_written(text)).get("Statement")):
        if statement.get("Effect") != "Allow":
            continue
        principal = statement.get("Principal")
        if not isinstance(principal, dict) or "*" in as_list(principal.get("AWS")):
            yield resource.violation(
                "Everybody may use the log groups.", at="PolicyDocument", fix="Name the service in Principal."
            )
        elif not narrowed(statement, KEYS, TESTS):
            names = " and ".join(str(name) for kind in principal.values() for name in as_list(kind))
            yield resource.violation(
                f"{names} may write for anybody: no condition says for whom.",
                at="PolicyDocument",
                fix="Add the condition StringEquals, aws:SourceAccount, with the id of this account.",
            )


def _written(text: Any) -> str:
    """The document as written. What Fn::Sub puts into it later are names inside of texts, so it is JSON before too."""
    if isinstance(text, Unknown) and isinstance(text.expression, dict) and "Fn::Sub" in text.expression:
        template: str = as_list(text.expression["Fn::Sub"])[0]
        return template
    return str(text)
