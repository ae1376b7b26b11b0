"""An account holds only the types of resources that serve its purpose.

Accounts are separated so that a mistake in one stays there. That ends when a workload moves into the security
account, or a network into a place where nobody looks after it. `allowed_resources` in `stacks/accounts.yaml` says
what each account is for.

Move the resource to a stack of the right account, or have the account's owner add the type.
"""

from __future__ import annotations

from collections.abc import Iterator
from fnmatch import fnmatchcase

from skafu.sdk import Resource, Violation, policy


@policy(severity="high", resources=["*"], controls=["soc2:CC6.3"])
def check(resource: Resource) -> Iterator[Violation]:
    """The type matches one of the account's patterns. An account without patterns takes any."""
    allowed = resource.account.allowed_resources
    if allowed and not any(fnmatchcase(resource.type, pattern) for pattern in allowed):
        yield resource.violation(f"{resource.type} has no place in the account {resource.account.name}.")
