"""Passwords of users are at least as strong as their environment says.

A user pool without a policy of its own takes Cognito's, which is nobody's decision. The environment's
`cognito.password_policy` is the least; a pool may ask for more.

Set every member of `Policies.PasswordPolicy` from it.
"""

from __future__ import annotations

from collections.abc import Iterator

from skafu.sdk import Resource, Unknown, Violation, policy

AT = "Policies.PasswordPolicy"

KINDS = {
    "RequireUppercase": "require_uppercase",
    "RequireLowercase": "require_lowercase",
    "RequireNumbers": "require_numbers",
    "RequireSymbols": "require_symbols",
}


@policy(
    severity="high",
    resources=["AWS::Cognito::UserPool"],
    controls=["soc2:CC6.1", "gdpr:art-32"],
)
def check(pool: Resource) -> Iterator[Violation | Unknown]:
    """Length and kinds of characters are at least those of the environment."""
    wanted = pool.environment.get("cognito.password_policy")
    if wanted is None:
        return
    least = wanted["minimum_length"]
    given = pool.get(f"{AT}.MinimumLength")
    if isinstance(given, Unknown):
        yield given
    elif (pool.number(f"{AT}.MinimumLength") or 0) < least:
        yield pool.violation(
            f"Passwords need {given or 'no'} characters, fewer than {least}.",
            at=f"{AT}.MinimumLength",
            fix=f"Set MinimumLength to {least} or more, from cognito.password_policy.minimum_length.",
        )
    for name, setting in KINDS.items():
        if not wanted[setting]:
            continue
        at = f"{AT}.{name}"
        required = pool.get(at)
        if isinstance(required, Unknown):
            yield required
        elif not pool.flag(at):
            kind = setting.removeprefix("require_")
            yield pool.violation(f"Passwords need no {kind}.", at=at, fix=f"Set {name} to true.")
