"""What the architecture fixes is what the configuration and the templates say.

`policies/agreed.yaml` repeats the values that were agreed on with the people who use and pay for the platform: for
each stage, and for single properties. An environment's file can be edited by whoever tunes the platform; what was
agreed is changed with those who agreed to it. So a number that slips, in a review of hundreds of lines, stops here.

Put the value back. If the agreement itself has changed, change `policies/agreed.yaml` too, and say in the commit who
agreed to it.

Source: the deployment architecture, all of it that is a value.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

import yaml

from skafu.sdk import Account, Environment, Estate, Resource, Unknown, Violation, validator

if TYPE_CHECKING:
    from collections.abc import Iterator

FILE = "policies/agreed.yaml"


@validator(severity="high", controls=["soc2:CC8.1"])
def check(estate: Estate) -> Iterator[Violation | Unknown]:
    """Compare each agreed value with what stands there."""
    text = estate.text(FILE)
    if text is None:
        yield estate.violation(
            "Nothing is agreed on.", file=FILE, fix="Write it down, or remove this validator."
        )
        return
    agreed = _read(text)
    accounts = {one.name: one for one in estate.accounts}
    environments = {one.name: one for one in estate.environments}
    for name, wanted in agreed["accounts"].items():
        yield from _account(accounts.get(name), name, wanted, estate)
    for name, wanted in agreed["environments"].items():
        yield from _environment(environments.get(name), name, wanted, estate)
    for name, properties in agreed["stacks"].items():
        # What is nested in a stack has its name and other resources.
        stacks = [stack for stack in estate.of(name) if stack.resources() and stack is estate.stack(stack.id)]
        if not stacks and estate.complete:
            yield estate.violation(f"There is no stack {name}, and values are agreed on for it.", file=FILE)
        for at, wanted in properties.items():
            logical_id, _, inside = at.partition(".")
            found = [one for stack in stacks if (one := stack.resource(logical_id)) is not None]
            if stacks and not found:
                message = f"There is no {logical_id} anywhere, and {at} = {wanted} was agreed on."
                yield stacks[0].violation(message, at="Resources")
            for resource in found:  # that a stage may do without it is for `parity` to judge
                yield from _property(resource, inside, wanted)


@cache
def _read(text: str) -> Any:
    return yaml.load(text, yaml.CSafeLoader)


def _account(
    account: Account | None, name: str, wanted: dict[str, Any], estate: Estate
) -> Iterator[Violation]:
    if account is None:
        yield from _missing("account", name, estate)
        return
    for at, value in wanted.items():
        found = getattr(account, at)
        if found != value:
            yield account.violation(f"{at} of {name} is {found}; {value} was agreed on.", at=at)


def _environment(
    environment: Environment | None, name: str, wanted: dict[str, Any], estate: Estate
) -> Iterator[Violation]:
    if environment is None:
        yield from _missing("environment", name, estate)
        return
    for at, value in _leaves(wanted):
        found = environment.get(at)
        if found != value or isinstance(found, bool) is not isinstance(value, bool):
            said = "absent" if found is None else found
            yield environment.violation(f"{at} is {said} in {name}; {value} was agreed on.", at=at)


def _property(resource: Resource, at: str, wanted: Any) -> Iterator[Violation | Unknown]:
    found = resource.get(at)
    unknown = next(_unknown(found), None)
    if unknown is not None:
        yield unknown
    elif (found is None) is not (wanted is None) or _plain(found) != _plain(wanted):
        said = "absent" if found is None else found
        yield resource.violation(f"{at} is {said}; {wanted} was agreed on.", at=at)


def _missing(what: str, name: str, estate: Estate) -> Iterator[Violation]:
    if estate.complete:
        yield estate.violation(f"There is no {what} {name}, and values are agreed on for it.", file=FILE)


def _unknown(value: Any) -> Iterator[Unknown]:
    """Every value in it that nobody knows."""
    if isinstance(value, Unknown):
        yield value
    elif isinstance(value, dict | list):
        for item in value.values() if isinstance(value, dict) else value:
            yield from _unknown(item)


def _plain(value: Any) -> Any:
    """The value as CloudFormation reads it: `true` and `"true"` are the same, and so are `30` and `"30"`."""
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return str(value).lower() if str(value).lower() in ("true", "false") else str(value)


def _leaves(value: dict[str, Any], at: str = "") -> Iterator[tuple[str, Any]]:
    for key, member in value.items():
        path = f"{at}.{key}" if at else key
        if isinstance(member, dict):
            yield from _leaves(member, path)
        else:
            yield path, member
