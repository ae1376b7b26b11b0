"""What resolving states about a template or the parameters it is given."""

from __future__ import annotations

from skafu.model.finding import Finding, Severity
from skafu.model.place import Location, Path, dotted

TITLES = {
    "definition-reference": "Declarations name only what exists",
    "estate-double": "Names that must be unique are unique",
    "estate-export": "What a stack imports is exported by another",
    "estate-output": "What a stack reads of another is one of its outputs",
    "estate-stack": "What a stack needs is a stack of the estate",
    "parameter-missing": "Every parameter without a default is given a value",
    "parameter-undeclared": "Only parameters that the template declares are given",
    "parameter-value": "Parameter values satisfy the constraints of their declaration",
    "template-artifact": "Code that a template names is in the repository",
    "template-expression": "Intrinsic functions are written so that CloudFormation can evaluate them",
    "template-macro": "Templates use no macro whose result cannot be seen before deployment",
    "template-module": "Templates use no module whose content cannot be seen",
    "template-nested": "Nested stacks have templates that can be judged",
    "template-rule": "Parameters keep the rules of the template",
    "template-sam": "The SAM translator accepts the template",
}


def finding(
    rule: str, message: str, at: Location, *, fix: str = "", logical_id: str = "", path: Path = ()
) -> Finding:
    """A finding of the resolver. They are high: what they speak of fails at deployment, or cannot be judged."""
    return Finding(
        rule=rule,
        tool="skafu",
        severity=Severity.HIGH,
        title=TITLES[rule],
        message=message,
        location=at,
        logical_id=logical_id,
        path=dotted(path),
        help=fix,
        bad_input=rule == "definition-reference",
    )
