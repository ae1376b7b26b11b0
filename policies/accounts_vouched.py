"""Roles trust another account only with a voucher.

Trust in an account is trust in everybody whom that account lets in, and an account id is no secret. An external
id says that the request was made for us and not for another customer of the same partner; `aws:PrincipalOrgID`
says that whoever asks belongs to our organization.

Add `Condition: {StringEquals: {sts:ExternalId: ...}}` for a partner, and for an account of our own
`{StringEquals: {aws:PrincipalOrgID: o-...}}`. A statement that trusts everybody needs one of them all the more.

Source: IAM User Guide, "Access to AWS accounts owned by third parties".
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from skafu.sdk import Resource, Unknown, Violation, as_list, policy
from skafu.sdk.statements import narrowed, statements

TESTS = frozenset(f"{each}{test}" for each in ("", "ForAnyValue:") for test in ("StringEquals", "StringLike"))
VOUCHERS = frozenset({"sts:externalid", "aws:principalorgid", "aws:principalorgpaths"})

_ACCOUNT = re.compile(r"(?:arn:[a-z-]+:(?:iam|sts)::)?(\d{12})(?::.*)?")


@policy(severity="high", resources=["AWS::IAM::Role"], controls=["soc2:CC6.1", "soc2:CC6.6"])
def check(role: Resource) -> Iterator[Violation]:
    """Whoever is of another account brings a voucher."""
    for at, statement in statements(role, "AssumeRolePolicyDocument"):
        if statement.get("Effect") != "Allow":
            continue
        strangers = [one for one in _principals(statement) if not _is_own(role, one)]
        if strangers and not narrowed(statement, VOUCHERS, TESTS):
            yield role.violation(
                f"{' and '.join(map(str, strangers))} may assume the role without external id or organization.",
                at=(*at, "Condition"),
                fix="Add the condition StringEquals, sts:ExternalId or aws:PrincipalOrgID.",
            )


def _principals(statement: dict[str, Any]) -> list[Any]:
    if "NotPrincipal" in statement:
        return ["*"]
    principal = statement.get("Principal")
    if not isinstance(principal, dict):
        return as_list(principal)
    given = principal.get("AWS")
    return [given] if isinstance(given, Unknown) else as_list(given)


def _is_own(role: Resource, principal: Any) -> bool:
    """Whether it is of the role's own account: by its id, or made by the same stack."""
    if isinstance(principal, Unknown):
        made = [role.stack.resource(name) for name in principal.resources]
        return (bool(made) and None not in made) or bool(principal)
    found = _ACCOUNT.fullmatch(str(principal))
    return found is not None and found[1] == role.account.id
