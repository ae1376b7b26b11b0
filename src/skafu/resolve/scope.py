"""What the expressions of one template may read while it is resolved for one stack."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from skafu.model.finding import Finding
from skafu.model.node import Node
from skafu.model.place import Location


@dataclass(frozen=True, slots=True)
class Use:
    """A value that an expression takes from another stack by CloudFormation's own means.

    Attributes:
        kind: `export` for Fn::ImportValue, `output` for Fn::GetStackOutput.
        name: name of the export or output.
        stack_name: CloudFormation's name of the producer; empty for exports.
        region: where the producer stands; empty means where the consumer stands.
        account: id of the producer's account; empty means the consumer's.
        location: where the expression stands.
    """

    kind: str
    name: str
    location: Location
    stack_name: str = ""
    region: str = ""
    account: str = ""


Lookup = Callable[[Use], Node | None]
"""Answers a use with what the producer gives: its value, an Unknown of known type, or None."""


@dataclass(slots=True)
class Scope:
    """The names that expressions may read, and what was noticed while they did.

    Attributes:
        template: the template as written.
        parameters: parameter -> resolved value.
        pseudo: pseudo parameter (`AWS::Region`) -> value.
        lookup: values of other stacks.
        findings: grows while resolving.
        uses: every value taken from another stack, in order of appearance.
        conditions: condition -> True, False or a node that is Unknown; filled as they are asked for.
        open_conditions: the conditions that are being evaluated, outermost first.
        nested: logical id of a nested stack -> its outputs, None where they cannot be seen.
        removed: resource that will not exist -> its condition, which is false.
    """

    template: Node
    parameters: Mapping[str, Node]
    pseudo: Mapping[str, Node]
    lookup: Lookup
    findings: list[Finding] = field(default_factory=list)
    uses: list[Use] = field(default_factory=list)
    conditions: dict[str, bool | Node] = field(default_factory=dict)
    open_conditions: list[str] = field(default_factory=list)
    nested: Callable[[str], Mapping[str, Node] | None] = lambda _: None
    removed: dict[str, str] = field(default_factory=dict)

    def has_resource(self, name: str) -> bool:
        """Whether `name` is a resource of the template, or one that SAM will make of them.

        SAM derives the names of what it makes from the resource it makes them for (`FunctionRole`), or
        starts them with `Serverless` (implicit APIs).
        """
        resources = self.template.get("Resources")
        if resources is None:
            return False
        serverless = [
            key
            for key, node in resources.members.items()
            if node.text("Type").startswith("AWS::Serverless::")
        ]
        made = (*serverless, "Serverless") if serverless else ()
        return name in resources.members or name.startswith(made)
