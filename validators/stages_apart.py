"""No role of one stage can be assumed from another, and no stack takes values from another stage.

The accounts are the walls between development, staging and production: whoever breaks into development must not be
able to walk on. A role whose trust names another stage's account, or a deployment of another environment, is a door
in that wall; `*` is no wall at all.

The same holds for values: production must come up without staging, so no stack reads the output of another stage's
stack; and no two stages share an account.

Name principals of the same account only. Across accounts, let the security account or the shared services ask, never
a stage; but a stage's deployer may read what other accounts than stages put out, as a role of theirs whose boundary
allows `cloudformation:DescribeStacks` and no more. In the trust of the GitHub OIDC provider, `sub` must name one repository and the environment that the role
deploys, without a wildcard; in that of another provider, `sub` or `aud` must say for whom it vouches.

Source: "Multi-Account Strategy" of the deployment architecture; AWS Security Reference Architecture, workload isolation.
"""

from __future__ import annotations

import contextlib
import json
import re
from typing import TYPE_CHECKING, Any, TypeAlias

from skafu.sdk import Estate, Resource, Unknown, Violation, validator
from skafu.sdk.statements import statements

if TYPE_CHECKING:
    from collections.abc import Iterator

At: TypeAlias = tuple[str | int, ...]
Told: TypeAlias = "Iterator[Violation | Unknown]"

ACCOUNT = re.compile(r"(?<!\d)\d{12}(?!\d)")
GITHUB = "token.actions.githubusercontent.com"
SUBJECT = re.compile(r"repo:[^*?]+:environment:([^:*?]+)")
"""What `sub` says of a job of one repository that deploys to one environment of GitHub's."""

TESTS = frozenset({"StringEquals", "StringLike"})
"""What narrows a trust. A negated test lets all others in, `IfExists` and `ForAllValues` a token without the key."""

ARN_TESTS = frozenset({"ArnEquals", "ArnLike"})
"""What narrows it to a role; the two mean the same to IAM."""

TRUST = "AssumeRolePolicyDocument"

READING = frozenset({"cloudformation:describestacks"})
"""All that a stage may do in an account that is none: it tells which stacks stand there, and what they put out."""


@validator(severity="critical", controls=["soc2:CC6.1"])
def check(estate: Estate) -> Told:
    """Compare who may assume each role with where it stands."""
    yield from _accounts(estate)
    yield from _values(estate)
    stages = {
        account.id: account.name
        for account in estate.accounts
        if any(one.account == account.name and one.get("stage") for one in estate.environments)
    }
    for role in estate.resources("AWS::IAM::Role"):
        for at, statement in _statements(role):
            if isinstance(statement, Unknown):
                yield statement
            elif not isinstance(statement, dict):
                yield role.violation(f"{role.logical_id} has a trust that cannot be read.", at=at)
            elif _effect(statement) != "Deny":
                yield from _principals(role, statement, at, stages)


def _accounts(estate: Estate) -> Iterator[Violation]:
    taken: dict[str, str] = {}
    for environment in estate.environments:
        if environment.get("stage"):
            other = taken.setdefault(environment.account, environment.name)
            if other != environment.name:
                yield environment.violation(
                    f"It shares the account {environment.account} with {other}.", at="account"
                )


def _values(estate: Estate) -> Iterator[Violation]:
    stages = {environment.name: environment.get("stage") for environment in estate.environments}
    for stack in estate.stacks:
        here = stages.get(stack.environment.name)
        for need in stack.needs:
            there = stages.get(need.target.partition("/")[0])
            if here and there and here != there:
                yield stack.violation(
                    f"It takes {need.what or 'its order'} from {need.target}, of another stage."
                )


def _statements(role: Resource) -> list[tuple[At, Any]]:
    """Each statement of the trust and where it stands; one that nobody can read where there is no such document."""
    with contextlib.suppress(ValueError):
        found = list(statements(role, (TRUST,)))
        if found:
            return found
    return [((TRUST,), None)]


def _effect(statement: dict[str, Any]) -> str:
    """`Deny` only where it is known to be: what may turn out to allow is judged as if it did."""
    effect = statement.get("Effect")
    return "Allow" if isinstance(effect, Unknown) else str(effect)


def _principals(role: Resource, statement: dict[str, Any], at: At, stages: dict[str, str]) -> Told:
    principal = statement.get("Principal")
    if isinstance(principal, Unknown):
        yield principal
        return
    if "NotPrincipal" in statement or not principal:
        yield role.violation(f"{role.logical_id} can be assumed by all but a few.", at=at)
        return
    if not isinstance(principal, dict):
        principal = {"AWS": principal}
    for one in _items(principal.get("AWS")):
        if not _reads(role, statement, one, stages):
            yield from _caller(role, one, at, stages)
    for one in _items(principal.get("Federated")):
        yield from _provider(role, statement, one, at, stages)


