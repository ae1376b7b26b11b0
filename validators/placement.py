"""Each account holds what serves its purpose, and those enter it who are named for it.

That a resource is of a type its account allows is the policy `types-allowed`. This looks at the accounts: a list of
types that allows what no stack has there is wider than the account's purpose, and lets in tomorrow what nobody thought
of today; a whole cloud (`*`, `AWS::*`) is no list. An account without an environment is watched by nobody. And `access`
is a sentence until a group of IAM Identity Center is described by it. The accounts of the stages are one purpose: what one
stage has, the others may come to have.

Take out of `allowed_resources` what no stack needs. Declare an environment for the account. Give the group that enters
it the account's `access` as its Description.

Source: "Multi-Account Strategy" of the deployment architecture: purpose, resources and access of each account.
"""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from skafu.sdk import Account, Estate, Unknown, Violation, validator

if TYPE_CHECKING:
    from collections.abc import Iterator

GROUP = "AWS::IdentityStore::Group"


@validator(severity="medium", controls=["soc2:CC6.3"])
def check(estate: Estate) -> Iterator[Violation | Unknown]:
    """Compare each account with what stands in it and who enters it."""
    bound = {environment.account for environment in estate.environments}
    described = [group.get("Description") for group in estate.resources(GROUP)]
    for account in estate.accounts:
        yield from _wide(account)
        if account.name not in bound:
            yield account.violation(f"No environment is bound to {account.name}, so nothing there is judged.")
        if not estate.complete:
            continue
        yield from _unused(account, estate)
        if account.access in [one for one in described if not isinstance(one, Unknown)]:
            continue
        unknown = next((one for one in described if isinstance(one, Unknown)), None)
        if unknown is not None:
            yield unknown
        else:
            yield account.violation(f'No group is described by "{account.access}".', at="access")


def _wide(account: Account) -> Iterator[Violation]:
    if not account.allowed_resources:
        yield account.violation(f"{account.name} takes resources of any type.", fix="List its types.")
    for index, pattern in enumerate(account.allowed_resources):
        if len([part for part in pattern.split("::") if part.strip("*?")]) < len(("AWS", "Service")):
            yield account.violation(
                f"{pattern} is more than one service.",
                at=("allowed_resources", index),
                fix="Name the services.",
            )


def _unused(account: Account, estate: Estate) -> Iterator[Violation]:
    stages = {one.account for one in estate.environments if one.get("stage")}
    alike = stages if account.name in stages else {account.name}
    types = {
        resource.type
        for stack in estate.stacks
        if stack.account.name in alike
        for resource in stack.resources()
    }
    for index, pattern in enumerate(account.allowed_resources):
        if not any(fnmatchcase(one, pattern) for one in types):
            yield account.violation(
                f"No stack in {', '.join(sorted(alike))} has a resource of {pattern}.",
                at=("allowed_resources", index),
                fix="Remove it; add it with the stack that needs it.",
            )
