"""What the team's own code stated -> findings, at the place in the source that a person edits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from skafu.adapters.statement import Rulings
from skafu.model.change import Plan
from skafu.model.estate import Estate, Stack, StackId
from skafu.model.finding import Finding, NotEvaluated, Severity
from skafu.model.place import Location, Path, dotted
from skafu.validate.pages import PolicyPage

POLICIES = "policies"
VALIDATORS = "validators"


def about_stack(page: PolicyPage, violation: Mapping[str, Any], stack: Stack, said: Rulings) -> Finding:
    """What a policy stated about a stack, or about the environment or the account that it was resolved with."""
    path: Path = tuple(violation["path"])
    if violation["environment"]:
        location = stack.environment.node.nearest(path).place
    elif violation["account"]:
        location = stack.account.node.nearest(path).place
    else:
        location = _place(stack, path)
    return _finding(page, violation, said, POLICIES, location, (stack.id,))


def about_plan(
    page: PolicyPage, violation: Mapping[str, Any], stack: Stack, plan: Plan, said: Rulings
) -> Finding:
    """What a policy stated about a change of a plan: where the template has it, else where the plan says."""
    location = _place_in_plan(stack, plan, tuple(violation["path"]))
    return _finding(page, violation, said, POLICIES, location, (stack.id,))


def unanswered_in_plan(
    page: PolicyPage, unanswered: Mapping[str, Any], stack: Stack, plan: Plan
) -> NotEvaluated:
    """What a policy could not answer about a change of a plan."""
    location = _place_in_plan(stack, plan, tuple(unanswered["path"]))
    return replace(unanswered_by(page, unanswered, stack, POLICIES), location=location)


def about_estate(
    page: PolicyPage, violation: Mapping[str, Any], estate: Estate, stacks: list[Stack], said: Rulings
) -> Finding:
    """What a validator stated; about the stacks of an environment or an account if it names one of these.

    Raises:
        LookupError: it names what the estate does not have.
    """
    path: Path = tuple(violation["path"])
    if violation["environment"]:
        environment = estate.environments[violation["environment"]]
        location = environment.node.nearest(path).place
        about = tuple(id_ for id_ in sorted(estate.stacks) if id_.environment == environment.name)
    elif violation["account"]:
        account = estate.accounts[violation["account"]]
        location = account.node.nearest(path).place
        about = tuple(
            id_ for id_, stack in sorted(estate.stacks.items()) if stack.account.name == account.name
        )
    elif violation["stack"] is not None:
        stack = stacks[violation["stack"]]
        own = Location(violation["file"], violation["line"]) if violation["file"] else None
        location, about = own or _place(stack, path), (stack.id,)
    else:
        location, about = Location(violation["file"], violation["line"]), ()
    return _finding(page, violation, said, VALIDATORS, location, about)


def unanswered_by(page: PolicyPage, unanswered: Mapping[str, Any], stack: Stack, tool: str) -> NotEvaluated:
    """What could not be answered before deployment."""
    path: Path = tuple(unanswered["path"])
    named = str(path[1]) if path[:1] == ("Resources",) and len(path) > 1 else ""
    return NotEvaluated(
        rule=page.id,
        tool=tool,
        stack=stack.id,
        logical_id=unanswered["logical_id"] or named,
        reason=f"{dotted(path)} is not known because {unanswered['reason']}",
        location=_place(stack, path),
    )


def _finding(
    page: PolicyPage,
    violation: Mapping[str, Any],
    said: Rulings,
    tool: str,
    location: Location,
    stacks: tuple[StackId, ...],
) -> Finding:
    path: Path = tuple(violation["path"])
    in_template = violation["stack"] is not None and not _declared(path)
    return Finding(
        rule=page.id,
        tool=tool,
        severity=said.severity(page.id, _severity(page, violation)),
        title=page.title,
        message=violation["message"],
        location=location,
        stacks=stacks,
        logical_id=violation["logical_id"],
        path=dotted(path) if in_template else "",
        controls=page.controls,
        help=violation["fix"] or _advice(page),
    )


def _severity(page: PolicyPage, violation: Mapping[str, Any]) -> Severity:
    return Severity(violation["severity"]) if violation["severity"] else page.severity


def _advice(page: PolicyPage) -> str:
    """What to do, on one line: the last paragraph of the page but for the one that names its source."""
    paragraphs = [one for one in page.docstring.strip().split("\n\n") if not one.startswith("Source:")]
    return " ".join(paragraphs[-1].split()) if paragraphs else page.title


def _place(stack: Stack, path: Path) -> Location:
    return (stack.definition.node if _declared(path) else stack.template).nearest(path).place


def _place_in_plan(stack: Stack, plan: Plan, path: Path) -> Location:
    changed = next((one for one in plan.changes if path[:2] == ("Resources", one.logical_id)), None)
    # What is removed, or stands in a nested stack, is not in this template.
    if changed is not None and stack.template.get(*path[:2]) is None:
        return changed.location
    return _place(stack, path)


def _declared(path: Path) -> bool:
    """Whether the path leads into stack.yaml, whose keys are in lower case, as no section of a template is."""
    return bool(path) and str(path[0])[:1].islower()
