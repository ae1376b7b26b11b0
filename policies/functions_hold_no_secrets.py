"""Functions are told where a secret lies, never the secret.

An environment variable is plain text to everybody who may look at the function, in the console, in its versions
and in a crash report. A dynamic reference does not help: CloudFormation puts the value there.

Call the variable `..._ARN`, `..._NAME`, `..._ID`, `..._PARAMETER` or `..._PATH`, set it to where the secret
lies, and let the function read it when it starts (Powertools: `parameters.get_secret`).

Keys that give themselves away by their form are found by Checkov (CKV_AWS_45).

Source: Lambda Developer Guide, "Securing Lambda environment variables".
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from skafu.sdk import Resource, Unknown, Violation, policy

SECRET = re.compile(r"(^|_)(PASSWORD|PASSWD|SECRET|TOKEN|API_?KEY|PRIVATE_?KEY|CREDENTIALS?)S?$")
"""Names of variables that say: here is a secret. With `_ARN` and the like behind it, the name says where it is."""

_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")

REFERENCES = ("{{resolve:secretsmanager:", "{{resolve:ssm-secure:")

PLACES = frozenset({"AWS::SecretsManager::Secret", "AWS::SSM::Parameter"})


@policy(severity="high", resources=["AWS::Lambda::Function"], controls=["soc2:CC6.1", "gdpr:art-32"])
def check(function: Resource) -> Iterator[Violation]:
    """No variable is a secret, by its name or by what it is set from."""
    for name, value in function.get("Environment.Variables", {}).items():
        at = ("Environment", "Variables", name)
        if any(reference in _written(value) for reference in REFERENCES):
            yield function.violation(
                f"{name} will hold a secret in plain text: CloudFormation puts it there.",
                at=at,
                fix="Set the variable to the ARN of the secret, and let the function read it.",
            )
        elif SECRET.search(_HUMP.sub("_", name).upper()) and not _is_place(function, value):
            yield function.violation(
                f"{name} is a secret, by its name.",
                at=at,
                fix=f"Call it {name}_ARN, set it to the ARN of the secret, and let the function read it.",
            )


def _written(value: Any) -> str:
    return json.dumps(value.expression) if isinstance(value, Unknown) else str(value)


def _is_place(function: Resource, value: Any) -> bool:
    """Whether the value says where a secret lies: an ARN, or a reference to what keeps it."""
    if not isinstance(value, Unknown):
        return str(value).startswith("arn:")
    made = [function.stack.resource(name) for name in value.resources]
    kinds = {value.kind.partition(".")[0], *(one.type for one in made if one is not None)}
    return bool(kinds & PLACES)
