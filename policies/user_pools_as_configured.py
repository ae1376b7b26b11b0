"""User pools and their clients bear the names that their environment says.

Users live in the pool: one that is created under another name is an empty one, and everybody has to register
again. The front end finds the client by its name.

Take `UserPoolName` and `ClientName` from `cognito.user_pool_name` and `cognito.client_name`.
"""

from __future__ import annotations

from collections.abc import Iterator

from skafu.sdk import Resource, Violation, policy

NAMES = {
    "AWS::Cognito::UserPool": ("UserPoolName", "user_pool_name"),
    "AWS::Cognito::UserPoolClient": ("ClientName", "client_name"),
}


@policy(severity="low", resources=list(NAMES), controls=["soc2:CC8.1"])
def check(resource: Resource) -> Iterator[Violation]:
    """The name is as the environment says."""
    name, setting = NAMES[resource.type]
    wanted = resource.environment.get(f"cognito.{setting}")
    if wanted is None:
        return
    given = resource.get(name)
    if given is None or given != wanted:
        yield resource.violation(
            f"{name} is {given or 'not given'}, not {wanted}.",
            at=name,
            fix=f"Take {name} from cognito.{setting}.",
        )
