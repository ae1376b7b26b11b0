"""A control that claims an AWS Config rule has it in the estate.

The tables in `policies/controls/` say what supports each control. A Config rule that stands there and nowhere in the
templates would be evidence that nobody collects: an auditor asks for its results, and there are none.

Add the rule to a template, or take it out of the table.

Source: AWS Config Developer Guide, "List of AWS Config Managed Rules".
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

import yaml

from skafu.sdk import Estate, Unknown, Violation, validator

if TYPE_CHECKING:
    from collections.abc import Iterator

TABLES = ("cis", "gdpr", "soc2")


@validator(severity="medium", controls=["soc2:CC4.1"])
def check(estate: Estate) -> Iterator[Violation | Unknown]:
    """Compare the rules that are claimed with those that are deployed."""
    if not estate.complete:
        return
    deployed = set()
    for rule in estate.resources("AWS::Config::ConfigRule", "AWS::Config::OrganizationConfigRule"):
        for at in ("Source.SourceIdentifier", "OrganizationManagedRuleMetadata.RuleIdentifier"):
            identifier = rule.get(at)
            if isinstance(identifier, Unknown):
                yield identifier
            elif identifier is not None:
                deployed.add(str(identifier).lower().replace("_", "-"))
    for table in TABLES:
        file = f"policies/controls/{table}.yaml"
        text = estate.text(file)
        if text is None:
            yield estate.violation(f"There is no table {table}.", file=file)
            continue
        for control, name in _claims(text):
            if name.lower().replace("_", "-") not in deployed:
                message = f"{table}:{control} claims the Config rule {name}, which no stack deploys."
                yield estate.violation(message, file=file, line=_line(text, name))


@cache
def _claims(text: str) -> tuple[tuple[str, str], ...]:
    """Control and Config rule of each claim in a table."""
    controls = yaml.load(text, yaml.CSafeLoader)["controls"]
    return tuple(
        (control, name)
        for control, told in controls.items()
        for name in told.get("detective", {}).get("config_rules", [])
    )


def _line(text: str, name: str) -> int:
    """Where a table first names a rule."""
    whole = rf"(?<![\w-]){re.escape(name)}(?![\w-])"
    return next((number for number, one in enumerate(text.splitlines(), 1) if re.search(whole, one)), 1)
