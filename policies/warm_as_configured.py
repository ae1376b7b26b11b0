"""As many executions are kept warm as the environment says, and no more than the function may run at once.

Provisioned concurrency is paid for by the hour, used or not: forgotten in development it costs what
production does, missing in production the first customers of the morning wait. It is part of the reserved
concurrency, so an alias that wants more than the function has cannot be deployed.

Take `ProvisionedConcurrencyConfig` of the alias from `scaling.lambda.provisioned_concurrency`; where that is
0, leave it out.

Source: the deployment architecture, "Lambda_Scaling".
"""

from __future__ import annotations

from collections.abc import Iterator

from skafu.sdk import Resource, Unknown, Violation, policy

AT = "ProvisionedConcurrencyConfig.ProvisionedConcurrentExecutions"


@policy(severity="medium", resources=["AWS::Lambda::Alias"], controls=["soc2:A1.1"])
def check(alias: Resource) -> Iterator[Violation]:
    """The number is the environment's, and fits into what is reserved."""
    warm = alias.number(AT) or 0
    wanted = alias.environment.get("scaling.lambda.provisioned_concurrency")
    if wanted is not None and warm != wanted:
        yield alias.violation(
            f"{warm} executions are kept warm; scaling.lambda.provisioned_concurrency is {wanted}.",
            at=AT,
            fix=f"Set it to {wanted}." if wanted else "Remove ProvisionedConcurrencyConfig.",
        )
    if alias.get(AT) is not None and warm < 1:
        yield alias.violation(
            f"{warm} executions are to be kept warm: Lambda refuses that, and the deployment with it.",
            at=AT,
            fix="Remove ProvisionedConcurrencyConfig.",
        )
    function = _function(alias)
    reserved = function.number("ReservedConcurrentExecutions") if function else None
    if reserved is not None and warm > reserved:
        yield alias.violation(
            f"{warm} executions are to be kept warm, of the {reserved} that are reserved.",
            at=AT,
            fix="Raise ReservedConcurrentExecutions of the function, or keep fewer warm.",
        )


def _function(alias: Resource) -> Resource | None:
    reference = alias.get("FunctionName")
    for one in alias.stack.resources("AWS::Lambda::Function"):
        if isinstance(reference, Unknown):
            if one.logical_id in reference.resources:
                return one
        elif not isinstance(one.get("FunctionName"), Unknown) and one.get("FunctionName") == reference:
            return one
    return None
