"""A pipeline's role can be assumed from one repository and one place in it, and from nowhere else.

GitHub signs tokens for everybody who has a repository. A role that trusts GitHub and does not say which
repository is everybody's role; one that says `repo:us/platform:*` is that of every branch and pull request,
before any review.

Write both conditions with `StringEquals`: `token.actions.githubusercontent.com:aud` is `sts.amazonaws.com`, and
`...:sub` is the whole subject without a wildcard, best with the environment that GitHub holds reviews for:
`repo:OWNER/NAME:environment:production`. The provider lists no client but `sts.amazonaws.com`.

Source: GitHub Docs, "Configuring OpenID Connect in Amazon Web Services".
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from skafu.sdk import Resource, Unknown, Violation, as_list, policy
from skafu.sdk.statements import statements

AUDIENCE = "sts.amazonaws.com"
HOST = "token.actions.githubusercontent.com"


@policy(
    severity="critical",
    resources=["AWS::IAM::Role", "AWS::IAM::OIDCProvider"],
    controls=["soc2:CC6.1", "soc2:CC6.6"],
)
def check(resource: Resource) -> Iterator[Violation]:
    """Audience and subject are told, without a wildcard."""
    if resource.type == "AWS::IAM::OIDCProvider":
        if HOST in resource.get("Url", "") and resource.get("ClientIdList", []) != [AUDIENCE]:
            yield resource.violation(
                f"The provider takes tokens for others than {AUDIENCE}.",
                at="ClientIdList",
                fix=f"Set ClientIdList to [{AUDIENCE}].",
            )
        return
    for at, statement in statements(resource, "AssumeRolePolicyDocument"):
        if statement.get("Effect") != "Allow" or not _trusts_pipelines(resource, statement):
            continue
        audiences, subjects = _tested(statement, "aud"), _tested(statement, "sub")
        if audiences != [AUDIENCE]:
            yield resource.violation(
                f"Tokens for {_shown(audiences)} open this role, not for {AUDIENCE} alone.",
                at=(*at, "Condition"),
                fix=f"Add the condition StringEquals, {HOST}:aud: {AUDIENCE}.",
            )
        if not subjects or any(_is_open(str(subject)) for subject in subjects):
            yield resource.violation(
                f"Tokens of {_shown(subjects)} open this role, not of one place in one repository.",
                at=(*at, "Condition"),
                fix=f"Add the condition StringEquals, {HOST}:sub: repo:OWNER/NAME:environment:ENVIRONMENT.",
            )


def _trusts_pipelines(role: Resource, statement: dict[str, Any]) -> bool:
    principal = statement.get("Principal")
    if not isinstance(principal, dict):
        return False
    providers = principal.get("Federated")
    if isinstance(providers, Unknown):
        made = [role.stack.resource(name) for name in providers.resources]
        kinds = [providers.kind.partition(".")[0], *(one.type for one in made if one is not None)]
        return "AWS::IAM::OIDCProvider" in kinds or bool(providers)
    return any(HOST in provider or provider == "*" for provider in as_list(providers))


def _tested(statement: dict[str, Any], claim: str) -> list[Any]:
    condition = statement.get("Condition") or {}
    return [
        value
        for test in ("StringEquals", "StringLike")
        for key, given in condition.get(test, {}).items()
        if key.lower() == f"{HOST}:{claim}"
        for value in as_list(given)
    ]


def _is_open(subject: str) -> bool:
    """Whether more than one place is meant: `repo:owner/name` and then where in it, no wildcard in any."""
    repository, _, place = subject.removeprefix("repo:").partition(":")
    return (
        not subject.startswith("repo:")
        or "/" not in repository
        or not place
        or "*" in subject
        or "?" in subject
    )


def _shown(values: list[Any]) -> str:
    return " and ".join(str(value) for value in values) or "anybody"
