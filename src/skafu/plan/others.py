"""What a deployment changes beside resources, and what CloudFormation will refuse, as sentences."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from skafu.model.change import Action, Change, Replacement
from skafu.model.cloud import Standing, Submission
from skafu.plan.comparing import NOTHING, same
from skafu.plan.schemas import Schemas, is_expression
from skafu.plan.templates import Template, as_text, properties, section

_MASKED = "****"  # what CloudFormation shows of a parameter with NoEcho


def others(
    before: Template | None, after: Template, was: Standing | None = None, will: Submission | None = None
) -> tuple[str, ...]:
    """The outputs, parameters and tags that become others; of a stack that does not stand yet nothing.

    Args:
        before: the template that stands.
        after: the template that would be submitted.
        was: the stack as it stands, where somebody asked CloudFormation.
        will: what would be submitted, likewise.
    """
    if before is None:
        return ()
    found = [*_differing("output", section(before, "Outputs"), section(after, "Outputs"), shown=False)]
    if was is not None and will is not None:
        found += _parameters(after, was.parameters, will.parameters)
        found += _differing("tag", was.tags, will.tags)
    return tuple(found)


def _parameters(template: Template, was: Mapping[str, str], will: Mapping[str, str]) -> Iterator[str]:
    declared = section(template, "Parameters")
    secret = {name for name in declared if str(section(declared, name).get("NoEcho")).lower() == "true"}
    secret |= {name for name, value in was.items() if value == _MASKED}
    # A default may have decided what is not given now.
    given = {
        name: will[name] if name in will else str(section(declared, name)["Default"])
        for name in declared
        if name in will or "Default" in section(declared, name)
    }
    yield from _differing(
        "parameter",
        {name: value for name, value in was.items() if name not in secret},
        {name: value for name, value in given.items() if name not in secret},
    )
    for name in sorted(secret & {*given}):
        yield f"parameter {name} is secret: nobody can say whether it changes"


def _differing(
    what: str, was: Mapping[str, Any], becomes: Mapping[str, Any], *, shown: bool = True
) -> Iterator[str]:
    for name in sorted({*was, *becomes}):
        old, new = was.get(name, NOTHING), becomes.get(name, NOTHING)
        if same(old, new):
            continue
        if old is NOTHING:
            yield f"{what} {name} is added{f', {as_text(new)}' if shown else ''}"
        elif new is NOTHING:
            yield f"{what} {name} is removed"
        else:
            yield (
                f"{what} {name} becomes {as_text(new)} (was {as_text(old)})"
                if shown
                else f"{what} {name} changes"
            )


def refusals(changes: Iterable[Change], schemas: Schemas) -> tuple[str, ...]:
    """What CloudFormation will not do although the templates ask for it, and what to do instead.

    Sources: "Update behaviors of stack resources" and "Name type" in CloudFormation's documentation.
    """
    by_id: dict[str, list[Change]] = {}
    for change in changes:
        by_id.setdefault(change.logical_id, []).append(change)
    found = []
    for name, several in by_id.items():
        if {one.action for one in several} == {Action.REMOVE, Action.ADD}:
            old, new = (one.type for one in sorted(several, key=lambda one: one.action is Action.ADD))
            found.append(
                f"{name} is a {old} and becomes a {new}: CloudFormation refuses that; give the new one another logical id"
            )
        found += [sentence for one in several if (sentence := _name_taken(one, schemas))]
    return tuple(found)


def _name_taken(change: Change, schemas: Schemas) -> str:
    """Why a resource with a name of its own cannot be replaced."""
    schema = schemas.of(change.type)
    if schema is None or change.replacement is not Replacement.ALWAYS:
        return ""
    own = properties(change.after or {})
    changed = {one.path for one in change.details}
    names = [name for name in sorted(schema.identifiers) if name in own]
    if len(names) != 1 or is_expression(own[names[0]]) or f"Properties.{names[0]}" in changed:
        return ""
    return (
        f"{change.logical_id} must be replaced while its {names[0]} stays {as_text(own[names[0]])}:"
        " CloudFormation refuses that; change the name too, or leave it out"
    )
