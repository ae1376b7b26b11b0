"""The rules of cfn-lint that a template as written is held against, and how they come to see all of it.

Everything else is judged in the effective template. There are five reasons why only the source can show
what a rule looks for, and a set of rules for each. They were chosen by linting 1,000 public templates twice, source
and effective, by all rules. Those that speak of values (W1030 to W1036, E3xxx) are left out: what they say of a
default, the effective template says of the value. Nine tenths of what cfn-lint does are the schemas of resource types,
and none of these rules needs them: the source is walked for the functions in it and for nothing else.
"""

from __future__ import annotations

import copy
from collections import deque
from collections.abc import Container, Iterator, Mapping
from typing import Any, TypeAlias

from cfnlint.helpers import FUNCTIONS
from cfnlint.jsonschema import ValidationError, Validator
from cfnlint.rules import CloudFormationLintRule, Rules
from cfnlint.rules.jsonschema.CfnLintJsonSchema import CfnLintJsonSchema

Path: TypeAlias = tuple[str | int, ...]

SECTIONS = {
    *("E1005", "E1032", "E1700", "E1701", "E1702"),  # Transform, Fn::ForEach, Rules
    *("E2001", "E2002", "E2003", "E2010", "E2011", "E2015"),  # Parameters
    *("W2001", "W2002", "W2030", "W2031", "W2501", "W2506"),
    *("E4001", "E4002", "W4001"),  # Metadata
    *("E7001", "E7002", "E7010", "W7001"),  # Mappings
    *("E8001", "E8002", "E8003", "E8004", "E8005", "E8006", "E8007", "W8001", "W8003"),  # Conditions
}
"""About sections that the effective template no longer has, or has only in part."""

NEEDLESS = {"W1019", "W1020", "W1028", "W6001"}
"""About functions that are answered by the time the effective template stands. (cfn-lint 1.58.0 never says W1019: it
shows the rule the text of Fn::Sub without its variables.)"""

PARAMETERS = {"W1011"}
"""About a property that takes a parameter, where the value of the parameter stands later."""

FUNCTION_RULES = {
    *("E1010", "E1011", "E1015", "E1016", "E1017", "E1018", "E1019", "E1020", "E1021", "E1022"),
    *("E1024", "E1028", "E1030", "E1031", "E1033"),
}
"""About functions themselves. CloudFormation refuses a reference to nothing in whatever a false condition removes, too."""

CARRIERS = {"E1001", "E1101"}
"""By which cfn-lint reaches the rules above. What they say themselves is said of the effective template."""

FAILED = {"E0001", "E0002"}
"""A transform or a rule of cfn-lint that did not work."""

FOR_SOURCES = SECTIONS | NEEDLESS | PARAMETERS | FUNCTION_RULES | CARRIERS | FAILED

FOR_SERVERLESS = FOR_SOURCES | {"W3001", "E3001"}
"""With the attributes of a serverless resource that SAM leaves out, and the rule by which cfn-lint reaches them."""


def source_rules(rules: Mapping[str, CloudFormationLintRule], names: Container[str]) -> Rules:
    """The rules of these names and the walk, as copies: what one set links together the other does not see."""
    chosen = Rules()
    for name, rule in rules.items():
        if name in names:
            chosen[name] = copy.deepcopy(rule)
    walk = _Functions()
    chosen[walk.id] = walk
    return chosen


ANYTHING = {
    "everything": True,
    # Functions are asked what they may stand for: anything. The rest keeps cfn-lint from adding schemas of its own.
    "type": ["array", "boolean", "integer", "null", "number", "object", "string"],
    "additionalProperties": True,
    "items": True,
}
"""The schema that every value fits."""


class _Functions(CfnLintJsonSchema):  # type: ignore[misc]  # no types that mypy sees
    """Looks at every function in properties and outputs, whatever the types of resources say."""

    id = "E3002"
    shortdesc = "Functions in properties and outputs"

    def __init__(self) -> None:
        super().__init__(keywords=["Resources", "Outputs"], all_matches=True)
        self.validators = {"everything": _everything}

    def validate(
        self,
        validator: Validator,
        keywords: Any,
        instance: Any,
        schema: Any,  # noqa: ARG002 - cfn-lint's signature
    ) -> Iterator[ValidationError]:
        # cfn-lint makes a class each time a validator is extended, so that is done once for the section.
        extended = self.extend_validator(validator, ANYTHING, validator.context)
        for name, block in instance.items() if isinstance(instance, dict) else ():
            if not isinstance(block, dict):
                continue
            # In a resource only the properties: its other attributes are few, and seen in the effective template.
            inner = {"Properties": block.get("Properties")} if keywords == "Resources" else block
            beginning = [keywords, str(block.get("Type", "*"))]
            for error in _errors(_where(extended, block, name, beginning), inner):
                error.path.appendleft(name)
                yield error


def _where(validator: Validator, block: Mapping[str, Any], name: str, beginning: list[str]) -> Validator:
    """The validator for what is in a resource or an output, where its condition holds."""
    condition = block.get("Condition")
    held = {condition: True} if isinstance(condition, str) else {}
    context = validator.context
    return validator.evolve(
        context=context.evolve(
            functions=list(FUNCTIONS),
            strict_types=False,
            conditions=context.conditions.evolve(held),
            path=context.path.descend(path=name).evolve(cfn_path=deque(beginning)),
        )
    )


def _everything(validator: Validator, _: Any, instance: Any, __: Any) -> Iterator[ValidationError]:
    """A keyword: all that is in `instance` under the same schema."""
    yield from _errors(validator, instance)


def _errors(validator: Validator, value: Any) -> Iterator[ValidationError]:
    """What cfn-lint says about each function in `value`; going there in one step costs a third of descending."""
    path = validator.context.path
    for below, function in _functions(value, ()):
        general = ["*" if isinstance(part, int) else part for part in below]
        there = path.evolve(path=path.path + deque(below), cfn_path=path.cfn_path + deque(general))
        context = validator.context.evolve(path=there)
        for error in validator.evolve(schema=ANYTHING, context=context).iter_errors(function):
            error.path.extendleft(reversed(below))
            yield error


def _functions(value: Any, path: Path) -> Iterator[tuple[Path, Any]]:
    """The outermost functions in `value`, each with its path."""
    if isinstance(value, dict):
        if len(value) == 1 and next(iter(value)) in FUNCTIONS:
            yield path, value
            return
        for key, member in value.items():
            yield from _functions(member, (*path, key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _functions(item, (*path, index))
