"""Every stack says whose it is, what it is part of and who pays.

CloudFormation passes the tags of a stack on to its resources. Cost reports, alarms and the person who finds a
strange resource at night all start from them, so they have the same names and values everywhere.

Set the tags in `stack.yaml`: `Application`, `Environment`, `Owner` and `CostCenter`, the last three from the
environment.
"""

from __future__ import annotations

from collections.abc import Iterator

from skafu.sdk import Stack, Unknown, Violation, stack_policy

SOURCES = {"Environment": "name", "Owner": "ownership.owner", "CostCenter": "ownership.cost_center"}

MANDATORY = ("Application", *SOURCES)


@stack_policy(severity="low", controls=["soc2:CC6.1"])
def check(stack: Stack) -> Iterator[Violation | Unknown]:
    """The mandatory tags are there, and those that the environment knows are right."""
    for name in MANDATORY:
        given = stack.tags.get(name)
        wanted = stack.environment.get(SOURCES[name]) if name in SOURCES else None
        if isinstance(given, Unknown):
            yield given
        elif not given:
            yield stack.violation(
                f"The stack has no tag {name}.", at="tags", fix=f"Add {name} to tags in stack.yaml."
            )
        elif wanted is not None and given != wanted:
            yield stack.violation(
                f"The tag {name} is {given}, not {wanted}.",
                at=("tags", name),
                fix=f"Take {name} from ${{environment.{SOURCES[name]}}}.",
            )