def _caller(role: Resource, caller: Any, at: At, stages: dict[str, str]) -> Told:
    """Whoever is named by account, user, role or session."""
    told = _text(caller)
    found = ACCOUNT.search(told)
    if found and found[0] in stages and found[0] != role.account.id:
        yield role.violation(
            f"{role.logical_id} can be assumed from {stages[found[0]]}, another stage.", at=at
        )
    elif isinstance(caller, Unknown):
        if not _is_made_beside(role, caller, "AWS::IAM::Role.Arn", "AWS::IAM::User.Arn"):
            yield caller
    elif "*" in told:
        yield role.violation(f"{role.logical_id} can be assumed by {told}.", at=at)
    elif found is None:
        yield role.violation(
            f"{role.logical_id} can be assumed by {told}, whose account nobody knows.", at=at
        )


def _reads(role: Resource, statement: dict[str, Any], caller: Any, stages: dict[str, str]) -> bool:
    """Whether a stage may become this role: it stands in no stage, names one role there, and can do nothing but read."""
    account = ACCOUNT.search(_text(caller))
    if role.account.id in stages or account is None or isinstance(caller, Unknown):
        return False
    asked = _conditions(statement, TESTS | ARN_TESTS)
    named = [one for key, values in asked if key == "aws:principalarn" for one in values] or [caller]
    exact = re.compile(rf"arn:[a-z-]+:iam::{account[0]}:role/[^*?]+")
    return all(exact.fullmatch(_text(one)) for one in named) and _only_reads(role)


def _only_reads(role: Resource) -> bool:
    """Whether its boundary, made beside it, allows nothing but reading."""
    boundary = role.get("PermissionsBoundary")
    if not isinstance(boundary, Unknown) or not _is_made_beside(role, boundary, "AWS::IAM::ManagedPolicy"):
        return False
    made = [role.stack.resource(name) for name in boundary.resources]
    said = [one for policy in made if policy for _, one in statements(policy, ("PolicyDocument",))]
    if any(isinstance(one, Unknown) for one in said):
        return False
    allowed = [one for one in said if _effect(one) != "Deny"]
    actions = {_text(action).lower() for one in allowed for action in _items(one.get("Action"))}
    return bool(actions) and actions <= READING and all("Action" in one for one in allowed)


def _provider(
    role: Resource, statement: dict[str, Any], provider: Any, at: At, stages: dict[str, str]
) -> Told:
    """Whoever an identity provider vouches for: GitHub for every workflow there is, others for their users."""
    told = _text(provider)
    found = ACCOUNT.search(told)
    if found and found[0] in stages and found[0] != role.account.id:
        yield role.violation(f"{role.logical_id} trusts a provider of {stages[found[0]]}.", at=at)
        return
    if isinstance(provider, Unknown):
        if not _is_made_beside(role, provider, "AWS::IAM::OIDCProvider.Arn", "AWS::IAM::OIDCProvider"):
            yield provider
            return
        told = str(
            [_text(role.stack.get(("Resources", name, "Properties", "Url"))) for name in provider.resources]
        )
    conditions = _conditions(statement)
    late = [one for _, values in conditions for one in values if isinstance(one, Unknown)]
    if late:
        yield from late
        return
    subjects = [str(one) for key, values in conditions if key.endswith(":sub") for one in values]
    if GITHUB in told or any(key.startswith(GITHUB) for key, _ in conditions):
        yield from _deployments(role, subjects, at)
    elif not any(key.endswith((":sub", ":aud")) and "*" not in values for key, values in conditions):
        yield role.violation(f"{role.logical_id} can be assumed by everybody whom {told} knows.", at=at)


def _deployments(role: Resource, subjects: list[str], at: At) -> Told:
    """Which deployments may take the role."""
    if not subjects:
        yield role.violation(f"{role.logical_id} can be assumed by every workflow on GitHub.", at=at)
    for subject in subjects:
        deploys = SUBJECT.fullmatch(subject)
        if deploys is None:
            yield role.violation(
                f"{role.logical_id} can be assumed by {subject}, which is not one environment's deployment.",
                at=at,
            )
        elif deploys[1] != role.environment.name:
            yield role.violation(f"{role.logical_id} can be assumed by deployments of {deploys[1]}.", at=at)


def _conditions(statement: dict[str, Any], tests: frozenset[str] = TESTS) -> list[tuple[str, list[Any]]]:
    """Key in lower case and values of each condition that narrows the trust. What is not known is a value."""
    found = []
    given = statement.get("Condition", {})
    if isinstance(given, Unknown):
        return [("", [given])]
    for test, keys in given.items():
        if test.removeprefix("ForAnyValue:") in tests:
            if isinstance(keys, Unknown):
                found.append(("", [keys]))
            else:
                found += [(key.lower(), _items(values)) for key, values in keys.items()]
    return found


def _is_made_beside(role: Resource, value: Unknown, *kinds: str) -> bool:
    """Whether the same stack makes it, so that it stands in the same account."""
    return (
        value.kind in kinds
        and bool(value.resources)
        and all(role.stack.resource(name) for name in value.resources)
    )


def _items(value: Any) -> list[Any]:
    """The items of what may be written as one or as a list; an unknown value is one."""
    if isinstance(value, Unknown):
        return [value]
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def _text(value: Any) -> str:
    """The value, or of one that is not known what CloudFormation will evaluate: an account may stand in it."""
    return json.dumps(value.expression) if isinstance(value, Unknown) else str(value)
