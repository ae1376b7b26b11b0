"""No output and no plain parameter tells a secret.

Outputs, and all the more exports, can be read by everybody who may look at stacks in the account; a Systems
Manager parameter of type `String` by everybody who may read parameters. A secret stays where it is kept, and
others learn its name.

Tell the ARN or the name of the secret instead of its value. (That a parameter with NoEcho is not an output is
cfn-lint's W2010.)

Source: CloudFormation User Guide, "Security best practices": do not embed credentials in your templates.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from skafu.sdk import Stack, Unknown, Violation, stack_policy

REFERENCES = ("{{resolve:secretsmanager:", "{{resolve:ssm-secure:")

ATTRIBUTES = ("ClientSecret", "SecretAccessKey", "ApiKey", "Password")
"""Attributes of resources that are a secret, e.g. of `AWS::Cognito::UserPoolClient` and `AWS::IAM::AccessKey`."""

SECRET = re.compile(r"(password|secret|token|apikey|privatekey|credentials?)s?$", re.IGNORECASE)
"""Names that say: here is a secret. One that ends in `Arn` or `Name` says where it is."""


@stack_policy(severity="high", controls=["soc2:CC6.1", "gdpr:art-32"])
def check(stack: Stack) -> Iterator[Violation]:
    """Neither outputs nor parameters."""
    fix = "Tell the ARN or the name of the secret instead."
    for name, output in stack.outputs.items():
        if _tells(name, output.get("Value")):
            yield stack.violation(
                f"The output {name} tells a secret.", at=("Outputs", name, "Value"), fix=fix
            )
    for parameter in stack.resources("AWS::SSM::Parameter"):
        name = parameter.get("Name", parameter.logical_id)
        shown = parameter.logical_id if isinstance(name, Unknown) else str(name)
        if _tells(re.sub("[-_]", "", shown), parameter.get("Value")):
            yield parameter.violation(f"The parameter {shown} tells a secret.", at="Value", fix=fix)


def _tells(name: str, value: Any) -> bool:
    if isinstance(value, Unknown):
        attribute = value.kind.rpartition(".")[2] or _attribute(value.expression)
        written = json.dumps(value.expression)
        return attribute in ATTRIBUTES or any(reference in written for reference in REFERENCES)
    told = str(value)
    named = SECRET.search(name) is not None and not told.startswith("arn:")
    return named or any(reference in told for reference in REFERENCES)


def _attribute(expression: Any) -> str:
    """`Arn` of `{"Fn::GetAtt": ["Table", "Arn"]}`; empty for any other expression."""
    given = expression.get("Fn::GetAtt") if isinstance(expression, dict) else None
    return str(given[-1] if isinstance(given, list) else given or "").rpartition(".")[2]
